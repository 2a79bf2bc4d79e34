//! Parity: two runs of the same period, told by their journals, compared decision by decision and order by order.
//!
//! The same engine over the same inputs decides the same, so every difference has a cause among the inputs: a bar, the configuration, a
//! fill. [`compare`](fn@compare) finds it, by what the two journals hold and nothing else; a difference for which it finds none is
//! [`Unknown`](cause::Cause::Unknown), and that is a mistake in this program until somebody shows otherwise.

mod cause;
mod compare;
mod data;
mod decisions;
mod difference;
mod orders;
mod story;

#[cfg(test)]
mod tests;

pub(crate) use compare::{Parity, compare};
pub(crate) use difference::{Difference, What};
pub(crate) use story::Story;
