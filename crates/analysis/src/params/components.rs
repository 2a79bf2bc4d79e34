//! How inputs become components: [`ComponentParams`].

use serde::{Deserialize, Serialize};

use super::error::{ParamsError, shares, weights, within};
use super::period::Period;

/// How the inputs of one timeframe become four signed components, and what each weighs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ComponentParams {
    /// Closed bars needed before a scan counts. Default 200.
    pub warm_up: Period,
    /// An ATR below this share of the price says nothing \[0-0.01\]. Default 1e-9.
    pub atr_floor: f64,

    /// Share of the order of the averages in the trend component \[0-1\]. Default 0.5.
    pub trend_share_order: f64,
    /// Share of the MACD histogram \[0-1\]. Default 0.1.
    pub trend_share_macd: f64,
    /// Share of the histogram's change \[0-1\]. Default 0.1.
    pub trend_share_macd_change: f64,
    /// Share of the distance travelled \[0-1\]. Default 0.3.
    pub trend_share_distance: f64,
    /// Histogram, in ATR, that counts as 1 \[0.001-100\]. Default 0.25.
    pub macd_atr: f64,
    /// Bars over which the histogram's change is taken. Default 3.
    pub macd_change_bars: Period,
    /// Bars over which the distance is taken. Default 20.
    pub distance_bars: Period,
    /// Distance, in ATR, that counts as 1 before the hyperbolic tangent \[0.1-100\]. Default 4.
    pub distance_atr: f64,

    /// CCI that counts as 1 \[1-10000\]. Default 200.
    pub cci_full: f64,
    /// Bars of the mean volume, the newest not among them. Default 20.
    pub volume_bars: Period,

    /// Weight of the trend component \[0-1\]. Default 0.35.
    pub weight_trend: f64,
    /// Weight of the momentum component \[0-1\]. Default 0.25.
    pub weight_momentum: f64,
    /// Weight of the volume component \[0-1\]. Default 0.10.
    pub weight_volume: f64,
    /// Weight of the pattern component \[0-1\]. Default 0.30.
    pub weight_pattern: f64,
}

impl Default for ComponentParams {
    fn default() -> Self {
        Self {
            warm_up: Period::fixed(200),
            atr_floor: 1e-9,
            trend_share_order: 0.5,
            trend_share_macd: 0.1,
            trend_share_macd_change: 0.1,
            trend_share_distance: 0.3,
            macd_atr: 0.25,
            macd_change_bars: Period::fixed(3),
            distance_bars: Period::fixed(20),
            distance_atr: 4.0,
            cci_full: 200.0,
            volume_bars: Period::fixed(20),
            weight_trend: 0.35,
            weight_momentum: 0.25,
            weight_volume: 0.10,
            weight_pattern: 0.30,
        }
    }
}

impl ComponentParams {
    pub(super) fn validate(&self) -> Result<(), ParamsError> {
        within("components.atr_floor", self.atr_floor, 0.0, 0.01)?;
        let trend = [
            self.trend_share_order,
            self.trend_share_macd,
            self.trend_share_macd_change,
            self.trend_share_distance,
        ];
        shares("components.trend_share_*", &trend)?;
        within("components.macd_atr", self.macd_atr, 0.001, 100.0)?;
        within("components.distance_atr", self.distance_atr, 0.1, 100.0)?;
        within("components.cci_full", self.cci_full, 1.0, 10_000.0)?;
        let parts =
            [self.weight_trend, self.weight_momentum, self.weight_volume, self.weight_pattern];
        weights("components.weight_*", &parts)
    }
}
