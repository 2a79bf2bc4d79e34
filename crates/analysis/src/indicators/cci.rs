//! Commodity channel index: [`Cci`].

use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::num;
use crate::params::Period;
use crate::ring::Ring;
use crate::sliding::{Sliding, Sum};

/// Commodity channel index (Lambert, *Commodities*, October 1980).
///
/// Input: closed bars. Output: unbounded, about 0; `None` until `period` bars were seen. The
/// deviation is the mean of absolute distances from the current mean; 0 when nothing moved.
/// O(period) per bar and memory.
///
/// Works on n x (high + low + close) - sum: scale cancels, and no division comes before the
/// difference, so the index is exactly odd under mirrored prices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cci {
    values: Ring<f64>,
    sum: Sliding<Sum, 1>,
    factor: f64,
    unchanged: usize,
}

impl Cci {
    /// Returns an index that has seen nothing; `factor` is Lambert's constant.
    #[must_use]
    pub fn new(period: Period, factor: f64) -> Self {
        Self { values: Ring::new(period.get()), sum: Sliding::new(period), factor, unchanged: 0 }
    }

    /// Takes the next bar.
    #[inline]
    pub fn update(&mut self, bar: &Bar) -> Option<f64> {
        let value = bar.high + bar.low + bar.close;
        let moved = self.values.back(0).is_none_or(|last| num::abs(value - last) > 0.0);
        self.unchanged = if moved { 1 } else { self.unchanged.saturating_add(1) };
        self.values.push(value);
        let [sum] = self.sum.push([value])?;
        let values = self.values.unordered();
        let n = num::count(values.len());
        let deviations = num::sum_by(values, |value| num::abs(n * value - sum));
        if self.unchanged >= values.len() || deviations <= 0.0 {
            return Some(0.0);
        }
        Some((n * value - sum) * n / (self.factor * deviations))
    }
}
