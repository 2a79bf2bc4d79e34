//! [`BacktestConfig`]: the configuration file of a backtest.

use engine::config::{ConfigError, EngineConfig, PolicyName};
use serde::{Deserialize, Serialize};
use types::num::Money;

use crate::exchange::{Conventions, CostModel};

/// When the scripted operator releases SAFE_MODE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// As soon as the latch allows it.
    #[default]
    AfterCooldown,
    /// Never: the run goes on with exits only.
    Never,
}

/// `[backtest]`: what only a backtest has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BacktestSection {
    /// Starting cash in the quote currency of the symbols, as text: `"10000"`. Default 10000.
    pub capital: String,
    /// When the scripted operator releases SAFE_MODE. Default `after_cooldown`.
    pub release: Release,
}

impl Default for BacktestSection {
    fn default() -> Self {
        Self { capital: "10000".to_owned(), release: Release::default() }
    }
}

/// Everything a backtest can be told by a file.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct BacktestConfig {
    /// What the engine is told.
    pub engine: EngineConfig,
    /// What only a backtest has.
    pub backtest: BacktestSection,
    /// What trading costs.
    pub costs: CostModel,
    /// How bars are read.
    pub conventions: Conventions,
}

impl BacktestConfig {
    /// Sections that are not the engine's.
    const OWN: [&str; 3] = ["backtest", "costs", "conventions"];

    /// Reads a file's text: the engine's sections, `[backtest]`, `[costs]`, `[conventions]`.
    ///
    /// # Errors
    /// `ConfigError` naming the key, what was seen and what was wanted.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let parse = |error: toml::de::Error| ConfigError::Parse(error.to_string());
        let mut table: toml::Table = toml::from_str(text).map_err(parse)?;
        let mut own = toml::Table::new();
        for name in Self::OWN {
            if let Some(section) = table.remove(name) {
                own.insert(name.to_owned(), section);
            }
        }
        let engine: EngineConfig = table.try_into().map_err(parse)?;
        let own: OwnSections = own.try_into().map_err(parse)?;
        let config =
            Self { engine, backtest: own.backtest, costs: own.costs, conventions: own.conventions };
        config.validate()?;
        Ok(config)
    }

    /// Returns what a policy runs with when no file is given: `ema_cross` is the reference rule as
    /// every engine runs it (100,000 in cash, no costs, borrowing allowed by the gap to the next
    /// open), the others run with the defaults.
    #[must_use]
    pub fn named(policy: PolicyName) -> Self {
        let mut config = Self::default();
        config.engine.policy = policy;
        if policy == PolicyName::EmaCross {
            config.backtest.capital = "100000".to_owned();
            config.costs = CostModel::none();
            config.conventions.allow_negative_cash = true;
        }
        config
    }

    /// Checks every section.
    ///
    /// # Errors
    /// `ConfigError` for the first value outside its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.engine.validate()?;
        self.capital().map(|_| ())
    }

    /// Returns the starting cash.
    ///
    /// # Errors
    /// `Range` if the text is no amount above zero.
    pub fn capital(&self) -> Result<Money, ConfigError> {
        let wanted = "an amount above 0 with at most 8 decimals, as text";
        let refused = || ConfigError::range("backtest.capital", &self.backtest.capital, wanted);
        let capital: Money = self.backtest.capital.parse().map_err(|_| refused())?;
        if capital.is_positive() { Ok(capital) } else { Err(refused()) }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OwnSections {
    backtest: BacktestSection,
    costs: CostModel,
    conventions: Conventions,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_holds_all_sections() {
        let text =
            "policy = \"trend\"\n[backtest]\ncapital = \"500\"\n[costs]\nslippage = \"5bps\"\n";
        let config = BacktestConfig::from_toml(text).expect("a good file");
        assert_eq!(config.engine.policy, PolicyName::Trend);
        assert_eq!(config.capital(), Ok(Money::from_units(500)));
        assert_eq!(config.costs.slippage, types::num::Ratio::from_bps(5));
    }

    #[test]
    fn a_bad_key_or_value_is_named() {
        for (text, named) in [
            ("[backtest]\ncapitol = \"1\"\n", "capitol"),
            ("[backtest]\ncapital = \"0\"\n", "backtest.capital is 0"),
            ("[costs]\nfee = 1\n", "fee"),
            ("[unknown]\n", "unknown"),
        ] {
            let error = BacktestConfig::from_toml(text).expect_err(text);
            assert!(error.to_string().contains(named), "{text}: {error}");
        }
    }
}
