//! Why a file of an archive was not downloaded.

use std::io;
use std::path::PathBuf;

/// A checksum that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChecksumError {
    /// Not the line that `sha256sum` writes.
    #[error("the checksum reads `{seen}`, wanted 64 hexadecimal digits and a file name")]
    Unreadable {
        /// Its beginning.
        seen: String,
    },
    /// Of another file.
    #[error("the checksum is that of `{named}`, another file")]
    OtherFile {
        /// Whose it says it is.
        named: String,
    },
}

/// Why a file was not downloaded. What had come of it is kept beside its place and gone on with next time.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// An address that cannot be used.
    #[error("`{base}` cannot be an archive's address: {why}")]
    Address {
        /// The address.
        base: String,
        /// In words.
        why: String,
    },
    /// The server did not answer as it should, as often as it was asked.
    #[error("{url}: {why}, tried {tries} times: try again later, what has come is kept")]
    Unavailable {
        /// What was asked for.
        url: String,
        /// The last failure, in words.
        why: String,
        /// How often.
        tries: u32,
    },
    /// The server refused.
    #[error("{url}: the server answers {status}, wanted the file")]
    Refused {
        /// What was asked for.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The checksum cannot be used.
    #[error("{url}: {source}")]
    Checksum {
        /// Where it was.
        url: String,
        /// What is wrong with it.
        source: ChecksumError,
    },
    /// The file is not what its checksum says, twice.
    #[error("{url}: the file has checksum {seen}, wanted {wanted}: it was thrown away")]
    Mismatch {
        /// What was asked for.
        url: String,
        /// Of what came.
        seen: String,
        /// As the archive says.
        wanted: String,
    },
    /// The file is larger than any archive.
    #[error("{url}: more than {max} bytes, which no archive of klines has")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// Most bytes that are taken.
        max: u64,
    },
    /// A file that cannot be read or written here.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}
