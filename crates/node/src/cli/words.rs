//! Words of the command line that stand for choices.

use clap::ValueEnum;
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
