//! What trading costs: fees, spread, slippage, latency, a share of the volume.

use serde::{Deserialize, Serialize};
use types::instrument::Instrument;
use types::num::{Price, Ratio};
use types::side::Side;

use super::units;

/// The costs of trading on bars. Every value is a key of `[costs]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CostModel {
    /// Fee of an order that trades on arrival, share of notional; `"off"` (default) takes each
    /// instrument's own. Range 0 to 1 %.
    #[serde(with = "units::ratio_or_off")]
    pub taker_fee: Option<Ratio>,
    /// Fee of an order that rested, share of notional; `"off"` (default) takes each instrument's
    /// own. Range 0 to 1 %.
    #[serde(with = "units::ratio_or_off")]
    pub maker_fee: Option<Ratio>,
    /// Half of the spread, share of price, paid by every order that trades on arrival; default
    /// `"1bps"`. A bar with recorded bid and ask brings its own. Range 0 to 10 %.
    #[serde(with = "units::ratio")]
    pub half_spread: Ratio,
    /// Slippage of every order that trades on arrival, share of price, on top of the half spread;
    /// default `"2bps"`. Range 0 to 10 %.
    #[serde(with = "units::ratio")]
    pub slippage: Ratio,
    /// Time from sending to arrival at the venue; default `"0ms"`. Key `latency`, 0 or more.
    #[serde(rename = "latency", with = "units::nanos")]
    pub latency_nanos: i64,
    /// Largest share of a bar's volume that our fills of that bar may make up; default `"10%"`,
    /// `"off"` for no limit. Bars of unknown volume are filled without limit and counted.
    #[serde(with = "units::ratio_or_off")]
    pub participation: Option<Ratio>,
}

impl Default for CostModel {
    fn default() -> Self {
        Self {
            taker_fee: None,
            maker_fee: None,
            half_spread: Ratio::from_bps(1),
            slippage: Ratio::from_bps(2),
            latency_nanos: 0,
            participation: Some(Ratio::from_bps(1_000)),
        }
    }
}

impl CostModel {
    /// Returns costs of zero and no limit by volume: the reference rule's.
    #[must_use]
    pub fn none() -> Self {
        Self {
            taker_fee: Some(Ratio::ZERO),
            maker_fee: Some(Ratio::ZERO),
            half_spread: Ratio::ZERO,
            slippage: Ratio::ZERO,
            latency_nanos: 0,
            participation: None,
        }
    }

    /// Returns the price of a fill on arrival: the reference price, moved against us by half
    /// spread and slippage, rounded to the tick away from us.
    ///
    /// `half_spread` is that of the bar, in price; `None` takes the configured share.
    #[must_use]
    pub fn taker_price(
        &self,
        tick: Price,
        side: Side,
        reference: Price,
        half_spread: Option<Price>,
    ) -> Price {
        let spread = half_spread.unwrap_or_else(|| reference.scaled_up(self.half_spread));
        let away = spread + reference.scaled_up(self.slippage);
        match side {
            Side::Buy => (reference + away).ceil_to(tick),
            // Nothing trades below one tick.
            Side::Sell => (reference - away).floor_to(tick).max(tick),
        }
    }

    /// Returns the fee of an order that trades on arrival.
    #[must_use]
    pub fn taker_rate(&self, instrument: &Instrument) -> Ratio {
        self.taker_fee.unwrap_or(instrument.taker_fee)
    }

    /// Returns the fee of an order that rested.
    #[must_use]
    pub fn maker_rate(&self, instrument: &Instrument) -> Ratio {
        self.maker_fee.unwrap_or(instrument.maker_fee)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fill_on_arrival_is_rounded_away_from_us() {
        let costs = CostModel::default();
        let tick: Price = "0.01".parse().unwrap();
        let reference = "100.00".parse().unwrap();
        let price = |side, spread| costs.taker_price(tick, side, reference, spread).to_string();
        assert_eq!(price(Side::Buy, None), "100.03");
        assert_eq!(price(Side::Sell, None), "99.97");
        assert_eq!(price(Side::Buy, Some("0.005".parse().unwrap())), "100.03");
        assert_eq!(price(Side::Sell, Some("0.2".parse().unwrap())), "99.78");
    }

    #[test]
    fn configuration_has_units_and_no_unknown_keys() {
        let costs: CostModel =
            toml::from_str("half_spread = \"5bps\"\nlatency = \"250ms\"\nparticipation = \"off\"")
                .unwrap();
        assert_eq!(costs.half_spread, Ratio::from_bps(5));
        assert_eq!((costs.latency_nanos, costs.participation), (250_000_000, None));
        assert_eq!(costs.slippage, Ratio::from_bps(2), "the default stays");
        let text = toml::to_string(&costs).unwrap();
        assert_eq!(toml::from_str::<CostModel>(&text).unwrap(), costs);
        assert!(toml::from_str::<CostModel>("slipage = \"1bps\"").is_err());
        assert!(toml::from_str::<CostModel>("slippage = 1").is_err());
    }
}
