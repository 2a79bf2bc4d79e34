//! [`Portfolio`]: books, marks, working orders and the plan behind each position.

mod fold;
mod holding;

pub(crate) use fold::resting_price;
pub use fold::{Portfolio, Settled};
pub use holding::{Holding, Plan};
