//! Average true range: [`Atr`].

use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::num;
use crate::params::Period;

/// Average true range (Wilder, *New Concepts in Technical Trading Systems*, 1978).
///
/// Input: closed bars, oldest first. Output: in price, >= 0; `None` until `period` + 1 bars were
/// seen. Smoothing is Wilder's, 1/period, seeded with the mean of the true ranges of bars 2 to
/// `period` + 1 (the first bar has none). O(1) per bar, O(1) memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Atr {
    period: u32,
    /// 1 / period.
    share: f64,
    previous_close: Option<f64>,
    ranges: u32,
    /// The sum of the seed until it is complete, then the average.
    value: f64,
    flat: u32,
}

impl Atr {
    /// Returns an average that has seen nothing.
    #[must_use]
    pub fn new(period: Period) -> Self {
        let share = 1.0 / period.as_f64();
        Self { period: period.into(), share, previous_close: None, ranges: 0, value: 0.0, flat: 0 }
    }

    /// Takes the next bar.
    #[inline]
    pub fn update(&mut self, bar: &Bar) -> Option<f64> {
        let previous = self.previous_close.replace(bar.close)?;
        let range = true_range(bar, previous);
        self.flat = if range > 0.0 { 0 } else { self.flat.saturating_add(1) };
        if self.ranges == self.period {
            self.value += (range - self.value) * self.share;
            return Some(self.value);
        }
        self.ranges += 1;
        self.value += range;
        if self.ranges < self.period {
            return None;
        }
        self.value *= self.share;
        Some(self.value)
    }

    /// Returns whether nothing moved for a whole period: what is left is an echo of older bars.
    #[must_use]
    pub const fn is_flat(&self) -> bool {
        self.flat >= self.period
    }
}

/// Returns the range of a bar with the gap from the close before it, in price.
#[inline]
pub(super) fn true_range(bar: &Bar, previous_close: f64) -> f64 {
    let up = num::abs(bar.high - previous_close);
    let down = num::abs(bar.low - previous_close);
    num::max(bar.range(), num::max(up, down))
}
