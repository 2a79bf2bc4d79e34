//! A book kept in step with its venue: [`Book`], and [`DepthSync`], which proves that nothing was missed.
//!
//! The procedure is the venue's own ("How to manage a local order book correctly", Binance spot API documentation,
//! page *WebSocket Streams*): buffer changes, take a snapshot, drop changes that are in it, begin with the change that
//! contains the next number, and take each further one only if it follows its predecessor; else begin anew.

use std::collections::{BTreeMap, VecDeque};

use types::feed::{DepthDiff, DepthSnapshot, Level};
use types::market::TsNanos;
use types::num::{Price, Qty};

use super::words::QueryId;

/// Resting quantity by price. Levels beyond the depth of the snapshot are known only once they change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    bids: BTreeMap<Price, Qty>,
    asks: BTreeMap<Price, Qty>,
    last_id: u64,
}

impl Book {
    /// Returns the best levels of the buyers, best first.
    pub fn bids(&self) -> impl Iterator<Item = Level> {
        self.bids.iter().rev().map(|(&price, &qty)| Level { price, qty })
    }

    /// Returns the best levels of the sellers, best first.
    pub fn asks(&self) -> impl Iterator<Item = Level> {
        self.asks.iter().map(|(&price, &qty)| Level { price, qty })
    }

    /// Returns the number of the last change that is in it.
    #[must_use]
    pub const fn last_id(&self) -> u64 {
        self.last_id
    }

    /// Returns whether a buyer would pay what a seller asks: no venue's book rests like that.
    fn is_crossed(&self) -> bool {
        let best = (self.bids.last_key_value(), self.asks.first_key_value());
        matches!(best, (Some((bid, _)), Some((ask, _))) if bid >= ask)
    }

    fn of(snapshot: &DepthSnapshot) -> Self {
        let mut book = Self { last_id: snapshot.last_id, ..Self::default() };
        book.change(&snapshot.bids, &snapshot.asks);
        book
    }

    fn change(&mut self, bids: &[Level], asks: &[Level]) {
        for (side, levels) in [(&mut self.bids, bids), (&mut self.asks, asks)] {
            for level in levels {
                if level.qty.is_zero() {
                    // A level that is not known here may go as well: it lay beyond the snapshot.
                    side.remove(&level.price);
                } else {
                    side.insert(level.price, level.qty);
                }
            }
        }
    }
}

/// What a change meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DepthStep {
    /// It waits for the snapshot.
    Buffered,
    /// The book has it.
    Applied,
    /// It was in the book already.
    Duplicate,
    /// Changes are missing: the book begins anew.
    Gap {
        /// How many.
        missing: u64,
    },
    /// The book is crossed: it begins anew.
    Crossed,
    /// Too many wait: it begins anew.
    Overflow,
}

/// What a snapshot meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SnapshotStep {
    /// The book stands, with everything that waited.
    Synced,
    /// It is older than the first change that waits: another is needed.
    TooOld,
    /// What waited does not follow from it, or makes no book: begin anew.
    Broken,
}

/// Keeps a book, or is on the way to one.
#[derive(Clone, Debug)]
pub(super) struct DepthSync {
    waiting: VecDeque<DepthDiff>,
    waiting_max: usize,
    book: Option<Book>,
    pub(super) query: Option<QueryId>,
    pub(super) ask_at: TsNanos,
}

impl DepthSync {
    pub(super) const fn new(waiting_max: usize, now: TsNanos) -> Self {
        Self { waiting: VecDeque::new(), waiting_max, book: None, query: None, ask_at: now }
    }

    pub(super) const fn book(&self) -> Option<&Book> {
        self.book.as_ref()
    }

    /// Returns whether a snapshot would help: there is a change to join it to.
    pub(super) fn wants_snapshot(&self) -> bool {
        self.book.is_none() && self.query.is_none() && !self.waiting.is_empty()
    }

    /// Begins anew.
    pub(super) fn restart(&mut self, now: TsNanos) {
        self.waiting.clear();
        self.book = None;
        self.query = None;
        self.ask_at = now;
    }

