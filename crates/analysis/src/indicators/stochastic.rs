//! Stochastic oscillator: [`Stochastic`].

use serde::{Deserialize, Serialize};

use super::sma::Sma;
use crate::bar::Bar;
use crate::params::Period;
use crate::sliding::{Highest, Sliding, Sum};

/// Slow stochastic oscillator (Lane).
///
/// Input: closed bars. Output: 0 to 100; `None` until `period` + `k` + `d` - 2 bars were seen (both
/// lines begin together). A window without range yields 0 for the raw line by convention; for the
/// tilt it says nothing. O(1) per bar, O(period) memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stochastic {
    /// Highest high and, its sign turned, lowest low.
    extremes: Sliding<Highest, 2>,
    /// Raw line and raw tilt, smoothed together.
    k: Sliding<Sum, 2>,
    d: Sma,
    /// 1 / smoothing of slow %K.
    share: f64,
}

/// The stochastic after a bar.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StochasticReading {
    /// Slow %K, 0 to 100.
    pub k: f64,
    /// Slow %D, the mean of slow %K, 0 to 100.
    pub d: f64,
    /// Distance of slow %K from the middle, -1 to 1, exactly odd under mirrored prices.
    pub tilt: f64,
}

impl Stochastic {
    /// Returns an oscillator that has seen nothing.
    #[must_use]
    pub fn new(period: Period, k: Period, d: Period) -> Self {
        Self {
            extremes: Sliding::new(period),
            k: Sliding::new(k),
            d: Sma::new(d),
            share: 1.0 / k.as_f64(),
        }
    }

    /// Takes the next bar.
    #[inline]
    pub fn update(&mut self, bar: &Bar) -> Option<StochasticReading> {
        let [high, low] = self.extremes.push([bar.high, -bar.low])?;
        let [raw, tilt] = self.k.push(raw(bar.close, -low, high))?;
        let k = raw * self.share;
        let d = self.d.update(k)?;
        Some(StochasticReading { k, d, tilt: tilt * self.share })
    }
}

fn raw(close: f64, low: f64, high: f64) -> [f64; 2] {
    let range = high - low;
    if range <= 0.0 {
        return [0.0, 0.0];
    }
    [100.0 * ((close - low) / range), ((close - low) - (high - close)) / range]
}
