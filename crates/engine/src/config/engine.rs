//! The whole configuration and how it is fitted to the data.

use serde::{Deserialize, Serialize};
use types::instrument::Market;
use types::market::Timeframe;

use super::{
    CalibrationConfig, ConfigError, EmaCrossConfig, EntryConfig, ExitConfig, ExpectedCosts, Flags,
    NullConfig, PolicyName, RiskConfig, TrendConfig,
};

/// Timeframes scanned unless others are named.
const USUAL: [Timeframe; 4] = [Timeframe::M15, Timeframe::H1, Timeframe::H4, Timeframe::D1];

/// Everything an engine can be told. Analysis parameters change only with a deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineConfig {
    /// Spot or perpetual. Default `spot`.
    pub market: Market,
    /// The rule that decides. Default `confluence`.
    pub policy: PolicyName,
    /// Timeframes scanned. Default: those of 15m, 1h, 4h, 1d that are not finer than the data.
    pub timeframes: Option<Vec<Timeframe>>,
    /// When a signal becomes an entry.
    pub entry: EntryConfig,
    /// When a position is left.
    pub exit: ExitConfig,
    /// What a round trip is expected to cost.
    pub expected_costs: ExpectedCosts,
    /// How scores become probabilities.
    pub calibration: CalibrationConfig,
    /// Limits.
    pub risk: RiskConfig,
    /// Switches.
    pub flags: Flags,
    /// Parameters of indicators, patterns, regime and confluence.
    pub analysis: analysis::Params,
    /// The reference rule.
    pub ema_cross: EmaCrossConfig,
    /// The yardstick `trend`.
    pub trend: TrendConfig,
    /// The yardstick `null`.
    pub null: NullConfig,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            market: Market::Spot,
            policy: PolicyName::default(),
            timeframes: None,
            entry: EntryConfig::default(),
            exit: ExitConfig::default(),
            expected_costs: ExpectedCosts::default(),
            calibration: CalibrationConfig::default(),
            risk: RiskConfig::default(),
            flags: Flags::default(),
            analysis: analysis::Params::default(),
            ema_cross: EmaCrossConfig::default(),
            trend: TrendConfig::default(),
            null: NullConfig::default(),
        }
    }
}

impl EngineConfig {
    /// Reads a configuration and checks it.
    ///
    /// # Errors
    /// `ConfigError` naming the key, what was seen and what was wanted.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let config: Self =
            toml::from_str(text).map_err(|error| ConfigError::Parse(error.to_string()))?;
        config.validate()?;
        Ok(config)
    }

    /// Returns the text form, as it stands in the journal.
    ///
    /// # Errors
    /// `Parse` if a value has no text form.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string(self).map_err(|error| ConfigError::Parse(error.to_string()))
    }

    /// Checks every section.
    ///
    /// # Errors
    /// `ConfigError` for the first value outside its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.entry.validate()?;
        self.exit.validate()?;
        self.expected_costs.validate()?;
        self.calibration.validate()?;
        self.risk.validate()?;
        self.analysis.validate().map_err(|error| ConfigError::Parse(error.to_string()))?;
        self.ema_cross.validate()?;
        self.trend.validate()
    }

    /// Returns the configuration with the timeframes in use written out for bars of `native`
    /// length, and the decision timeframe among them.
    ///
    /// # Errors
    /// `TooFine` if a timeframe is named that is finer than the data.
    pub fn resolved(&self, native: Timeframe) -> Result<Self, ConfigError> {
        let mut config = self.clone();
        if let Some(named) = self.timeframes.iter().flatten().copied().find(|t| *t < native) {
            return Err(ConfigError::TooFine { named, native });
        }
        let decision = self.entry.decision_timeframe;
        let usual = || USUAL.into_iter().filter(|t| *t >= native).collect::<Vec<_>>();
        let mut timeframes = match self.policy {
            PolicyName::Confluence => self.timeframes.clone().unwrap_or_else(usual),
            PolicyName::EmaCross => vec![native],
            PolicyName::Trend => vec![Timeframe::D1],
            PolicyName::Null => self.timeframes.clone().unwrap_or_else(usual),
        };
        timeframes.sort_unstable();
        timeframes.dedup();
        if timeframes.is_empty() {
            return Err(ConfigError::range("timeframes", "[]", "at least one timeframe"));
        }
        let decision = timeframes
            .iter()
            .copied()
            .find(|t| *t >= decision)
            .or(timeframes.last().copied())
            .unwrap_or(decision);
        if matches!(self.policy, PolicyName::Confluence | PolicyName::Null) {
            config.entry.decision_timeframe = decision;
            if !self.flags.multi_timeframe_analysis {
                timeframes = vec![decision];
            }
        }
        config.timeframes = Some(timeframes);
        Ok(config)
    }

    /// Returns the timeframes in use, shortest first; empty before [`EngineConfig::resolved`].
    #[must_use]
    pub fn timeframes_in_use(&self) -> &[Timeframe] {
        self.timeframes.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_round_trips() {
        let config = EngineConfig::default().resolved(Timeframe::H1).expect("fits");
        let text = config.to_toml().expect("has a text form");
        assert_eq!(EngineConfig::from_toml(&text), Ok(config));
    }

    #[test]
    fn timeframes_fit_the_data() {
        let fit = |native| {
            EngineConfig::default().resolved(native).expect("fits").timeframes.expect("written out")
        };
        assert_eq!(fit(Timeframe::M1), USUAL);
        assert_eq!(fit(Timeframe::H1), [Timeframe::H1, Timeframe::H4, Timeframe::D1]);
        let named =
            EngineConfig { timeframes: Some(vec![Timeframe::M15]), ..EngineConfig::default() };
        let error = named.resolved(Timeframe::H1).expect_err("finer than the data");
        assert!(error.to_string().contains("15m"), "{error}");
    }

    #[test]
    fn the_decision_timeframe_is_one_in_use() {
        let decision = |timeframes: &[Timeframe]| {
            let config =
                EngineConfig { timeframes: Some(timeframes.to_vec()), ..EngineConfig::default() };
            config.resolved(Timeframe::M1).expect("fits").entry.decision_timeframe
        };
        assert_eq!(decision(&[Timeframe::H1, Timeframe::H4]), Timeframe::H4);
        assert_eq!(decision(&[Timeframe::H1, Timeframe::D1]), Timeframe::D1);
        assert_eq!(decision(&[Timeframe::M15, Timeframe::H1]), Timeframe::H1);
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = EngineConfig::from_toml("[entry]\nthreshhold = 60\n").expect_err("misspelt");
        assert!(error.to_string().contains("threshhold"), "{error}");
        let error = EngineConfig::from_toml("[entry]\nthreshold = 20.0\n").expect_err("too low");
        assert_eq!(error.to_string(), "entry.threshold is 20, wanted 40 to 95");
    }
}
