//! The bar as the analyst sees it: [`Bar`].

use serde::{Deserialize, Serialize};
use types::market::TsNanos;

/// A closed bar. Prices in quote currency per unit of base; stamped by its open time.
///
/// What comes in has been checked: finite prices above 0, high the highest, low the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// When the bar opened.
    pub open_time: TsNanos,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Units of base traded, >= 0; `None` where the source does not know.
    pub volume: Option<f64>,
}

impl Bar {
    /// Returns high - low.
    #[must_use]
    pub const fn range(&self) -> f64 {
        self.high - self.low
    }

    /// Returns the distance between open and close.
    #[must_use]
    pub const fn body(&self) -> f64 {
        (self.close - self.open).abs()
    }

    /// Returns the distance from the body up to the high.
    #[must_use]
    pub const fn upper_wick(&self) -> f64 {
        self.high - if self.close > self.open { self.close } else { self.open }
    }

    /// Returns the distance from the low up to the body.
    #[must_use]
    pub const fn lower_wick(&self) -> f64 {
        (if self.close < self.open { self.close } else { self.open }) - self.low
    }

    /// Returns the typical price, the mean of high, low and close.
    #[must_use]
    pub const fn typical(&self) -> f64 {
        (self.high + self.low + self.close) / 3.0
    }
}
