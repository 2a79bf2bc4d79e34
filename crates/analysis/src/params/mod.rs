//! Every number of the analysis, as a documented key: [`Params`].

mod components;
mod confluence;
mod error;
mod indicators;
mod patterns;
mod period;
mod regime;

use serde::{Deserialize, Serialize};

pub use components::ComponentParams;
pub use confluence::{ConfluenceParams, TimeframeWeights};
pub use error::ParamsError;
pub use indicators::IndicatorParams;
pub use patterns::PatternParams;
pub use period::Period;
pub use regime::RegimeParams;

/// Every number of the analysis. The defaults are those of the specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Lengths and factors of the indicators.
    pub indicators: IndicatorParams,
    /// What counts as a pattern, and how sure it is.
    pub patterns: PatternParams,
    /// What counts as bull and bear.
    pub regime: RegimeParams,
    /// How inputs become components.
    pub components: ComponentParams,
    /// How components and timeframes become one sum and a score.
    pub confluence: ConfluenceParams,
}

impl Params {
    /// Checks every key against its range and the keys against each other.
    ///
    /// # Errors
    /// The first key that is out of its range or contradicts another.
    pub fn validate(&self) -> Result<(), ParamsError> {
        self.indicators.validate()?;
        self.patterns.validate()?;
        self.regime.validate()?;
        self.components.validate()?;
        self.confluence.validate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_survive_a_round_trip() {
        let params = Params::default();
        params.validate().unwrap();
        let text = serde_json::to_string(&params).unwrap();
        assert_eq!(serde_json::from_str::<Params>(&text).unwrap(), params);
        assert_eq!(serde_json::from_str::<Params>("{}").unwrap(), params);
    }

    #[test]
    fn unknown_keys_and_impossible_periods_do_not_parse() {
        for text in [
            r#"{"indicator":{}}"#,
            r#"{"indicators":{"rsi_periods":14}}"#,
            r#"{"indicators":{"rsi":0}}"#,
            r#"{"indicators":{"rsi":5001}}"#,
            r#"{"confluence":{"timeframes":{"2h":0.5}}}"#,
        ] {
            assert!(serde_json::from_str::<Params>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn contradictions_are_named() {
        let refused = |change: &dyn Fn(&mut Params)| {
            let mut params = Params::default();
            change(&mut params);
            params.validate().unwrap_err().to_string()
        };
        let text = refused(&|p| p.indicators.macd_fast = p.indicators.macd_slow);
        assert!(text.contains("indicators.macd_fast"), "{text}");
        let text = refused(&|p| p.components.trend_share_macd = 0.4);
        assert!(text.contains("add up to 1"), "{text}");
        let text = refused(&|p| p.patterns.doji_body_share = f64::NAN);
        assert!(text.contains("patterns.doji_body_share"), "{text}");
        let text = refused(&|p| p.confluence.timeframes = TimeframeWeights::none());
        assert!(text.contains("confluence.timeframes"), "{text}");
        let text = refused(&|p| p.regime.bear_below = 0.5);
        assert!(text.contains("regime.bear_below"), "{text}");
    }
}