    /// Takes a change.
    pub(super) fn on_diff(&mut self, diff: DepthDiff, now: TsNanos) -> DepthStep {
        let Some(book) = &mut self.book else {
            return self.buffer(diff, now);
        };
        if diff.last_id <= book.last_id {
            return DepthStep::Duplicate;
        }
        if diff.first_id > book.last_id + 1 {
            let missing = diff.first_id - book.last_id - 1;
            self.restart(now);
            self.waiting.push_back(diff);
            return DepthStep::Gap { missing };
        }
        book.change(&diff.bids, &diff.asks);
        book.last_id = diff.last_id;
        if book.is_crossed() {
            self.restart(now);
            return DepthStep::Crossed;
        }
        DepthStep::Applied
    }

    fn buffer(&mut self, diff: DepthDiff, now: TsNanos) -> DepthStep {
        if let Some(last) = self.waiting.back() {
            if diff.last_id <= last.last_id {
                return DepthStep::Duplicate;
            }
            if diff.first_id > last.last_id + 1 {
                let missing = diff.first_id - last.last_id - 1;
                self.restart(now);
                self.waiting.push_back(diff);
                return DepthStep::Gap { missing };
            }
        }
        if self.waiting.len() >= self.waiting_max {
            self.restart(now);
            self.waiting.push_back(diff);
            return DepthStep::Overflow;
        }
        self.waiting.push_back(diff);
        DepthStep::Buffered
    }

