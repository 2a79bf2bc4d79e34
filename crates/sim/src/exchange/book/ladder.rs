//! One side of a book: price levels, best first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use types::num::{Price, Qty};
use types::side::Side;

use super::orders::{Key, Orders, Queue};

/// The resting orders of one side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ladder {
    side: Side,
    levels: BTreeMap<Price, Queue>,
}

impl Ladder {
    pub(super) const fn new(side: Side) -> Self {
        Self { side, levels: BTreeMap::new() }
    }

    /// Returns the best level.
    pub(super) fn best(&self) -> Option<(Price, &Queue)> {
        let level = match self.side {
            Side::Buy => self.levels.last_key_value(),
            Side::Sell => self.levels.first_key_value(),
        };
        level.map(|(price, queue)| (*price, queue))
    }

    /// Returns the best price with all that rests there.
    pub(super) fn quote(&self) -> Option<(Price, Qty)> {
        self.best().map(|(price, queue)| (price, queue.qty()))
    }

    /// Returns the levels, best first.
    pub(super) fn levels(&self) -> Box<dyn Iterator<Item = (Price, &Queue)> + '_> {
        let levels = self.levels.iter().map(|(price, queue)| (*price, queue));
        match self.side {
            Side::Buy => Box::new(levels.rev()),
            Side::Sell => Box::new(levels),
        }
    }

    /// Puts an order at the end of the queue at its price; returns what rests there now.
    pub(super) fn join(&mut self, orders: &mut Orders, price: Price, key: Key) -> Qty {
        let queue = self.levels.entry(price).or_default();
        orders.enqueue(queue, key);
        queue.qty()
    }

    /// Takes an order, counted with `left`, off its level; returns what rests there now.
    pub(super) fn leave(&mut self, orders: &mut Orders, price: Price, key: Key, left: Qty) -> Qty {
        let queue = self.levels.get_mut(&price).expect("a resting order has a level");
        orders.dequeue(queue, key, left);
        let rest = queue.qty();
        if queue.is_empty() {
            self.levels.remove(&price);
        }
        rest
    }

    /// Takes a part of a resting order off its level; returns what rests there now.
    pub(super) fn shrink(&mut self, price: Price, by: Qty) -> Qty {
        let queue = self.levels.get_mut(&price).expect("a resting order has a level");
        queue.shrink(by);
        queue.qty()
    }
}

/// Returns whether an order of a side may trade at a price: it is no worse than its worst price.
pub(super) fn reaches(side: Side, worst: Option<Price>, price: Price) -> bool {
    match (worst, side) {
        (None, _) => true,
        (Some(worst), Side::Buy) => price <= worst,
        (Some(worst), Side::Sell) => price >= worst,
    }
}
