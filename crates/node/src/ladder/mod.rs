//! The ladder to live money (spec: "The way to live money"): how much each rung may risk.

mod apply;
mod rung;

pub(crate) use apply::{apply, apply_to_rules, smallest_order};
pub(crate) use rung::Rung;
