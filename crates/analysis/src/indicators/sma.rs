//! Simple moving average: [`Sma`].

use serde::{Deserialize, Serialize};

use crate::params::Period;
use crate::sliding::{Sliding, Sum};

/// Mean of the last `period` values.
///
/// Input: one value per closed bar. Output: same unit; `None` until `period` values were seen.
/// Sums are only ever added to, so no error adds up over years. O(1) per bar, O(period) memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sma {
    sum: Sliding<Sum, 1>,
    /// 1 / period.
    share: f64,
    mean: Option<f64>,
}

impl Sma {
    /// Returns an average that has seen nothing.
    #[must_use]
    pub fn new(period: Period) -> Self {
        Self { sum: Sliding::new(period), share: 1.0 / period.as_f64(), mean: None }
    }

    /// Takes the next value.
    #[inline]
    pub fn update(&mut self, value: f64) -> Option<f64> {
        self.mean = self.sum.push([value]).map(|[sum]| sum * self.share);
        self.mean
    }

    /// Returns the mean of the values seen, `None` until there are enough.
    #[inline]
    #[must_use]
    pub const fn mean(&self) -> Option<f64> {
        self.mean
    }

    /// Forgets everything: the values to come do not follow on those before.
    pub fn restart(&mut self) {
        self.sum.clear();
        self.mean = None;
    }
}
