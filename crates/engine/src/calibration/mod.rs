//! [`Calibration`]: what a score was worth so far, as a probability that says what it rests on.

mod curve;
mod estimate;
mod isotonic;
mod outcomes;
mod platt;
mod reliability;

pub use curve::Method;
pub use estimate::{Estimate, multiplier};
pub use outcomes::{Calibration, Scan};
pub use reliability::{Reliability, ReliabilityRow};
