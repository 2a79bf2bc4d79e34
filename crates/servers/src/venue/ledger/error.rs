//! [`LedgerError`]: why a ledger cannot be used.

use std::io;
use std::path::PathBuf;

/// Why a ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A file cannot be read or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Something that was on disk has changed.
    #[error(
        "{}: damaged at byte {offset}: {seen}; what follows was written after it was on disk, so this is no torn tail: \
         restore the file from a copy",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where the first bad line begins.
        offset: u64,
        /// What is wrong with it.
        seen: String,
    },
    /// A row that fits its checksums and makes no sense.
    #[error("{}: byte {offset}: {seen}; it was written by another version: use that one", file.display())]
    Row {
        /// The file.
        file: PathBuf,
        /// Where its line begins.
        offset: u64,
        /// What the reader said.
        seen: String,
    },
    /// Another venue writes here.
    #[error("{}: another venue has it open; end that one, or name another folder", .0.display())]
    InUse(PathBuf),
    /// Not a ledger of this kind.
    #[error("{}: {seen}, wanted the segments of a ledger, ledger-00000001.txt and so on", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is there.
        seen: String,
    },
    /// What was kept does not fit together.
    #[error("the ledger does not fit together: {0}")]
    Unfit(String),
}
