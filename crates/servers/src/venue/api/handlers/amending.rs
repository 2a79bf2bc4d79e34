//! Lowering the quantity of an order, which keeps its place in the queue.

use serde::Serialize;
use sim::exchange::book::{
    ClientId, Event, Execution, ListRef, Order, OrderRef, Size, VenueOrderId,
};
use types::ids::SymbolId;
use types::num::{Money, Price, Qty};

use super::super::context::text;
use super::super::json::{self, ListJson, Shown};
use super::super::words::spelling;
use super::super::{ApiError, Context};
use super::{reading, rejected};
use crate::venue::core::Amendment;
use crate::venue::text as number;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Amended {
    transact_time: i64,
    execution_id: u64,
    amended_order: AmendedOrder,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_status: Option<ListJson<()>>,
}

/// The fields of this answer alone are called so.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AmendedOrder {
    symbol: String,
    order_id: u64,
    order_list_id: i64,
    orig_client_order_id: String,
    client_order_id: String,
    price: String,
    qty: String,
    executed_qty: String,
    prevented_qty: String,
    quote_order_qty: String,
    cumulative_quote_qty: String,
    status: &'static str,
    time_in_force: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    side: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    working_time: Option<i64>,
    self_trade_prevention_mode: &'static str,
}

/// `PUT /api/v3/order/amend/keepPriority`.
pub(in super::super) fn amend(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let which = reading::order_ref(context.params, "orderId", "origClientOrderId")?;
    let name = reading::client_id(context.params, "newClientOrderId")?;
    let qty = reading::quantity(context.params, "newQty")?;
    context.params.done()?;
    let (account, now) = (context.account(), context.core.now());
    let before = context.engine().order(account, symbol, which).map(|order| order.qty);
    let done =
        context.core.step(now, |engine, at| engine.amend(account, symbol, which, qty, name, at));
    let id = done.map_err(|rejection| rejected::amend(&rejection))?;
    take_note(context, symbol, id, before.unwrap_or(qty));
    let shown = Shown { engine: context.engine(), unit: context.unit };
    let order = shown.engine.order(account, symbol, OrderRef::Id(id));
    let order = order.expect("an order that was just amended is there");
    let (execution_id, previous) = replaced(context.core.said(), order);
    let list = order.list.and_then(|list| shown.engine.list(account, ListRef::Id(list)));
    Ok(text(&Amended {
        transact_time: context.unit.of(order.updated),
        execution_id,
        amended_order: amended(context, order, previous),
        list_status: list.map(|list| json::list(shown, list, None)),
    }))
}

/// Keeps what was amended for whoever asks for it later.
fn take_note(context: &mut Context<'_>, symbol: SymbolId, id: VenueOrderId, before: Qty) {
    let order = context.engine().order(context.account(), symbol, OrderRef::Id(id));
    let order = *order.expect("an order that was just amended is there");
    let (execution_id, previous_name) = replaced(context.core.said(), &order);
    let (name, qty, at) = (order.client_id, order.qty, order.updated);
    let amendment = Amendment { execution_id, previous_name, name, previous_qty: before, qty, at };
    context.core.amended(symbol, id, amendment);
}

/// `GET /api/v3/order/amendments`.
pub(in super::super) fn amendments(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let id = context.params.whole("orderId")?.ok_or_else(|| ApiError::mandatory("orderId"))?;
    let from = context.params.whole("fromExecutionId")?.map_or(0, i64::unsigned_abs);
    let limit = context.params.limit(500, 1_000)?;
    context.params.done()?;
    let id = VenueOrderId(id.unsigned_abs());
    if context.engine().order(context.account(), symbol, OrderRef::Id(id)).is_none() {
        return Err(ApiError::no_such_order());
    }
    let rows = context.core.amendments(symbol, id).iter();
    let rows = rows.filter(|row| row.execution_id >= from).take(limit).map(|row| Row {
        symbol: context.name(symbol).to_owned(),
        order_id: id.0,
        execution_id: row.execution_id,
        orig_client_order_id: row.previous_name.to_string(),
        new_client_order_id: row.name.to_string(),
        orig_qty: number::qty(row.previous_qty),
        new_qty: number::qty(row.qty),
        time: context.unit.of(row.at),
    });
    Ok(text(&rows.collect::<Vec<_>>()))
}

/// One amendment.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    symbol: String,
    order_id: u64,
    execution_id: u64,
    orig_client_order_id: String,
    new_client_order_id: String,
    orig_qty: String,
    new_qty: String,
    time: i64,
}

fn replaced(said: &[Event], order: &Order) -> (u64, ClientId) {
    said.iter()
        .find_map(|event| match event {
            Event::Order(event) if event.order.id == order.id => match event.execution {
                Execution::Replaced { previous } => Some((event.execution_id, previous)),
                Execution::New
                | Execution::Triggered
                | Execution::Trade { .. }
                | Execution::Cancelled { .. }
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
        })
        .expect("an amendment says what it replaced")
}

fn amended(context: &Context<'_>, order: &Order, previous: ClientId) -> AmendedOrder {
    let quote = match order.size {
        Size::Quote(amount) => amount,
        Size::Base(_) => Money::ZERO,
    };
    AmendedOrder {
        symbol: context.name(order.symbol).to_owned(),
        order_id: order.id.0,
        order_list_id: order.list.map_or(-1, |id| i64::try_from(id.0).unwrap_or(i64::MAX)),
        orig_client_order_id: previous.to_string(),
        client_order_id: order.client_id.to_string(),
        price: number::price(order.kind.price().unwrap_or(Price::ZERO)),
        qty: number::qty(order.qty),
        executed_qty: number::qty(order.filled),
        prevented_qty: number::qty(order.prevented),
        quote_order_qty: number::money(quote),
        cumulative_quote_qty: number::money(order.quote),
        status: order.status.name(),
        time_in_force: spelling(order.kind.tif()),
        kind: order.kind.name(),
        side: spelling(order.side),
        stop_price: order.kind.stop().map(number::price),
        working_time: order.working.map(|at| context.unit.of(at)),
        self_trade_prevention_mode: spelling(order.stp),
    }
}
