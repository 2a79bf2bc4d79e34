//! [`Projection`]: rows made from a journal's entries, to ask questions of. Knows no
//! venue, no rule, no thread and no clock.
//!
//! What is stored here is never the truth: a store can be dropped, and following the journal makes the same rows
//! again. Amounts are the `f64` nearest to what the journal holds exactly, so that SQL can compare and add them.

mod amount;
mod export;
mod fold;
mod follower;
mod projections;
mod scans;
mod schema;
mod stats;
mod store;
pub mod views;

pub use export::{Format, Table};
pub use fold::{Change, Fold};
pub use follower::{Follower, Step};
pub use projections::{PROJECTIONS, Projection};
pub use stats::{Budget, ClassStats, IncidentStats, Spread};
pub use store::{Applied, Store, StoreError};
