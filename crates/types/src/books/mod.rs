//! [`Books`]: fills, fees, funding and flows folded into cash and positions, to the last unit.

mod fold;
mod position;

pub use fold::Books;
pub use position::{ClosedTrade, OpenTrade, Position};
