//! A closed bar in exact prices.

use serde::{Deserialize, Serialize};

use crate::market::{Timeframe, TsNanos};
use crate::num::Price;

/// Open, high, low, close of one timeframe; stamped by its open time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// When it opened; it closed one timeframe later.
    pub open_time: TsNanos,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
    /// Volume in base units; `None` where the source does not know it.
    pub volume: Option<f64>,
}

/// Why a bar is no bar.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BarError {
    /// A price is zero or negative.
    #[error("price is {0}, wanted above 0")]
    PriceNotPositive(Price),
    /// The high is below another price of the bar.
    #[error("high {high} is below {below}")]
    HighTooLow {
        /// The high.
        high: Price,
        /// The higher price.
        below: Price,
    },
    /// The low is above another price of the bar.
    #[error("low {low} is above {above}")]
    LowTooHigh {
        /// The low.
        low: Price,
        /// The lower price.
        above: Price,
    },
    /// The volume is negative or not finite.
    #[error("volume is {0}, wanted 0 or more")]
    Volume(f64),
}

impl Bar {
    /// Returns when the bar closed.
    #[must_use]
    pub const fn close_time(&self, timeframe: Timeframe) -> TsNanos {
        self.open_time.plus(timeframe.nanos())
    }

    /// Checks that the prices can be those of one bar.
    ///
    /// # Errors
    /// `BarError` for the first rule that is broken.
    #[inline]
    pub fn check(&self) -> Result<(), BarError> {
        for price in [self.open, self.high, self.low, self.close] {
            if !price.is_positive() {
                return Err(BarError::PriceNotPositive(price));
            }
        }
        let top = self.open.max(self.close).max(self.low);
        if self.high < top {
            return Err(BarError::HighTooLow { high: self.high, below: top });
        }
        let bottom = self.open.min(self.close);
        if self.low > bottom {
            return Err(BarError::LowTooHigh { low: self.low, above: bottom });
        }
        match self.volume {
            Some(volume) if !(volume >= 0.0 && volume.is_finite()) => Err(BarError::Volume(volume)),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(o: i64, h: i64, l: i64, c: i64, volume: Option<f64>) -> Bar {
        let [open, high, low, close] = [o, h, l, c].map(Price::from_raw);
        Bar { open_time: TsNanos::EPOCH, open, high, low, close, volume }
    }

    #[test]
    fn a_bar_is_checked() {
        assert!(bar(2, 3, 1, 2, Some(0.0)).check().is_ok());
        assert!(bar(2, 2, 2, 2, None).check().is_ok());
        assert!(matches!(bar(2, 3, 0, 2, None).check(), Err(BarError::PriceNotPositive(_))));
        assert!(matches!(bar(4, 3, 1, 2, None).check(), Err(BarError::HighTooLow { .. })));
        assert!(matches!(bar(2, 3, 1, 4, None).check(), Err(BarError::HighTooLow { .. })));
        assert!(matches!(bar(2, 2, 3, 2, None).check(), Err(BarError::HighTooLow { .. })));
        assert!(matches!(bar(4, 4, 3, 2, None).check(), Err(BarError::LowTooHigh { .. })));
        assert!(matches!(bar(2, 3, 1, 2, Some(-1.0)).check(), Err(BarError::Volume(_))));
        assert!(matches!(bar(2, 3, 1, 2, Some(f64::NAN)).check(), Err(BarError::Volume(_))));
    }
}
