//! [`Follower`]: keeps the rows of a store beside a journal that is being written.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use journal::{Item, JournalId, ReadError, Reader, Seq, Term};
use rusqlite::{
    Connection, ErrorCode, OptionalExtension as _, Transaction, TransactionBehavior, params,
};
use types::entry::Entry;

use crate::fold::Fold;
use crate::projections::PROJECTIONS;
use crate::store::{Store, StoreError};

/// Entries that one step writes: a few milliseconds of work, so that rows are never far behind.
const STEP: u64 = 2_048;

/// How long a step waits for somebody else who writes the file: the next one can have what this one leaves.
const PATIENCE: Duration = Duration::from_millis(50);

/// Opens a reader of the journal at an entry.
type Opener = Box<dyn FnMut(Seq) -> Result<Reader, ReadError> + Send>;

/// Follows a journal while somebody else, in this process or another, writes it.
///
/// It has no thread and no clock: whoever runs it calls [`Follower::step`] when there may be something new. It takes
/// no lock of the journal, so it never holds up the writer. Each step is one transaction that holds the rows, what
/// the entries have come to and the place in the journal: a process that ends in the middle of one, however it
/// ends, goes on at the place before it.
///
/// A commit that is read may not be on disk yet. If a power cut takes it away, the place is not found in the journal
/// again, or under another term, and the rows are made anew.
pub struct Follower {
    store: Store,
    open: Opener,
    cursor: Option<Cursor>,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The entry up to which the rows stand.
    pub seq: Seq,
    /// Entries that were read.
    pub entries: u64,
    /// Whether it ended because it was long enough: there may be more.
    pub more: bool,
    /// Whether rows of before were dropped.
    pub rebuilt: bool,
    /// Whether nothing was done because somebody else was writing the file: try again.
    pub busy: bool,
}

impl Step {
    /// Returns whether another step is worth making at once.
    #[must_use]
    pub const fn is_behind(&self) -> bool {
        self.more || self.busy
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seq = self.cursor.as_ref().map(Cursor::seq);
        f.debug_struct("Follower").field("store", &self.store).field("seq", &seq).finish()
    }
}

impl Follower {
    /// Opens a store, or makes one, to follow the journal that `open` reads. The journal need not be there yet.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(
        path: &Path,
        open: impl FnMut(Seq) -> Result<Reader, ReadError> + Send + 'static,
    ) -> Result<Self, StoreError> {
        let store = Store::open(path)?;
        store.connection.busy_timeout(PATIENCE)?;
        Ok(Self { store, open: Box::new(open), cursor: None })
    }

    /// Returns the store, to ask.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Writes the rows of what is new in the journal, at most some thousand entries in one transaction.
    ///
    /// # Errors
    /// Damage in the journal; an entry of a kind this build does not know; what SQLite says. Rows stay as they were
    /// before the step, and the next one begins from there.
    pub fn step(&mut self) -> Result<Step, StoreError> {
        self.step_of(STEP)
    }

    /// Does a [`Follower::step`] of at most so many entries.
    ///
    /// # Errors
    /// As [`Follower::step`].
    pub fn step_of(&mut self, entries: u64) -> Result<Step, StoreError> {
        match self.try_step(entries) {
            Ok(step) => Ok(step),
            Err(error) => {
                // What was folded may be ahead of the rows.
                self.cursor = None;
                if !is_busy(&error) {
                    return Err(error);
                }
                let seq = self.store.seq().unwrap_or(Seq::NONE);
                Ok(Step { seq, busy: true, ..Step::NONE })
            }
        }
    }

    fn try_step(&mut self, entries: u64) -> Result<Step, StoreError> {
        let mut rebuilt = false;
        // A second look, where somebody else has followed the journal since the last step; no third.
        for _ in 0..2 {
            let mut cursor = match self.cursor.take() {
                Some(cursor) => cursor,
                None => {
                    let (cursor, dropped) = match Cursor::find(&mut self.store, &mut self.open) {
                        Err(StoreError::Read(ReadError::NoJournal)) => return Ok(Step::NONE),
                        found => found?,
                    };
                    rebuilt |= dropped;
                    cursor
                }
            };
            if let Some(read) = cursor.advance(&mut self.store, entries)? {
                let (seq, more) = (cursor.seq(), read >= entries);
                self.cursor = Some(cursor);
                return Ok(Step { seq, entries: read, more, rebuilt, busy: false });
            }
        }
        Err(StoreError::Busy)
    }
}

impl Step {
    /// There is no journal yet.
    const NONE: Self =
        Self { seq: Seq::NONE, entries: 0, more: false, rebuilt: false, busy: false };
}

fn is_busy(error: &StoreError) -> bool {
    match error {
        StoreError::Busy => true,
        StoreError::Sqlite(error) => matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        ),
        StoreError::Newer { .. }
        | StoreError::Older { .. }
        | StoreError::Read(_)
        | StoreError::Entry { .. }
        | StoreError::Fold(_)
        | StoreError::Json(_)
        | StoreError::Write(_) => false,
    }
}

/// How far a journal was followed: what stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) journal: String,
    pub(crate) seq: u64,
    term: u64,
}

/// A place in a journal, and what its entries have come to up to there.
#[derive(Debug)]
pub(crate) struct Cursor {
    reader: Reader,
    fold: Fold,
    /// As it stands in the file; `None` before the first entry.
    mark: Option<Mark>,
}

