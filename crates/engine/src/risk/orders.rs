//! What the order itself must satisfy: tick, collar, band, counts, self-trade, smallest, largest.

use types::decision::Protective;
use types::market::Direction;
use types::num::{Price, Qty};

use super::facts::Facts;
use super::finding::{Finding, at_most, counts, money, numbers, prices};
use crate::border;

/// Every price of the order that is given as a price lies on a tick.
pub(super) fn tick(facts: &Facts<'_>, _: Qty) -> Finding {
    let intent = facts.intent;
    let at = |leg: Option<Protective>| match leg {
        Some(Protective::At(price)) => Some(price),
        Some(Protective::Distance(_)) | None => None,
    };
    let given = [Some(intent.worst), at(intent.stop), at(intent.target)];
    let off =
        given.into_iter().flatten().find(|price| price.floor_to(intent.instrument.tick) != *price);
    let seen = off.unwrap_or(intent.worst);
    Finding::Gate(off.is_none(), prices(seen, seen.floor_to(intent.instrument.tick)))
}

/// The price at which the order can trade on arrival is not far beyond the mark. Triggers and
/// resting targets are exempt.
pub(super) fn collar(facts: &Facts<'_>, _: Qty) -> Finding {
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    let worst = facts.intent.worst;
    let beyond = match facts.intent.direction {
        Direction::Long => worst - known.mark,
        Direction::Short => known.mark - worst,
    };
    let limit = facts.config.orders.collar.get();
    let inside = beyond <= known.mark.scaled_down(limit);
    let seen = border::price(beyond) / border::price(known.mark);
    Finding::Gate(inside, numbers(seen, border::ratio(limit)))
}

/// The order's price lies in the venue's band around the mark. Triggers of stops and targets are
/// no order prices: PERCENT_PRICE speaks of `price`, PRICE_FILTER of `price`/`stopPrice` (Binance's API
/// documentation, page *Filters*).
pub(super) fn band(facts: &Facts<'_>, _: Qty) -> Finding {
    let (intent, instrument) = (facts.intent, facts.intent.instrument);
    if instrument.price_band_down.is_zero() && instrument.price_band_up.is_zero() {
        return Finding::NotApplicable;
    }
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    let low = known.mark.scaled_up(instrument.price_band_down);
    let high = if instrument.price_band_up.is_zero() {
        Price::MAX
    } else {
        known.mark.scaled_down(instrument.price_band_up)
    };
    if intent.worst < low {
        return Finding::Gate(false, prices(intent.worst, low));
    }
    if intent.worst > high {
        return Finding::Gate(false, prices(intent.worst, high));
    }
    let limit = if intent.direction == Direction::Long { high } else { low };
    Finding::Gate(true, prices(intent.worst, limit))
}

/// The venue takes one more entry with its protective orders.
pub(super) fn order_count(facts: &Facts<'_>, _: Qty) -> Finding {
    let seen = facts.view.orders_open.saturating_add(facts.view.orders_needed);
    let limit = facts.intent.instrument.max_orders;
    Finding::Gate(seen <= limit, counts(seen, limit))
}

/// Not too many orders within one second.
pub(super) fn order_rate(facts: &Facts<'_>, _: Qty) -> Finding {
    let seen = facts.view.orders_last_second.saturating_add(1);
    let limit = facts.config.orders.per_second;
    Finding::Gate(seen <= limit, counts(seen, limit))
}

/// No resting order of ours that this one could meet.
pub(super) fn self_trade(facts: &Facts<'_>, _: Qty) -> Finding {
    let worst = facts.intent.worst;
    let meets = facts.view.opposite.is_some_and(|price| match facts.intent.direction {
        Direction::Long => worst >= price,
        Direction::Short => worst <= price,
    });
    at_most(f64::from(u8::from(meets)), 0.0)
}

/// The order is large enough that its exit stays sellable.
pub(super) fn smallest(facts: &Facts<'_>, qty: Qty) -> Finding {
    let Some(known) = facts.prices else {
        return Finding::Missing;
    };
    let needed = facts.smallest(&known);
    let worst = facts.intent.worst;
    Finding::Needs(needed, money(worst.notional(qty), worst.notional(needed)))
}

/// The venue takes an order of this size.
pub(super) fn largest(facts: &Facts<'_>, qty: Qty) -> Finding {
    let limit = facts.intent.instrument.max_qty;
    Finding::Fits(limit, numbers(border::qty(qty), border::qty(limit)))
}
