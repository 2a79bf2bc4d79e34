//! [`Fold`]: the engine and the hashes of what it folded, moved by entries new or stored.

use std::ops::Range;

use engine::State;
use serde::{Deserialize, Serialize};
use sha2::digest::common::hazmat::{SerializableState as _, SerializedState};
use sha2::{Digest as _, Sha256};
use types::bar::Bar;
use types::canon::{self, CanonError, Hash};
use types::decision::Decision;
use types::entry::{Body, Entry, Source};
use types::market::TsNanos;
use types::slot::Engine;

/// Bytes gathered before they are hashed: SHA-256 is fed in large pieces.
const BATCH: usize = 16 * 1024;

/// Lengths from this one on take more than one byte.
const LONG: usize = 0x80;

/// An odd factor that spreads what is multiplied by it over all bits.
///
/// Source: Steele and Vigna, *Computationally Easy, Spectrally Good Multipliers for Congruential Pseudorandom Number
/// Generators*, table for 64 bits.
const FACTOR: u64 = 0xF135_7AEA_2E62_A9C5;

/// Bits by which a checksum is turned before each word, so that upper bits reach the lower ones.
const TURN: u32 = 26;

/// A SHA-256 of parts.
#[derive(Clone, Debug)]
struct Parts {
    hash: Sha256,
    pending: Vec<u8>,
}

impl Parts {
    fn behind(hash: Sha256) -> Self {
        Self { hash, pending: Vec::with_capacity(2 * BATCH) }
    }

    /// Adds what `write` appends, behind its length as a Protobuf varint: no two different sequences
    /// of parts give the same bytes.
    #[inline]
    fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.pending.len() > BATCH {
            self.flush();
        }
        let start = self.pending.len();
        self.pending.push(0);
        write(&mut self.pending);
        let length = self.pending.len() - start - 1;
        match u8::try_from(length) {
            Ok(short) if length < LONG => self.pending[start] = short,
            Ok(_) | Err(_) => self.lengthen(start, length),
        }
    }

    /// Writes a length that does not fit the byte left for it.
    #[cold]
    fn lengthen(&mut self, start: usize, length: usize) {
        let mut varint = Vec::new();
        let mut left = length;
        while left >= LONG {
            varint.push(u8::try_from(left % LONG + LONG).expect("below 256"));
            left /= LONG;
        }
        varint.push(u8::try_from(left).expect("below 128"));
        self.pending.splice(start..=start, varint);
    }

    fn flush(&mut self) {
        self.hash.update(&self.pending);
        self.pending.clear();
    }

    /// Returns the hash of all parts so far.
    fn hash(&mut self) -> Hash {
        self.flush();
        Hash::from_bytes(self.hash.clone().finalize().into())
    }

    /// Returns the hash in the middle of its work.
    fn running(&mut self) -> Vec<u8> {
        self.flush();
        self.hash.serialize().to_vec()
    }
}

/// A checksum of what the market showed, and when: it tells runs over different bars apart and costs less than their bytes and SHA-256.
/// Whoever wants two that agree can make them; what proves a run is its journal (ADR 0008).
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Checksum(u64);

impl Checksum {
    /// Takes an entry in; `false` if it is neither of the market nor the end of an instant.
    #[inline]
    fn add(&mut self, entry: &Entry) -> bool {
        let times = [entry.ts_event, entry.ts].map(nanos);
        let kind = u64::from(entry.body.kind()) << 32;
        match (entry.source, &entry.body) {
            (Source::Venue, Body::Bar { symbol, timeframe, bar }) => {
                let Bar { open_time, open, high, low, close, volume } = bar;
                let which = u64::from(symbol.0) << 16 | u64::from(volume.is_some());
                self.fold([entry.seq.0, kind | which]);
                self.fold(times);
                self.fold([timeframe.nanos().cast_unsigned(), nanos(*open_time)]);
                self.fold([open, high, low, close].map(|price| price.raw().cast_unsigned()));
                self.fold([volume.unwrap_or_default().to_bits()]);
            }
            (Source::Venue, Body::Mark { symbol, price }) => {
                self.fold([entry.seq.0, kind | u64::from(symbol.0)]);
                self.fold(times);
                self.fold([price.raw().cast_unsigned()]);
            }
            (Source::Hub, Body::InstantClosed { at }) => {
                self.fold([entry.seq.0, kind]);
                self.fold(times);
                self.fold([nanos(*at)]);
            }
            _ => return false,
        }
        true
    }

    #[inline]
    fn fold<const N: usize>(&mut self, words: [u64; N]) {
        for word in words {
            self.0 = (self.0.rotate_left(TURN) ^ word).wrapping_mul(FACTOR);
        }
    }
}

const fn nanos(moment: TsNanos) -> u64 {
    moment.as_nanos().cast_unsigned()
}

