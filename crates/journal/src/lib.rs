//! `Journal`: one total order of opaque entries, hashed into a Merkle tree and signed.
//!
//! The room promises not to know what it carries: an entry is a place, a kind, a schema and bytes.

pub mod bodies;
pub mod cache;
pub mod copy;
pub mod disk;
pub mod format;
pub mod group;
pub mod keys;
pub mod note;
pub mod prove;
pub mod retain;
pub mod snapshot;
pub mod tree;
pub mod verify;

mod heads;
mod reader;
mod recovery;
mod window;
mod words;
mod writer;

pub use reader::{Item, ReadError, Reader};
pub use recovery::{Damage, Wrong};
pub use words::{
    Draft, Entry, Head, JournalId, JournalIdError, KIND_OWN_MIN, PAYLOAD_BYTES_MAX, Seq, Term,
};
pub use writer::{
    Adopt, AdoptError, AppendError, FileJournal, GROUP_BYTES_MAX, Journal, OpenError, Opening,
    Options, RotateError,
};
