//! Cancelling an order, a list, everything on a symbol.

use serde_json::value::RawValue;
use sim::exchange::book::{Cancel, Cancelled, ListId, ListRef, OrderRef};
use types::ids::SymbolId;

use super::super::context::text;
use super::super::json::{self, CancelJson, Shown};
use super::super::{ApiError, Context};
use super::{reading, rejected};

/// `DELETE /api/v3/order`.
pub(in super::super) fn cancel(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let cancel = Cancel {
        symbol,
        order: reading::order_ref(context.params, "orderId", "origClientOrderId")?,
        client_id: reading::client_id(context.params, "newClientOrderId")?,
        only: reading::cancel_only(context.params)?,
    };
    context.params.done()?;
    let (account, now) = (context.account(), context.core.now());
    let done = context.core.step(now, |engine, at| engine.cancel(account, cancel, at));
    let done = done.map_err(|rejection| rejected::cancel(&rejection))?;
    Ok(answer(context, symbol, &done))
}

/// `DELETE /api/v3/openOrders`.
pub(in super::super) fn cancel_all(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    context.params.done()?;
    let (account, now) = (context.account(), context.core.now());
    let done = context.core.step(now, |engine, at| engine.cancel_all(account, symbol, at));
    let done = done.map_err(|rejection| rejected::cancel(&rejection))?;
    let answers = done.iter().map(|one| raw(answer(context, symbol, one)));
    Ok(text(&answers.collect::<Vec<_>>()))
}

/// `DELETE /api/v3/orderList`.
pub(in super::super) fn cancel_list(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let list = list_ref(context)?;
    let client_id = reading::client_id(context.params, "newClientOrderId")?;
    context.params.done()?;
    let (account, now) = (context.account(), context.core.now());
    let done = context
        .core
        .step(now, |engine, at| engine.cancel_list(account, symbol, list, client_id, at));
    let done = done.map_err(|rejection| rejected::cancel(&rejection))?;
    Ok(answer(context, symbol, &done))
}

/// Reads which list is to be cancelled. Where both are sent, the list is found by its number and its name is checked.
fn list_ref(context: &Context<'_>) -> Result<ListRef, ApiError> {
    let id = context.params.whole("orderListId")?.map(|id| ListId(id.unsigned_abs()));
    match (id, reading::client_id(context.params, "listClientOrderId")?) {
        (None, None) => Err(ApiError::either("listClientOrderId", "orderListId")),
        (None, Some(name)) => Ok(ListRef::ClientId(name)),
        (Some(id), None) => Ok(ListRef::Id(id)),
        (Some(id), Some(name)) => {
            let list = context.engine().list(context.account(), ListRef::Id(id));
            match list {
                Some(list) if list.client_id == name => Ok(ListRef::Id(id)),
                Some(_) | None => Err(ApiError::cancel_rejected("Unknown order sent.")),
            }
        }
    }
}

/// Returns the answer to a cancellation: the order, or the whole list where it was part of one.
pub(super) fn answer(context: &Context<'_>, symbol: SymbolId, done: &Cancelled) -> String {
    let shown = Shown { engine: context.engine(), unit: context.unit };
    let account = context.account();
    let report = |id| -> CancelJson {
        let order = shown.engine.order(account, symbol, OrderRef::Id(id));
        let order = order.expect("an order that was just cancelled is there");
        shown.cancelled(order, done.client_id.as_str())
    };
    let list = done.list.and_then(|id| shown.engine.list(account, ListRef::Id(id)));
    match list {
        None => text(&report(done.order)),
        Some(list) => {
            let reports = done.orders.iter().map(|id| report(*id)).collect();
            text(&json::list(shown, list, Some(reports)))
        }
    }
}

/// Returns a text that is JSON as a part of a larger one.
pub(super) fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).expect("an answer is JSON")
}
