//! [`Replay`]: folds a journal, decides again with this build and compares.

use std::collections::VecDeque;

use types::decision::Decision;
use types::entry::{Body, CodecError, Entry};
use types::ids::Seq;
use types::slot::Engine as _;

use super::fold::Fold;

/// Folds stored entries one by one and decides again at each: the same build on the same journal
/// decides the same, byte for byte.
#[derive(Debug, Default)]
pub struct Replay {
    fold: Fold,
    /// The newest entry that is no decision.
    cause: Seq,
    /// What this build decided there and has not met in the journal.
    wanted: VecDeque<Decision>,
    scratch: Vec<Decision>,
    bytes: Vec<u8>,
}

/// The first place where journal and build part.
#[derive(Clone, Debug, PartialEq)]
pub struct Parted {
    /// The place.
    pub seq: Seq,
    /// The entry that the decision is about.
    pub cause: Seq,
    /// What the journal holds there; `None` if it holds no decision.
    pub stored: Option<Decision>,
    /// What this build decides there; `None` if nothing.
    pub decided: Option<Decision>,
}

/// Why a replay cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Bytes that are no entry of this build.
    #[error("entry {seq}: {source}")]
    Entry {
        /// Its place in the journal.
        seq: u64,
        /// What is wrong.
        source: CodecError,
    },
    /// An entry that names another place than the one it has.
    #[error(
        "the entry at {at} says that its place is {says}: the journal was not written by one run"
    )]
    Place {
        /// Where it is.
        at: u64,
        /// What it says.
        says: u64,
    },
    /// The build decides otherwise.
    #[error("at entry {} this build decides otherwise", .0.seq.0)]
    Parted(Box<Parted>),
}

impl Replay {
    /// Goes on from a fold restored of a snapshot.
    #[must_use]
    pub fn from(fold: Fold) -> Self {
        Self { fold, ..Self::default() }
    }

    /// Returns the engine and hashes as they are behind the newest entry.
    #[must_use]
    pub fn into_fold(self) -> Fold {
        self.fold
    }

    /// Folds the entry stored at `seq` and compares, if it is a decision.
    ///
    /// # Errors
    /// `ReplayError` at the first entry that cannot be read or is decided otherwise.
    pub fn on_stored(&mut self, seq: u64, bytes: &[u8]) -> Result<(), ReplayError> {
        let read = Entry::decode_stored(bytes);
        let (entry, payload) = read.map_err(|source| ReplayError::Entry { seq, source })?;
        if entry.seq.0 != seq {
            return Err(ReplayError::Place { at: seq, says: entry.seq.0 });
        }
        let wanted = self.wanted.pop_front();
        if let Body::Decision(stored) = &entry.body {
            self.compare(entry.seq, stored, &bytes[payload.clone()], wanted)?;
            self.fold.fold_stored(&entry, bytes, payload);
            return Ok(());
        }
        if wanted.is_some() {
            return Err(self.parted(entry.seq, None, wanted));
        }
        self.cause = entry.seq;
        self.fold.fold_stored(&entry, bytes, payload);
        self.fold.decide(&entry, &mut self.scratch);
        self.wanted.extend(self.scratch.drain(..));
        Ok(())
    }

    /// At the end of the journal: nothing decided may be missing there.
    ///
    /// # Errors
    /// `ReplayError::Parted` if a decision is.
    pub fn finish(&mut self) -> Result<(), ReplayError> {
        match self.wanted.pop_front() {
            Some(decided) => {
                let seq = Seq(self.fold.entries() + 1);
                Err(self.parted(seq, None, Some(decided)))
            }
            None => Ok(()),
        }
    }

    /// Stored bytes against the bytes of what is decided now: numbers are compared as bits.
    fn compare(
        &mut self,
        seq: Seq,
        stored: &Decision,
        payload: &[u8],
        wanted: Option<Decision>,
    ) -> Result<(), ReplayError> {
        let Some(decided) = wanted else {
            return Err(self.parted(seq, Some(stored.clone()), None));
        };
        self.bytes.clear();
        Body::Decision(decided.clone()).encode(&mut self.bytes);
        if self.bytes == payload {
            return Ok(());
        }
        Err(self.parted(seq, Some(stored.clone()), Some(decided)))
    }

    fn parted(&self, seq: Seq, stored: Option<Decision>, decided: Option<Decision>) -> ReplayError {
        ReplayError::Parted(Box::new(Parted { seq, cause: self.cause, stored, decided }))
    }
}
