//! Simple moving average: [`Sma`].

use serde::{Deserialize, Serialize};

use crate::num;
use crate::params::Period;
use crate::ring::Ring;

/// Mean of the last `period` values.
///
/// Input: one value per closed bar. Output: same unit; `None` until `period` values were seen.
/// Summed anew for each bar, so no error adds up over years. O(period) per bar and memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sma {
    values: Ring<f64>,
}

impl Sma {
    /// Returns an average that has seen nothing.
    #[must_use]
    pub fn new(period: Period) -> Self {
        Self { values: Ring::new(period.get()) }
    }

    /// Takes the next value.
    #[inline]
    pub fn update(&mut self, value: f64) -> Option<f64> {
        self.values.push(value);
        self.mean()
    }

    /// Returns the mean of the values seen, `None` until there are enough.
    #[inline]
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let values = self.values.unordered();
        self.values.is_full().then(|| num::sum(values) / num::count(values.len()))
    }

    /// Forgets everything: the values to come do not follow on those before.
    pub fn restart(&mut self) {
        self.values.clear();
    }
}
