//! Placing order lists: OCO in both forms, OTO, OTOCO.

use sim::exchange::book::{
    Event, Execution, ListId, ListRef, ListShape, NewList, NewOrder, Order, OrderList, OrderRef,
    OrderStatus, Pair,
};
use types::ids::SymbolId;

use super::super::context::text;
use super::super::json::{self, PlacedJson, Shown};
use super::super::words::{Response, TypeWord};
use super::super::{ApiError, Context};
use super::legs;
use super::reading::{self, Names};
use super::rejected;

/// `POST /api/v3/orderList/oco`.
pub(in super::super) fn oco(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let side = reading::side(context.params, "side")?;
    let qty = reading::quantity(context.params, "quantity")?;
    let pair = legs::pair(context.params, (Names("above"), Names("below")), side, qty)?;
    place(context, symbol, 2, |with| ListShape::Oco(with.pair(pair)))
}

/// `POST /api/v3/order/oco`.
pub(in super::super) fn old_oco(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let side = reading::side(context.params, "side")?;
    let qty = reading::quantity(context.params, "quantity")?;
    let pair = legs::old_pair(context.params, side, qty)?;
    place(context, symbol, 2, |with| ListShape::Oco(with.pair(pair)))
}

/// `POST /api/v3/orderList/oto`.
pub(in super::super) fn oto(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let working = working(context)?;
    // A market order of a quote amount cannot wait: the parameter does not exist here.
    let pending = reading::order(context.params, Names("pending"))?;
    place(context, symbol, 2, |with| ListShape::Oto {
        working: with.order(working),
        pending: with.order(pending),
    })
}

/// `POST /api/v3/orderList/otoco`.
pub(in super::super) fn otoco(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let working = working(context)?;
    let side = reading::side(context.params, "pendingSide")?;
    let qty = reading::quantity(context.params, "pendingQuantity")?;
    let names = (Names("pendingAbove"), Names("pendingBelow"));
    let pending = legs::pair(context.params, names, side, qty)?;
    place(context, symbol, 3, |with| ListShape::Otoco {
        working: with.order(working),
        pending: with.pair(pending),
    })
}

/// Reads the working order: a limit or limit-maker order.
fn working(context: &Context<'_>) -> Result<NewOrder, ApiError> {
    let name = "workingType";
    let word: Option<TypeWord> = context.params.word(name, ApiError::invalid_order_type)?;
    match word {
        Some(TypeWord::Limit | TypeWord::LimitMaker) => {
            reading::order(context.params, Names("working"))
        }
        Some(
            TypeWord::Market
            | TypeWord::StopLoss
            | TypeWord::StopLossLimit
            | TypeWord::TakeProfit
            | TypeWord::TakeProfitLimit,
        ) => Err(ApiError::invalid_order_type()),
        None => Err(ApiError::mandatory(name)),
    }
}

/// What all orders of a list share.
#[derive(Clone, Copy)]
struct Shared {
    stp: Option<sim::exchange::book::Stp>,
}

impl Shared {
    fn order(self, order: NewOrder) -> NewOrder {
        NewOrder { stp: self.stp, ..order }
    }

    fn pair(self, pair: Pair) -> Pair {
        Pair { above: self.order(pair.above), below: self.order(pair.below) }
    }
}

/// Places the list and answers.
fn place(
    context: &mut Context<'_>,
    symbol: SymbolId,
    orders: u32,
    shape: impl FnOnce(Shared) -> ListShape,
) -> Result<String, ApiError> {
    let client_id = reading::client_id(context.params, "listClientOrderId")?;
    let stp = reading::prevention(context.params)?;
    let response = reading::response(context.params)?.unwrap_or(Response::Result);
    context.params.done()?;
    let list = NewList { client_id, shape: shape(Shared { stp }) };
    let account = context.account();
    let id = context
        .core
        .place(account, orders, |engine, at| engine.place_list(account, symbol, list, at))?
        .map_err(|rejection| rejected::order(&rejection))?;
    Ok(answer(context, id, response))
}

fn answer(context: &Context<'_>, id: ListId, response: Response) -> String {
    let shown = Shown { engine: context.engine(), unit: context.unit };
    let list = shown.engine.list(context.account(), ListRef::Id(id));
    let list = list.expect("a list that was just placed is there");
    let orders = list.orders.iter().map(|id| at_placement(context, list, *id));
    match response {
        Response::Ack => {
            let reports = orders.map(|order| shown.ack(&order)).collect();
            text(&json::list(shown, list, Some(reports)))
        }
        Response::Result | Response::Full => {
            let report = |order: Order| -> PlacedJson {
                let said = context.core.said();
                let fills = (response == Response::Full).then(|| shown.fills(said, order.id));
                shown.placed(&order, fills)
            };
            text(&json::list(shown, list, Some(orders.map(report).collect())))
        }
    }
}

/// Returns an order of the list as the answer shows it: a pending order still waits there, even where the working order was
/// filled at once (`rest-api.md`, "New Order list - OTO").
fn at_placement(
    context: &Context<'_>,
    list: &OrderList,
    id: sim::exchange::book::VenueOrderId,
) -> Order {
    let waiting = |event: &Event| match event {
        Event::Order(event)
            if event.order.id == id
                && event.execution == Execution::New
                && event.order.status == OrderStatus::PendingNew =>
        {
            Some(event.order)
        }
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
    context.core.said().iter().find_map(waiting).unwrap_or_else(|| {
        let order = context.engine().order(list.account, list.symbol, OrderRef::Id(id));
        *order.expect("an order that was just placed is there")
    })
}
