//! Notional of one symbol and of all, and the cash that pays for it.

use types::instrument::{FeeAsset, Market};
use types::num::{Money, ONE_E8, Qty};

use super::facts::Facts;
use super::finding::{Finding, money};

/// Fees round up at 1e-8 for each fill: what 100 fills can add, in quote.
const ROUNDING: Money = Money::from_raw(100 * ONE_E8 as i128);

/// The notional of the symbol, held and working, is a bounded share of equity.
pub(super) fn symbol(facts: &Facts<'_>, qty: Qty) -> Finding {
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    let share = facts.config.symbol(facts.view.market);
    let fits = facts.room(share, facts.ahead(), &known);
    let seen = facts.ahead() + known.value.notional(qty);
    Finding::Fits(fits, money(seen, facts.equity.scaled_down(share)))
}

/// The notional of all symbols is a bounded share of equity.
pub(super) fn gross(facts: &Facts<'_>, qty: Qty) -> Finding {
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    let share = facts.config.gross(facts.view.market);
    let limit = facts.equity.scaled_down(share);
    let fits = if facts.others + facts.own.gross() > limit {
        Qty::ZERO
    } else {
        facts.room(share, facts.others + facts.ahead(), &known)
    };
    let seen = facts.others + facts.ahead() + known.value.notional(qty);
    Finding::Fits(fits, money(seen, limit))
}

/// Spot: cash that is there and not promised to other orders pays for it, fees included.
pub(super) fn cash(facts: &Facts<'_>, qty: Qty) -> Finding {
    match facts.view.market {
        Market::Spot => {}
        Market::Perp => return Finding::NotApplicable,
    }
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    let unit = match facts.intent.instrument.fee_asset {
        FeeAsset::Quote => known.paid,
        // The fee is taken off the base received.
        FeeAsset::Received => facts.intent.worst,
    };
    let free = facts.view.cash - facts.reserved - ROUNDING;
    Finding::Fits(free.qty_at(unit), money(unit.notional(qty), free))
}
