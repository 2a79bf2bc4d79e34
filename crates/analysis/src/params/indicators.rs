//! Lengths and factors of the indicators: [`IndicatorParams`].

use serde::{Deserialize, Serialize};

use super::error::{ParamsError, below, within};
use super::period::Period;

/// Lengths in bars and factors of the indicators.
///
/// The output columns keep the names of the default lengths (`ema20` is whatever `ema_fast` says).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IndicatorParams {
    /// Short exponential average, bars. Default 20.
    pub ema_fast: Period,
    /// Middle exponential average, bars. Default 50.
    pub ema_middle: Period,
    /// Long exponential average, bars. Default 200.
    pub ema_slow: Period,
    /// Simple average, bars. Default 20.
    pub sma: Period,
    /// Relative strength index, bars. Default 14.
    pub rsi: Period,
    /// Fast average of the MACD, bars, less than the slow one. Default 12.
    pub macd_fast: Period,
    /// Slow average of the MACD, bars. Default 26.
    pub macd_slow: Period,
    /// Signal average of the MACD, bars. Default 9.
    pub macd_signal: Period,
    /// Bollinger bands, bars. Default 20.
    pub bollinger: Period,
    /// Width of the Bollinger bands, population standard deviations \[0.1-10\]. Default 2.
    pub bollinger_sigma: f64,
    /// Average true range, bars. Default 14.
    pub atr: Period,
    /// Range of the stochastic, bars. Default 14.
    pub stochastic: Period,
    /// Smoothing of the stochastic's %K, bars. Default 3.
    pub stochastic_k: Period,
    /// Smoothing of the stochastic's %D, bars. Default 3.
    pub stochastic_d: Period,
    /// Commodity channel index, bars. Default 20.
    pub cci: Period,
    /// Lambert's constant of the CCI \[0.001-1\]. Default 0.015.
    pub cci_factor: f64,
    /// Money flow index, bars. Default 14.
    pub mfi: Period,
    /// Average directional index, bars. Default 14.
    pub adx: Period,
    /// Price levels of the volume profile. Default 50.
    pub profile_levels: Period,
    /// Newest bars the volume profile is made of. Default 200.
    pub profile_bars: Period,
    /// Share of the volume inside the value area \[0.01-1\]. Default 0.7.
    pub profile_value_area: f64,
}

impl Default for IndicatorParams {
    fn default() -> Self {
        Self {
            ema_fast: Period::fixed(20),
            ema_middle: Period::fixed(50),
            ema_slow: Period::fixed(200),
            sma: Period::fixed(20),
            rsi: Period::fixed(14),
            macd_fast: Period::fixed(12),
            macd_slow: Period::fixed(26),
            macd_signal: Period::fixed(9),
            bollinger: Period::fixed(20),
            bollinger_sigma: 2.0,
            atr: Period::fixed(14),
            stochastic: Period::fixed(14),
            stochastic_k: Period::fixed(3),
            stochastic_d: Period::fixed(3),
            cci: Period::fixed(20),
            cci_factor: 0.015,
            mfi: Period::fixed(14),
            adx: Period::fixed(14),
            profile_levels: Period::fixed(50),
            profile_bars: Period::fixed(200),
            profile_value_area: 0.7,
        }
    }
}

impl IndicatorParams {
    pub(super) fn validate(&self) -> Result<(), ParamsError> {
        let rising =
            |key, low: Period, above, high: Period| below(key, low.as_f64(), above, high.as_f64());
        let (middle, slow) = ("indicators.ema_middle", "indicators.ema_slow");
        rising("indicators.ema_fast", self.ema_fast, middle, self.ema_middle)?;
        rising(middle, self.ema_middle, slow, self.ema_slow)?;
        let macd_slow = "indicators.macd_slow";
        rising("indicators.macd_fast", self.macd_fast, macd_slow, self.macd_slow)?;
        within("indicators.bollinger_sigma", self.bollinger_sigma, 0.1, 10.0)?;
        within("indicators.cci_factor", self.cci_factor, 0.001, 1.0)?;
        within("indicators.profile_value_area", self.profile_value_area, 0.01, 1.0)
    }
}
