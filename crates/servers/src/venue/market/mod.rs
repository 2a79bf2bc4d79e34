//! The market: its time, and what moves its prices.

mod clock;

pub use clock::{Clock, Moment, Speed};

use sim::exchange::book::AccountId;

/// The account of everybody else; it is opened first.
pub const CROWD: AccountId = AccountId(0);
