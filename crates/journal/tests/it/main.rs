//! Tests of the crate's doors, one binary.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking, also in its helpers")]

mod adopting;
mod appending;
mod child;
mod copying;
mod desk;
mod disks;
mod edits;
mod exhaustive;
mod grouping;
mod hostile;
mod killed;
mod lies;
mod misread;
mod mutated;
mod notes;
mod opening;
mod proving;
mod reading;
mod remade;
mod retaining;
mod script;
mod starved;
mod stranger;
mod support;
mod trees;
