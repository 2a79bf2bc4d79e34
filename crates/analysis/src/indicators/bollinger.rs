//! Bollinger bands: [`Bollinger`].

use serde::{Deserialize, Serialize};

use super::sma::Sma;
use crate::num;
use crate::params::Period;
use crate::ring::Ring;

/// Bollinger bands (Bollinger, *Bollinger on Bollinger Bands*, 2001).
///
/// Input: one value per closed bar. Output: same unit; `None` until `period` values were seen.
/// The deviation is the population's (divided by `period`), from squares about the mean, which do
/// not cancel. O(period) per bar and memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bollinger {
    values: Ring<f64>,
    mean: Sma,
    sigma: f64,
    /// 1 / period.
    share: f64,
}

/// Three bands around a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bands {
    /// Mean + sigma x deviation.
    pub upper: f64,
    /// Mean.
    pub middle: f64,
    /// Mean - sigma x deviation.
    pub lower: f64,
}

impl Bollinger {
    /// Returns bands that have seen nothing, `sigma` deviations wide on each side.
    #[must_use]
    pub fn new(period: Period, sigma: f64) -> Self {
        Self {
            values: Ring::new(period.get()),
            mean: Sma::new(period),
            sigma,
            share: 1.0 / period.as_f64(),
        }
    }

    /// Takes the next value.
    #[inline]
    pub fn update(&mut self, value: f64) -> Option<Bands> {
        self.values.push(value);
        let middle = self.mean.update(value)?;
        let values = self.values.unordered();
        let squares = num::sum_by(values, |value| (value - middle) * (value - middle));
        let reach = self.sigma * num::sqrt(squares * self.share);
        Some(Bands { upper: middle + reach, middle, lower: middle - reach })
    }
}

impl Bands {
    /// Returns the place of a value between the bands, 0 at the lower, 1 at the upper; `None` when
    /// they coincide.
    #[must_use]
    pub fn percent_b(&self, value: f64) -> Option<f64> {
        let width = self.upper - self.lower;
        (width > 0.0).then(|| (value - self.lower) / width)
    }

    /// Returns the distance between the bands as a share of the middle one; `None` at 0.
    #[must_use]
    pub fn width(&self) -> Option<f64> {
        (self.middle > 0.0).then(|| (self.upper - self.lower) / self.middle)
    }

    /// Returns the bands moved by a distance.
    #[must_use]
    pub fn moved(&self, by: f64) -> Self {
        Self { upper: self.upper + by, middle: self.middle + by, lower: self.lower + by }
    }
}
