//! Relative strength index: [`Rsi`].

use serde::{Deserialize, Serialize};

use super::values::Oscillator;
use crate::num;
use crate::params::Period;

/// Relative strength index (Wilder, *New Concepts in Technical Trading Systems*, 1978).
///
/// Input: closes, in price. Output: 0 to 100; `None` until `period` + 1 closes were seen.
/// Smoothing is Wilder's, 1/period (not that of an EMA), seeded with the means of the first
/// `period` gains and losses. Without any gain or loss the value is 0 by convention, the tilt 0.
/// O(1) per bar, O(1) memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rsi {
    period: u32,
    /// 1 / period.
    share: f64,
    previous: Option<f64>,
    changes: u32,
    /// Sums until the seed is complete, then averages.
    gain: f64,
    loss: f64,
    unchanged: u32,
}

impl Rsi {
    /// Returns an index that has seen nothing.
    #[must_use]
    pub fn new(period: Period) -> Self {
        let share = 1.0 / period.as_f64();
        let period = period.into();
        Self { period, share, previous: None, changes: 0, gain: 0.0, loss: 0.0, unchanged: 0 }
    }

    /// Takes the next close.
    #[inline]
    pub fn update(&mut self, close: f64) -> Option<Oscillator> {
        let change = close - self.previous.replace(close)?;
        let gain = if change > 0.0 { change } else { 0.0 };
        let loss = if change < 0.0 { -change } else { 0.0 };
        let moved = num::abs(change) > 0.0;
        self.unchanged = if moved { 0 } else { self.unchanged.saturating_add(1) };
        if self.changes == self.period {
            self.gain += (gain - self.gain) * self.share;
            self.loss += (loss - self.loss) * self.share;
            return Some(self.reading());
        }
        self.changes += 1;
        self.gain += gain;
        self.loss += loss;
        if self.changes < self.period {
            return None;
        }
        self.gain *= self.share;
        self.loss *= self.share;
        Some(self.reading())
    }

    fn reading(&self) -> Oscillator {
        let all = self.gain + self.loss;
        if all <= 0.0 {
            return Oscillator { value: 0.0, tilt: 0.0 };
        }
        let flat = self.unchanged >= self.period;
        let tilt = if flat { 0.0 } else { (self.gain - self.loss) / all };
        Oscillator { value: 100.0 * (self.gain / all), tilt }
    }
}
