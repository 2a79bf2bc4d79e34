//! Forecast volatility of the portfolio, this order included.

use types::ids::SymbolId;
use types::market::Direction;
use types::num::{Money, Qty};

use super::Exposure;
use super::facts::Facts;
use super::finding::{Finding, numbers};
use crate::border;
use crate::covariance::{Covariance, Marginal, Weight};

/// The size is cut until the forecast is within its limit. Where the other positions alone are past
/// it, nothing fits: an order that hedges them when whole does not when it is filled in part.
pub(super) fn volatility(facts: &Facts<'_>, qty: Qty) -> Finding {
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    // Shares are of the equity that is left once this order is filled at its worst.
    let equity = border::money(facts.equity - known.cost.notional(qty));
    let (view, symbol, sign) = (facts.view, facts.intent.symbol, facts.intent.direction.sign());
    let marginal = (equity > 0.0)
        .then(|| of_others(view.covariance, view.exposures, symbol, equity, sign))
        .flatten();
    let Some(marginal) = marginal else {
        return Finding::Missing;
    };
    let limit = facts.config.volatility.max.to_f64();
    let ahead = border::money(facts.ahead()) / equity;
    let unit = border::price(known.value) / equity;
    let seen = marginal.volatility(ahead + unit * border::qty(qty));
    let fits = if seen <= limit && marginal.rest <= limit * limit {
        qty
    } else {
        let most = marginal.weight_at(limit).map_or(0.0, |weight| (weight - ahead) / unit);
        // A part in 10^12 stays free for the rounding of the numbers themselves.
        border::qty_down(most * (1.0 - 1e-12))
            .map_or(Qty::ZERO, |most| most.min(qty).max(Qty::ZERO))
    };
    Finding::Fits(fits, numbers(seen, limit))
}

/// What one symbol adds to the forecast volatility of a portfolio, per year, as shares of equity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarginalRisk {
    /// Forecast with the symbol.
    pub volatility: f64,
    /// Forecast of the other symbols alone.
    pub others: f64,
    /// The part of `volatility` that comes from the symbol (Euler: the parts add up); negative
    /// where it hedges the others.
    pub contribution: f64,
}

/// Returns what a signed notional of one symbol adds to the forecast of all other exposures;
/// `None` without equity, or if a volatility is not to be had.
#[must_use]
pub fn marginal_risk(
    covariance: &Covariance,
    equity: Money,
    exposures: &[Exposure],
    symbol: SymbolId,
    notional: Money,
) -> Option<MarginalRisk> {
    let equity = border::money(equity);
    if equity <= 0.0 {
        return None;
    }
    let direction = if notional < Money::ZERO { Direction::Short } else { Direction::Long };
    let marginal = of_others(covariance, exposures, symbol, equity, direction.sign())?;
    let weight = border::money(notional.abs()) / equity;
    Some(MarginalRisk {
        volatility: marginal.volatility(weight),
        others: marginal.volatility(0.0),
        contribution: marginal.contribution(weight),
    })
}

fn of_others(
    covariance: &Covariance,
    exposures: &[Exposure],
    symbol: SymbolId,
    equity: f64,
    sign: f64,
) -> Option<Marginal> {
    let part = 1.0 / equity;
    let mut others = Vec::with_capacity(exposures.len());
    let open = |exposure: &&Exposure| exposure.symbol != symbol && exposure.is_open();
    others.extend(exposures.iter().filter(open).map(|exposure| weight(exposure, part)));
    covariance.marginal(&others, symbol, sign)
}

/// The exposure as shares of equity; `part` is 1 / equity.
fn weight(exposure: &Exposure, part: f64) -> Weight {
    let low = border::money(exposure.low) * part;
    let high =
        if exposure.low == exposure.high { low } else { border::money(exposure.high) * part };
    Weight { symbol: exposure.symbol, low, high }
}
