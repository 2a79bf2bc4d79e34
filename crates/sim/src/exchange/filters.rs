//! What the venue refuses before an order reaches the book.
//!
//! Filters after Binance, *Filters* (binance-spot-api-docs, `filters.md`): PRICE_FILTER, LOT_SIZE,
//! NOTIONAL, PERCENT_PRICE_BY_SIDE, MAX_NUM_ORDERS. An order without a price of its own (market,
//! stop, take-profit) is valued for NOTIONAL at its trigger or at the last price; the price band
//! applies to order prices alone, and its average is the last price (`avgPriceMins` 0).

use types::instrument::{Instrument, Market};
use types::num::{Money, Price, Qty};
use types::order::{OrderKind, OrderRequest};
use types::side::Side;

/// Why the venue did not accept an order; the first word is the filter's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Rejection {
    #[error("PRICE_FILTER: price={price}, wanted a multiple of tick={tick} above 0")]
    PriceFilter { price: Price, tick: Price },
    #[error("LOT_SIZE: qty={qty}, wanted {min} to {max} in steps of {lot}")]
    LotSize { qty: Qty, min: Qty, max: Qty, lot: Qty },
    #[error("NOTIONAL: notional={notional}, wanted at least {min}")]
    Notional { notional: Money, min: Money },
    #[error("PERCENT_PRICE_BY_SIDE: price={price}, wanted {low} to {high}")]
    PercentPrice { price: Price, low: Price, high: Price },
    #[error("MAX_NUM_ORDERS: open={open}, max={max}")]
    MaxNumOrders { open: usize, max: u32 },
    #[error("LIMIT_MAKER: price={price} would trade at once, last={last}")]
    WouldTrade { price: Price, last: Price },
    #[error("STOP_PRICE: trigger={trigger} would trigger at once, last={last}")]
    WouldTrigger { trigger: Price, last: Price },
    #[error("INSUFFICIENT_BALANCE: wanted={wanted}, free={free}")]
    Balance { wanted: Money, free: Money },
    #[error("INSUFFICIENT_MARGIN: wanted={wanted}, free={free}")]
    Margin { wanted: Money, free: Money },
    #[error("REDUCE_ONLY: qty={qty} has nothing to reduce, position={position}")]
    ReduceOnly { qty: Qty, position: Qty },
    #[error("DUPLICATE_ORDER: this order was placed before")]
    Duplicate,
    #[error("CANCEL_FAILED: the order to be replaced is not working")]
    CancelFailed,
    #[error("ORDER_LIST: the two orders of a list are on one symbol and one side")]
    List,
}

impl Rejection {
    /// Returns the name, for counting.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::PriceFilter { .. } => "PRICE_FILTER",
            Self::LotSize { .. } => "LOT_SIZE",
            Self::Notional { .. } => "NOTIONAL",
            Self::PercentPrice { .. } => "PERCENT_PRICE_BY_SIDE",
            Self::MaxNumOrders { .. } => "MAX_NUM_ORDERS",
            Self::WouldTrade { .. } => "LIMIT_MAKER",
            Self::WouldTrigger { .. } => "STOP_PRICE",
            Self::Balance { .. } => "INSUFFICIENT_BALANCE",
            Self::Margin { .. } => "INSUFFICIENT_MARGIN",
            Self::ReduceOnly { .. } => "REDUCE_ONLY",
            Self::Duplicate => "DUPLICATE_ORDER",
            Self::CancelFailed => "CANCEL_FAILED",
            Self::List => "ORDER_LIST",
        }
    }
}

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
    check_prices(instrument, request.kind)?;
    check_lot(instrument, request.qty)?;
    check_notional(instrument, request, last)?;
    if let Some(last) = last {
        check_band(instrument, request, last)?;
        check_at_once(request, last)?;
    }
    if open >= usize::try_from(instrument.max_orders).unwrap_or(usize::MAX) {
        return Err(Rejection::MaxNumOrders { open, max: instrument.max_orders });
    }
    Ok(())
}

fn check_prices(instrument: &Instrument, kind: OrderKind) -> Result<(), Rejection> {
    let tick = instrument.tick;
    for price in [limit_of(kind), trigger_of(kind)].into_iter().flatten() {
        if !price.is_positive() || price.floor_to(tick) != price {
            return Err(Rejection::PriceFilter { price, tick });
        }
    }
    Ok(())
}

fn check_lot(instrument: &Instrument, qty: Qty) -> Result<(), Rejection> {
    let (min, max, lot) = (instrument.min_qty, instrument.max_qty, instrument.lot);
    if !qty.is_positive() || qty < min || qty > max || qty.floor_to(lot) != qty {
        return Err(Rejection::LotSize { qty, min, max, lot });
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
    let (notional, min) = (price.notional(request.qty), instrument.min_notional);
    if notional < min { Err(Rejection::Notional { notional, min }) } else { Ok(()) }
}

fn check_band(
    instrument: &Instrument,
    request: &OrderRequest,
    last: Price,
) -> Result<(), Rejection> {
    let Some(price) = limit_of(request.kind) else { return Ok(()) };
    let (down, up) = (instrument.price_band_down, instrument.price_band_up);
    let low = if down.is_zero() { Price::ZERO } else { last.scaled_up(down) };
    let high = if up.is_zero() { Price::MAX } else { last.scaled_down(up) };
    if price < low || price > high {
        return Err(Rejection::PercentPrice { price, low, high });
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
        OrderKind::StopMarket { trigger } | OrderKind::StopLimit { trigger, .. }
            if (if buys { trigger <= last } else { trigger >= last }) =>
        {
            Err(Rejection::WouldTrigger { trigger, last })
        }
        OrderKind::TakeProfit { trigger }
            if (if buys { trigger >= last } else { trigger <= last }) =>
        {
            Err(Rejection::WouldTrigger { trigger, last })
        }
        OrderKind::Market
        | OrderKind::Limit { .. }
        | OrderKind::StopMarket { .. }
        | OrderKind::StopLimit { .. }
        | OrderKind::TakeProfit { .. }
        | OrderKind::LimitMaker { .. } => Ok(()),
    }
}
