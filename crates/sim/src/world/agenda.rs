//! [`Agenda`]: what happens next: by time, then by a seeded draw, then by order of arrival.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use types::market::TsNanos;

use super::dice::Dice;

/// What happens next. Of two things of one moment the seed says which comes first.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    heap: BinaryHeap<Reverse<Due<T>>>,
    dice: Dice,
    sequence: u64,
}

#[derive(Debug)]
struct Due<T> {
    key: (TsNanos, u64, u64),
    what: T,
}

impl<T> PartialEq for Due<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T> Eq for Due<T> {}

impl<T> PartialOrd for Due<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Due<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl<T> Agenda<T> {
    pub(super) fn new(seed: u64) -> Self {
        Self { heap: BinaryHeap::new(), dice: Dice::new(seed, "agenda", 0), sequence: 0 }
    }

    /// Adds something.
    pub(super) fn at(&mut self, at: TsNanos, what: T) {
        self.sequence += 1;
        let key = (at, self.dice.word(), self.sequence);
        self.heap.push(Reverse(Due { key, what }));
    }

    /// Returns when the next thing happens.
    pub(super) fn next_at(&self) -> Option<TsNanos> {
        self.heap.peek().map(|Reverse(due)| due.key.0)
    }

    /// Takes the next thing.
    pub(super) fn pop(&mut self) -> Option<T> {
        self.heap.pop().map(|Reverse(due)| due.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_first_and_a_seed_orders_one_moment_the_same_way() {
        let order = |seed| {
            let mut agenda = Agenda::new(seed);
            for number in 0..20_i64 {
                agenda.at(TsNanos::from_nanos(number / 10), number);
            }
            std::iter::from_fn(move || agenda.pop()).collect::<Vec<_>>()
        };
        let one = order(1);
        assert_eq!(one, order(1));
        assert_ne!(one, order(2));
        assert!(one[..10].iter().all(|number| *number < 10), "{one:?}");
        assert_ne!(one, (0..20).collect::<Vec<_>>(), "ties are drawn");
    }
}
