//! Orders of a symbol by number, and the queues that those at one price form.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use types::num::Qty;

use super::ids::VenueOrderId;
use super::order::Order;

/// Place of an order in memory.
pub(super) type Key = u32;

/// An order with its neighbours in the queue at its price.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Node {
    order: Order,
    before: Option<Key>,
    behind: Option<Key>,
}

/// Orders at one price, first come first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Queue {
    first: Option<Key>,
    last: Option<Key>,
    /// What is left of them all in 1e-8, wider than a `Qty`: many orders may not fit one.
    total: i128,
}

impl Queue {
    pub(super) const fn first(&self) -> Option<Key> {
        self.first
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Returns what is left of them all, held at the largest quantity.
    pub(super) fn qty(&self) -> Qty {
        i64::try_from(self.total).map_or(Qty::MAX, Qty::from_raw)
    }

    /// Takes a part of one of its orders off the total.
    pub(super) fn shrink(&mut self, by: Qty) {
        self.total -= i128::from(by.raw());
    }
}

/// All orders of a symbol that are still remembered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Orders {
    /// Blocks of nodes: memory grows without what is there being moved, which would take as long as a
    /// thousand orders.
    blocks: Vec<Vec<Node>>,
    free: Vec<Key>,
    /// Orders that ended and are forgotten at the end of the call.
    leaving: Vec<Key>,
    /// Keys of numbers below `base`.
    old: BTreeMap<u64, Key>,
    /// Key of each number from `base` on; `None` once forgotten.
    recent: VecDeque<Option<Key>>,
    /// The number of the first entry of `recent`.
    base: u64,
}

/// Nodes of a block.
const BLOCK: usize = 1 << 12;

/// Numbers that are looked up by place; older ones, of which few are remembered, by search.
const RECENT_MAX: usize = 1 << 16;

impl Orders {
    /// Keeps an order under its number, which is above all others.
    pub(super) fn insert(&mut self, order: Order) -> Key {
        let number = order.id.0;
        assert!(number >= self.end(), "numbers of orders rise");
        if number - self.end() > RECENT_MAX as u64 {
            self.age(0);
            self.base = number;
        }
        self.recent.extend((self.end()..number).map(|_| None));
        let node = Node { order, before: None, behind: None };
        let key = match self.free.pop() {
            Some(key) => {
                *self.node_mut(key) = node;
                key
            }
            None => self.push(node),
        };
        self.recent.push_back(Some(key));
        self.age(RECENT_MAX);
        key
    }

    fn push(&mut self, node: Node) -> Key {
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        let blocks = self.blocks.len() - 1;
        let block = &mut self.blocks[blocks];
        block.push(node);
        let place = blocks * BLOCK + block.len() - 1;
        Key::try_from(place).expect("four thousand million orders at once")
    }

    fn node(&self, key: Key) -> &Node {
        &self.blocks[key as usize / BLOCK][key as usize % BLOCK]
    }

    fn node_mut(&mut self, key: Key) -> &mut Node {
        &mut self.blocks[key as usize / BLOCK][key as usize % BLOCK]
    }

    /// Returns the number behind the last.
    fn end(&self) -> u64 {
        self.base + self.recent.len() as u64
    }

    /// Moves all but the `kept` most recent numbers to those that are searched.
    fn age(&mut self, kept: usize) {
        while self.recent.len() > kept {
            if let Some(Some(key)) = self.recent.pop_front() {
                self.old.insert(self.base, key);
            }
            self.base += 1;
        }
    }

    pub(super) fn find(&self, id: VenueOrderId) -> Option<Key> {
        match id.0.checked_sub(self.base) {
            Some(place) => *self.recent.get(usize::try_from(place).ok()?)?,
            None => self.old.get(&id.0).copied(),
        }
    }

    pub(super) fn get(&self, key: Key) -> &Order {
        &self.node(key).order
    }

    pub(super) fn get_mut(&mut self, key: Key) -> &mut Order {
        &mut self.node_mut(key).order
    }

    /// Returns all that are remembered, by number.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Order> {
        let keys = self.old.values().chain(self.recent.iter().flatten());
        keys.map(|key| self.get(*key))
    }

    /// Lets an order that has ended be forgotten at the end of the call.
    pub(super) fn leave(&mut self, key: Key) {
        self.leaving.push(key);
    }

    /// Forgets the orders that were to be.
    pub(super) fn forget_left(&mut self) {
        let mut leaving = std::mem::take(&mut self.leaving);
        for key in leaving.drain(..) {
            let number = self.node(key).order.id.0;
            match number.checked_sub(self.base).map(usize::try_from) {
                Some(Ok(place)) => self.recent[place] = None,
                Some(Err(_)) | None => {
                    self.old.remove(&number);
                }
            }
            self.free.push(key);
        }
        self.leaving = leaving;
    }

    /// Puts an order at the end of a queue.
    pub(super) fn enqueue(&mut self, queue: &mut Queue, key: Key) {
        let node = self.node_mut(key);
        (node.before, node.behind) = (queue.last, None);
        queue.total += i128::from(node.order.left().raw());
        match queue.last {
            Some(last) => self.node_mut(last).behind = Some(key),
            None => queue.first = Some(key),
        }
        queue.last = Some(key);
    }

    /// Takes an order out of its queue; `left` is what the queue counts for it.
    pub(super) fn dequeue(&mut self, queue: &mut Queue, key: Key, left: Qty) {
        let node = self.node_mut(key);
        let (before, behind) = (node.before.take(), node.behind.take());
        queue.shrink(left);
        match before {
            Some(before) => self.node_mut(before).behind = behind,
            None => queue.first = behind,
        }
        match behind {
            Some(behind) => self.node_mut(behind).before = before,
            None => queue.last = before,
        }
    }

    /// Returns a queue's orders, first come first.
    pub(super) fn queued(&self, queue: &Queue) -> impl Iterator<Item = (Key, &Order)> {
        std::iter::successors(queue.first, |key| self.node(*key).behind)
            .map(|key| (key, self.get(key)))
    }
}
