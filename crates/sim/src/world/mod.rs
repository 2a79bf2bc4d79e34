//! [`World`]: the hub with its journal, a venue, the links between them, clocks and operators, driven by one seed on one thread.
//!
//! Real are the hub with its engine, the journal on a disk in memory, the venue's book with its crowd and its record. Made here are
//! the ways between them, which lose, delay and repeat; the disk, which fills up, fails and tears; processes that die, clocks
//! that go wrong, operators. What goes wrong is a [`Plan`], which is data. A run has two parts: faults, then healing, after
//! which books have to agree, nothing may be unknown or unprotected, and trading has to be possible. What judges it is
//! the general checker over both histories.
//!
//! What is drawn strikes somewhere; an [`Aim`] strikes at the k-th place, and a [`Line`] is a script with each k in turn.
//!
//! To make a part of the world fail in a new way: a variant of [`Kind`], a line in `draw.rs`, what it does in `faults.rs`.

mod adopting;
mod agenda;
mod aim;
mod batch;
mod calls;
#[cfg(any(feature = "mutants", debug_assertions))]
mod caught;
mod clock;
mod decoded;
mod dice;
mod doors;
mod draw;
mod ending;
mod faults;
mod feed;
mod heard;
mod kind;
mod marking;
mod marks;
mod operator;
mod plan;
mod play;
mod process;
mod replayed;
mod report;
mod scope;
mod second;
mod shrink;
mod snapshots;
mod steps;
mod store;
mod trace;
mod user;
mod venue;

pub use aim::{Aim, DiskFault, Fate, Medium, Repeats, Way};
pub use batch::{Batch, Failed, Verdict};
#[cfg(any(feature = "mutants", debug_assertions))]
pub use caught::{Caught, HEAD};
pub use kind::{Act, Kind, Late, Point, Share, Span};
pub use marks::{Mark, Marks};
pub use plan::{Fault, Plan, PlanError, Workload};
pub use play::{World, run};
pub use report::{Counts, Outcome, Violation};
pub use scope::{Broken, Line, Walked, script, script_of_steps};
pub use shrink::shrink;
pub use steps::Steps;
pub use trace::Lines;
