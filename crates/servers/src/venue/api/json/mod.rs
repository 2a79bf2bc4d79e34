//! The shapes of answers, field by field in the order of the documentation.

mod list;
mod order;

pub(super) use list::{ListJson, list};
pub(super) use order::{CancelJson, PlacedJson, QueryJson, Shown};
