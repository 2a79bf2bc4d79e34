//! Words of the command line that stand for choices.

use clap::ValueEnum;
use engine::config::PolicyName;
use types::instrument::Market;

/// Spot or perpetual, as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MarketName {
    /// Long only, leverage 1.
    Spot,
    /// One net position per symbol, margin, funding.
    Perp,
}

impl From<MarketName> for Market {
    fn from(name: MarketName) -> Self {
        match name {
            MarketName::Spot => Self::Spot,
            MarketName::Perp => Self::Perp,
        }
    }
}

/// A policy, as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum PolicyArg {
    /// The confluence score, with risk, calibration and exits.
    Confluence,
    /// The reference rule of two averages and a stop.
    EmaCross,
    /// Yardstick: long or flat by past returns, sized by volatility.
    Trend,
    /// Yardstick: as many entries as confluence, at random moments.
    Null,
}

impl From<PolicyArg> for PolicyName {
    fn from(policy: PolicyArg) -> Self {
        match policy {
            PolicyArg::Confluence => Self::Confluence,
            PolicyArg::EmaCross => Self::EmaCross,
            PolicyArg::Trend => Self::Trend,
            PolicyArg::Null => Self::Null,
        }
    }
}
