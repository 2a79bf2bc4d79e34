//! [`Sequencer`]: gives each entry its place, hashes it, and keeps the engine in lockstep.

use engine::State;
use sha2::{Digest, Sha256};
use types::canon::{self, CanonError, Hash};
use types::decision::{Action, Decision};
use types::entry::{Body, Entry, Source};
use types::ids::Seq;
use types::market::TsNanos;
use types::slot::Engine;

use super::observer::Observer;
use super::recorder::Recorder;

/// Bytes gathered before they are hashed: SHA-256 is fed in large pieces.
const BATCH: usize = 16 * 1024;

/// Gives each entry its place, hashes it, and has the engine fold it and its decisions.
#[derive(Debug)]
pub(super) struct Sequencer<'o> {
    engine: State,
    observer: Option<&'o mut dyn Observer>,
    seq: u64,
    ts: TsNanos,
    entries: Sha256,
    pending: Vec<u8>,
    decisions: Sha256,
    pending_decisions: Vec<u8>,
    decided: u64,
    scratch: Vec<Decision>,
}

impl<'o> Sequencer<'o> {
    pub(super) fn new(observer: Option<&'o mut dyn Observer>) -> Self {
        Self {
            engine: State::default(),
            observer,
            seq: 0,
            ts: TsNanos::from_nanos(i64::MIN),
            entries: Sha256::new(),
            pending: Vec::with_capacity(2 * BATCH),
            decisions: Sha256::new(),
            pending_decisions: Vec::with_capacity(2 * BATCH),
            decided: 0,
            scratch: Vec::new(),
        }
    }

    pub(super) const fn engine(&self) -> &State {
        &self.engine
    }

    /// Returns who looks on, beside the engine it looks at.
    pub(super) fn observed(&mut self) -> Option<(&mut dyn Observer, &State)> {
        match &mut self.observer {
            Some(observer) => Some((&mut **observer, &self.engine)),
            None => None,
        }
    }

    /// Returns the number of entries so far.
    pub(super) const fn entries(&self) -> u64 {
        self.seq
    }

    /// Returns the number of decisions so far, every "no trade" among them.
    pub(super) const fn decisions(&self) -> u64 {
        self.decided
    }

    /// Appends an entry, then the engine's decisions about it, each folded before the next entry.
    /// All are counted; those that ask for something go to `out` with their places.
    pub(super) fn append(
        &mut self,
        ts: TsNanos,
        source: Source,
        body: Body,
        recorder: &mut Recorder,
        out: &mut Vec<(Seq, Decision)>,
    ) -> Seq {
        let entry = self.next(ts, source, body);
        self.fold(&entry);
        let mut scratch = std::mem::take(&mut self.scratch);
        self.engine.decide(&entry, &mut scratch);
        for decision in scratch.drain(..) {
            recorder.count(&decision);
            let entry = self.next(ts, Source::Engine, Body::Decision(decision));
            self.fold(&entry);
            if let Body::Decision(decision) = entry.body
                && decision.action != Action::Nothing
            {
                out.push((entry.seq, decision));
            }
        }
        self.scratch = scratch;
        entry.seq
    }

    /// Numbers an entry. Time never goes back.
    fn next(&mut self, ts: TsNanos, source: Source, body: Body) -> Entry {
        self.seq += 1;
        self.ts = self.ts.max(ts);
        Entry { seq: Seq(self.seq), ts_event: ts, ts: self.ts, source, body }
    }

    /// Hashes an entry and has the engine fold it.
    fn fold(&mut self, entry: &Entry) {
        let start = self.pending.len();
        // Framed by length, so that no two different sequences give the same bytes.
        self.pending.extend_from_slice(&[0; 4]);
        let payload = entry.encode(&mut self.pending);
        let length = self.pending.len() - start - 4;
        let length = u32::try_from(length).expect("an entry is far below 4 GiB");
        self.pending[start..start + 4].copy_from_slice(&length.to_le_bytes());
        if let Body::Decision(_) = entry.body {
            self.decided += 1;
            self.pending_decisions.extend_from_slice(&self.ts.as_nanos().to_le_bytes());
            self.pending_decisions.extend_from_slice(&self.pending[payload]);
        }
        self.flush(BATCH);
        self.engine.evolve(entry);
        if let Some((observer, engine)) = self.observed() {
            observer.on_entry(entry, engine);
        }
    }

    fn flush(&mut self, above: usize) {
        if self.pending.len() > above {
            self.entries.update(&self.pending);
            self.pending.clear();
        }
        if self.pending_decisions.len() > above {
            self.decisions.update(&self.pending_decisions);
            self.pending_decisions.clear();
        }
    }

    /// Returns the hash of all decisions so far, with their market time and full reasons.
    pub(super) fn decisions_hash(&mut self) -> Hash {
        self.flush(0);
        Hash::from_bytes(self.decisions.clone().finalize().into())
    }

    /// Returns the hash of the engine's whole state and of every entry folded.
    pub(super) fn state_hash(&mut self) -> Result<Hash, CanonError> {
        self.flush(0);
        let folded: [u8; 32] = self.entries.clone().finalize().into();
        canon::hash(&(folded, &self.engine))
    }
}
