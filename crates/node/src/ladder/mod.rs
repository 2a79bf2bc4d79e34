//! The ladder to live money (spec: "The way to live money"): how much each rung may risk.

mod rung;

pub(crate) use rung::Rung;
