//! [`Keep`]: where the entries of a run go, if anywhere.

use std::fmt;
use std::ops::Range;

use types::canon::Hash;
use types::entry::Entry;

use super::BacktestError;
use super::fold::Fold;

/// Entries of one commit, at least: instants are kept whole.
const COMMIT: usize = 256;

/// Entries between two snapshots.
const SNAPSHOT_EVERY: u64 = 250_000;

/// An entry to be kept.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// Its kind, as `docs/entries.md` numbers it.
    pub kind: u32,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Why entries could not be kept.
pub type KeepError = Box<dyn std::error::Error + Send + Sync>;

/// Keeps the entries of a run: a journal.
pub trait Keep: fmt::Debug {
    /// Keeps entries behind the first `after` ones; they are durable when this returns.
    ///
    /// # Errors
    /// What hindered it; the run ends.
    fn keep(&mut self, after: u64, entries: &[Kept<'_>]) -> Result<(), KeepError>;

    /// Keeps a snapshot of the engine as it is behind the first `after` entries, all of them kept, and
    /// the state hash that it stands for.
    ///
    /// # Errors
    /// What hindered it; the run ends.
    fn snapshot(&mut self, after: u64, state: &[u8], hash: Hash) -> Result<(), KeepError>;
}

/// Gathers the entries of a run into commits.
#[derive(Debug)]
pub(super) struct Keeper<'o> {
    keep: &'o mut dyn Keep,
    kept: u64,
    pictured: u64,
    bytes: Vec<u8>,
    entries: Vec<(u32, Range<usize>)>,
}

impl<'o> Keeper<'o> {
    pub(super) const fn new(keep: &'o mut dyn Keep) -> Self {
        Self { keep, kept: 0, pictured: 0, bytes: Vec::new(), entries: Vec::new() }
    }

    /// Takes an entry. It was written once before, to be hashed: of all the work of keeping it, writing
    /// it again is the least, and a run that keeps nothing hands no bytes on.
    pub(super) fn push(&mut self, entry: &Entry) {
        let start = self.bytes.len();
        entry.encode(&mut self.bytes);
        self.entries.push((entry.body.kind(), start..self.bytes.len()));
    }

    /// Between two instants: hands on what has gathered, if it is a commit's worth.
    pub(super) fn between(&mut self, fold: &mut Fold) -> Result<(), BacktestError> {
        if self.entries.len() < COMMIT {
            return Ok(());
        }
        self.commit()?;
        if self.kept - self.pictured >= SNAPSHOT_EVERY {
            self.picture(fold)?;
        }
        Ok(())
    }

    /// At the end: hands on the rest, and a snapshot of the end.
    pub(super) fn finish(&mut self, fold: &mut Fold) -> Result<(), BacktestError> {
        self.commit()?;
        self.picture(fold)
    }

    fn commit(&mut self) -> Result<(), BacktestError> {
        let kept =
            |(kind, at): &(u32, Range<usize>)| Kept { kind: *kind, bytes: &self.bytes[at.clone()] };
        let entries: Vec<Kept<'_>> = self.entries.iter().map(kept).collect();
        self.keep.keep(self.kept, &entries).map_err(BacktestError::Keep)?;
        self.kept += entries.len() as u64;
        self.entries.clear();
        self.bytes.clear();
        Ok(())
    }

    fn picture(&mut self, fold: &mut Fold) -> Result<(), BacktestError> {
        let (state, hash) = (fold.snapshot()?, fold.state_hash()?);
        self.keep.snapshot(self.kept, &state, hash).map_err(BacktestError::Keep)?;
        self.pictured = self.kept;
        Ok(())
    }
}
