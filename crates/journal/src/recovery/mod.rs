//! Finds the end of a journal after whatever happened to its writer or its disk.
//!
//! `docs/journal-format.md` says how a torn tail is told from damage.

mod follow;
mod walk;

pub use follow::Damage;
pub(crate) use follow::{RecoverError, Recovered, Torn, header_of, recover, segment_names};
pub use walk::Wrong;
