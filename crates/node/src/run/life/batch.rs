//! [`Batch`]: how many inputs the loop takes before the hub works on them.

use std::time::{Duration, Instant};

/// So many share the hub's work and a hand-over to the journal at most.
const MOST: u32 = 256;
/// So long a batch is meant to take: a report of an order that comes in meanwhile waits for it. A single input may take longer, and so may the
/// hub's work on the first batch behind faster ones.
const TIME: Duration = Duration::from_millis(5);

/// The batch under way, and how large one may be: what fits into [`TIME`] at the pace of the last ones.
#[derive(Debug)]
pub(super) struct Batch {
    began: Option<Instant>,
    taken: u32,
    size: u32,
}

impl Default for Batch {
    fn default() -> Self {
        // Nothing is known of the pace yet.
        Self { began: None, taken: 0, size: 1 }
    }
}

impl Batch {
    /// Takes note of an input that the loop takes now.
    pub(super) fn take(&mut self, now: Instant) {
        self.began.get_or_insert(now);
        self.taken += 1;
    }

    /// Returns whether a further input may join.
    pub(super) fn has_room(&self, now: Instant) -> bool {
        let over = self.began.is_some_and(|began| now.saturating_duration_since(began) >= TIME);
        self.taken < self.size && !over
    }

    /// Takes note that all of it is worked on. A slow batch makes the next ones small at once, a fast one twice as large at most.
    pub(super) fn done(&mut self, now: Instant) {
        let Some(began) = self.began.take() else { return };
        let taken = std::mem::take(&mut self.taken);
        let nanos = now.saturating_duration_since(began).as_nanos().max(1);
        let fit = TIME.as_nanos() * u128::from(taken) / nanos;
        let most = MOST.min(self.size.saturating_mul(2));
        self.size = u32::try_from(fit).unwrap_or(most).clamp(1, most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a batch of as many inputs as there is room for, each of which takes so long; returns how many there were.
    #[expect(clippy::disallowed_methods, reason = "a place to reckon from")]
    fn play(batch: &mut Batch, each: Duration) -> u32 {
        let mut now = Instant::now();
        let mut taken = 0;
        while batch.has_room(now) {
            batch.take(now);
            now += each;
            taken += 1;
        }
        batch.done(now);
        taken
    }

    #[test]
    fn a_batch_grows_while_inputs_are_fast() {
        let mut batch = Batch::default();
        let sizes = [(); 10].map(|()| play(&mut batch, Duration::from_micros(10)));
        assert_eq!(sizes, [1, 2, 4, 8, 16, 32, 64, 128, 256, 256]);
    }

    #[test]
    fn slow_inputs_make_the_next_batches_small_at_once() {
        let mut batch = Batch::default();
        for _ in 0..10 {
            play(&mut batch, Duration::from_micros(10));
        }
        let sizes = [1_000, 1_000, 20_000, 20_000, 10, 10]
            .map(|micros| play(&mut batch, Duration::from_micros(micros)));
        assert_eq!(sizes, [5, 5, 1, 1, 1, 2]);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a place to reckon from")]
    fn the_work_behind_the_inputs_counts() {
        let mut batch = Batch::default();
        for _ in 0..10 {
            play(&mut batch, Duration::from_micros(10));
        }
        let now = Instant::now();
        for _ in 0..100 {
            assert!(batch.has_room(now));
            batch.take(now);
        }
        batch.done(now + Duration::from_millis(50));
        assert_eq!(play(&mut batch, Duration::ZERO), 10);
    }
}
