//! Orders of a symbol by number, and the queues that those at one price form.

use std::collections::VecDeque;

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
    nodes: Vec<Node>,
    free: Vec<Key>,
    /// Orders that ended and are forgotten at the end of the call.
    leaving: Vec<Key>,
    /// Key of each number from `base` on; `None` once forgotten.
    keys: VecDeque<Option<Key>>,
    /// The number of the first entry of `keys`.
    base: u64,
    /// The number last given.
    last: u64,
}

impl Orders {
    /// Returns the number that the next order gets.
    pub(super) fn next_id(&self) -> VenueOrderId {
        VenueOrderId(self.last + 1)
    }

    /// Keeps an order under its number, which is above all others.
    pub(super) fn insert(&mut self, order: Order) -> Key {
        let number = order.id.0;
        assert!(number > self.last, "numbers of orders rise");
        if self.keys.is_empty() {
            self.base = number;
        }
        while self.base + (self.keys.len() as u64) < number {
            self.keys.push_back(None);
        }
        self.last = number;
        let node = Node { order, before: None, behind: None };
        let key = match self.free.pop() {
            Some(key) => {
                self.nodes[key as usize] = node;
                key
            }
            None => {
                self.nodes.push(node);
                Key::try_from(self.nodes.len() - 1).expect("four thousand million orders at once")
            }
        };
        self.keys.push_back(Some(key));
        key
    }

    pub(super) fn find(&self, id: VenueOrderId) -> Option<Key> {
        let place = usize::try_from(id.0.checked_sub(self.base)?).ok()?;
        *self.keys.get(place)?
    }

    pub(super) fn get(&self, key: Key) -> &Order {
        &self.nodes[key as usize].order
    }

    pub(super) fn get_mut(&mut self, key: Key) -> &mut Order {
        &mut self.nodes[key as usize].order
    }

    /// Returns all that are remembered, by number.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Order> {
        self.keys.iter().flatten().map(|key| self.get(*key))
    }

    /// Lets an order that has ended be forgotten at the end of the call.
    pub(super) fn leave(&mut self, key: Key) {
        self.leaving.push(key);
    }

    /// Forgets the orders that were to be.
    pub(super) fn forget_left(&mut self) {
        for key in self.leaving.drain(..) {
            let number = self.nodes[key as usize].order.id.0;
            let place = usize::try_from(number - self.base).expect("a number kept fits memory");
            self.keys[place] = None;
            self.free.push(key);
        }
        while let Some(None) = self.keys.front() {
            self.keys.pop_front();
            self.base += 1;
        }
    }

    /// Puts an order at the end of a queue.
    pub(super) fn enqueue(&mut self, queue: &mut Queue, key: Key) {
        let node = &mut self.nodes[key as usize];
        (node.before, node.behind) = (queue.last, None);
        queue.total += i128::from(node.order.left().raw());
        match queue.last {
            Some(last) => self.nodes[last as usize].behind = Some(key),
            None => queue.first = Some(key),
        }
        queue.last = Some(key);
    }

    /// Takes an order out of its queue; `left` is what the queue counts for it.
    pub(super) fn dequeue(&mut self, queue: &mut Queue, key: Key, left: Qty) {
        let node = &mut self.nodes[key as usize];
        let (before, behind) = (node.before.take(), node.behind.take());
        queue.shrink(left);
        match before {
            Some(before) => self.nodes[before as usize].behind = behind,
            None => queue.first = behind,
        }
        match behind {
            Some(behind) => self.nodes[behind as usize].before = before,
            None => queue.last = before,
        }
    }

    /// Returns a queue's orders, first come first.
    pub(super) fn queued(&self, queue: &Queue) -> impl Iterator<Item = (Key, &Order)> {
        std::iter::successors(queue.first, |key| self.nodes[*key as usize].behind)
            .map(|key| (key, self.get(key)))
    }
}
