//! When a position is entered and left: `[entry]`, `[exit]`, `[costs]`, `[flags]`.

use serde::{Deserialize, Serialize};
use types::market::Timeframe;

use super::ConfigError;

/// How the calibrated edge is tested before an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EdgeTest {
    /// The point estimate must pay the costs.
    #[default]
    Point,
    /// The lower end of an 80 % interval must pay the costs.
    Lower80,
    /// No test.
    Off,
}

/// When a signal becomes an entry (spec §5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EntryConfig {
    /// Where signals are born. Default 4h, or the shortest in use above it. Range 15m to 1d.
    pub decision_timeframe: Timeframe,
    /// Lowest score that gives a signal, in points. Default 60. Range 40 to 95.
    pub threshold: f64,
    /// How far price may be from the signal's close, in ATR of the decision timeframe.
    /// Default 0.5. Range 0.1 to 5.
    pub reach_atr: f64,
    /// How far beyond the last price an entry may pay, in ATR of the decision timeframe.
    /// Default 0.25. Range 0.01 to 2.
    pub bound_atr: f64,
    /// Largest expected cost of a round trip, in R. Default 0.15. Range 0.01 to 1.
    pub cost_limit_r: f64,
    /// How the calibrated edge is tested. Default `point`.
    pub edge_test: EdgeTest,
}

impl Default for EntryConfig {
    fn default() -> Self {
        Self {
            decision_timeframe: Timeframe::H4,
            threshold: 60.0,
            reach_atr: 0.5,
            bound_atr: 0.25,
            cost_limit_r: 0.15,
            edge_test: EdgeTest::Point,
        }
    }
}

impl EntryConfig {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `Range` for the first key outside its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let timeframe = self.decision_timeframe;
        if timeframe < Timeframe::M15 {
            return Err(ConfigError::range(
                "entry.decision_timeframe",
                timeframe.name(),
                "15m to 1d",
            ));
        }
        super::within("entry.threshold", self.threshold, 40.0, 95.0)?;
        super::within("entry.reach_atr", self.reach_atr, 0.1, 5.0)?;
        super::within("entry.bound_atr", self.bound_atr, 0.01, 2.0)?;
        super::within("entry.cost_limit_r", self.cost_limit_r, 0.01, 1.0)
    }
}

/// When a position is left (spec §5). Distances in ATR of the decision timeframe or in R.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExitConfig {
    /// A set of the values below. `fixed` is a stop at 2 ATR and a target at 3 ATR, without trail,
    /// breakeven or time stop; keys that are named win. Default `trail`.
    pub preset: ExitPreset,
    /// First stop, in ATR. Default 3. Range 1.5 to 5.
    pub stop_atr: Option<f64>,
    /// Target, in ATR; 0 for none. Default 0. Range 0 to 20.
    pub target_atr: Option<f64>,
    /// Distance of the trailing stop from the best price, in ATR; 0 for none. Default 3.
    /// Range 0 to 10.
    pub trail_atr: Option<f64>,
    /// Profit from which the stop trails and goes to entry plus costs, in R. Default 1.
    /// Range 0.1 to 10.
    pub trail_from_r: Option<f64>,
    /// Whether the stop goes to entry plus costs. Default true.
    pub breakeven: Option<bool>,
    /// Decision-timeframe bars after which a position below `time_stop_r` is left; 0 for never.
    /// Default 20. Range 0 to 1,000.
    pub time_stop_bars: Option<u32>,
    /// What a position must have made by then, in R. Default 0.5. Range -1 to 10.
    pub time_stop_r: Option<f64>,
    /// Target over stop that calibration assumes when there is no target. Default 1.5.
    /// Range 0.5 to 10.
    pub assumed_target_ratio: f64,
}

/// A set of exits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExitPreset {
    /// Stop, chandelier trail, breakeven, time stop; no target.
    #[default]
    Trail,
    /// Stop and target.
    Fixed,
}

impl Default for ExitConfig {
    fn default() -> Self {
        Self {
            preset: ExitPreset::Trail,
            stop_atr: None,
            target_atr: None,
            trail_atr: None,
            trail_from_r: None,
            breakeven: None,
            time_stop_bars: None,
            time_stop_r: None,
            assumed_target_ratio: 1.5,
        }
    }
}

impl ExitConfig {
    /// Returns the first stop's distance in ATR.
    #[must_use]
    pub fn stop_atr(&self) -> f64 {
        self.stop_atr.unwrap_or(match self.preset {
            ExitPreset::Trail => 3.0,
            ExitPreset::Fixed => 2.0,
        })
    }

