//! Messages about the account into our words.

use types::fill::Liquidity;
use types::num::{Price, Qty};
use types::venue::{
    Balance, BalanceChange, Execution, FeeCharged, ListReport, OrderReport, Progress, UserEvent,
    VenueFill, VenueListId, VenueOrderId, VenueRejection,
};

use super::order::{check_progress, list_id, reported_kind};
use super::{asset, moment, symbol};
use crate::error::DecodeError;
use crate::venues::binance::wire::{
    AccountPositionMessage, BalanceMessage, EventTag, ExecutionMessage, ListStatusMessage,
    TimedMessage, read,
};
use crate::venues::binance::words;

/// Reads an event about the account.
pub(in super::super) fn user_event(bytes: &[u8]) -> Result<UserEvent, DecodeError> {
    let tag: EventTag<'_> = read("event", bytes)?;
    match tag.e.as_ref() {
        "executionReport" => execution(&read("executionReport", bytes)?),
        "outboundAccountPosition" => balances(&read("outboundAccountPosition", bytes)?),
        "balanceUpdate" => balance_change(&read("balanceUpdate", bytes)?, false),
        "externalLockUpdate" => balance_change(&read("externalLockUpdate", bytes)?, true),
        "listStatus" => list(&read("listStatus", bytes)?),
        "eventStreamTerminated" => {
            let message: TimedMessage = read("eventStreamTerminated", bytes)?;
            Ok(UserEvent::Ended { event_time: moment("event time", message.event_time)? })
        }
        other => Err(words::unknown_event(other)),
    }
}

/// Reads a step of an order's life.
fn execution(message: &ExecutionMessage<'_>) -> Result<UserEvent, DecodeError> {
    let report = report(message)?;
    let execution = match message.x.as_ref() {
        "NEW" => Execution::Accepted,
        "REPLACED" => Execution::Amended,
        "TRADE" => Execution::Fill(fill(message, &report)?),
        "CANCELED" => Execution::Cancelled,
        "REJECTED" => Execution::Rejected(VenueRejection(message.r.chars().take(64).collect())),
        "EXPIRED" => Execution::Expired,
        "TRADE_PREVENTION" => Execution::SelfTradePrevented,
        other => return Err(words::unknown_execution(other)),
    };
    Ok(UserEvent::Order {
        execution,
        report: Box::new(report),
        execution_id: message.execution_id,
        event_time: moment("event time", message.event_time)?,
    })
}

/// Reads the order after the step.
///
/// `c` is the order's own id, except in the report of a cancellation: there it is the id of the
/// cancellation, and `C` is the order's. An amended order has a new id in `c` and its old one in `C`.
fn report(message: &ExecutionMessage<'_>) -> Result<OrderReport, DecodeError> {
    let cancelled = message.x != "REPLACED" && !message.original_id.is_empty();
    let name = if cancelled { &message.original_id } else { &message.c };
    let (qty, filled) = (Qty::from_raw(message.q.0), Qty::from_raw(message.z.0));
    check_progress(qty, filled)?;
    let quote = message.filled_quote.0;
    Ok(OrderReport {
        symbol: symbol(&message.s)?,
        client_order_id: name.clone().into_owned(),
        venue_order_id: VenueOrderId(message.i.to_string()),
        list_id: list_id(message.g),
        side: words::side(&message.side)?,
        kind: reported_kind(&message.o, message.p, Some(message.stop_price))?,
        tif: words::time_in_force(&message.f)?,
        progress: Progress {
            qty,
            filled,
            filled_quote: (!quote.is_negative()).then_some(quote),
            status: words::order_status(&message.status)?,
        },
        updated_at: moment("transaction time", message.transaction_time)?,
        fills: Vec::new(),
    })
}

/// Reads the fill in it.
fn fill(message: &ExecutionMessage<'_>, report: &OrderReport) -> Result<VenueFill, DecodeError> {
    let trade_id = u64::try_from(message.t).map_err(|_| DecodeError::Value {
        field: "trade id",
        why: format!("{} in the report of a fill", message.t),
    })?;
    let (qty, price) = (Qty::from_raw(message.l.0), Price::from_raw(message.last_price.0));
    if !qty.is_positive() || !price.is_positive() {
        let why = format!("{qty} at {price} in the report of a fill");
        return Err(DecodeError::Value { field: "fill", why });
    }
    let fee = match (&message.fee_asset, message.n) {
        (Some(raw), Some(amount)) => Some(FeeCharged { asset: asset(raw)?, amount: amount.0 }),
        (None, None) => None,
        (None, Some(amount)) if amount.0.is_zero() => None,
        (None, Some(_)) | (Some(_), None) => {
            let why = "an amount without its asset, or the other way round".to_owned();
            return Err(DecodeError::Value { field: "commission", why });
        }
    };
    Ok(VenueFill {
        symbol: report.symbol.clone(),
        trade_id,
        venue_order_id: report.venue_order_id.clone(),
        side: report.side,
        qty,
        price,
        fee,
        liquidity: Some(if message.m { Liquidity::Maker } else { Liquidity::Taker }),
        at: report.updated_at,
    })
}

/// Reads balances. An asset whose name does not fit here cannot be traded here either, and is left out.
fn balances(message: &AccountPositionMessage<'_>) -> Result<UserEvent, DecodeError> {
    let balances = message.balances.iter().filter_map(|balance| {
        Some((asset(&balance.a).ok()?, Balance { free: balance.f.0, locked: balance.l.0 }))
    });
    Ok(UserEvent::Balances {
        balances: balances.collect(),
        event_time: moment("event time", message.event_time)?,
    })
}

/// Reads a change from outside.
fn balance_change(message: &BalanceMessage<'_>, is_lock: bool) -> Result<UserEvent, DecodeError> {
    Ok(UserEvent::BalanceChange {
        change: BalanceChange {
            asset: asset(&message.a)?,
            delta: message.d.0,
            is_lock,
            at: moment("time", message.time)?,
        },
        event_time: moment("event time", message.event_time)?,
    })
}

/// Reads a step of a list's life.
fn list(message: &ListStatusMessage<'_>) -> Result<UserEvent, DecodeError> {
    let orders = message
        .orders
        .iter()
        .map(|order| (order.c.clone().into_owned(), VenueOrderId(order.i.to_string())))
        .collect();
    Ok(UserEvent::List {
        report: ListReport {
            symbol: symbol(&message.s)?,
            list_id: VenueListId(message.g.to_string()),
            client_list_id: message.client_id.clone().into_owned(),
            status: words::list_status(&message.order_status)?,
            orders,
            reports: Vec::new(),
            updated_at: moment("transaction time", message.time)?,
        },
        event_time: moment("event time", message.event_time)?,
    })
}