impl Cursor {
    /// Finds where the rows of a store stand in a journal. If they are not of this journal, or were made by a build
    /// that folded otherwise, they are dropped. Returns whether there were any to drop.
    pub(crate) fn find(
        store: &mut Store,
        open: &mut dyn FnMut(Seq) -> Result<Reader, ReadError>,
    ) -> Result<(Self, bool), StoreError> {
        let kept = mark(&store.connection)?;
        if let Some(mark) = &kept
            && mark.is_of(open)?
            && let Some(fold) = kept_fold(&store.connection)?
        {
            let reader = open(Seq(mark.seq + 1))?;
            return Ok((Self { reader, fold, mark: kept }, false));
        }
        let reader = open(Seq(1))?;
        store.drop_rows()?;
        let migrated = std::mem::take(&mut store.migrated);
        Ok((Self { reader, fold: Fold::default(), mark: None }, kept.is_some() || migrated))
    }

    pub(crate) fn seq(&self) -> Seq {
        self.mark.as_ref().map_or(Seq::NONE, |mark| Seq(mark.seq))
    }

    /// Returns the last entry that the journal is known to have.
    pub(crate) fn committed(&self) -> Seq {
        self.reader.committed().max(self.seq())
    }

    /// Writes what entries add, so many at most, in one transaction. Returns how many were read; `None` if the rows
    /// stand elsewhere than here, because somebody else has followed the journal.
    ///
    /// After an error the cursor is ahead of the rows: drop it.
    pub(crate) fn advance(
        &mut self,
        store: &mut Store,
        entries: u64,
    ) -> Result<Option<u64>, StoreError> {
        let immediate = TransactionBehavior::Immediate;
        let transaction = store.connection.transaction_with_behavior(immediate)?;
        if mark(&transaction)? != self.mark {
            return Ok(None);
        }
        let after = self.seq().0;
        let until = after.saturating_add(entries.max(1));
        let mut reached: Option<(u64, JournalId, Term)> = None;
        while reached.is_none_or(|(seq, ..)| seq < until)
            && let Some(seq) = self.apply_next(&transaction)?
        {
            // Name and term are those of the segment that the entry lies in.
            reached = Some((seq, self.reader.id(), self.reader.term()));
        }
        let Some((seq, id, term)) = reached else { return Ok(Some(0)) };
        let mark = Mark::new(id, term, seq);
        for projection in PROJECTIONS {
            projection.on_commit(&transaction, &self.fold)?;
        }
        mark.write(&transaction, &self.fold)?;
        transaction.commit()?;
        let read = mark.seq - after;
        self.mark = Some(mark);
        Ok(Some(read))
    }

    /// Writes what the next entry adds; returns its place.
    fn apply_next(&mut self, rows: &Transaction<'_>) -> Result<Option<u64>, StoreError> {
        let Some(item) = self.reader.next()? else { return Ok(None) };
        let seq = match item {
            Item::Dropped { last, .. } => last.0,
            Item::Entry(stored) => {
                let seq = stored.seq.0;
                if stored.kind < journal::KIND_OWN_MIN {
                    let entry = Entry::decode(stored.payload)
                        .map_err(|source| StoreError::Entry { seq, source })?;
                    let change = self.fold.evolve(&entry);
                    for projection in PROJECTIONS {
                        projection.on_entry(rows, &entry, &change, &self.fold)?;
                    }
                }
                seq
            }
        };
        Ok(Some(seq))
    }
}

impl Mark {
    fn new(id: JournalId, term: Term, seq: u64) -> Self {
        Self { journal: id.to_string(), seq, term: term.0 }
    }

    /// Returns whether a journal has this place, under the same name and term: one that was cut and written on,
    /// restored or copied has others from there on.
    fn is_of(
        &self,
        open: &mut dyn FnMut(Seq) -> Result<Reader, ReadError>,
    ) -> Result<bool, StoreError> {
        let mut reader = open(Seq(self.seq))?;
        let there = matches!(reader.next(), Ok(Some(_)));
        Ok(there && *self == Self::new(reader.id(), reader.term(), self.seq))
    }

    fn write(&self, rows: &Transaction<'_>, fold: &Fold) -> Result<(), StoreError> {
        rows.execute("DELETE FROM progress", [])?;
        let fold = postcard::to_stdvec(fold)?;
        let (seq, term) = (self.seq.cast_signed(), self.term.cast_signed());
        let mut insert = rows.prepare_cached(
            "INSERT INTO progress (journal, seq, term, fold) VALUES (?1, ?2, ?3, ?4)",
        )?;
        insert.execute(params![self.journal, seq, term, fold])?;
        Ok(())
    }
}

/// Returns how far the rows of a file stand.
pub(crate) fn mark(connection: &Connection) -> Result<Option<Mark>, StoreError> {
    let mut query = connection.prepare_cached("SELECT journal, seq, term FROM progress")?;
    let found = query.query_row([], |row| {
        Ok(Mark {
            journal: row.get(0)?,
            seq: row.get::<_, i64>(1)?.cast_unsigned(),
            term: row.get::<_, i64>(2)?.cast_unsigned(),
        })
    });
    Ok(found.optional()?)
}

/// Returns what the entries had come to; `None` if this build cannot read it.
fn kept_fold(connection: &Connection) -> Result<Option<Fold>, StoreError> {
    let bytes: Vec<u8> = connection.query_row("SELECT fold FROM progress", [], |row| row.get(0))?;
    Ok(postcard::from_bytes(&bytes).ok())
}
