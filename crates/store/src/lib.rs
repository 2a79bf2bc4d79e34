//! [`Projection`]: rows made from a journal's entries, to ask questions of. Knows no
//! venue, no rule and no clock.
//!
//! What is stored here is never the truth: a store can be dropped, and following the journal makes the same rows
//! again. Amounts are the `f64` nearest to what the journal holds exactly, so that SQL can compare and add them.

mod amount;
mod export;
mod fold;
mod projections;
mod schema;
mod store;

pub use export::{Format, Table};
pub use fold::{Change, Fold};
pub use projections::{PROJECTIONS, Projection};
pub use store::{Applied, Store, StoreError};
