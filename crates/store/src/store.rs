//! [`Store`]: a file of SQLite that follows a journal.

use std::path::{Path, PathBuf};

use journal::{Item, JournalId, ReadError, Reader, Seq};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use types::entry::{CodecError, Entry};

use crate::fold::Fold;
use crate::projections::PROJECTIONS;
use crate::schema;

/// Entries that are written in one transaction.
const BATCH: u64 = 16_384;

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
    stale: bool,
}

/// How far a journal was followed.
struct Place {
    journal: String,
    seq: u64,
    fold: Vec<u8>,
}

impl Store {
    /// Opens a store, or makes one.
    ///
    /// # Errors
    /// `Newer` if a later build has written it; what SQLite says.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        // A tail that a crash takes is made again from the journal: no commit waits for the disk.
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        let stale = schema::migrate(&mut connection)?;
        Ok(Self { connection, path: path.to_owned(), stale })
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
        Ok(Seq(place(&self.connection)?.map_or(0, |place| place.seq)))
    }

    /// Drops all rows; the next [`Store::follow`] makes them again.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn drop_rows(&mut self) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        schema::clear(&transaction)?;
        transaction.commit()?;
        self.stale = false;
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
        let kept = place(&self.connection)?;
        let usable = kept.filter(|kept| !self.stale && kept.fits(&mut open));
        let rebuilt = usable.is_none() && self.seq()? != Seq::NONE;
        if usable.is_none() {
            self.drop_rows()?;
        }
        let (mut fold, mut seq) = match &usable {
            Some(place) => (postcard::from_bytes(&place.fold)?, place.seq),
            None => (Fold::default(), 0),
        };
        let mut reader = open(Seq(seq + 1))?;
        let first = seq;
        loop {
            let transaction = self.connection.transaction()?;
            let until = seq + BATCH;
            let reached = apply(&transaction, &mut reader, &mut fold, seq, until)?;
            if reached == seq {
                break;
            }
            seq = reached;
            for projection in PROJECTIONS {
                projection.on_commit(&transaction, &fold)?;
            }
            remember(&transaction, reader.id(), seq, &fold)?;
            transaction.commit()?;
            progress(seq, reader.committed().0);
        }
        Ok(Applied { seq: Seq(seq), entries: seq - first, rebuilt })
    }
}

impl Place {
    /// Returns whether a journal has this place, and had the same name there: one that was cut and written on,
    /// restored or copied has another from there on.
    fn fits(&self, open: &mut impl FnMut(Seq) -> Result<Reader, ReadError>) -> bool {
        let Ok(mut reader) = open(Seq(self.seq)) else { return false };
        let there = matches!(reader.next(), Ok(Some(_)));
        there && reader.id().to_string() == self.journal
    }
}

/// Writes what entries add, up to a place or the journal's end. Returns the last one read.
fn apply(
    rows: &Transaction<'_>,
    reader: &mut Reader,
    fold: &mut Fold,
    after: u64,
    until: u64,
) -> Result<u64, StoreError> {
    let mut seq = after;
    while seq < until {
        let Some(item) = reader.next()? else { break };
        let stored = match item {
            Item::Dropped { last, .. } => {
                seq = last.0;
                continue;
            }
            Item::Entry(stored) => stored,
        };
        seq = stored.seq.0;
        if stored.kind >= journal::KIND_OWN_MIN {
            continue;
        }
        let entry =
            Entry::decode(stored.payload).map_err(|source| StoreError::Entry { seq, source })?;
        let change = fold.evolve(&entry);
        for projection in PROJECTIONS {
            projection.on_entry(rows, &entry, &change, fold)?;
        }
    }
    Ok(seq)
}

fn place(connection: &Connection) -> Result<Option<Place>, StoreError> {
    let found = connection.query_row("SELECT journal, seq, fold FROM progress", [], |row| {
        Ok(Place {
            journal: row.get(0)?,
            seq: row.get::<_, i64>(1)?.cast_unsigned(),
            fold: row.get(2)?,
        })
    });
    Ok(found.optional()?)
}

fn remember(
    rows: &Transaction<'_>,
    id: JournalId,
    seq: u64,
    fold: &Fold,
) -> Result<(), StoreError> {
    rows.execute("DELETE FROM progress", [])?;
    let fold = postcard::to_stdvec(fold)?;
    let values = params![id.to_string(), seq.cast_signed(), fold];
    rows.execute("INSERT INTO progress VALUES (?1, ?2, ?3)", values)?;
    Ok(())
}
