//! [`Mirror`]: the book of one symbol as the streams have told it, and what they have yet to tell.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sim::exchange::book::{Depth, Level};
use types::num::{Price, Qty};
use types::side::Side;

use super::messages::LevelText;

/// Levels of both sides with the number of their last change.
#[derive(Clone, Debug, Default)]
pub(super) struct Mirror {
    bids: BTreeMap<Reverse<Price>, Qty>,
    asks: BTreeMap<Price, Qty>,
    last_update: u64,
}

impl Mirror {
    /// Returns a copy of a book.
    pub(super) fn of(depth: &Depth) -> Self {
        Self {
            bids: depth.bids.iter().map(|(price, qty)| (Reverse(*price), *qty)).collect(),
            asks: depth.asks.iter().copied().collect(),
            last_update: depth.last_update,
        }
    }

    /// Takes a level as it is now.
    pub(super) fn apply(&mut self, level: &Level) {
        self.last_update = level.update_id;
        match level.side {
            Side::Buy => set(&mut self.bids, Reverse(level.price), level.qty),
            Side::Sell => set(&mut self.asks, level.price, level.qty),
        }
    }

    /// Returns the number of the last change.
    #[must_use]
    pub(super) fn last_update(&self) -> u64 {
        self.last_update
    }

    /// Returns the best levels of both sides, best first.
    #[must_use]
    pub(super) fn top(&self, count: usize) -> [Vec<LevelText>; 2] {
        let bids = self.bids.iter().take(count).map(|(price, qty)| (price.0, *qty));
        let asks = self.asks.iter().take(count).map(|(price, qty)| (*price, *qty));
        [bids.map(LevelText::new).collect(), asks.map(LevelText::new).collect()]
    }

    /// Returns the best of both sides.
    #[must_use]
    pub(super) fn best(&self) -> [Option<(Price, Qty)>; 2] {
        let bid = self.bids.first_key_value().map(|(price, qty)| (price.0, *qty));
        [bid, self.asks.first_key_value().map(|(price, qty)| (*price, *qty))]
    }
}

fn set<K: Ord>(side: &mut BTreeMap<K, Qty>, price: K, qty: Qty) {
    if qty.is_zero() {
        side.remove(&price);
    } else {
        side.insert(price, qty);
    }
}

/// Changes of a book since a depth stream last spoke: each level once, as it is now.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    /// Numbers of the first and the last change.
    updates: Option<(u64, u64)>,
    bids: BTreeMap<Reverse<Price>, Qty>,
    asks: BTreeMap<Price, Qty>,
}

/// What a depth stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Diff {
    /// Numbers of the first and the last change in it.
    pub updates: (u64, u64),
    /// Changed levels of both sides, best first.
    pub sides: [Vec<LevelText>; 2],
}

impl Pending {
    /// Takes a change.
    pub(super) fn add(&mut self, level: &Level) {
        let first = self.updates.map_or(level.update_id, |(first, _)| first);
        self.updates = Some((first, level.update_id));
        match level.side {
            Side::Buy => self.bids.insert(Reverse(level.price), level.qty),
            Side::Sell => self.asks.insert(level.price, level.qty),
        };
    }

    /// Forgets the changes: nobody listens.
    pub(super) fn forget(&mut self) {
        self.bids.clear();
        self.asks.clear();
        self.updates = None;
    }

    /// Returns what changed since the last call, if anything.
    pub(super) fn take(&mut self) -> Option<Diff> {
        let updates = self.updates.take()?;
        let bids = std::mem::take(&mut self.bids).into_iter();
        let asks = std::mem::take(&mut self.asks).into_iter();
        let bids = bids.map(|(price, qty)| LevelText::new((price.0, qty)));
        Some(Diff { updates, sides: [bids.collect(), asks.map(LevelText::new).collect()] })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use types::ids::SymbolId;
    use types::market::TsNanos;

    use super::*;

    fn level(update_id: u64, side: Side, price: i64, qty: i64) -> Level {
        let (price, qty) = (Price::from_raw(price), Qty::from_raw(qty));
        Level { at: TsNanos::EPOCH, symbol: SymbolId(0), update_id, side, price, qty }
    }

    fn texts(levels: &[(i64, i64)]) -> Vec<LevelText> {
        let level = |(price, qty)| LevelText::new((Price::from_raw(price), Qty::from_raw(qty)));
        levels.iter().copied().map(level).collect()
    }

    #[test]
    fn a_level_that_changes_twice_is_told_once_as_it_is_now() {
        let mut pending = Pending::default();
        assert_eq!(pending.take(), None);
        for (id, side, price, qty) in [
            (157, Side::Buy, 24, 5),
            (158, Side::Sell, 26, 100),
            (159, Side::Buy, 24, 10),
            (160, Side::Buy, 25, 0),
        ] {
            pending.add(&level(id, side, price, qty));
        }
        let sides = [texts(&[(25, 0), (24, 10)]), texts(&[(26, 100)])];
        assert_eq!(pending.take(), Some(Diff { updates: (157, 160), sides }));
        assert_eq!(pending.take(), None);
        pending.add(&level(161, Side::Sell, 26, 0));
        assert_eq!(pending.take().unwrap().updates, (161, 161));
    }

    #[test]
    fn the_top_is_best_first_and_empty_levels_are_gone() {
        let mut mirror = Mirror::default();
        for (id, side, price, qty) in [
            (1, Side::Buy, 10, 1),
            (2, Side::Buy, 12, 2),
            (3, Side::Buy, 11, 3),
            (4, Side::Sell, 14, 4),
            (5, Side::Sell, 13, 5),
            (6, Side::Buy, 12, 0),
        ] {
            mirror.apply(&level(id, side, price, qty));
        }
        assert_eq!(mirror.top(1), [texts(&[(11, 3)]), texts(&[(13, 5)])]);
        assert_eq!(mirror.top(9), [texts(&[(11, 3), (10, 1)]), texts(&[(13, 5), (14, 4)])]);
        let best = |price, qty| Some((Price::from_raw(price), Qty::from_raw(qty)));
        assert_eq!(mirror.best(), [best(11, 3), best(13, 5)]);
        assert_eq!(mirror.last_update(), 6);
    }

    proptest! {
        /// Diffs cut anywhere and applied in order give the book, with update ids that meet.
        #[test]
        fn diffs_rebuild_the_book(
            changes in prop::collection::vec((any::<bool>(), 1_i64..30, 0_i64..4, any::<bool>()), 1..200)
        ) {
            let (mut truth, mut copy) = (Mirror::default(), Mirror::default());
            let (mut pending, mut next) = (Pending::default(), 1);
            for (id, (buy, price, qty, cut)) in (1..).zip(changes) {
                let change = level(id, if buy { Side::Buy } else { Side::Sell }, price, qty);
                truth.apply(&change);
                pending.add(&change);
                if !cut {
                    continue;
                }
                let diff = pending.take().unwrap();
                prop_assert_eq!(diff.updates.0, next);
                next = diff.updates.1 + 1;
                apply(&mut copy, &diff);
                prop_assert_eq!(copy.top(99), truth.top(99));
            }
        }
    }

    fn apply(copy: &mut Mirror, diff: &Diff) {
        for (side, levels) in [Side::Buy, Side::Sell].into_iter().zip(&diff.sides) {
            for text in levels {
                let parts: Vec<String> =
                    serde_json::from_value(serde_json::to_value(text).unwrap()).unwrap();
                let raw = |text: &str| types::num::parse_e8(text.as_bytes()).unwrap();
                copy.apply(&level(diff.updates.1, side, raw(&parts[0]), raw(&parts[1])));
            }
        }
    }
}
