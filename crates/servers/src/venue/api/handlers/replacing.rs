//! Cancel-replace: two requests in one, either of which may fail.
//!
//! Source: `rest-api.md`, "Cancel an Existing Order and Send a New Order", the table of outcomes.

use serde::Serialize;
use serde_json::value::RawValue;
use sim::exchange::book::{Cancel, Cancelled, NewOrder, ReplaceMode, Replacement};
use types::ids::SymbolId;

use super::super::context::text;
use super::super::words::{PastLimit, Response};
use super::super::{ApiError, Context};
use super::{cancelling, orders, reading, rejected};

/// Both results.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Both {
    cancel_result: &'static str,
    new_order_result: &'static str,
    cancel_response: Box<RawValue>,
    new_order_response: Option<Box<RawValue>>,
}

struct Asked {
    symbol: SymbolId,
    cancel: Cancel,
    order: NewOrder,
    mode: ReplaceMode,
    response: Response,
}

/// `POST /api/v3/order/cancelReplace`.
pub(in super::super) fn cancel_replace(context: &mut Context<'_>) -> Result<String, ApiError> {
    let params = context.params;
    let mode = params
        .word("cancelReplaceMode", || ApiError::invalid_data("cancelReplaceMode"))?
        .ok_or_else(|| ApiError::mandatory("cancelReplaceMode"))?;
    let (symbol, order, response) = orders::read(context)?;
    let cancel = Cancel {
        symbol,
        order: reading::order_ref(params, "cancelOrderId", "cancelOrigClientOrderId")?,
        client_id: reading::client_id(params, "cancelNewClientOrderId")?,
        only: reading::cancel_only(params)?,
    };
    let past_limit: PastLimit = params
        .word("orderRateLimitExceededMode", || {
            ApiError::invalid_data("orderRateLimitExceededMode")
        })?
        .unwrap_or_default();
    params.done()?;
    let asked = Asked { symbol, cancel, order, mode, response };
    let (account, now) = (context.account(), context.core.now());
    match (context.core.orders.check(account, 1, now), past_limit) {
        (Ok(()), _) => replace(context, &asked),
        (Err(error), PastLimit::DoNothing) => Err(error),
        (Err(error), PastLimit::CancelOnly) => Err(cancel_only(context, &asked, &error)),
    }
}

fn replace(context: &mut Context<'_>, asked: &Asked) -> Result<String, ApiError> {
    let account = context.account();
    let Asked { symbol, cancel, order, mode, response } = *asked;
    // An order that is not attempted counts as well; only where nothing was tried does it not.
    let Replacement { cancel, place } = context
        .core
        .place(account, 1, |engine, at| engine.cancel_replace(account, cancel, order, mode, at))?
        .map_err(|rejection| rejected::order(&rejection))?;
    let (new_order_result, new_order_response) = match &place {
        None => ("NOT_ATTEMPTED", None),
        Some(Ok(id)) => ("SUCCESS", Some(orders::answer(context, symbol, *id, response))),
        Some(Err(rejection)) => ("FAILURE", Some(rejected::order(rejection).body())),
    };
    let (cancel_result, cancel_response) = told(context, symbol, &cancel);
    let both = Both {
        cancel_result,
        new_order_result,
        cancel_response: cancelling::raw(cancel_response),
        new_order_response: new_order_response.map(cancelling::raw),
    };
    match (cancel.is_ok(), place.is_some_and(|placed| placed.is_ok())) {
        (true, true) => Ok(text(&both)),
        (false, false) => Err(failed(400, -2022, "Order cancel-replace failed.", &both)),
        (true, false) | (false, true) => {
            Err(failed(409, -2021, "Order cancel-replace partially failed.", &both))
        }
    }
}

/// Past the order limit: the cancellation alone.
fn cancel_only(context: &mut Context<'_>, asked: &Asked, limit: &ApiError) -> ApiError {
    let (account, now) = (context.account(), context.core.now());
    let cancel = context.core.step(now, |engine, at| engine.cancel(account, asked.cancel, at));
    let (cancel_result, cancel_response) = told(context, asked.symbol, &cancel);
    let attempted = cancel.is_ok() || asked.mode == ReplaceMode::AllowFailure;
    let both = Both {
        cancel_result,
        new_order_result: if attempted { "FAILURE" } else { "NOT_ATTEMPTED" },
        cancel_response: cancelling::raw(cancel_response),
        new_order_response: attempted.then(|| cancelling::raw(limit.body())),
    };
    let (code, msg) = if cancel.is_ok() {
        (-2021, "Order cancel-replace partially failed.")
    } else {
        (-2022, "Order cancel-replace failed.")
    };
    let error = failed(429, code, msg, &both);
    ApiError { retry_after_seconds: limit.retry_after_seconds, ..error }
}

fn told(
    context: &Context<'_>,
    symbol: SymbolId,
    cancel: &Result<Cancelled, sim::exchange::Rejection>,
) -> (&'static str, String) {
    match cancel {
        Ok(done) => ("SUCCESS", cancelling::answer(context, symbol, done)),
        Err(rejection) => ("FAILURE", rejected::cancel(rejection).body()),
    }
}

fn failed(status: u16, code: i32, msg: &str, both: &Both) -> ApiError {
    let data = Some(cancelling::raw(text(both)));
    ApiError { data, ..ApiError::new(status, code, msg) }
}
