//! The gate to real money: everything that has to be true before an order may go where it moves.

mod gate;
mod papers;
mod permission;
#[cfg(test)]
mod tests;

pub(crate) use gate::{Ask, WhyNot, confirmation, live_gate};
pub(crate) use papers::Papers;
pub(crate) use permission::{Permission, PermissionError, SignedPermission, floor, raise_floor};