    /// Takes a snapshot.
    pub(super) fn on_snapshot(&mut self, snapshot: &DepthSnapshot, now: TsNanos) -> SnapshotStep {
        self.query = None;
        while self.waiting.front().is_some_and(|diff| diff.last_id <= snapshot.last_id) {
            self.waiting.pop_front();
        }
        if self.waiting.front().is_some_and(|diff| diff.first_id > snapshot.last_id + 1) {
            return SnapshotStep::TooOld;
        }
        let mut book = Book::of(snapshot);
        for diff in std::mem::take(&mut self.waiting) {
            book.change(&diff.bids, &diff.asks);
            book.last_id = diff.last_id;
        }
        if book.is_crossed() {
            self.restart(now);
            return SnapshotStep::Broken;
        }
        self.book = Some(book);
        SnapshotStep::Synced
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::ids::Symbol;

    const NOW: TsNanos = TsNanos::EPOCH;

    fn level(price: i64, qty: i64) -> Level {
        Level { price: Price::from_raw(price), qty: Qty::from_raw(qty) }
    }

    fn diff(first_id: u64, last_id: u64, bids: &[(i64, i64)], asks: &[(i64, i64)]) -> DepthDiff {
        let side = |levels: &[(i64, i64)]| levels.iter().map(|&(p, q)| level(p, q)).collect();
        let symbol = Symbol::new("BTCUSDT").unwrap();
        DepthDiff { symbol, first_id, last_id, bids: side(bids), asks: side(asks), at: NOW }
    }

    fn snapshot(last_id: u64) -> DepthSnapshot {
        DepthSnapshot { last_id, bids: vec![level(9, 1)], asks: vec![level(11, 1)] }
    }

    fn sync() -> DepthSync {
        DepthSync::new(5, NOW)
    }

    /// Lists both sides, best first: `9x1 | 11x1`.
    fn shown(sync: &DepthSync) -> String {
        let Some(book) = sync.book() else { return "none".to_owned() };
        let side = |levels: Vec<Level>| {
            let texts: Vec<_> =
                levels.iter().map(|l| format!("{}x{}", l.price.raw(), l.qty.raw())).collect();
            texts.join(" ")
        };
        format!("{} | {}", side(book.bids().collect()), side(book.asks().collect()))
    }

    #[test]
    fn a_book_begins_with_the_change_that_contains_the_next_number() {
        let mut sync = sync();
        assert!(!sync.wants_snapshot(), "a snapshot before the first change could not be joined");
        assert_eq!(sync.on_diff(diff(8, 10, &[(8, 5)], &[]), NOW), DepthStep::Buffered);
        assert!(sync.wants_snapshot());
        assert_eq!(sync.on_diff(diff(11, 13, &[(9, 2)], &[(12, 3)]), NOW), DepthStep::Buffered);
        assert_eq!(sync.on_diff(diff(14, 14, &[], &[(11, 0)]), NOW), DepthStep::Buffered);
        assert_eq!(sync.on_snapshot(&snapshot(12), NOW), SnapshotStep::Synced);
        assert_eq!(shown(&sync), "9x2 | 12x3", "8 to 10 was in the snapshot");
        assert_eq!(sync.on_diff(diff(15, 16, &[(10, 1)], &[(99, 0)]), NOW), DepthStep::Applied);
        assert_eq!(shown(&sync), "10x1 9x2 | 12x3", "a level that was never known may go");
        assert_eq!(sync.on_diff(diff(15, 16, &[(10, 7)], &[]), NOW), DepthStep::Duplicate);
        assert_eq!(sync.book().map(Book::last_id), Some(16));
    }

    #[test]
    fn snapshots_at_both_ends_of_what_can_be_joined() {
        for (last_id, step) in [
            (9, SnapshotStep::TooOld),
            (10, SnapshotStep::Synced),
            (13, SnapshotStep::Synced),
            (20, SnapshotStep::Synced),
        ] {
            let mut sync = sync();
            sync.on_diff(diff(11, 13, &[(9, 2)], &[]), NOW);
            assert_eq!(sync.on_snapshot(&snapshot(last_id), NOW), step, "{last_id}");
        }
        let mut sync = sync();
        sync.on_diff(diff(11, 13, &[(9, 2)], &[]), NOW);
        assert_eq!(sync.on_snapshot(&snapshot(9), NOW), SnapshotStep::TooOld);
        assert!(sync.wants_snapshot(), "what waits is kept for the next snapshot");
        assert_eq!(sync.on_snapshot(&snapshot(11), NOW), SnapshotStep::Synced);
        assert_eq!(shown(&sync), "9x2 | 11x1");
    }

    #[test]
    fn a_missing_change_ends_the_book() {
        let mut sync = sync();
        sync.on_diff(diff(1, 2, &[], &[]), NOW);
        sync.on_snapshot(&snapshot(2), NOW);
        assert_eq!(sync.on_diff(diff(5, 6, &[(9, 0)], &[]), NOW), DepthStep::Gap { missing: 2 });
        assert_eq!(shown(&sync), "none", "a book that may be wrong is not shown");
        assert!(sync.wants_snapshot());
        assert_eq!(sync.on_diff(diff(9, 9, &[], &[]), NOW), DepthStep::Gap { missing: 2 });
        assert_eq!(sync.on_snapshot(&snapshot(8), NOW), SnapshotStep::Synced);
    }

    #[test]
    fn a_crossed_book_begins_anew() {
        let mut sync = sync();
        sync.on_diff(diff(1, 2, &[], &[]), NOW);
        sync.on_snapshot(&snapshot(2), NOW);
        assert_eq!(sync.on_diff(diff(3, 3, &[(11, 1)], &[]), NOW), DepthStep::Crossed);
        assert_eq!(shown(&sync), "none");
        sync.on_diff(diff(4, 4, &[(12, 1)], &[]), NOW);
        assert_eq!(sync.on_snapshot(&snapshot(3), NOW), SnapshotStep::Broken);
    }

    #[test]
    fn what_waits_has_an_end() {
        let mut sync = sync();
        for id in 1..=5 {
            assert_eq!(sync.on_diff(diff(id, id, &[], &[]), NOW), DepthStep::Buffered);
        }
        assert_eq!(sync.on_diff(diff(6, 6, &[], &[]), NOW), DepthStep::Overflow);
        assert_eq!(sync.on_snapshot(&snapshot(4), NOW), SnapshotStep::TooOld);
        assert_eq!(sync.on_snapshot(&snapshot(6), NOW), SnapshotStep::Synced);
    }
}
