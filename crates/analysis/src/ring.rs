//! The last values of a series: [`Ring`].

use serde::{Deserialize, Serialize};

/// The newest `capacity` values of a series. No allocation after the first fill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ring<T> {
    items: Vec<T>,
    capacity: usize,
    /// Where the next value goes once the ring is full: the place of the oldest.
    next: usize,
}

impl<T: Copy> Ring<T> {
    /// Returns an empty ring of at least one place.
    pub(crate) fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self { items: Vec::with_capacity(capacity), capacity, next: 0 }
    }

    /// Adds the newest value and returns the one that fell out.
    #[inline]
    pub(crate) fn push(&mut self, value: T) -> Option<T> {
        let Some(place) = self.items.get_mut(self.next) else {
            self.items.push(value);
            self.next = if self.items.len() == self.capacity { 0 } else { self.items.len() };
            return None;
        };
        let old = std::mem::replace(place, value);
        self.next = if self.next + 1 == self.capacity { 0 } else { self.next + 1 };
        Some(old)
    }

    /// Returns the value `age` places before the newest.
    #[inline]
    pub(crate) fn back(&self, age: usize) -> Option<&T> {
        if age >= self.items.len() {
            return None;
        }
        let end = if self.next == 0 { self.items.len() } else { self.next };
        let place = if age < end { end - 1 - age } else { end + self.items.len() - 1 - age };
        self.items.get(place)
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns the values in the order of their places, which is not that of time.
    #[inline]
    pub(crate) fn unordered(&self) -> &[T] {
        &self.items
    }

    /// Iterates from the oldest to the newest.
    pub(crate) fn oldest_first(&self) -> impl DoubleEndedIterator<Item = &T> {
        let (new, old) =
            self.items.split_at(if self.next < self.items.len() { self.next } else { 0 });
        old.iter().chain(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_holds_the_newest_in_order() {
        let mut ring = Ring::new(3);
        for n in 0..11 {
            assert_eq!(ring.push(n), (n >= 3).then_some(n - 3));
            let seen: Vec<i32> = ring.oldest_first().copied().collect();
            let wanted: Vec<i32> = ((n - 2).max(0)..=n).collect();
            assert_eq!(seen, wanted);
            for age in 0..3 {
                assert_eq!(
                    ring.back(age).copied(),
                    (i32::try_from(age).unwrap() <= n).then(|| n - i32::try_from(age).unwrap())
                );
            }
            assert_eq!(ring.back(3), None);
        }
        assert_eq!(ring.len(), 3);
    }
}
