//! What every journal does, whatever it is kept in.

use std::fmt::Debug;
use std::io;

use crate::keys::KeyError;
use crate::words::{Draft, Head, Seq, Term};

/// Most bytes of one commit on disk: a reader holds one commit in memory.
pub const GROUP_BYTES_MAX: usize = 64 << 20;

/// The pen of a journal. Whoever holds it is its one writer, until somebody opens the next term.
///
/// Files stand behind it now; a replicated stream with compare-and-append, or a table, would fit.
pub trait Journal: Debug + Send {
    /// Returns where the journal ends: everything up to there is acknowledged.
    fn head(&self) -> Head;

    /// Appends entries behind `expected`, all or none, and returns once they are durable.
    ///
    /// # Errors
    /// [`AppendError`]; which of them leave the writer usable is said there.
    fn append(&mut self, expected: Seq, entries: &[Draft<'_>]) -> Result<Head, AppendError>;

    /// Signs the tree as it is, writes the checkpoint into the journal and returns the signed note.
    ///
    /// # Errors
    /// As [`Journal::append`].
    fn checkpoint(&mut self) -> Result<String, AppendError>;

    /// Ends the term: nothing can be appended in it any more.
    ///
    /// # Errors
    /// As [`Journal::append`].
    fn seal(&mut self) -> Result<Head, AppendError>;
}

/// Why nothing was appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The journal ends elsewhere than the caller believes. The writer can go on.
    #[error(
        "saw the last entry {actual}, the caller expected {expected}: read what is new and decide again"
    )]
    Conflict {
        /// The last entry as the caller believed.
        expected: Seq,
        /// The last entry.
        actual: Seq,
    },
    /// A draft cannot be an entry, or they are too many for one commit. The writer can go on.
    #[error("saw {0}")]
    Draft(&'static str),
    /// The disk has no room; nothing of the append is left on it. The writer can go on when there is room.
    #[error("the disk is full: make room and append again")]
    Full(#[source] io::Error),
    /// The term has ended: somebody else writes. This writer can not go on.
    #[error("term {0} is sealed: another writer has the pen")]
    Sealed(Term),
    /// The disk failed and it is not known what is on it. This writer can not go on; the next opening finds out.
    #[error(
        "the writer failed at {operation} ({kind}: {message}): stop, and open the journal again"
    )]
    Failed {
        /// What failed.
        operation: &'static str,
        /// What kind of failure it was.
        kind: io::ErrorKind,
        /// What the system said.
        message: String,
    },
}

/// Why a key was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The entry was not appended; the old key is in force.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The key store failed.
    #[error(transparent)]
    Keys(#[from] KeyError),
}
