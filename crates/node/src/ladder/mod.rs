//! The ladder to live money (spec: "The way to live money"): how much each rung may risk.

mod apply;
mod rung;
mod step;

pub(crate) use apply::{apply, apply_to_rules, exposure, smallest_order};
pub(crate) use rung::Rung;
pub(crate) use step::StepDown;
