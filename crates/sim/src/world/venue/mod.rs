//! The venue of a world: the book's truth, what it tells, and its own record.

mod bars;
mod foreign;
mod lanes;
mod requests;
mod state;
mod told;

pub(super) use lanes::symbols;
pub(super) use state::{ACCOUNT_KEY, Venue};
