//! `FileJournal`: the writer of a journal in files.

mod adopt;
mod beside;
mod door;
mod file;
mod open;
mod segment;
mod stage;

pub use adopt::{Adopt, AdoptError};
pub use door::{AppendError, GROUP_BYTES_MAX, Journal, RotateError};
pub use file::FileJournal;
pub use open::{OpenError, Opening, Options};
pub(crate) use stage::{Stage, check_drafts};
