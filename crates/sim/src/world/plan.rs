//! [`Plan`]: a world and its faults as data: drawn from a seed, written down, changed by hand, played again.

use serde::{Deserialize, Serialize};

use super::aim::Aim;
use super::kind::Kind;
use crate::market::Features;

/// A world and its faults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The root of all chance. Below 2^63, for a plan is a TOML file.
    pub seed: u64,
    /// How long faults strike, in minutes of market time; healing follows.
    pub minutes: u32,
    /// When the hub starts first, milliseconds after the world's beginning.
    #[serde(default)]
    pub starts_ms: u64,
    /// How many symbols are traded [1-7].
    pub symbols: u8,
    /// What an entry may wait for, in seconds: how long an order rests at the touch.
    pub patience_s: u32,
    /// Coins of each symbol lie on the account that were there before us.
    #[serde(default)]
    pub coins: bool,
    /// One person operates, whose permissions take an hour or a day; otherwise two.
    #[serde(default)]
    pub solo: bool,
    /// The hard limits on money, in percent of what the engine's own rules allow: below 100 the gateway says no before them.
    #[serde(default = "whole")]
    pub limits_percent: u8,
    /// The hard limit on all exposure, in percent of that.
    #[serde(default = "whole")]
    pub gross_percent: u8,
    /// The hard limit on open orders; without it three for each position that the engine's rules allow.
    #[serde(default)]
    pub open_orders: Option<u8>,
    /// The day's drawdown at which the engine asks for SAFE_MODE, in percent [1-15]; below 8 it may be released after an hour.
    #[serde(default = "usual_drawdown")]
    pub drawdown_percent: u8,
    /// How the engine trades.
    pub workload: Workload,
    /// What the market shows.
    pub features: Features,
    /// What goes wrong, by time.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// What goes wrong at an exact place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aims: Vec<Aim>,
}

const fn whole() -> u8 {
    100
}

const fn usual_drawdown() -> u8 {
    8
}

/// How the engine trades. All of it is configuration of the real engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Entries at random closes (the yardstick `null`) instead of `confluence` at its lowest threshold: many instead of few.
    pub random: bool,
    /// Out of a hundred closes without a position, how many are entries; of random ones.
    pub entries_percent: u8,
    /// Positions have targets, which with their stops are lists of which one order cancels the other.
    pub targets: bool,
    /// Distance of the first stop in tenths of the average true range [15-50].
    pub stop_atr_tenths: u8,
    /// Quarters of an hour after which a position that made nothing is left [1-100].
    pub time_stop_bars: u8,
    /// Symbols that move together may be held together: without it risk allows one or two of them.
    #[serde(default)]
    pub together: bool,
}

/// Something that goes wrong, or that somebody does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// When it begins, milliseconds after the world's beginning.
    pub at_ms: u64,
    /// What it is.
    #[serde(flatten)]
    pub kind: Kind,
}

/// A plan that cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It is no TOML of a plan.
    #[error("the plan cannot be read: {0}")]
    Form(String),
    /// A number outside its range.
    #[error("{key} is {seen}, wanted {wanted}")]
    Range {
        /// The key.
        key: &'static str,
        /// What was given.
        seen: u64,
        /// The range.
        wanted: &'static str,
    },
}

impl Plan {
    /// Returns the same world with so many minutes of faults.
    #[must_use]
    pub fn cut(mut self, minutes: u32) -> Self {
        self.minutes = minutes.clamp(1, self.minutes);
        let end = u64::from(self.minutes) * 60_000;
        self.faults.retain(|fault| fault.at_ms < end);
        self
    }

    /// Reads a plan's text.
    ///
    /// # Errors
    /// `PlanError`: the form, or the first number outside its range.
    pub fn from_toml(text: &str) -> Result<Self, PlanError> {
        let plan: Self =
            toml::from_str(text).map_err(|error| PlanError::Form(error.to_string()))?;
        plan.check()?;
        Ok(plan)
    }

    /// Returns the text form.
    ///
    /// # Panics
    /// Not: a plan that was checked has one.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("numbers and words have a text form")
    }

    /// Checks every number.
    ///
    /// # Errors
    /// `Range` for the first outside its range.
    pub fn check(&self) -> Result<(), PlanError> {
        let range = |key, seen: u64, low: u64, high: u64, wanted| {
            if (low..=high).contains(&seen) {
                Ok(())
            } else {
                Err(PlanError::Range { key, seen, wanted })
            }
        };
        range("seed", self.seed, 0, i64::MAX.unsigned_abs(), "below 2^63")?;
        range("minutes", self.minutes.into(), 1, 525_600, "1 to 525600")?;
        range("symbols", self.symbols.into(), 1, 7, "1 to 7")?;
        let Workload { entries_percent, stop_atr_tenths, time_stop_bars, .. } = self.workload;
        range("entries_percent", entries_percent.into(), 0, 100, "0 to 100")?;
        range("stop_atr_tenths", stop_atr_tenths.into(), 15, 50, "15 to 50")?;
        range("time_stop_bars", time_stop_bars.into(), 1, 100, "1 to 100")?;
        range("limits_percent", self.limits_percent.into(), 10, 100, "10 to 100")?;
        range("gross_percent", self.gross_percent.into(), 5, 100, "5 to 100")?;
        range("open_orders", self.open_orders.unwrap_or(3).into(), 1, 100, "1 to 100")?;
        range("drawdown_percent", self.drawdown_percent.into(), 1, 15, "1 to 15")?;
        range("patience_s", self.patience_s.into(), 1, 86_400, "1 to 86400")?;
        let end = u64::from(self.minutes) * 60_000;
        range("starts_ms", self.starts_ms, 0, end, "within the plan's minutes")?;
        for fault in &self.faults {
            range("at_ms", fault.at_ms, 0, end, "within the plan's minutes")?;
            let lasts = fault.kind.lasts_ms().unwrap_or(1);
            range("for_ms", lasts, 1, 86_400_000, "1 to 86400000")?;
        }
        Ok(())
    }
}
