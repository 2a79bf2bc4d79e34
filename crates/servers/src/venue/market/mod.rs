//! The market: its time, and what moves its prices.

mod clock;

pub use clock::{Clock, Moment, Speed};
