//! `executionReport`: one step in the life of an order, field by field as documented (*User Data
//! Streams for Binance*, "Order Update").

use std::borrow::Cow;

use serde::Serialize;
use sim::exchange::Rejection;
use sim::exchange::book::{
    ClientId, Execution, NewOrder, Order, OrderEvent, PreventedMatch, Rejected, Size, Stp, Tif,
};
use types::num::{Money, Price};
use types::side::Side;

use super::Names;
use crate::venue::api::TimeUnit;
use crate::venue::streams::written::E8;

#[derive(Serialize)]
struct Message<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    s: &'a str,
    c: &'a str,
    #[serde(rename = "S")]
    side: &'static str,
    o: &'static str,
    f: &'static str,
    q: E8,
    p: E8,
    #[serde(rename = "P")]
    stop_price: E8,
    #[serde(rename = "F")]
    iceberg_qty: E8,
    g: i64,
    #[serde(rename = "C")]
    original_client_id: &'a str,
    x: &'static str,
    #[serde(rename = "X")]
    status: &'static str,
    r: Cow<'a, str>,
    i: i64,
    l: E8,
    z: E8,
    #[serde(rename = "L")]
    last_price: E8,
    n: Fee,
    #[serde(rename = "N")]
    fee_asset: Option<&'a str>,
    #[serde(rename = "T")]
    transaction_time: i64,
    t: i64,
    #[serde(rename = "I")]
    execution_id: u64,
    w: bool,
    m: bool,
    #[serde(rename = "M")]
    ignore: bool,
    #[serde(rename = "O")]
    created: i64,
    #[serde(rename = "Z")]
    quote: E8,
    #[serde(rename = "Y")]
    last_quote: E8,
    #[serde(rename = "Q")]
    quote_order_qty: E8,
    #[serde(rename = "W", skip_serializing_if = "Option::is_none")]
    working_time: Option<i64>,
    #[serde(rename = "V")]
    stp: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    j: Option<i64>,
    #[serde(rename = "J", skip_serializing_if = "Option::is_none")]
    strategy_type: Option<i32>,
    #[serde(flatten)]
    prevented: Option<Prevented<'a>>,
    #[serde(rename = "eR", skip_serializing_if = "Option::is_none")]
    expiry_reason: Option<&'static str>,
}

/// "Appears only for orders that expired due to STP."
#[derive(Serialize)]
struct Prevented<'a> {
    v: u64,
    #[serde(rename = "A")]
    qty: E8,
    #[serde(rename = "B")]
    last_qty: E8,
    #[serde(skip_serializing_if = "Option::is_none")]
    u: Option<u32>,
    #[serde(rename = "U")]
    counter_order: u64,
    #[serde(rename = "Cs")]
    counter_symbol: &'a str,
    pl: E8,
    #[serde(rename = "pL")]
    price: E8,
    #[serde(rename = "pY")]
    quote: E8,
}

/// A commission: `"0"` where there is none.
struct Fee(Option<Money>);

impl Serialize for Fee {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            None => serializer.serialize_str("0"),
            Some(fee) => E8::from(fee).serialize(serializer),
        }
    }
}

/// Returns the documented word ("Order Reject Reason"); the documents have none for a filter, whose
/// name stands for itself.
fn reject_reason(rejection: &Rejection) -> Cow<'static, str> {
    let text = rejection.to_string();
    let word = text.split(':').next().unwrap_or_default();
    Cow::Owned(match word {
        "INSUFFICIENT_BALANCE" => "INSUFFICIENT_BALANCES".to_owned(),
        "STOP_PRICE" => "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY".to_owned(),
        "LIMIT_MAKER" => "WOULD_MATCH_IMMEDIATELY".to_owned(),
        "OCO_PRICES" => "OCO_BAD_PRICES".to_owned(),
        other => other.to_owned(),
    })
}

/// What a message says beside the order itself.
#[derive(Default)]
struct Step<'a> {
    word: &'static str,
    client_id: Option<&'a ClientId>,
    original: Option<&'a ClientId>,
    trade: i64,
    last: (E8, E8, E8),
    fee: Option<(Money, &'a str)>,
    maker: bool,
    prevented: Option<Prevented<'a>>,
    expiry_reason: Option<&'static str>,
}

/// Writes what happened to an order.
#[must_use]
pub(super) fn execution(event: &OrderEvent, names: &Names, unit: TimeUnit) -> String {
    let OrderEvent { at, execution_id, order, execution } = event;
    let step = step(execution, order, names);
    let time = unit.of(*at);
    let message = Message {
        e: "executionReport",
        event_time: time,
        s: names.symbol(order.symbol),
        c: step.client_id.unwrap_or(&order.client_id).as_str(),
        side: side(order.side),
        o: order.kind.name(),
        f: tif(order.kind.tif()),
        q: order.qty.into(),
        p: order.kind.price().unwrap_or(Price::ZERO).into(),
        stop_price: order.kind.stop().unwrap_or(Price::ZERO).into(),
        iceberg_qty: E8(0),
        g: order.list.map_or(-1, |list| number(list.0)),
        original_client_id: step.original.map_or("", ClientId::as_str),
        x: step.word,
        status: order.status.name(),
        r: Cow::Borrowed("NONE"),
        i: number(order.id.0),
        l: step.last.1,
        z: order.filled.into(),
        last_price: step.last.0,
        n: Fee(step.fee.map(|(fee, _)| fee)),
        fee_asset: step.fee.map(|(_, asset)| asset),
        transaction_time: time,
        t: step.trade,
        execution_id: *execution_id,
        w: order.is_open() && order.working.is_some(),
        m: step.maker,
        ignore: false,
        created: unit.of(order.created),
        quote: order.quote.into(),
        last_quote: step.last.2,
        quote_order_qty: quote_order_qty(order.size),
        working_time: order.working.map(|at| unit.of(at)),
        stp: stp(order.stp),
        j: order.strategy.id,
        strategy_type: order.strategy.kind,
        prevented: step.prevented,
        expiry_reason: step.expiry_reason,
    };
    serde_json::to_string(&message).expect("numbers and texts can always be written")
}

