//! The ladder to live money (spec: "The way to live money"): how much each rung may risk.

mod apply;
mod earned;
mod rung;
mod service;
mod step;

pub(crate) use apply::{apply, apply_to_rules, exposure, smallest_order};
pub(crate) use earned::{Claim, Earned, ParityShown, earned};
pub(crate) use rung::{Proof, Rung};
pub(crate) use service::Service;
pub(crate) use step::{NAME, StepDown};