/// The engine and the hashes of what it folded.
#[derive(Clone, Debug)]
pub struct Fold {
    engine: State,
    /// What the market showed, and when.
    market: Checksum,
    /// All other entries but decisions.
    entries: Parts,
    decisions: Parts,
    folded: u64,
    decided: u64,
}

impl Default for Fold {
    /// Before the first entry.
    fn default() -> Self {
        Self {
            engine: State::default(),
            market: Checksum::default(),
            entries: Parts::behind(Sha256::new()),
            decisions: Parts::behind(Sha256::new()),
            folded: 0,
            decided: 0,
        }
    }
}

/// What a snapshot holds of a [`Fold`].
#[derive(Serialize, Deserialize)]
struct Stored {
    engine: State,
    market: Checksum,
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

    /// Hashes and folds a stored entry whose payload stands at `payload` of its bytes.
    pub fn fold_stored(&mut self, entry: &Entry, bytes: &[u8], payload: Range<usize>) {
        let payload = &bytes[payload];
        self.hash(entry, |out| out.extend_from_slice(bytes), |out| out.extend_from_slice(payload));
        self.engine.evolve(entry);
    }

    /// Hashes an entry; of the market's a checksum is enough. A decision is hashed with the decisions alone: where it stands is told by the
    /// places of the other entries, and the rest of its envelope follows from that.
    #[inline]
    fn hash(
        &mut self,
        entry: &Entry,
        whole: impl FnOnce(&mut Vec<u8>),
        payload: impl FnOnce(&mut Vec<u8>),
    ) {
        self.folded += 1;
        if self.market.add(entry) {
            return;
        }
        if let Body::Decision(_) = entry.body {
            self.decided += 1;
            self.decisions.add(|out| {
                out.extend_from_slice(&entry.ts.as_nanos().to_le_bytes());
                payload(out);
            });
            if entry.source == Source::Engine && entry.ts_event == entry.ts {
                return;
            }
        }
        self.entries.add(whole);
    }

    /// Returns the hash of all decisions so far, with their market time and full reasons.
    pub fn decisions_hash(&mut self) -> Hash {
        self.decisions.hash()
    }

    /// Returns the hash of the engine's whole state and of every entry folded, the market's by their checksum.
    ///
    /// # Errors
    /// `CanonError` if a number of the state is not finite: a bug.
    pub fn state_hash(&mut self) -> Result<Hash, CanonError> {
        let folded = [self.entries.hash(), self.decisions.hash()].map(|hash| *hash.as_bytes());
        canon::hash(&(folded, self.market, &self.engine))
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
        Ok(postcard::to_stdvec(&Stored {
            engine: self.engine.clone(),
            market: self.market,
            entries: self.entries.running(),
            decisions: self.decisions.running(),
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
            market: stored.market,
            entries: Parts::behind(running(&stored.entries)?),
            decisions: Parts::behind(running(&stored.decisions)?),
            folded: stored.folded,
            decided: stored.decided,
        })
    }
}

impl Engine for Fold {
    /// Encodes, hashes and folds a new entry.
    #[inline]
    fn evolve(&mut self, entry: &Entry) {
        self.hash(entry, |out| entry.encode(out), |out| entry.body.encode(out));
        self.engine.evolve(entry);
    }

    #[inline]
    fn decide(&self, entry: &Entry, out: &mut Vec<Decision>) {
        self.engine.decide(entry, out);
    }

