//! Exponential moving average: [`Ema`].

use serde::{Deserialize, Serialize};

use crate::params::Period;

/// Exponential moving average (alpha = 2 / (period + 1)).
///
/// Input: one value per closed bar. Output: same unit; `None` until `period` values were seen.
/// Seeded with the simple mean of the first `period` values. O(1) per bar, O(1) memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ema {
    alpha: f64,
    period: u32,
    seen: u32,
    /// The sum of the seed until it is complete, then the average.
    value: f64,
}

impl Ema {
    /// Returns an average that has seen nothing.
    #[must_use]
    pub fn new(period: Period) -> Self {
        Self { alpha: 2.0 / (period.as_f64() + 1.0), period: period.into(), seen: 0, value: 0.0 }
    }

    /// Takes the next value.
    #[inline]
    pub fn update(&mut self, value: f64) -> Option<f64> {
        if self.seen == self.period {
            self.value += self.alpha * (value - self.value);
            return Some(self.value);
        }
        self.seen += 1;
        self.value += value;
        if self.seen < self.period {
            return None;
        }
        self.value /= f64::from(self.period);
        Some(self.value)
    }
}
