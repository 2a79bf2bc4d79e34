//! The sum of all losses at all stops.

use types::num::{Money, Qty};

use super::facts::Facts;
use super::finding::{Finding, money};

/// Open risk, this order's included, is within its share of equity and within what is left of the
/// loss budget.
pub(super) fn open_risk(facts: &Facts<'_>, qty: Qty) -> Finding {
    let (Some(known), Some(loss)) = (facts.prices, facts.view.loss) else {
        return Finding::Missing;
    };
    let share = facts.equity.max(Money::ZERO).scaled_down(facts.config.open_risk.get());
    // Working entries cost equity, and so budget, by being filled.
    let left = loss.left() - (facts.view.equity - facts.equity);
    let limit = share.min(left);
    let fits = (limit - facts.risk).qty_at(known.risk);
    Finding::Fits(fits, money(facts.risk + known.risk.notional(qty), limit))
}
