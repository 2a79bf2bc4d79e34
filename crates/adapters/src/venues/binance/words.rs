//! The venue's closed lists of words (documentation: *Enums*), and ours for each.

use types::order::TimeInForce;
use types::side::Side;
use types::venue::{ListStatus, ListingStatus, OrderKindName, OrderStatus};

use crate::error::DecodeError;

/// A word that is not documented, with its place and those that are.
fn unknown(field: &'static str, raw: &str, wanted: &'static str) -> DecodeError {
    DecodeError::UnknownWord { field, raw: raw.chars().take(64).collect(), wanted }
}

/// Reads `status` of an order.
pub(super) fn order_status(raw: &str) -> Result<OrderStatus, DecodeError> {
    Ok(match raw {
        "PENDING_NEW" => OrderStatus::Waiting,
        // `PENDING_CANCEL` is documented as unused; an order in it still trades.
        "NEW" | "PENDING_CANCEL" => OrderStatus::Working,
        "PARTIALLY_FILLED" => OrderStatus::PartiallyFilled,
        "FILLED" => OrderStatus::Filled,
        "CANCELED" => OrderStatus::Cancelled,
        "REJECTED" => OrderStatus::Rejected,
        "EXPIRED" => OrderStatus::Expired,
        "EXPIRED_IN_MATCH" => OrderStatus::SelfTradePrevented,
        _ => {
            let wanted = "NEW, PENDING_NEW, PARTIALLY_FILLED, FILLED, CANCELED, PENDING_CANCEL, \
                          REJECTED, EXPIRED, EXPIRED_IN_MATCH";
            return Err(unknown("order status", raw, wanted));
        }
    })
}

/// Reads `side`.
pub(super) fn side(raw: &str) -> Result<Side, DecodeError> {
    match raw {
        "BUY" => Ok(Side::Buy),
        "SELL" => Ok(Side::Sell),
        _ => Err(unknown("side", raw, "BUY, SELL")),
    }
}

/// Returns the venue's word for a side.
pub(super) const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

/// Reads `timeInForce`.
pub(super) fn time_in_force(raw: &str) -> Result<TimeInForce, DecodeError> {
    match raw {
        "GTC" => Ok(TimeInForce::Gtc),
        "IOC" => Ok(TimeInForce::Ioc),
        "FOK" => Ok(TimeInForce::Fok),
        _ => Err(unknown("time in force", raw, "GTC, IOC, FOK")),
    }
}

/// Returns the venue's word for a time in force, `None` for the one it does not have.
pub(super) const fn tif_word(tif: TimeInForce) -> Option<&'static str> {
    match tif {
        TimeInForce::Gtc => Some("GTC"),
        TimeInForce::Ioc => Some("IOC"),
        TimeInForce::Fok => Some("FOK"),
        TimeInForce::Gtd(_) => None,
    }
}

/// Reads `listOrderStatus`.
pub(super) fn list_status(raw: &str) -> Result<ListStatus, DecodeError> {
    match raw {
        "EXECUTING" => Ok(ListStatus::Executing),
        "ALL_DONE" => Ok(ListStatus::Done),
        "REJECT" => Ok(ListStatus::Rejected),
        _ => Err(unknown("list order status", raw, "EXECUTING, ALL_DONE, REJECT")),
    }
}

/// Reads `status` of a symbol.
pub(super) fn listing_status(raw: &str) -> Result<ListingStatus, DecodeError> {
    match raw {
        "TRADING" => Ok(ListingStatus::Trading),
        "HALT" => Ok(ListingStatus::Halted),
        // Older pages name three more phases in which no orders match.
        "BREAK" | "END_OF_DAY" | "PRE_TRADING" | "POST_TRADING" | "AUCTION_MATCH" => {
            Ok(ListingStatus::Closed)
        }
        _ => Err(unknown("symbol status", raw, "TRADING, HALT, BREAK, END_OF_DAY")),
    }
}

/// Reads one of `orderTypes` of a symbol; `None` for kinds that we never place.
pub(super) fn kind_name(raw: &str) -> Option<OrderKindName> {
    super::capabilities::ORDERS.iter().find(|row| row.sent_as == raw).map(|row| row.kind)
}

/// A word of a list of which we only need to know that it is on it.
pub(super) fn unknown_type(raw: &str) -> DecodeError {
    let wanted = "LIMIT, MARKET, STOP_LOSS, STOP_LOSS_LIMIT, TAKE_PROFIT, TAKE_PROFIT_LIMIT, \
                  LIMIT_MAKER";
    unknown("order type", raw, wanted)
}

/// The same for execution types.
pub(super) fn unknown_execution(raw: &str) -> DecodeError {
    let wanted = "NEW, CANCELED, REPLACED, REJECTED, TRADE, EXPIRED, TRADE_PREVENTION";
    unknown("execution type", raw, wanted)
}

/// The same for events about the account.
pub(super) fn unknown_event(raw: &str) -> DecodeError {
    let wanted = "executionReport, outboundAccountPosition, balanceUpdate, listStatus, \
                  externalLockUpdate, eventStreamTerminated";
    unknown("event type", raw, wanted)
}

/// The same for the halves of a cancel-replace.
pub(super) fn unknown_half(raw: &str) -> DecodeError {
    unknown("cancel-replace result", raw, "SUCCESS, FAILURE, NOT_ATTEMPTED")
}

/// Reads a rate limit's type; `None` for one that is not ours.
pub(super) fn limit_kind(raw: &str) -> Option<types::limits::LimitKind> {
    use types::limits::LimitKind;
    match raw {
        "REQUEST_WEIGHT" => Some(LimitKind::Weight),
        "ORDERS" => Some(LimitKind::Orders),
        "RAW_REQUESTS" => Some(LimitKind::RawRequests),
        _ => None,
    }
}

/// Reads a rate limit's interval in nanoseconds.
pub(super) fn interval_nanos(interval: &str, count: u32) -> Result<i64, DecodeError> {
    let seconds: i64 = match interval {
        "SECOND" => 1,
        "MINUTE" => 60,
        "HOUR" => 3_600,
        "DAY" => 86_400,
        _ => return Err(unknown("interval", interval, "SECOND, MINUTE, HOUR, DAY")),
    };
    seconds
        .checked_mul(i64::from(count))
        .and_then(|seconds| seconds.checked_mul(1_000_000_000))
        .ok_or_else(|| DecodeError::Value {
            field: "intervalNum",
            why: format!("{count} is too many"),
        })
}
