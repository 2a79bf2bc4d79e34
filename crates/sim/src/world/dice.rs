//! [`Dice`]: the seeded chance of one part of the world.

use analysis::num;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The chance of one part of the world: its own stream of one root seed, so that a part that draws more moves no other.
#[derive(Clone, Debug)]
pub(super) struct Dice {
    rng: ChaCha8Rng,
}

impl Dice {
    /// Returns the stream of a part, named; `number` tells apart parts of one name.
    pub(super) fn new(seed: u64, name: &str, number: u64) -> Self {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&number.to_le_bytes());
        // A name longer than that would be cut; all of them are a word.
        for (to, from) in key[16..].iter_mut().zip(name.bytes()) {
            *to = from;
        }
        Self { rng: ChaCha8Rng::from_seed(key) }
    }

    /// Returns 64 bits.
    pub(super) fn word(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// Returns a number below `count`, which is above 0.
    pub(super) fn below(&mut self, count: u64) -> u64 {
        // The bias of a remainder is below 2^-32 for the small counts here.
        self.word() % count.max(1)
    }

    /// Returns a number in `low..=high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low.saturating_add(i64::try_from(self.below(span)).unwrap_or(i64::MAX))
    }

    /// Returns a number in `low..=high`, its logarithm uniform: each order of magnitude as often as the next.
    pub(super) fn magnitude(&mut self, low: i64, high: i64) -> i64 {
        #[expect(clippy::cast_precision_loss, reason = "a magnitude")]
        let (from, to) = (num::ln(low.max(1) as f64), num::ln(high.max(1) as f64));
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
        let share = (self.word() >> 11) as f64 / 9_007_199_254_740_992.0;
        #[expect(clippy::cast_possible_truncation, reason = "between two numbers of 64 bits")]
        let drawn = num::exp(from + (to - from) * share).round() as i64;
        drawn.clamp(low, high)
    }

    /// Returns true so many times out of a million.
    pub(super) fn chance(&mut self, ppm: u32) -> bool {
        self.below(1_000_000) < u64::from(ppm)
    }

    /// Returns one of several; there is at least one.
    pub(super) fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let place = usize::try_from(self.below(of.len() as u64)).unwrap_or(0);
        &of[place]
    }
}
