//! An order as it is answered: when placed, cancelled, looked up.
//!
//! Source: `rest-api.md`, "New order", "Cancel order", "Query order", "Conditional fields in Order Responses".

use serde::Serialize;
use sim::exchange::book::{Event, Execution, MatchingEngine, Order, Size, VenueOrderId};
use types::market::TsNanos;
use types::num::{Money, Price, Qty};

use super::super::TimeUnit;
use super::super::words::spelling;
use crate::venue::text;

/// How an order is shown: the venue it is on, in which unit of time.
#[derive(Clone, Copy)]
pub(in super::super) struct Shown<'a> {
    pub(in super::super) engine: &'a MatchingEngine,
    pub(in super::super) unit: TimeUnit,
}

/// The shortest answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Ack {
    symbol: String,
    order_id: u64,
    order_list_id: i64,
    client_order_id: String,
    transact_time: i64,
}

/// What placing, cancelling and looking up have in common.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct State {
    price: String,
    orig_qty: String,
    executed_qty: String,
    orig_quote_order_qty: String,
    cummulative_quote_qty: String,
    status: &'static str,
    time_in_force: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    side: &'static str,
}

/// What is there only if it says something.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Labels {
    #[serde(skip_serializing_if = "Option::is_none")]
    strategy_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strategy_type: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prevented_match_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prevented_quantity: Option<String>,
    self_trade_prevention_mode: &'static str,
}

/// A trade of the order that was just placed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Fill {
    price: String,
    qty: String,
    commission: String,
    commission_asset: String,
    trade_id: u64,
}

/// A placed order: RESULT, or FULL with `fills`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct PlacedJson {
    #[serde(flatten)]
    ack: Ack,
    #[serde(flatten)]
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_price: Option<String>,
    working_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fills: Option<Vec<Fill>>,
    #[serde(flatten)]
    labels: Labels,
}

/// A cancelled order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct CancelJson {
    symbol: String,
    orig_client_order_id: String,
    order_id: u64,
    order_list_id: i64,
    client_order_id: String,
    transact_time: i64,
    #[serde(flatten)]
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_price: Option<String>,
    #[serde(flatten)]
    labels: Labels,
}

/// An order that was looked up.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct QueryJson {
    symbol: String,
    order_id: u64,
    order_list_id: i64,
    client_order_id: String,
    #[serde(flatten)]
    state: State,
    stop_price: String,
    iceberg_qty: String,
    time: i64,
    update_time: i64,
    is_working: bool,
    working_time: i64,
    #[serde(flatten)]
    labels: Labels,
}

impl Shown<'_> {
    fn symbol(&self, order: &Order) -> String {
        let rules = self.engine.rules(order.symbol).expect("an order's symbol has rules");
        rules.instrument.symbol.as_str().to_owned()
    }

    fn asset(&self, asset: sim::exchange::book::AssetId) -> String {
        self.engine.asset(asset).as_str().to_owned()
    }

    /// Returns the answer ACK.
    pub(in super::super) fn ack(&self, order: &Order) -> Ack {
        Ack {
            symbol: self.symbol(order),
            order_id: order.id.0,
            order_list_id: list_id(order),
            client_order_id: order.client_id.to_string(),
            transact_time: self.unit.of(order.updated),
        }
    }

    /// Returns the answer RESULT, or FULL with the fills.
    pub(in super::super) fn placed(&self, order: &Order, fills: Option<Vec<Fill>>) -> PlacedJson {
        PlacedJson {
            ack: self.ack(order),
            state: state(order),
            stop_price: order.kind.stop().map(text::price),
            working_time: self.since(order.working),
            fills,
            labels: labels(order),
        }
    }

    /// Returns the answer to a cancellation of that name.
    pub(in super::super) fn cancelled(&self, order: &Order, request: &str) -> CancelJson {
        CancelJson {
            symbol: self.symbol(order),
            orig_client_order_id: order.client_id.to_string(),
            order_id: order.id.0,
            order_list_id: list_id(order),
            client_order_id: request.to_owned(),
            transact_time: self.unit.of(order.updated),
            state: state(order),
            stop_price: order.kind.stop().map(text::price),
            labels: labels(order),
        }
    }

    /// Returns the answer to a look-up.
    pub(in super::super) fn found(&self, order: &Order) -> QueryJson {
        QueryJson {
            symbol: self.symbol(order),
            order_id: order.id.0,
            order_list_id: list_id(order),
            client_order_id: order.client_id.to_string(),
            state: state(order),
            stop_price: text::price(order.kind.stop().unwrap_or(Price::ZERO)),
            iceberg_qty: text::qty(Qty::ZERO),
            time: self.unit.of(order.created),
            update_time: self.unit.of(order.updated),
            is_working: order.working.is_some(),
            working_time: self.since(order.working),
            labels: labels(order),
        }
    }

    /// Returns the fills of an order among what was said.
    pub(in super::super) fn fills(&self, said: &[Event], id: VenueOrderId) -> Vec<Fill> {
        let fill = |event: &Event| match event {
            Event::Order(event) if event.order.id == id => match event.execution {
                Execution::Trade { trade, price, qty, fee, fee_asset, .. } => Some(Fill {
                    price: text::price(price),
                    qty: text::qty(qty),
                    commission: text::money(fee),
                    commission_asset: self.asset(fee_asset),
                    trade_id: trade.0,
                }),
                Execution::New
                | Execution::Triggered
                | Execution::Cancelled { .. }
                | Execution::Replaced { .. }
                | Execution::Expired(_)
                | Execution::Prevented(_) => None,
            },
            Event::Order(_)
            | Event::Rejected(_)
            | Event::List { .. }
            | Event::Trade(_)
            | Event::Level(_)
            | Event::Quote(_)
            | Event::Balances { .. }
            | Event::Flow { .. }
            | Event::Status { .. }
            | Event::Rules { .. } => None,
        };
        said.iter().filter_map(fill).collect()
    }

    fn since(&self, moment: Option<TsNanos>) -> i64 {
        moment.map_or(-1, |at| self.unit.of(at))
    }
}

fn list_id(order: &Order) -> i64 {
    order.list.map_or(-1, |list| i64::try_from(list.0).unwrap_or(i64::MAX))
}

fn state(order: &Order) -> State {
    let quote_asked = match order.size {
        Size::Quote(amount) => amount,
        Size::Base(_) => Money::ZERO,
    };
    State {
        price: text::price(order.kind.price().unwrap_or(Price::ZERO)),
        orig_qty: text::qty(order.qty),
        executed_qty: text::qty(order.filled),
        orig_quote_order_qty: text::money(quote_asked),
        cummulative_quote_qty: text::money(order.quote),
        status: order.status.name(),
        time_in_force: spelling(order.kind.tif()),
        kind: order.kind.name(),
        side: spelling(order.side),
    }
}

fn labels(order: &Order) -> Labels {
    let prevented = order.prevented_match.is_some();
    Labels {
        strategy_id: order.strategy.id,
        strategy_type: order.strategy.kind,
        prevented_match_id: order.prevented_match,
        prevented_quantity: prevented.then(|| text::qty(order.prevented)),
        self_trade_prevention_mode: spelling(order.stp),
    }
}