    /// Returns the target's distance in ATR, `None` without a target.
    #[must_use]
    pub fn target_atr(&self) -> Option<f64> {
        let distance = self.target_atr.unwrap_or(match self.preset {
            ExitPreset::Trail => 0.0,
            ExitPreset::Fixed => 3.0,
        });
        (distance > 0.0).then_some(distance)
    }

    /// Returns the trail's distance in ATR, `None` without a trail.
    #[must_use]
    pub fn trail_atr(&self) -> Option<f64> {
        let distance = self.trail_atr.unwrap_or(match self.preset {
            ExitPreset::Trail => 3.0,
            ExitPreset::Fixed => 0.0,
        });
        (distance > 0.0).then_some(distance)
    }

    /// Returns the profit from which the stop is moved, in R.
    #[must_use]
    pub fn trail_from_r(&self) -> f64 {
        self.trail_from_r.unwrap_or(1.0)
    }

    /// Returns whether the stop goes to entry plus costs.
    #[must_use]
    pub fn breakeven(&self) -> bool {
        self.breakeven.unwrap_or(self.preset == ExitPreset::Trail)
    }

    /// Returns the time stop in bars, `None` without one.
    #[must_use]
    pub fn time_stop_bars(&self) -> Option<u32> {
        let bars = self.time_stop_bars.unwrap_or(match self.preset {
            ExitPreset::Trail => 20,
            ExitPreset::Fixed => 0,
        });
        (bars > 0).then_some(bars)
    }

    /// Returns what a position must have made by the time stop, in R.
    #[must_use]
    pub fn time_stop_r(&self) -> f64 {
        self.time_stop_r.unwrap_or(0.5)
    }

    /// Returns target over stop, as calibration needs it.
    #[must_use]
    pub fn target_ratio(&self) -> f64 {
        self.target_atr().map_or(self.assumed_target_ratio, |target| target / self.stop_atr())
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// `Range` for the first key outside its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        super::within("exit.stop_atr", self.stop_atr(), 1.5, 5.0)?;
        super::within("exit.target_atr", self.target_atr.unwrap_or(0.0), 0.0, 20.0)?;
        super::within("exit.trail_atr", self.trail_atr.unwrap_or(0.0), 0.0, 10.0)?;
        super::within("exit.trail_from_r", self.trail_from_r(), 0.1, 10.0)?;
        let bars = f64::from(self.time_stop_bars.unwrap_or(0));
        super::within("exit.time_stop_bars", bars, 0.0, 1_000.0)?;
        super::within("exit.time_stop_r", self.time_stop_r(), -1.0, 10.0)?;
        super::within("exit.assumed_target_ratio", self.assumed_target_ratio, 0.5, 10.0)
    }
}

/// What the engine expects a round trip to cost, beside the instrument's fees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExpectedCosts {
    /// Half the spread, in basis points. Default 1. Range 0 to 100.
    pub half_spread_bps: f64,
    /// Slippage of a taker order, in basis points. Default 2. Range 0 to 100.
    pub slippage_bps: f64,
    /// Perpetual: funding per 8 hours paid by a long, in basis points. Default 1. Range -10 to 100.
    pub funding_bps: f64,
    /// Perpetual: hours a position is expected to be held. Default 40. Range 0 to 1,000.
    pub hold_hours: f64,
}

impl Default for ExpectedCosts {
    fn default() -> Self {
        Self { half_spread_bps: 1.0, slippage_bps: 2.0, funding_bps: 1.0, hold_hours: 40.0 }
    }
}

impl ExpectedCosts {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `Range` for the first key outside its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        super::within("expected_costs.half_spread_bps", self.half_spread_bps, 0.0, 100.0)?;
        super::within("expected_costs.slippage_bps", self.slippage_bps, 0.0, 100.0)?;
        super::within("expected_costs.funding_bps", self.funding_bps, -10.0, 100.0)?;
        super::within("expected_costs.hold_hours", self.hold_hours, 0.0, 1_000.0)
    }
}

/// Switches of the engine (spec §11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Flags {
    /// Off: the decision timeframe alone is scanned. Default on.
    pub multi_timeframe_analysis: bool,
    /// Off: the size factor of calibration is 1. Default on.
    pub adaptive_position_sizing: bool,
    /// Off: no entries in the top tenth of volatility. Default off.
    pub high_risk_trades: bool,
    /// On: half size and a threshold of at least 75. Default off.
    pub conservative_mode: bool,
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            multi_timeframe_analysis: true,
            adaptive_position_sizing: true,
            high_risk_trades: false,
            conservative_mode: false,
        }
    }
}
