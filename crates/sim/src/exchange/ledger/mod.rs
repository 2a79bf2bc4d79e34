//! The venue's second history as rows: what the matching engine says, in the words of `docs/venue-ledger.md`.
//!
//! The venue server writes them to its files, the seeded world keeps them in memory; the rows are the same.

mod row;
mod rows;

pub use row::{Record, Row, Start};
pub use rows::{CROWD, Holder, Known, MARK_EVERY, Rows};