/// Writes that the new order of a cancel-replace was not taken.
///
/// It never had a number: `i`, and the execution's, are those of nothing.
#[must_use]
pub(super) fn rejection(event: &Rejected, names: &Names, unit: TimeUnit) -> String {
    let Rejected { at, order, symbol, rejection, .. } = event;
    let NewOrder { kind, client_id, .. } = order;
    let time = unit.of(*at);
    let qty = match order.size {
        Size::Base(qty) => qty.into(),
        Size::Quote(_) => E8(0),
    };
    let message = Message {
        e: "executionReport",
        event_time: time,
        s: names.symbol(*symbol),
        c: client_id.as_ref().map_or("", ClientId::as_str),
        side: side(order.side),
        o: kind.name(),
        f: tif(kind.tif()),
        q: qty,
        p: kind.price().unwrap_or(Price::ZERO).into(),
        stop_price: kind.stop().unwrap_or(Price::ZERO).into(),
        iceberg_qty: E8(0),
        g: -1,
        original_client_id: "",
        x: "REJECTED",
        status: "REJECTED",
        r: reject_reason(rejection),
        i: -1,
        l: E8(0),
        z: E8(0),
        last_price: E8(0),
        n: Fee(None),
        fee_asset: None,
        transaction_time: time,
        t: -1,
        execution_id: 0,
        w: false,
        m: false,
        ignore: false,
        created: time,
        quote: E8(0),
        last_quote: E8(0),
        quote_order_qty: quote_order_qty(order.size),
        working_time: None,
        stp: stp(order.stp.unwrap_or(Stp::None)),
        j: order.strategy.id,
        strategy_type: order.strategy.kind,
        prevented: None,
        expiry_reason: None,
    };
    serde_json::to_string(&message).expect("numbers and texts can always be written")
}

fn step<'a>(execution: &'a Execution, order: &'a Order, names: &'a Names) -> Step<'a> {
    let plain = |word| Step { word, trade: -1, ..Step::default() };
    match execution {
        // A stop that was touched is on the book from here on, which is told as NEW once more.
        Execution::New | Execution::Triggered => plain("NEW"),
        Execution::Trade { trade, price, qty, quote, fee, fee_asset, maker } => Step {
            trade: number(trade.0),
            last: ((*price).into(), (*qty).into(), (*quote).into()),
            fee: Some((*fee, names.asset(*fee_asset))),
            maker: *maker,
            ..plain("TRADE")
        },
        Execution::Cancelled { request } => {
            Step { client_id: Some(request), original: Some(&order.client_id), ..plain("CANCELED") }
        }
        Execution::Replaced { previous } => Step { original: Some(previous), ..plain("REPLACED") },
        Execution::Expired(reason) => {
            Step { expiry_reason: Some(reason.name()), ..plain("EXPIRED") }
        }
        Execution::Prevented(prevention) => Step {
            prevented: Some(prevented(prevention, order, names)),
            ..plain("TRADE_PREVENTION")
        },
    }
}

fn prevented<'a>(prevention: &PreventedMatch, order: &Order, names: &'a Names) -> Prevented<'a> {
    let taking = prevention.taker == order.id && prevention.taker_account == order.account;
    let (lost, counter) = if taking {
        (prevention.taker_qty, prevention.maker)
    } else {
        (prevention.maker_qty, prevention.taker)
    };
    let lost = lost.unwrap_or_default();
    Prevented {
        v: prevention.id,
        qty: order.prevented.into(),
        last_qty: lost.into(),
        u: prevention.trade_group,
        counter_order: counter.0,
        counter_symbol: names.symbol(prevention.symbol),
        pl: lost.into(),
        price: prevention.price.into(),
        quote: prevention.price.notional(lost).into(),
    }
}

fn number(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

fn quote_order_qty(size: Size) -> E8 {
    match size {
        Size::Base(_) => E8(0),
        Size::Quote(amount) => amount.into(),
    }
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

const fn tif(tif: Tif) -> &'static str {
    match tif {
        Tif::Gtc => "GTC",
        Tif::Ioc => "IOC",
        Tif::Fok => "FOK",
    }
}

const fn stp(stp: Stp) -> &'static str {
    match stp {
        Stp::None => "NONE",
        Stp::ExpireTaker => "EXPIRE_TAKER",
        Stp::ExpireMaker => "EXPIRE_MAKER",
        Stp::ExpireBoth => "EXPIRE_BOTH",
        Stp::Decrement => "DECREMENT",
        Stp::Transfer => "TRANSFER",
    }
}
