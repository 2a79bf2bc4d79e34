//! What the venue rejects before an order reaches the market. The rules that bars and book share
//! stand alone; [`check`] applies them to an order on bars, `book::checks` to one for the book.
//!
//! Filters after Binance, *Filters* (binance-spot-api-docs, `filters.md`): PRICE_FILTER, LOT_SIZE,
//! NOTIONAL, PERCENT_PRICE_BY_SIDE, MAX_NUM_ORDERS. An order without a price of its own (market,
//! stop, take-profit) is valued for NOTIONAL at its trigger or at the last price; the price band
//! applies to order prices alone, and its average is the last price (`avgPriceMins` 0).

use types::instrument::{Instrument, Market};
use types::num::{Money, ONE_E8, Price, Qty, Ratio};
use types::order::{OrderKind, OrderRequest};
use types::side::Side;

use super::rejection::Rejection;

/// Returns the worst price an order takes, if it names one.
pub(super) const fn limit_of(kind: OrderKind) -> Option<Price> {
    match kind {
        OrderKind::Limit { price }
        | OrderKind::StopLimit { price, .. }
        | OrderKind::LimitMaker { price } => Some(price),
        OrderKind::Market | OrderKind::StopMarket { .. } | OrderKind::TakeProfit { .. } => None,
    }
}

/// Returns the price at which an order wakes, if it sleeps.
pub(super) const fn trigger_of(kind: OrderKind) -> Option<Price> {
    match kind {
        OrderKind::StopMarket { trigger }
        | OrderKind::StopLimit { trigger, .. }
        | OrderKind::TakeProfit { trigger } => Some(trigger),
        OrderKind::Market | OrderKind::Limit { .. } | OrderKind::LimitMaker { .. } => None,
    }
}

/// Checks the filters that need no balance. `last` is the price of the moment, `None` before the
/// first bar; `open` the number of orders open on the symbol.
pub(super) fn check(
    instrument: &Instrument,
    request: &OrderRequest,
    last: Option<Price>,
    open: usize,
) -> Result<(), Rejection> {
    for price in [limit_of(request.kind), trigger_of(request.kind)].into_iter().flatten() {
        check_tick(price, instrument.tick)?;
    }
    check_lot(instrument, request.qty)?;
    check_notional(instrument, request, last)?;
    if let Some(last) = last {
        check_band(instrument, request, last)?;
        check_at_once(request, last)?;
    }
    check_max_orders(open, instrument.max_orders)
}

/// PRICE_FILTER: a price is above zero and on the tick.
pub(super) fn check_tick(price: Price, tick: Price) -> Result<(), Rejection> {
    if !price.is_positive() || price.floor_to(tick) != price {
        return Err(Rejection::PriceFilter { price, tick });
    }
    Ok(())
}

/// LOT_SIZE: a quantity is above zero, within the instrument's bounds and on the step.
pub(super) fn check_lot(instrument: &Instrument, qty: Qty) -> Result<(), Rejection> {
    let (min, max, lot) = (instrument.min_qty, instrument.max_qty, instrument.lot);
    if !qty.is_positive() || qty < min || qty > max || qty.floor_to(lot) != qty {
        return Err(Rejection::LotSize { qty, min, max, lot });
    }
    Ok(())
}

/// NOTIONAL: price x quantity is not below the minimum.
pub(super) fn check_min_notional(notional: Money, min: Money) -> Result<(), Rejection> {
    if notional < min { Err(Rejection::Notional { notional, min }) } else { Ok(()) }
}

/// Returns lowest and highest price of a band around a price, rounded inwards; a share of zero
/// leaves its side open.
pub(super) fn band(around: Price, down: Ratio, up: Ratio) -> (Price, Price) {
    let one = i128::from(ONE_E8);
    let scaled = |share: Ratio| i128::from(around.raw()) * i128::from(share.raw());
    let held = |raw: i128| i64::try_from(raw).map_or(Price::MAX, Price::from_raw);
    let low = if down.is_zero() { Price::ZERO } else { held((scaled(down) + one - 1) / one) };
    let high = if up.is_zero() { Price::MAX } else { held(scaled(up) / one) };
    (low, high)
}

/// MAX_NUM_ORDERS: one more order fits.
pub(super) fn check_max_orders(open: usize, max: u32) -> Result<(), Rejection> {
    if is_full(open, max) { Err(Rejection::MaxNumOrders { open, max }) } else { Ok(()) }
}

/// Returns whether a count has reached its maximum.
pub(super) fn is_full(open: usize, max: u32) -> bool {
    open >= usize::try_from(max).unwrap_or(usize::MAX)
}

/// A stop or target that waits for the price to rise, or to fall, is not there yet (Binance error
/// -2010, "Order would trigger immediately.").
pub(super) fn check_trigger(rises: bool, trigger: Price, last: Price) -> Result<(), Rejection> {
    if if rises { trigger <= last } else { trigger >= last } {
        return Err(Rejection::WouldTrigger { trigger, last });
    }
    Ok(())
}

fn check_notional(
    instrument: &Instrument,
    request: &OrderRequest,
    last: Option<Price>,
) -> Result<(), Rejection> {
    // USD-M futures exempt reduce-only orders (error -4164 of its documentation says so).
    if instrument.market == Market::Perp && request.reduce_only {
        return Ok(());
    }
    let Some(price) = limit_of(request.kind).or(trigger_of(request.kind)).or(last) else {
        return Ok(());
    };
    check_min_notional(price.notional(request.qty), instrument.min_notional)
}

fn check_band(
    instrument: &Instrument,
    request: &OrderRequest,
    last: Price,
) -> Result<(), Rejection> {
    let Some(price) = limit_of(request.kind) else { return Ok(()) };
    let (low, high) = band(last, instrument.price_band_down, instrument.price_band_up);
    if price < low || price > high {
        return Err(Rejection::PercentPriceBySide { price, low, high });
    }
    Ok(())
}

/// A maker order that would trade, a stop that would trigger (Binance error -2010).
fn check_at_once(request: &OrderRequest, last: Price) -> Result<(), Rejection> {
    let buys = request.side == Side::Buy;
    match request.kind {
        OrderKind::LimitMaker { price } if (if buys { price > last } else { price < last }) => {
            Err(Rejection::WouldTrade { price, last })
        }
        OrderKind::StopMarket { trigger } | OrderKind::StopLimit { trigger, .. } => {
            check_trigger(buys, trigger, last)
        }
        OrderKind::TakeProfit { trigger } => check_trigger(!buys, trigger, last),
        OrderKind::Market | OrderKind::Limit { .. } | OrderKind::LimitMaker { .. } => Ok(()),
    }
}
