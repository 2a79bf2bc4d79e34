//! What the indicators say after a bar: [`Indicators`].

use serde::{Deserialize, Serialize};

/// All columns after one bar; `None` until warm, or where nothing is defined.
///
/// Columns are named after the default lengths. Prices in quote currency per unit of base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Indicators {
    /// Short exponential average of the close.
    pub ema20: Option<f64>,
    /// Middle exponential average of the close.
    pub ema50: Option<f64>,
    /// Long exponential average of the close.
    pub ema200: Option<f64>,
    /// Relative strength index, 0 to 100.
    pub rsi14: Option<f64>,
    /// MACD line, in price.
    pub macd: Option<f64>,
    /// Signal line of the MACD, in price.
    pub macd_signal: Option<f64>,
    /// MACD line - signal line, in price.
    pub macd_hist: Option<f64>,
    /// Upper Bollinger band, in price.
    pub bb_upper: Option<f64>,
    /// Middle Bollinger band, in price.
    pub bb_middle: Option<f64>,
    /// Lower Bollinger band, in price.
    pub bb_lower: Option<f64>,
    /// Average true range, in price.
    pub atr14: Option<f64>,
    /// Slow %K of the stochastic, 0 to 100.
    pub stoch_k: Option<f64>,
    /// Slow %D of the stochastic, 0 to 100.
    pub stoch_d: Option<f64>,
    /// Commodity channel index, unbounded.
    pub cci20: Option<f64>,
    /// Money flow index, 0 to 100.
    pub mfi14: Option<f64>,
    /// Simple average of the close.
    pub sma20: Option<f64>,
    /// Average directional index, 0 to 100.
    pub adx14: Option<f64>,
    /// On-balance volume, in units of base.
    pub obv: Option<f64>,
    /// Volume-weighted average price since 00:00 UTC.
    pub vwap_day: Option<f64>,
    /// Place of the close between the Bollinger bands: 0 at the lower, 1 at the upper.
    pub bb_percent_b: Option<f64>,
    /// Distance between the Bollinger bands as a share of the middle one.
    pub bb_width: Option<f64>,
    /// Positive directional indicator, 0 to 100.
    pub plus_di: Option<f64>,
    /// Negative directional indicator, 0 to 100.
    pub minus_di: Option<f64>,
}

impl Indicators {
    /// The names of all columns, in the order of the output.
    pub const COLUMNS: &'static [&'static str] = &[
        "ema20",
        "ema50",
        "ema200",
        "rsi14",
        "macd",
        "macd_signal",
        "macd_hist",
        "bb_upper",
        "bb_middle",
        "bb_lower",
        "atr14",
        "stoch_k",
        "stoch_d",
        "cci20",
        "mfi14",
        "sma20",
        "adx14",
        "obv",
        "vwap_day",
        "bb_percent_b",
        "bb_width",
        "plus_di",
        "minus_di",
    ];

    /// Returns all values in the order of [`Self::COLUMNS`].
    #[must_use]
    pub const fn values(&self) -> [Option<f64>; 23] {
        [
            self.ema20,
            self.ema50,
            self.ema200,
            self.rsi14,
            self.macd,
            self.macd_signal,
            self.macd_hist,
            self.bb_upper,
            self.bb_middle,
            self.bb_lower,
            self.atr14,
            self.stoch_k,
            self.stoch_d,
            self.cci20,
            self.mfi14,
            self.sma20,
            self.adx14,
            self.obv,
            self.vwap_day,
            self.bb_percent_b,
            self.bb_width,
            self.plus_di,
            self.minus_di,
        ]
    }

    /// Returns the value of a column; `None` also for a name that is no column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<f64> {
        let place = Self::COLUMNS.iter().position(|column| *column == name)?;
        self.values().get(place).copied().flatten()
    }
}

/// An oscillator between 0 and 100, and what it says about direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Oscillator {
    /// The number of the charts, 0 to 100. What a flat window yields is a convention.
    pub value: f64,
    /// The distance from the middle, -1 to 1, exactly odd under mirrored prices; 0 over a window
    /// in which nothing moved.
    pub tilt: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_own_value() {
        let mut seen = Indicators { ema20: Some(1.0), ..Indicators::default() };
        seen.minus_di = Some(23.0);
        seen.bb_percent_b = Some(20.0);
        assert_eq!(Indicators::COLUMNS.len(), seen.values().len());
        assert_eq!(seen.column("ema20"), Some(1.0));
        assert_eq!(seen.column("bb_percent_b"), Some(20.0));
        assert_eq!(seen.column("minus_di"), Some(23.0));
        assert_eq!(seen.column("rsi14"), None);
        assert_eq!(seen.column("rsi"), None);
    }
}
