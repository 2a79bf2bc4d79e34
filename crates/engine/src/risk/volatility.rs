//! Forecast volatility of the portfolio, this order included.

use types::ids::SymbolId;
use types::market::Direction;
use types::num::{Money, Qty};

use super::facts::Facts;
use super::finding::{Finding, numbers};
use super::{Exposure, RiskView};
use crate::border;
use crate::covariance::{Marginal, Weight};

/// The size is cut until the forecast is within its limit. Where the other positions alone are past
/// it, nothing fits: an order that hedges them when whole does not when it is filled in part.
pub(super) fn volatility(facts: &Facts<'_>, qty: Qty) -> Finding {
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    // Shares are of the equity that is left once this order is filled at its worst.
    let equity = border::money(facts.equity - known.cost.notional(qty));
    let sign = facts.intent.direction.sign();
    let marginal =
        (equity > 0.0).then(|| of_others(facts.view, facts.intent.symbol, equity, sign)).flatten();
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

/// What one symbol adds to the forecast volatility of a portfolio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarginalRisk {
    /// Forecast volatility per year as a share of equity.
    pub volatility: f64,
    /// The part of it that comes from the symbol (Euler: the parts add up).
    pub contribution: f64,
}

/// Returns what an exposure adds to the forecast; `None` if a volatility is not to be had.
#[must_use]
pub fn marginal_risk(
    view: &RiskView<'_>,
    symbol: SymbolId,
    direction: Direction,
    notional: Money,
) -> Option<MarginalRisk> {
    let equity = border::money(view.equity);
    if equity <= 0.0 {
        return None;
    }
    let marginal = of_others(view, symbol, equity, direction.sign())?;
    let weight = border::money(notional) / equity;
    Some(MarginalRisk {
        volatility: marginal.volatility(weight),
        contribution: marginal.contribution(weight),
    })
}

fn of_others(view: &RiskView<'_>, symbol: SymbolId, equity: f64, sign: f64) -> Option<Marginal> {
    let part = 1.0 / equity;
    let mut others = Vec::with_capacity(view.exposures.len());
    let open = |exposure: &&Exposure| exposure.symbol != symbol && exposure.is_open();
    others.extend(view.exposures.iter().filter(open).map(|exposure| weight(exposure, part)));
    view.covariance.marginal(&others, symbol, sign)
}

/// The exposure as shares of equity; `part` is 1 / equity.
fn weight(exposure: &Exposure, part: f64) -> Weight {
    let low = border::money(exposure.low) * part;
    let high =
        if exposure.low == exposure.high { low } else { border::money(exposure.high) * part };
    Weight { symbol: exposure.symbol, low, high }
}
