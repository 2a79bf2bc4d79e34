//! Exposure of this and all strongly correlated symbols.

use types::num::{Money, Qty};

use super::facts::Facts;
use super::finding::{Finding, money};

/// This order, its own symbol and every symbol whose correlation with it is above the line are
/// together a bounded share of equity. Signs do not offset: a hedge fails when it is needed.
pub(super) fn cluster(facts: &Facts<'_>, qty: Qty) -> Finding {
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    let (view, symbol) = (facts.view, facts.intent.symbol);
    let together = |other| view.covariance.rho(symbol, other) > facts.config.cluster_rho;
    let taken: Money = view
        .exposures
        .iter()
        .filter(|exposure| exposure.symbol != symbol && together(exposure.symbol))
        .map(super::Exposure::gross)
        .sum::<Money>()
        + facts.ahead().max(Money::ZERO);
    let share = facts.config.cluster.get();
    let fits = facts.room(share, taken, &known);
    Finding::Fits(fits, money(taken + known.value.notional(qty), facts.equity.scaled_down(share)))
}
