//! Placing an order, and checking one.

use serde::Serialize;
use sim::exchange::book::{NewOrder, OrderRef, OrderType, VenueOrderId};
use types::ids::SymbolId;
use types::num::Ratio;

use super::super::context::text;
use super::super::json::Shown;
use super::super::words::Response;
use super::super::{ApiError, Context};
use super::reading::{self, Names};
use super::rejected;
use crate::venue::text::e8;

/// `POST /api/v3/order`.
pub(in super::super) fn place(context: &mut Context<'_>) -> Result<String, ApiError> {
    let (symbol, order, response) = read(context)?;
    context.params.done()?;
    let account = context.account();
    let id = context
        .core
        .place(account, 1, |engine, at| engine.place(account, symbol, order, at))?
        .map_err(|rejection| rejected::order(&rejection))?;
    Ok(answer(context, symbol, id, response))
}

/// `POST /api/v3/order/test`: everything but the placing.
pub(in super::super) fn test(context: &mut Context<'_>) -> Result<String, ApiError> {
    let wants_rates = context.params.truth("computeCommissionRates")?.unwrap_or(false);
    let (symbol, order, _) = read(context)?;
    context.params.done()?;
    let (account, now) = (context.account(), context.core.now());
    let tested = context.engine().test(account, symbol, &order, now);
    tested.map_err(|rejection| rejected::order(&rejection))?;
    if wants_rates { Ok(rates(context, symbol)) } else { Ok("{}".to_owned()) }
}

/// Reads symbol, order and how much the answer is to tell.
pub(super) fn read(context: &Context<'_>) -> Result<(SymbolId, NewOrder, Response), ApiError> {
    let symbol = context.symbol()?;
    let order = reading::order(context.params, Names(""))?;
    let stp = reading::prevention(context.params)?;
    let response = reading::response(context.params)?;
    let usual = match order.kind {
        OrderType::Market | OrderType::Limit { .. } => Response::Full,
        OrderType::LimitMaker { .. }
        | OrderType::StopLoss { .. }
        | OrderType::StopLossLimit { .. }
        | OrderType::TakeProfit { .. }
        | OrderType::TakeProfitLimit { .. } => Response::Ack,
    };
    Ok((symbol, NewOrder { stp, ..order }, response.unwrap_or(usual)))
}

/// Returns the answer to an order that was placed in the last step.
pub(super) fn answer(
    context: &Context<'_>,
    symbol: SymbolId,
    id: VenueOrderId,
    response: Response,
) -> String {
    let shown = Shown { engine: context.engine(), unit: context.unit };
    let order = shown.engine.order(context.account(), symbol, OrderRef::Id(id));
    let order = order.expect("an order that was just placed is there");
    match response {
        Response::Ack => text(&shown.ack(order)),
        Response::Result => text(&shown.placed(order, None)),
        Response::Full => text(&shown.placed(order, Some(shown.fills(context.core.said(), id)))),
    }
}

#[derive(Serialize)]
struct Rates {
    maker: String,
    taker: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TestRates {
    standard_commission_for_order: Rates,
    special_commission_for_order: Rates,
    tax_commission_for_order: Rates,
    discount: super::account::Discount,
}

fn rates(context: &Context<'_>, symbol: SymbolId) -> String {
    let rules = context.engine().rules(symbol).expect("the symbol was found");
    let of = |maker: Ratio, taker: Ratio| Rates { maker: e8(maker.raw()), taker: e8(taker.raw()) };
    text(&TestRates {
        standard_commission_for_order: of(rules.instrument.maker_fee, rules.instrument.taker_fee),
        special_commission_for_order: of(Ratio::ZERO, Ratio::ZERO),
        tax_commission_for_order: of(Ratio::ZERO, Ratio::ZERO),
        discount: super::account::Discount::NONE,
    })
}
