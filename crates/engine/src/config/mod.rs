//! [`EngineConfig`]: everything an engine can be told, in one TOML text.

mod calibration;
mod policy;
mod risk;
mod strategy;
pub mod units;

pub use calibration::CalibrationConfig;
pub use policy::{EmaCrossConfig, NullConfig, NullQuota, PolicyName, StopFrom, TrendConfig};
pub use risk::{
    Candidate, Contradiction, CooldownConfig, DrawdownConfig, FeedRules, LossBudgetConfig,
    OrderRules, PerpLimits, RiskConfig, SizeConfig, SpotLimits, StopRules, Summary,
    VolatilityConfig, satisfiable,
};
pub use strategy::{EdgeTest, EntryConfig, ExitConfig, ExitPreset, ExpectedCosts, Flags};

mod engine;

pub use engine::EngineConfig;

/// A configuration that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not TOML, an unknown key or a value of the wrong kind.
    #[error("{0}")]
    Parse(String),
    /// A value outside its range.
    #[error("{key} is {seen}, wanted {wanted}")]
    Range {
        /// Which key.
        key: String,
        /// Its value.
        seen: String,
        /// The range.
        wanted: String,
    },
    /// A timeframe finer than the data.
    #[error(
        "timeframes names {named}, but the data has bars of {native}: \
         name only {native} and longer, or leave the key out"
    )]
    TooFine {
        /// The timeframe named.
        named: types::market::Timeframe,
        /// The timeframe of the data.
        native: types::market::Timeframe,
    },
}

impl ConfigError {
    /// Returns the error of a value outside its range.
    #[must_use]
    pub fn range(key: &str, seen: &str, wanted: &str) -> Self {
        Self::Range { key: key.to_owned(), seen: seen.to_owned(), wanted: wanted.to_owned() }
    }
}

/// Checks that a number lies within a range, ends included.
pub(crate) fn within(key: &str, seen: f64, low: f64, high: f64) -> Result<(), ConfigError> {
    if seen >= low && seen <= high {
        Ok(())
    } else {
        Err(ConfigError::range(key, &seen.to_string(), &format!("{low} to {high}")))
    }
}
