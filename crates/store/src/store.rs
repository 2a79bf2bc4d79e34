//! [`Store`]: a file of SQLite with the rows of one journal.

use std::path::{Path, PathBuf};
use std::time::Duration;

use journal::{ReadError, Reader, Seq};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use types::entry::CodecError;

use crate::follower::{self, Cursor};
use crate::schema;

/// Entries that are written in one transaction where nobody waits for them.
const BATCH: u64 = 16_384;

/// How long somebody else who writes the file is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no: a damaged file, a full disk, a lock.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A later build has written it.
    #[error(
        "the store has schema {have}, this build knows {wanted}: use the newer build, or delete the store and let this one make it again"
    )]
    Newer {
        /// The version found.
        have: i64,
        /// The newest known.
        wanted: i64,
    },
    /// An earlier build has written it, and nothing may be written to bring it to this one's form.
    #[error(
        "the store has schema {have}, this build has {wanted}: let this build follow the journal once (plimsoll export does)"
    )]
    Older {
        /// The version found.
        have: i64,
        /// The one of this build.
        wanted: i64,
    },
    /// Somebody else writes the file.
    #[error("the store is being written by somebody else: try again")]
    Busy,
    /// The journal cannot be read on.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry that this build does not understand.
    #[error("entry {seq} cannot be read: {source}")]
    Entry {
        /// Its place.
        seq: u64,
        /// Why.
        source: CodecError,
    },
    /// What entries have come to cannot be written or read.
    #[error(
        "what was folded so far cannot be kept ({0}): delete the store and let it be made again"
    )]
    Fold(#[from] postcard::Error),
    /// A row that cannot be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// An export that cannot be written.
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

impl From<csv::Error> for StoreError {
    fn from(error: csv::Error) -> Self {
        Self::Write(error.into())
    }
}

/// What following a journal did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The entry up to which the rows stand.
    pub seq: Seq,
    /// Entries that were read for it.
    pub entries: u64,
    /// Whether rows of before were dropped: of another journal, of a longer one, or of another form.
    pub rebuilt: bool,
}

/// Rows about one journal, in a file.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    path: PathBuf,
    /// The form of an earlier build was brought to this one's, and the rows have to be made again.
    pub(crate) migrated: bool,
}

impl Store {
    /// Opens a store, or makes one. One that an earlier build has made is brought to the form of this one.
    ///
    /// # Errors
    /// `Newer` if a later build has written it; what SQLite says.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        // A tail that a crash takes is made again from the journal: no commit waits for the disk.
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        let migrated = schema::migrate(&mut connection)?;
        Ok(Self { connection, path: path.to_owned(), migrated })
    }

    /// Opens a store that exists, to look at: nothing is written, and whoever follows the journal is not held up.
    ///
    /// # Errors
    /// `Newer` or `Older` if another build has written it; what SQLite says, if there is none above all.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        schema::check(&connection)?;
        Ok(Self { connection, path: path.to_owned(), migrated: false })
    }

    /// Returns the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the entry up to which the rows stand, zero before the first.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn seq(&self) -> Result<Seq, StoreError> {
        Ok(follower::mark(&self.connection)?.map_or(Seq::NONE, |mark| Seq(mark.seq)))
    }

    /// Drops all rows; the next [`Store::follow`] makes them again.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn drop_rows(&mut self) -> Result<(), StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        schema::clear(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    /// Brings the rows to the journal's last whole commit. `open` opens a reader at an entry; `progress` is told
    /// how far it is, and how far it is to go.
    ///
    /// Rows of another journal, or of entries that this one no longer has, are dropped and made again.
    ///
    /// # Errors
    /// Damage in the journal; an entry of a kind this build does not know; what SQLite says. What was committed
    /// before stays.
    pub fn follow(
        &mut self,
        mut open: impl FnMut(Seq) -> Result<Reader, ReadError>,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Applied, StoreError> {
        let (mut cursor, mut rebuilt) = Cursor::find(self, &mut open)?;
        let mut entries = 0;
        loop {
            let Some(reached) = cursor.advance(self, BATCH)? else {
                // Somebody else has followed the journal meanwhile.
                let (found, dropped) = Cursor::find(self, &mut open)?;
                (cursor, rebuilt) = (found, rebuilt || dropped);
                continue;
            };
            if reached == 0 {
                return Ok(Applied { seq: cursor.seq(), entries, rebuilt });
            }
            entries += reached;
            progress(cursor.seq().0, cursor.committed().0);
        }
    }
}
