//! [`Draws`]: a seeded stream of random numbers, the same on every platform.

use analysis::num;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream of draws is for. Each has its own stream, so that switching one feature off
/// leaves the others as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Innovation = 1,
    Volatility = 2,
    Regime = 3,
    Crash = 4,
    Halt = 5,
    Gap = 6,
    Flash = 7,
    Thin = 8,
    Shape = 9,
    Volume = 10,
    Weekend = 11,
    Crowd = 12,
    SlowVolatility = 13,
}

/// A seeded stream of random numbers: `ChaCha8`, and `libm` for every function that platforms round
/// differently.
#[derive(Clone, Debug)]
pub(super) struct Draws {
    rng: ChaCha8Rng,
    spare: Option<f64>,
}

impl Draws {
    /// Returns the stream of a seed, an owner (a symbol, or nothing for the whole market), a role.
    pub(super) fn new(seed: u64, owner: &str, role: Role) -> Self {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&fnv1a(owner.as_bytes()).to_le_bytes());
        key[16] = role as u8;
        Self { rng: ChaCha8Rng::from_seed(key), spare: None }
    }

    /// Returns a number in (0, 1), uniform.
    #[inline]
    pub(super) fn uniform(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
        let bits = (self.rng.next_u64() >> 11) as f64;
        (bits + 0.5) / 9_007_199_254_740_992.0
    }

    /// Returns a number in (low, high), uniform.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Returns a whole number of minutes in [low, high], its logarithm uniform.
    pub(super) fn minutes(&mut self, low: f64, high: f64) -> u32 {
        let minutes = libm::exp(self.between(libm::log(low), libm::log(high)));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast holds it"
        )]
        let whole = minutes.round() as u32;
        whole
    }

    /// Returns a standard normal number (Marsaglia, *A convenient method for generating normal
    /// variables*, 1964: the polar method).
    #[inline]
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                let factor = (-2.0 * libm::log(square) / square).sqrt();
                self.spare = Some(y * factor);
                return x * factor;
            }
        }
    }

    /// Returns a number of Student's t with 4 degrees of freedom, scaled to variance 1 and held
    /// within 30: z / sqrt(-ln(u v)), as a chi-square of 4 degrees is -2 ln(u v) and the variance of
    /// t is 2. Its kurtosis has no bound; measured tails of returns fall with a power of 3 to 5
    /// (Cont, *Empirical properties of asset returns*, 2001).
    #[inline]
    pub(super) fn student(&mut self) -> f64 {
        let chi = -libm::log(self.uniform() * self.uniform());
        // 30 standard deviations of a minute are 2.5 % at 60 % a year: larger moves have their own
        // features.
        num::clip(self.normal() / chi.sqrt(), -30.0, 30.0)
    }
}

/// When the next of a row of rare events comes: the waits are exponential.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    draws: Draws,
    mean_minutes: f64,
    wait: u64,
}

impl Arrivals {
    /// Events that come every `mean_minutes` on average.
    pub(super) fn new(mut draws: Draws, mean_minutes: f64) -> Self {
        let wait = wait(&mut draws, mean_minutes);
        Self { draws, mean_minutes, wait }
    }

    /// Passes a minute; returns the stream that draws the event's size if one comes.
    #[inline]
    pub(super) fn tick(&mut self) -> Option<&mut Draws> {
        if self.wait > 0 {
            self.wait -= 1;
            return None;
        }
        self.wait = wait(&mut self.draws, self.mean_minutes);
        Some(&mut self.draws)
    }
}

fn wait(draws: &mut Draws, mean_minutes: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast holds it")]
    let minutes = (-libm::log(draws.uniform()) * mean_minutes) as u64;
    minutes
}

/// FNV-1a, 64 bits: spreads names over keys; no secret hangs on it.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_draws() {
        let mut draws = Draws::new(1, "", Role::Innovation);
        let count = 400_000;
        let moments = |next: &mut dyn FnMut() -> f64| {
            let values: Vec<f64> = (0..count).map(|_| next()).collect();
            let n = f64::from(count);
            let mean = values.iter().sum::<f64>() / n;
            let second = values.iter().map(|x| x * x).sum::<f64>() / n;
            let fourth = values.iter().map(|x| x * x * x * x).sum::<f64>() / n;
            (mean, second, fourth / (second * second))
        };
        let (mean, variance, kurtosis) = moments(&mut || draws.normal());
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
        assert!((kurtosis - 3.0).abs() < 0.1, "{kurtosis}");
        let (mean, variance, kurtosis) = moments(&mut || draws.student());
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        assert!(kurtosis > 6.0, "{kurtosis}");
        let (mean, second, _) = moments(&mut || draws.uniform());
        assert!((mean - 0.5).abs() < 0.01 && (second - 1.0 / 3.0).abs() < 0.01);
    }

    #[test]
    fn streams_differ_by_seed_owner_and_role() {
        let first = |seed, owner, role| Draws::new(seed, owner, role).uniform().to_bits();
        let base = first(1, "A", Role::Gap);
        assert_eq!(base, first(1, "A", Role::Gap));
        for other in [first(2, "A", Role::Gap), first(1, "B", Role::Gap), first(1, "A", Role::Halt)]
        {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn arrivals_keep_their_mean() {
        let mut arrivals = Arrivals::new(Draws::new(3, "", Role::Crash), 500.0);
        let count = (0..1_000_000).filter(|_| arrivals.tick().is_some()).count();
        assert!((1_850..2_150).contains(&count), "{count}");
    }
}
