//! Stochastic oscillator: [`Stochastic`].

use serde::{Deserialize, Serialize};

use super::sma::Sma;
use crate::bar::Bar;
use crate::params::Period;
use crate::sliding::{Highest, Lowest, Sliding};

/// Slow stochastic oscillator (Lane).
///
/// Input: closed bars. Output: 0 to 100; `None` until `period` + `k` + `d` - 2 bars were seen (both
/// lines begin together). A window without range yields 0 for the raw line by convention; for the
/// tilt it says nothing. O(1) per bar, O(period) memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stochastic {
    highest: Sliding<Highest>,
    lowest: Sliding<Lowest>,
    k: Sma,
    d: Sma,
    tilt: Sma,
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
            highest: Sliding::new(period),
            lowest: Sliding::new(period),
            k: Sma::new(k),
            d: Sma::new(d),
            tilt: Sma::new(k),
        }
    }

    /// Takes the next bar.
    #[inline]
    pub fn update(&mut self, bar: &Bar) -> Option<StochasticReading> {
        let high = self.highest.push(bar.high);
        let low = self.lowest.push(bar.low);
        let (raw, tilt) = raw(bar.close, low?, high?);
        let tilt = self.tilt.update(tilt);
        let k = self.k.update(raw)?;
        let d = self.d.update(k)?;
        Some(StochasticReading { k, d, tilt: tilt? })
    }
}

fn raw(close: f64, low: f64, high: f64) -> (f64, f64) {
    let range = high - low;
    if range <= 0.0 {
        return (0.0, 0.0);
    }
    (100.0 * ((close - low) / range), ((close - low) - (high - close)) / range)
}
