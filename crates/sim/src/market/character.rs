//! [`Character`]: the figures behind each kind of trends.

use super::config::Trends;

const DAY: f64 = 1_440.0;

/// How the price of a symbol goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Character {
    /// Whether its regimes are its own, and not the whole market's.
    pub(super) own_regimes: bool,
    /// Mean length of a regime, minutes.
    pub(super) regime_minutes: f64,
    /// Drift of a trend, in standard deviations of a year.
    pub(super) drift: f64,
    /// Share of the variance that all symbols have in common.
    pub(super) common_share: f64,
    /// Its volatility, in ordinary ones.
    pub(super) volatility: f64,
    /// Whether its quiet and wild times are its own, and not the whole market's.
    pub(super) own_volatility: bool,
    /// Standard deviation of the slow volatility's logarithm.
    pub(super) slow_sd: f64,
}

/// 20 days, so that a year shows about eighteen; 2 x 60 % a year within weeks of trend; coins correlate by 0.5 to 0.8.
const COMMON: Character = Character {
    own_regimes: false,
    regime_minutes: 20.0 * DAY,
    drift: 2.0,
    common_share: 0.6,
    volatility: 1.0,
    own_volatility: false,
    slow_sd: 0.45,
};

/// Ten times as short, and ten times as steep.
const OWN: Character = Character {
    own_regimes: true,
    regime_minutes: 2.0 * DAY,
    drift: 20.0,
    common_share: 0.0,
    ..COMMON
};

/// Of the figures that were tried, those under which the fewest stretches of thirty hours pass without an entry, where
/// twenty symbols are decided on each hour: `tools/seeds.py` shows it.
const LIVELY: Character = Character {
    regime_minutes: 0.5 * DAY,
    drift: 30.0,
    volatility: 0.74,
    own_volatility: true,
    slow_sd: 0.1,
    ..OWN
};

impl Trends {
    /// Returns the figures.
    pub(super) const fn character(self) -> Character {
        match self {
            Self::Common => COMMON,
            Self::Own => OWN,
            Self::Lively => LIVELY,
        }
    }
}
