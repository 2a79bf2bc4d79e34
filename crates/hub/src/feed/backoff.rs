//! How long to wait before the next try: [`Backoff`].

/// 1, 2, 4 ... 30 s, each up to a fifth shorter or longer, never above the last.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    seed: u64,
    first_nanos: i64,
    max_nanos: i64,
    /// Tries since the last reset.
    tries: u32,
    /// Draws since the beginning: no two waits share one.
    draws: u64,
}

impl Backoff {
    pub(super) const fn new(seed: u64, first_nanos: i64, max_nanos: i64) -> Self {
        Self { seed, first_nanos, max_nanos, tries: 0, draws: 0 }
    }

    /// Returns the wait before the next try, nanoseconds.
    pub(super) fn next(&mut self) -> i64 {
        let doubled = 1_i64.checked_shl(self.tries.min(62)).unwrap_or(i64::MAX);
        let plain = self.first_nanos.saturating_mul(doubled).min(self.max_nanos);
        self.tries = self.tries.saturating_add(1);
        self.draws += 1;
        // 0.80 to 1.19 in hundredths: sources that fail together do not come back together.
        let percent = 80 + i64::from(u8::try_from(draw(self.seed, self.draws) % 40).unwrap_or(0));
        (plain / 100).saturating_mul(percent).min(self.max_nanos)
    }

    pub(super) const fn set_waits(&mut self, first_nanos: i64, max_nanos: i64) {
        self.first_nanos = first_nanos;
        self.max_nanos = max_nanos;
    }

    pub(super) const fn reset(&mut self) {
        self.tries = 0;
    }
}

/// Returns draw number `index` of a seed (Steele, Lea and Flood, *Fast Splittable Pseudorandom Number Generators*,
/// 2014: SplitMix64).
const fn draw(seed: u64, index: u64) -> u64 {
    let z = seed.wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn waits_double_up_to_thirty_seconds_and_begin_anew_after_a_reset() {
        let mut backoff = Backoff::new(7, SECOND, 30 * SECOND);
        for plain in [1, 2, 4, 8, 16, 30, 30, 30] {
            let wait = backoff.next();
            assert!(wait >= plain * SECOND / 100 * 80, "{wait} for {plain} s");
            assert!(wait <= (plain * SECOND / 100 * 119).min(30 * SECOND), "{wait} for {plain} s");
        }
        backoff.reset();
        assert!(backoff.next() < 2 * SECOND);
    }

    #[test]
    fn the_same_seed_waits_the_same_and_another_seed_does_not() {
        let waits = |seed| {
            let mut backoff = Backoff::new(seed, SECOND, 30 * SECOND);
            [(); 5].map(|()| backoff.next())
        };
        assert_eq!(waits(1), waits(1));
        assert_ne!(waits(1), waits(2));
    }

    /// First outputs of the reference implementation in C for seed 1234567, as published with it.
    #[test]
    fn draws_of_the_reference_implementation() {
        let drawn = [1, 2, 3].map(|index| draw(1_234_567, index));
        assert_eq!(
            drawn,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }
}
