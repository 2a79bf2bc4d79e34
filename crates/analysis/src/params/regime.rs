//! What counts as bull and bear: [`RegimeParams`].

use serde::{Deserialize, Serialize};

use super::error::{ParamsError, below, shares, within};
use super::period::Period;

/// How the regime is read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegimeParams {
    /// Share of the order of the averages in the trend \[0-1\]. Default 0.7.
    pub share_order: f64,
    /// Share of the distance travelled in the trend \[0-1\]. Default 0.3.
    pub share_distance: f64,
    /// Bars over which the distance is taken. Default 10.
    pub distance_bars: Period,
    /// Distance, in ATR, that counts as 1 before the hyperbolic tangent \[0.1-100\]. Default 3.
    pub distance_atr: f64,
    /// A trend above this is a bull market \[0-1\]. Default 0.3.
    pub bull_above: f64,
    /// A trend below this is a bear market \[-1-0\]. Default -0.3.
    pub bear_below: f64,
    /// Bars among which the volatility is ranked. Default 500.
    pub volatility_bars: Period,
    /// Percentile, 0 to 1, from which volatility is high \[0-1\]. Default 0.7.
    pub volatility_high: f64,
    /// Percentile, 0 to 1, below which volatility is low \[0-1\]. Default 0.3.
    pub volatility_low: f64,
    /// Share of the confidence lost at the highest volatility \[0-1\]. Default 0.2.
    pub volatility_doubt: f64,
}

impl Default for RegimeParams {
    fn default() -> Self {
        Self {
            share_order: 0.7,
            share_distance: 0.3,
            distance_bars: Period::fixed(10),
            distance_atr: 3.0,
            bull_above: 0.3,
            bear_below: -0.3,
            volatility_bars: Period::fixed(500),
            volatility_high: 0.7,
            volatility_low: 0.3,
            volatility_doubt: 0.2,
        }
    }
}

impl RegimeParams {
    pub(super) fn validate(&self) -> Result<(), ParamsError> {
        shares("regime.share_*", &[self.share_order, self.share_distance])?;
        within("regime.distance_atr", self.distance_atr, 0.1, 100.0)?;
        within("regime.bull_above", self.bull_above, 0.0, 1.0)?;
        within("regime.bear_below", self.bear_below, -1.0, 0.0)?;
        within("regime.volatility_high", self.volatility_high, 0.0, 0.999)?;
        within("regime.volatility_low", self.volatility_low, 0.0, 1.0)?;
        let high = self.volatility_high;
        below("regime.volatility_low", self.volatility_low, "regime.volatility_high", high)?;
        within("regime.volatility_doubt", self.volatility_doubt, 0.0, 1.0)
    }
}