    fn next_deadline(&self) -> Option<TsNanos> {
        self.engine.next_deadline()
    }
}

fn running(bytes: &[u8]) -> Result<Sha256, FoldError> {
    let wrong = || FoldError::Hash(bytes.len());
    let state = SerializedState::<Sha256>::try_from(bytes).map_err(|_| wrong())?;
    Sha256::deserialize(&state).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use types::decision::ReasonCode;
    use types::ids::{Seq, SymbolId};
    use types::market::Timeframe;
    use types::num::Price;

    use super::*;

    #[test]
    fn parts_stand_behind_their_lengths() {
        let mut parts = Parts::behind(Sha256::new());
        let mut whole = Vec::new();
        let lengths: [(usize, &[u8]); 6] = [
            (0, &[0]),
            (127, &[127]),
            (128, &[0x80, 0x01]),
            (300, &[0xAC, 0x02]),
            (2 * BATCH, &[0x80, 0x80, 0x02]),
            (1, &[1]),
        ];
        for (length, varint) in lengths {
            parts.add(|out| out.resize(out.len() + length, 7));
            whole.extend_from_slice(varint);
            whole.resize(whole.len() + length, 7);
        }
        assert_eq!(parts.hash().as_bytes()[..], Sha256::digest(&whole)[..]);
    }

    /// Returns the hashes of decisions and of the state behind one decision.
    fn hashes(entry: &Entry) -> (Hash, Hash) {
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        let (read, payload) = Entry::decode_stored(&bytes).expect("just written");
        let (mut new, mut stored) = (Fold::default(), Fold::default());
        new.evolve(entry);
        stored.fold_stored(&read, &bytes, payload);
        let hashes = (new.decisions_hash(), new.state_hash().expect("finite"));
        assert_eq!(hashes, (stored.decisions_hash(), stored.state_hash().expect("finite")));
        hashes
    }

    #[test]
    fn an_envelope_that_does_not_follow_from_the_place_is_hashed_too() {
        let ts = TsNanos::from_nanos(60);
        let account = Decision::nothing(SymbolId(0), ReasonCode::NoSignal);
        let decision = Decision { symbol: None, ..account };
        let body = Body::Decision(decision);
        let usual = Entry { seq: Seq(1), ts_event: ts, ts, source: Source::Engine, body };
        let by_hand = Entry { source: Source::Operator, ..usual.clone() };
        let earlier = Entry { ts_event: TsNanos::from_nanos(59), ..usual.clone() };
        let (decisions, state) = hashes(&usual);
        for odd in [by_hand, earlier] {
            let seen = hashes(&odd);
            assert_eq!(seen.0, decisions, "{odd:?}");
            assert_ne!(seen.1, state, "{odd:?}");
        }
    }
    /// Returns what the market's entries are told apart by, of one entry.
    fn sum(entry: &Entry) -> Option<u64> {
        let mut sum = Checksum::default();
        sum.add(entry).then_some(sum.0)
    }

    #[test]
    fn each_field_of_what_the_market_shows_is_in_the_checksum() {
        let ts = TsNanos::from_nanos(60);
        let price = Price::from_raw;
        let bar = Bar {
            open_time: TsNanos::EPOCH,
            open: price(5),
            high: price(9),
            low: price(3),
            close: price(4),
            volume: Some(2.0),
        };
        let of =
            |seq, ts_event, ts, source, body| Entry { seq: Seq(seq), ts_event, ts, source, body };
        let venue = |body| of(7, ts, ts, Source::Venue, body);
        let m1 = Timeframe::M1;
        let bar_of = |symbol, timeframe, bar| venue(Body::Bar { symbol, timeframe, bar });
        let usual = bar_of(SymbolId(0), m1, bar);
        let later = ts.plus(1);
        let mark = |symbol, price| Body::Mark { symbol: SymbolId(symbol), price };
        let instant = |at| Body::InstantClosed { at };
        let all = [
            usual.clone(),
            Entry { seq: Seq(8), ..usual.clone() },
            Entry { ts_event: later, ..usual.clone() },
            Entry { ts: later, ..usual },
            bar_of(SymbolId(1), m1, bar),
            bar_of(SymbolId(0), Timeframe::M5, bar),
            bar_of(SymbolId(0), m1, Bar { open_time: later, ..bar }),
            bar_of(SymbolId(0), m1, Bar { open: price(6), ..bar }),
            bar_of(SymbolId(0), m1, Bar { high: price(10), ..bar }),
            bar_of(SymbolId(0), m1, Bar { low: price(2), ..bar }),
            bar_of(SymbolId(0), m1, Bar { close: price(5), ..bar }),
            bar_of(SymbolId(0), m1, Bar { open: price(4), close: price(5), ..bar }),
            bar_of(SymbolId(0), m1, Bar { volume: Some(2.5), ..bar }),
            bar_of(SymbolId(0), m1, Bar { volume: Some(0.0), ..bar }),
            bar_of(SymbolId(0), m1, Bar { volume: None, ..bar }),
            venue(mark(0, price(5))),
            venue(mark(1, price(5))),
            venue(mark(0, price(6))),
            of(7, ts, ts, Source::Hub, instant(ts)),
            of(7, ts, ts, Source::Hub, instant(later)),
        ];
        let sums: BTreeSet<u64> =
            all.iter().map(|entry| sum(entry).expect("of the market")).collect();
        assert_eq!(sums.len(), all.len(), "{sums:?}");
        // What comes from elsewhere than it should is hashed as everything else is.
        assert_eq!(sum(&of(7, ts, ts, Source::Operator, mark(0, price(5)))), None);
        assert_eq!(sum(&of(7, ts, ts, Source::Hub, Body::Timer { at: ts })), None);
    }

    #[test]
    fn the_order_of_two_bars_is_in_the_checksum() {
        let ts = TsNanos::from_nanos(60);
        let mark = |price| {
            let body = Body::Mark { symbol: SymbolId(0), price: Price::from_raw(price) };
            Entry { seq: Seq(1), ts_event: ts, ts, source: Source::Venue, body }
        };
        let sum = |prices: [i64; 2]| {
            let mut sum = Checksum::default();
            assert!(prices.iter().all(|price| sum.add(&mark(*price))));
            sum.0
        };
        assert_ne!(sum([1, 2]), sum([2, 1]));
    }
}
