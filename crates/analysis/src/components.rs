//! What one timeframe says, in four signed votes: [`Components`].

use serde::{Deserialize, Serialize};
use types::market::Component;

use crate::indicators::Signed;
use crate::num;
use crate::params::ComponentParams;

/// The components of one timeframe, each within [-1, 1], bullish above 0. `None`: absent, its
/// weight goes to the others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Components {
    /// Order of the averages, MACD, distance travelled.
    pub trend: Option<f64>,
    /// Oscillators.
    pub momentum: Option<f64>,
    /// Volume behind the last move.
    pub volume: Option<f64>,
    /// Chart patterns.
    pub pattern: Option<f64>,
}

/// What the components are made of, beside the indicators.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ComponentInputs {
    /// Close - close `distance_bars` ago, in price.
    pub(crate) distance: f64,
    /// Histogram - histogram `macd_change_bars` ago, in price.
    pub(crate) macd_change: f64,
    /// Close - close of the bar before, in price.
    pub(crate) step: f64,
    /// Volume of the bar and mean of those before it.
    pub(crate) volume: Option<(f64, f64)>,
    /// Sum of the signed, aged confidences of the patterns.
    pub(crate) patterns: f64,
}

impl Components {
    /// Returns one component.
    #[must_use]
    pub const fn get(&self, component: Component) -> Option<f64> {
        match component {
            Component::Trend => self.trend,
            Component::Momentum => self.momentum,
            Component::Volume => self.volume,
            Component::Pattern => self.pattern,
        }
    }

    /// Returns each component present with its weight, the weights adding up to 1 (all 0 when
    /// nothing that is present weighs anything).
    pub fn weighted(
        &self,
        params: &ComponentParams,
    ) -> impl Iterator<Item = (Component, f64, f64)> {
        let present = |component| self.get(component).map(|value| (component, value));
        let all: f64 = Component::ALL
            .into_iter()
            .filter(|component| self.get(*component).is_some())
            .map(|component| weight(component, params))
            .sum();
        Component::ALL.into_iter().filter_map(present).map(move |(component, value)| {
            let share = if all > 0.0 { weight(component, params) / all } else { 0.0 };
            (component, value, share)
        })
    }

    /// Returns the timeframe's own sum, within [-1, 1], rounded to 1e-9: what it says by itself.
    #[must_use]
    pub fn sum(&self, params: &ComponentParams) -> f64 {
        num::round_to_1e9(self.weighted(params).map(|(_, value, weight)| value * weight).sum())
    }
}

const fn weight(component: Component, params: &ComponentParams) -> f64 {
    match component {
        Component::Trend => params.weight_trend,
        Component::Momentum => params.weight_momentum,
        Component::Volume => params.weight_volume,
        Component::Pattern => params.weight_pattern,
    }
}

/// Returns the components, `None` until every indicator they need is warm.
pub(crate) fn components(
    params: &ComponentParams,
    signed: &Signed,
    inputs: &ComponentInputs,
) -> Option<Components> {
    Some(Components {
        trend: Some(trend(params, signed, inputs)?),
        momentum: Some(momentum(signed)?),
        volume: inputs.volume.map(|(volume, mean)| volume_vote(inputs.step, volume, mean)),
        pattern: Some(num::plain(num::tanh(inputs.patterns))),
    })
}

/// Returns the order of the averages, -1 to 1: 1 when each shorter one is an ATR above the longer.
pub(crate) fn ema_order(signed: &Signed) -> Option<f64> {
    let (fast, slow) = (signed.fast_over_middle?, signed.middle_over_slow?);
    Some(signed.unit.map_or(0.0, |unit| (num::clip1(fast / unit) + num::clip1(slow / unit)) / 2.0))
}

fn trend(params: &ComponentParams, signed: &Signed, inputs: &ComponentInputs) -> Option<f64> {
    let order = ema_order(signed)?;
    let hist = signed.macd_hist?;
    let Some(unit) = signed.unit else {
        return Some(0.0);
    };
    let macd_unit = params.macd_atr * unit;
    let trend = params.trend_share_order * order
        + params.trend_share_macd * num::clip1(hist / macd_unit)
        + params.trend_share_macd_change * num::clip1(inputs.macd_change / macd_unit)
        + params.trend_share_distance * num::tanh(inputs.distance / (params.distance_atr * unit));
    Some(num::plain(num::clip1(trend)))
}

/// Returns the mean of the oscillators that are present; without volume there is no money flow.
fn momentum(signed: &Signed) -> Option<f64> {
    let always = num::clip1(signed.rsi?) + num::clip1(signed.stochastic?) + num::clip1(signed.cci?);
    let mean = match signed.mfi {
        Some(mfi) => (always + num::clip1(mfi)) / 4.0,
        None => always / 3.0,
    };
    Some(num::plain(num::clip1(mean)))
}

fn volume_vote(step: f64, volume: f64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    num::plain(num::sign(step) * num::clip1(volume / mean - 1.0))
}
