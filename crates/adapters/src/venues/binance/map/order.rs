//! Orders and lists as the REST interface answers them.

use serde_json::value::RawValue;
use types::fill::Liquidity;
use types::num::{Price, Qty};
use types::order::OrderKind;
use types::venue::{
    FeeCharged, ListReport, OrderReport, Progress, ReportedKind, VenueFill, VenueListId,
    VenueOrderId,
};

use super::{asset, moment, rejection, symbol};
use crate::error::DecodeError;
use crate::outcome::UnknownOutcome;
use crate::venue::{Half, Replaced};
use crate::venues::binance::wire::{
    CancelReplaceAnswer, E8, ErrorAnswer, ListAnswer, OrderAnswer, read,
};
use crate::venues::binance::words;

/// Returns the kind of an order from its type and prices.
pub(super) fn reported_kind(
    r#type: &str,
    price: E8,
    stop_price: Option<E8>,
) -> Result<ReportedKind, DecodeError> {
    let price = Price::from_raw(price.0);
    let trigger = Price::from_raw(stop_price.map_or(0, |stop| stop.0));
    Ok(ReportedKind::Ours(match r#type {
        "MARKET" => OrderKind::Market,
        "LIMIT" => OrderKind::Limit { price },
        "STOP_LOSS" => OrderKind::StopMarket { trigger },
        "STOP_LOSS_LIMIT" => OrderKind::StopLimit { trigger, price },
        "TAKE_PROFIT" => OrderKind::TakeProfit { trigger },
        "LIMIT_MAKER" => OrderKind::LimitMaker { price },
        "TAKE_PROFIT_LIMIT" => return Ok(ReportedKind::TakeProfitLimit { trigger, price }),
        other => return Err(words::unknown_type(other)),
    }))
}

/// Returns the id of the list an order is in; the venue says -1 for none.
pub(super) fn list_id(raw: i64) -> Option<VenueListId> {
    (raw >= 0).then(|| VenueListId(raw.to_string()))
}

/// Checks that an order has traded no more than it may, and nothing below zero.
pub(super) fn check_progress(qty: Qty, filled: Qty) -> Result<(), DecodeError> {
    if filled < Qty::ZERO || qty < Qty::ZERO {
        let why = format!("{filled} of {qty} filled");
        return Err(DecodeError::Value { field: "executed quantity", why });
    }
    Ok(())
}

/// Reads an order.
pub(in super::super) fn order_report(answer: &OrderAnswer<'_>) -> Result<OrderReport, DecodeError> {
    let venue_order_id = VenueOrderId(answer.order_id.to_string());
    let traded = symbol(&answer.symbol)?;
    let side = words::side(&answer.side)?;
    let updated_at = answer.transact_time.or(answer.update_time).ok_or_else(|| {
        let why = "neither transactTime nor updateTime is there".to_owned();
        DecodeError::Value { field: "order time", why }
    })?;
    let updated_at = moment("order time", updated_at)?;
    let fills = answer.fills.iter().map(|fill| {
        Ok(VenueFill {
            symbol: traded.clone(),
            trade_id: fill.trade_id,
            venue_order_id: venue_order_id.clone(),
            side,
            qty: Qty::from_raw(fill.qty.0),
            price: Price::from_raw(fill.price.0),
            fee: Some(FeeCharged {
                asset: asset(&fill.commission_asset)?,
                amount: fill.commission.0,
            }),
            // What has traded when the answer is written traded on arrival.
            liquidity: Some(Liquidity::Taker),
            at: updated_at,
        })
    });
    let fills = fills.collect::<Result<Vec<_>, DecodeError>>()?;
    let (qty, filled) = (Qty::from_raw(answer.orig_qty.0), Qty::from_raw(answer.executed_qty.0));
    check_progress(qty, filled)?;
    let quote = answer.cummulative_quote_qty.0;
    let name = answer.orig_client_order_id.as_ref().unwrap_or(&answer.client_order_id);
    Ok(OrderReport {
        symbol: traded,
        client_order_id: name.clone().into_owned(),
        venue_order_id,
        list_id: list_id(answer.order_list_id),
        side,
        kind: reported_kind(&answer.r#type, answer.price, answer.stop_price)?,
        tif: words::time_in_force(&answer.time_in_force)?,
        progress: Progress {
            qty,
            filled,
            filled_quote: (!quote.is_negative()).then_some(quote),
            status: words::order_status(&answer.status)?,
        },
        updated_at,
        fills,
    })
}

/// Reads a list.
pub(in super::super) fn list_report(answer: &ListAnswer<'_>) -> Result<ListReport, DecodeError> {
    let named = answer
        .orders
        .iter()
        .map(|order| {
            (order.client_order_id.clone().into_owned(), VenueOrderId(order.order_id.to_string()))
        })
        .collect();
    Ok(ListReport {
        symbol: symbol(&answer.symbol)?,
        list_id: VenueListId(answer.order_list_id.to_string()),
        client_list_id: answer.list_client_order_id.clone().into_owned(),
        status: words::list_status(&answer.list_order_status)?,
        orders: named,
        reports: answer.order_reports.iter().map(order_report).collect::<Result<_, _>>()?,
        updated_at: moment("list time", answer.transaction_time)?,
    })
}

/// Reads both halves of a cancel-replace.
///
/// A half that failed without a known outcome makes the whole outcome unknown.
pub(in super::super) fn cancel_replace(
    answer: &CancelReplaceAnswer<'_>,
) -> Result<Replaced, UnknownOutcome> {
    Ok(Replaced {
        cancelled: half(&answer.cancel_result, answer.cancel_response)?,
        placed: half(&answer.new_order_result, answer.new_order_response)?,
    })
}

/// Reads one half.
fn half(
    result: &str,
    response: Option<&RawValue>,
) -> Result<Half<Box<OrderReport>>, UnknownOutcome> {
    let bytes = response.map_or("null", RawValue::get).as_bytes();
    match result {
        "SUCCESS" => {
            let order: OrderAnswer<'_> = read("half of a cancel-replace", bytes)?;
            Ok(Half::Done(Box::new(order_report(&order)?)))
        }
        "FAILURE" => {
            let error: ErrorAnswer<'_> = read("half of a cancel-replace", bytes)?;
            if super::reject::is_unsure(error.code) {
                return Err(UnknownOutcome::VenueUnsure {
                    status: 409,
                    code: Some(error.code),
                    message: error.msg.into_owned(),
                });
            }
            Ok(Half::Rejected(rejection(&error)))
        }
        "NOT_ATTEMPTED" => Ok(Half::NotTried),
        other => Err(words::unknown_half(other).into()),
    }
}
