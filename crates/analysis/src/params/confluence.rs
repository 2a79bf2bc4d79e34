//! How components and timeframes become one sum and a score: [`ConfluenceParams`].

use serde::{Deserialize, Serialize};
use types::market::Timeframe;

use super::error::{ParamsError, weights, within};
use super::period::Period;

/// How timeframes are weighted and how a sum becomes a score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConfluenceParams {
    /// Weight of each timeframe, renormalised over those in use.
    pub timeframes: TimeframeWeights,
    /// Factor on 4h and 1d in a bull or bear market \[0.1-10\]. Default 1.2.
    pub trending_slow: f64,
    /// Factor on shorter timeframes in a bull or bear market \[0.1-10\]. Default 0.9.
    pub trending_fast: f64,
    /// Factor on timeframes below 4h in high volatility, on 4h and 1d in low \[0.1-10\]. Default 1.1.
    pub volatility_favoured: f64,
    /// Factor on 4h and 1d in high volatility, on those below in low \[0.1-10\]. Default 0.95.
    pub volatility_other: f64,
    /// Days over which earlier sums are ranked. Default 365.
    pub history_days: Period,
    /// Earlier sums needed before a score is a rank. Default 500.
    pub history_needed: Period,
    /// Until then, the sum that scores 100 \[0.01-1\]. Default 0.6.
    pub warm_up_full: f64,
}

impl Default for ConfluenceParams {
    fn default() -> Self {
        Self {
            timeframes: TimeframeWeights::default(),
            trending_slow: 1.2,
            trending_fast: 0.9,
            volatility_favoured: 1.1,
            volatility_other: 0.95,
            history_days: Period::fixed(365),
            history_needed: Period::fixed(500),
            warm_up_full: 0.6,
        }
    }
}

impl ConfluenceParams {
    pub(super) fn validate(&self) -> Result<(), ParamsError> {
        weights("confluence.timeframes", &Timeframe::ALL.map(|t| self.timeframes.of(t)))?;
        for (key, value) in [
            ("confluence.trending_slow", self.trending_slow),
            ("confluence.trending_fast", self.trending_fast),
            ("confluence.volatility_favoured", self.volatility_favoured),
            ("confluence.volatility_other", self.volatility_other),
        ] {
            within(key, value, 0.1, 10.0)?;
        }
        within("confluence.warm_up_full", self.warm_up_full, 0.01, 1.0)
    }
}

/// The weight of each timeframe, 0 to 1. A timeframe that is not named weighs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TimeframeWeights {
    /// One minute. Default 0.
    #[serde(rename = "1m")]
    pub m1: f64,
    /// Five minutes. Default 0.
    #[serde(rename = "5m")]
    pub m5: f64,
    /// Fifteen minutes. Default 0.10.
    #[serde(rename = "15m")]
    pub m15: f64,
    /// One hour. Default 0.20.
    #[serde(rename = "1h")]
    pub h1: f64,
    /// Four hours. Default 0.45.
    #[serde(rename = "4h")]
    pub h4: f64,
    /// One day. Default 0.25.
    #[serde(rename = "1d")]
    pub d1: f64,
}

impl Default for TimeframeWeights {
    fn default() -> Self {
        Self { m1: 0.0, m5: 0.0, m15: 0.10, h1: 0.20, h4: 0.45, d1: 0.25 }
    }
}

impl TimeframeWeights {
    /// Returns the weight of a timeframe.
    #[must_use]
    pub const fn of(&self, timeframe: Timeframe) -> f64 {
        match timeframe {
            Timeframe::M1 => self.m1,
            Timeframe::M5 => self.m5,
            Timeframe::M15 => self.m15,
            Timeframe::H1 => self.h1,
            Timeframe::H4 => self.h4,
            Timeframe::D1 => self.d1,
        }
    }

    /// Returns weights of 0, to be filled in.
    #[must_use]
    pub const fn none() -> Self {
        Self { m1: 0.0, m5: 0.0, m15: 0.0, h1: 0.0, h4: 0.0, d1: 0.0 }
    }
}
