//! Which rule trades, and the numbers of the yardsticks.

use serde::{Deserialize, Serialize};
use types::ids::Symbol;

use super::ConfigError;

/// The rule that decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyName {
    /// The confluence score, with risk, calibration and exits.
    #[default]
    Confluence,
    /// The reference rule that other engines can run too: two averages and a stop.
    EmaCross,
    /// Yardstick: long or flat by the sign of past returns, sized by volatility.
    Trend,
    /// Yardstick: entries at random moments with the exits and sizing of `confluence`.
    Null,
}

impl PolicyName {
    /// Returns the word used in output and configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confluence => "confluence",
            Self::EmaCross => "ema_cross",
            Self::Trend => "trend",
            Self::Null => "null",
        }
    }
}

/// From where the reference rule measures its stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopFrom {
    /// The entry's fill.
    #[default]
    Fill,
    /// The close of the bar that gave the signal.
    SignalClose,
}

/// The reference rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmaCrossConfig {
    /// Bars of the fast average. Default 20. Range 1 to 5,000.
    pub fast: u32,
    /// Bars of the slow average. Default 50. Range 1 to 5,000.
    pub slow: u32,
    /// Bars of the average true range. Default 14. Range 1 to 5,000.
    pub atr: u32,
    /// Distance of the stop, in ATR. Default 2. Range 0.1 to 20.
    pub stop_atr: f64,
    /// Share of equity lost at the stop. Default 0.01. Range 0.0001 to 1.
    pub risk_share: f64,
    /// From where the stop is measured. Default `fill`.
    pub stop_from: StopFrom,
}

impl Default for EmaCrossConfig {
    fn default() -> Self {
        Self {
            fast: 20,
            slow: 50,
            atr: 14,
            stop_atr: 2.0,
            risk_share: 0.01,
            stop_from: StopFrom::Fill,
        }
    }
}

impl EmaCrossConfig {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `Range` for the first key outside its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        super::within("ema_cross.fast", self.fast.into(), 1.0, 5_000.0)?;
        super::within("ema_cross.slow", self.slow.into(), 1.0, 5_000.0)?;
        super::within("ema_cross.atr", self.atr.into(), 1.0, 5_000.0)?;
        super::within("ema_cross.stop_atr", self.stop_atr, 0.1, 20.0)?;
        super::within("ema_cross.risk_share", self.risk_share, 0.000_1, 1.0)
    }
}

/// The yardstick `trend`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrendConfig {
    /// How many days back a close is compared with. Default 28, 60, 120. Range 1 to 1,000 each.
    pub lookback_days: Vec<u32>,
    /// Volatility a full position is sized to, per year. Default 0.2. Range 0.01 to 2.
    pub volatility_target: f64,
    /// Days of returns that volatility is measured on. Default 60. Range 5 to 1,000.
    pub volatility_days: u32,
    /// Smallest change worth a trade, as a share of a full position. Default 0.1. Range 0 to 1.
    pub rebalance_share: f64,
}

impl Default for TrendConfig {
    fn default() -> Self {
        Self {
            lookback_days: vec![28, 60, 120],
            volatility_target: 0.2,
            volatility_days: 60,
            rebalance_share: 0.1,
        }
    }
}

impl TrendConfig {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `Range` for the first key outside its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if self.lookback_days.is_empty() {
            return Err(ConfigError::range("trend.lookback_days", "[]", "at least one number"));
        }
        for days in &self.lookback_days {
            super::within("trend.lookback_days", (*days).into(), 1.0, 1_000.0)?;
        }
        super::within("trend.volatility_target", self.volatility_target, 0.01, 2.0)?;
        super::within("trend.volatility_days", self.volatility_days.into(), 5.0, 1_000.0)?;
        super::within("trend.rebalance_share", self.rebalance_share, 0.0, 1.0)
    }
}

/// How often the yardstick `null` enters one symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NullQuota {
    /// The symbol.
    pub symbol: Symbol,
    /// How many entries.
    pub entries: u32,
    /// Among how many decision closes they are drawn.
    pub closes: u32,
}

/// The yardstick `null`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NullConfig {
    /// What a run of `confluence` over the same bars did.
    pub quotas: Vec<NullQuota>,
}
