//! `outboundAccountPosition`, `balanceUpdate`, `listStatus` and the ends of a stream, field by field
//! as documented (*User Data Streams for Binance*).

use serde::Serialize;
use sim::exchange::book::{
    AssetId, Balance, ClientId, Contingency, ListChange, ListStatus, OrderList, VenueOrderId,
};
use types::market::TsNanos;
use types::num::Money;

use super::Names;
use crate::venue::api::TimeUnit;
use crate::venue::streams::written::E8;

fn json(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("numbers and texts can always be written")
}

#[derive(Serialize)]
struct Position<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    u: i64,
    #[serde(rename = "B")]
    balances: Vec<Holding<'a>>,
}

#[derive(Serialize)]
struct Holding<'a> {
    a: &'a str,
    f: E8,
    l: E8,
}

/// Writes balances that may have changed.
#[must_use]
pub(super) fn position(
    at: TsNanos,
    balances: &[(AssetId, Balance)],
    names: &Names,
    unit: TimeUnit,
) -> String {
    let holding = |(asset, balance): &(AssetId, Balance)| Holding {
        a: names.asset(*asset),
        f: balance.free.into(),
        l: balance.locked.into(),
    };
    json(&Position {
        e: "outboundAccountPosition",
        event_time: unit.of(at),
        u: unit.of(at),
        balances: balances.iter().map(holding).collect(),
    })
}

#[derive(Serialize)]
struct BalanceUpdate<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    a: &'a str,
    d: E8,
    #[serde(rename = "T")]
    clear_time: i64,
}

/// Writes a deposit or a withdrawal.
#[must_use]
pub(super) fn balance_update(
    at: TsNanos,
    asset: AssetId,
    amount: Money,
    names: &Names,
    unit: TimeUnit,
) -> String {
    json(&BalanceUpdate {
        e: "balanceUpdate",
        event_time: unit.of(at),
        a: names.asset(asset),
        d: amount.into(),
        clear_time: unit.of(at),
    })
}

#[derive(Serialize)]
struct ListStatusMessage<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    event_time: i64,
    s: &'a str,
    g: u64,
    c: &'static str,
    l: &'static str,
    #[serde(rename = "L")]
    order_status: &'static str,
    r: &'static str,
    #[serde(rename = "C")]
    client_id: &'a str,
    #[serde(rename = "T")]
    transaction_time: i64,
    #[serde(rename = "O")]
    orders: Vec<ListOrder<'a>>,
}

#[derive(Serialize)]
struct ListOrder<'a> {
    s: &'a str,
    i: u64,
    c: &'a str,
}

/// Writes a change of an order list.
#[must_use]
pub(super) fn list_status(
    list: &OrderList,
    change: ListChange,
    orders: &[(VenueOrderId, ClientId)],
    names: &Names,
    unit: TimeUnit,
) -> String {
    let symbol = names.symbol(list.symbol);
    let order = |(id, client_id)| ListOrder { s: symbol, i: id, c: client_id };
    json(&ListStatusMessage {
        e: "listStatus",
        event_time: unit.of(list.updated),
        s: symbol,
        g: list.id.0,
        c: match list.contingency {
            Contingency::Oco => "OCO",
            Contingency::Oto => "OTO",
        },
        l: match change {
            ListChange::Started => "EXEC_STARTED",
            ListChange::Updated => "UPDATED",
            ListChange::Done => "ALL_DONE",
        },
        order_status: match list.status {
            ListStatus::Executing => "EXECUTING",
            ListStatus::AllDone => "ALL_DONE",
        },
        r: "NONE",
        client_id: list.client_id.as_str(),
        transaction_time: unit.of(list.updated),
        orders: orders.iter().map(|(id, client_id)| order((id.0, client_id.as_str()))).collect(),
    })
}

/// Writes that a subscription of the WebSocket API is over.
#[must_use]
pub fn terminated(at: TsNanos, unit: TimeUnit) -> String {
    format!(r#"{{"e":"eventStreamTerminated","E":{}}}"#, unit.of(at))
}
