//! [`Fold`]: the engine and the hashes of what it folded, moved by entries new or stored.

use std::ops::Range;

use engine::State;
use serde::{Deserialize, Serialize};
use sha2::digest::common::hazmat::{SerializableState as _, SerializedState};
use sha2::{Digest as _, Sha256};
use types::canon::{self, CanonError, Hash};
use types::decision::Decision;
use types::entry::{Body, Entry};
use types::slot::Engine as _;

/// Bytes gathered before they are hashed: SHA-256 is fed in large pieces.
const BATCH: usize = 16 * 1024;

/// Bytes in front of each entry, its length: no two different sequences give the same bytes.
const FRAME: usize = 4;

/// The engine and the hashes of what it folded.
#[derive(Clone, Debug)]
pub struct Fold {
    engine: State,
    entries: Sha256,
    pending: Vec<u8>,
    decisions: Sha256,
    pending_decisions: Vec<u8>,
    folded: u64,
    decided: u64,
}

impl Default for Fold {
    /// Before the first entry.
    fn default() -> Self {
        Self {
            engine: State::default(),
            entries: Sha256::new(),
            pending: Vec::with_capacity(2 * BATCH),
            decisions: Sha256::new(),
            pending_decisions: Vec::with_capacity(2 * BATCH),
            folded: 0,
            decided: 0,
        }
    }
}

/// What a snapshot holds of a [`Fold`].
#[derive(Serialize, Deserialize)]
struct Stored {
    engine: State,
    entries: Vec<u8>,
    decisions: Vec<u8>,
    folded: u64,
    decided: u64,
}

/// A snapshot that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// Not the form this build gives a state.
    #[error("the snapshot is not of this build's form ({0}): fold the journal from its start")]
    Form(#[from] postcard::Error),
    /// A running hash of another length.
    #[error(
        "the snapshot holds {0} bytes where a running SHA-256 belongs: fold the journal from its start"
    )]
    Hash(usize),
    /// A bug: a number of the state is not finite.
    #[error(transparent)]
    State(#[from] CanonError),
}

impl Fold {
    /// Returns the engine.
    #[must_use]
    pub const fn engine(&self) -> &State {
        &self.engine
    }

    /// Returns the number of entries folded.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.folded
    }

    /// Returns the number of decisions folded, every "no trade" among them.
    #[must_use]
    pub const fn decisions(&self) -> u64 {
        self.decided
    }

    /// Asks the engine what it wants at an entry that was folded before.
    pub fn decide(&self, entry: &Entry, out: &mut Vec<Decision>) {
        self.engine.decide(entry, out);
    }

    /// Encodes, hashes and folds a new entry; returns its bytes.
    pub fn fold_new(&mut self, entry: &Entry) -> &[u8] {
        let start = self.begin();
        let payload = entry.encode(&mut self.pending);
        self.end(start, entry, payload);
        self.engine.evolve(entry);
        &self.pending[start + FRAME..]
    }

    /// Hashes and folds a stored entry whose payload stands at `payload` of its bytes.
    pub fn fold_stored(&mut self, entry: &Entry, bytes: &[u8], payload: Range<usize>) {
        let start = self.begin();
        let shift = self.pending.len();
        self.pending.extend_from_slice(bytes);
        self.end(start, entry, payload.start + shift..payload.end + shift);
        self.engine.evolve(entry);
    }

    fn begin(&mut self) -> usize {
        if self.pending.len() > BATCH {
            self.flush();
        }
        let start = self.pending.len();
        self.pending.extend_from_slice(&[0; FRAME]);
        start
    }

    fn end(&mut self, start: usize, entry: &Entry, payload: Range<usize>) {
        let length = self.pending.len() - start - FRAME;
        let length = u32::try_from(length).expect("an entry is far below 4 GiB");
        self.pending[start..start + FRAME].copy_from_slice(&length.to_le_bytes());
        self.folded += 1;
        if let Body::Decision(_) = entry.body {
            self.decided += 1;
            self.pending_decisions.extend_from_slice(&entry.ts.as_nanos().to_le_bytes());
            self.pending_decisions.extend_from_slice(&self.pending[payload]);
        }
    }

    fn flush(&mut self) {
        self.entries.update(&self.pending);
        self.pending.clear();
        self.decisions.update(&self.pending_decisions);
        self.pending_decisions.clear();
    }

    /// Returns the hash of all decisions so far, with their market time and full reasons.
    pub fn decisions_hash(&mut self) -> Hash {
        self.flush();
        Hash::from_bytes(self.decisions.clone().finalize().into())
    }

    /// Returns the hash of the engine's whole state and of every entry folded.
    ///
    /// # Errors
    /// `CanonError` if a number of the state is not finite: a bug.
    pub fn state_hash(&mut self) -> Result<Hash, CanonError> {
        self.flush();
        let folded: [u8; 32] = self.entries.clone().finalize().into();
        canon::hash(&(folded, &self.engine))
    }

    /// Returns the hash of what is owned, owed and allowed: comparable across versions.
    ///
    /// # Errors
    /// As [`Fold::state_hash`].
    pub fn books_hash(&self) -> Result<Hash, CanonError> {
        let core = self.engine.core();
        let portfolio = core.portfolio();
        canon::hash(&(portfolio.books(), portfolio.marks(), core.mode()))
    }

    /// Returns bytes from which [`Fold::restore`] makes the same fold, in the same build.
    ///
    /// # Errors
    /// `FoldError::Form` if the state has no such form: a bug.
    pub fn snapshot(&mut self) -> Result<Vec<u8>, FoldError> {
        self.flush();
        Ok(postcard::to_stdvec(&Stored {
            engine: self.engine.clone(),
            entries: self.entries.serialize().to_vec(),
            decisions: self.decisions.serialize().to_vec(),
            folded: self.folded,
            decided: self.decided,
        })?)
    }

    /// Makes a fold of what [`Fold::snapshot`] gave.
    ///
    /// # Errors
    /// `FoldError` if the bytes are not of this build's form.
    pub fn restore(bytes: &[u8]) -> Result<Self, FoldError> {
        let stored: Stored = postcard::from_bytes(bytes)?;
        Ok(Self {
            engine: stored.engine,
            entries: running(&stored.entries)?,
            decisions: running(&stored.decisions)?,
            folded: stored.folded,
            decided: stored.decided,
            ..Self::default()
        })
    }
}

fn running(bytes: &[u8]) -> Result<Sha256, FoldError> {
    let wrong = || FoldError::Hash(bytes.len());
    let state = SerializedState::<Sha256>::try_from(bytes).map_err(|_| wrong())?;
    Sha256::deserialize(&state).map_err(|_| wrong())
}
