//! [`check_lookahead`]: nothing that was decided or done may depend on what came later.

mod check;
mod cuts;
mod fills;
mod report;
mod witness;

#[cfg(test)]
mod tests;

pub use check::check_lookahead;
pub use report::{Act, Difference, Fault, FaultKind, LookaheadReport};
