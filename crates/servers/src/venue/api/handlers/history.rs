//! Looking up orders, order lists, own trades and prevented matches.

use serde::Serialize;
use sim::exchange::book::{
    AccountTrade, ListId, ListRef, Order, OrderList, OrderRef, PreventedMatch, TradeId,
    VenueOrderId,
};
use types::market::TsNanos;

use super::super::context::text;
use super::super::json::{self, ListJson, QueryJson, Shown};
use super::super::words::spelling;
use super::super::{ApiError, Context};
use super::reading;
use crate::venue::text as number;

/// The longest span of time of one request.
const HOURS_MAX: u32 = 24;
const LIMIT: usize = 500;
const LIMIT_MAX: usize = 1_000;

/// `GET /api/v3/order`.
pub(in super::super) fn order(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let which = reading::order_ref(context.params, "orderId", "origClientOrderId")?;
    context.params.done()?;
    let shown = Shown { engine: context.engine(), unit: context.unit };
    if let Some(order) = shown.engine.order(context.account(), symbol, which) {
        return Ok(text(&shown.found(order)));
    }
    if let OrderRef::Both(id, _) = which
        && shown.engine.order(context.account(), symbol, OrderRef::Id(id)).is_some()
    {
        let msg = "Client order ID is not correct for this order ID.";
        return Err(ApiError::bad_request(-2039, msg));
    }
    Err(ApiError::no_such_order())
}

/// `GET /api/v3/openOrders`.
pub(in super::super) fn open_orders(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.optional_symbol()?;
    context.params.done()?;
    let shown = Shown { engine: context.engine(), unit: context.unit };
    let orders = shown.engine.open_orders(context.account(), symbol);
    Ok(text(&orders.iter().map(|order| shown.found(order)).collect::<Vec<_>>()))
}

/// `GET /api/v3/allOrders`.
pub(in super::super) fn all_orders(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let from = context.params.whole("orderId")?.map(|id| VenueOrderId(id.unsigned_abs()));
    let window = window(context)?;
    let limit = context.params.limit(LIMIT, LIMIT_MAX)?;
    context.params.done()?;
    let shown = Shown { engine: context.engine(), unit: context.unit };
    let first = from.unwrap_or_default();
    let orders = shown.engine.all_orders(context.account(), symbol, first);
    let orders = orders.filter(|order| window.holds(order.created));
    let rows: Vec<QueryJson> = if from.is_some() || window.since.is_some() {
        orders.take(limit).map(|order| shown.found(order)).collect()
    } else {
        latest(orders, limit).map(|order: &Order| shown.found(order)).collect()
    };
    Ok(text(&rows))
}

/// `GET /api/v3/orderList`.
pub(in super::super) fn list(context: &mut Context<'_>) -> Result<String, ApiError> {
    let id = context.params.whole("orderListId")?.map(|id| ListId(id.unsigned_abs()));
    let name = reading::client_id(context.params, "origClientOrderId")?;
    context.params.done()?;
    let (engine, account) = (context.engine(), context.account());
    let found = match (id, name) {
        (None, None) => return Err(ApiError::either("origClientOrderId", "orderListId")),
        (Some(id), None) => engine.list(account, ListRef::Id(id)),
        (Some(id), Some(name)) => {
            engine.list(account, ListRef::Id(id)).filter(|list| list.client_id == name)
        }
        (None, Some(name)) => {
            // By name the latest, open or not.
            engine.lists(account, ListId(0)).rfind(|list| list.client_id == name)
        }
    };
    let found = found.ok_or_else(|| ApiError::bad_request(-2018, "Order list does not exist."))?;
    Ok(text(&shown_list(context, found)))
}

/// `GET /api/v3/allOrderList`.
pub(in super::super) fn all_lists(context: &mut Context<'_>) -> Result<String, ApiError> {
    let from = context.params.whole("fromId")?.map(|id| ListId(id.unsigned_abs()));
    let window = window(context)?;
    let limit = context.params.limit(LIMIT, LIMIT_MAX)?;
    context.params.done()?;
    if from.is_some() && window.is_set() {
        return Err(ApiError::bad_combination());
    }
    let lists = context.engine().lists(context.account(), from.unwrap_or_default());
    let lists = lists.filter(|list| window.holds(list.created));
    let rows: Vec<_> = if from.is_some() || window.since.is_some() {
        lists.take(limit).map(|list| shown_list(context, list)).collect()
    } else {
        latest(lists, limit).map(|list| shown_list(context, list)).collect()
    };
    Ok(text(&rows))
}

/// `GET /api/v3/openOrderList`.
pub(in super::super) fn open_lists(context: &mut Context<'_>) -> Result<String, ApiError> {
    context.params.done()?;
    let lists = context.engine().open_lists(context.account());
    Ok(text(&lists.map(|list| shown_list(context, list)).collect::<Vec<_>>()))
}

/// `GET /api/v3/myTrades`.
pub(in super::super) fn trades(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let order = context.params.whole("orderId")?.map(|id| VenueOrderId(id.unsigned_abs()));
    let from = context.params.whole("fromId")?.map(|id| TradeId(id.unsigned_abs()));
    let window = window(context)?;
    let limit = context.params.limit(LIMIT, LIMIT_MAX)?;
    context.params.done()?;
    // The combinations of the documentation: times go with neither of the two.
    if window.is_set() && (order.is_some() || from.is_some()) {
        return Err(ApiError::bad_combination());
    }
    let rows = context.engine().account_trades(context.account(), symbol).iter();
    let rows = rows
        .filter(|trade| order.is_none_or(|order| trade.order == order))
        .filter(|trade| from.is_none_or(|from| trade.id >= from))
        .filter(|trade| window.holds(trade.at));
    let oldest_first = from.is_some() || order.is_some() || window.since.is_some();
    let rows: Vec<_> = if oldest_first {
        rows.take(limit).map(|trade| own_trade(context, trade)).collect()
    } else {
        latest(rows, limit).map(|trade| own_trade(context, trade)).collect()
    };
    Ok(text(&rows))
}

/// `GET /api/v3/myPreventedMatches`.
pub(in super::super) fn prevented(context: &mut Context<'_>) -> Result<String, ApiError> {
    let symbol = context.symbol()?;
    let id = context.params.whole("preventedMatchId")?.map(i64::unsigned_abs);
    let order = context.params.whole("orderId")?.map(|id| VenueOrderId(id.unsigned_abs()));
    let from = context.params.whole("fromPreventedMatchId")?.map(i64::unsigned_abs);
    let limit = context.params.limit(LIMIT, LIMIT_MAX)?;
    context.params.done()?;
    match (id, order, from) {
        (Some(_), None, None) | (None, Some(_), _) => {}
        (None | Some(_), None, _) | (Some(_), Some(_), _) => {
            return Err(ApiError::bad_combination());
        }
    }
    let account = context.account();
    let rows = context.engine().prevented_matches(symbol).iter().filter(|row| {
        let own = row.taker_account == account || row.maker_account == account;
        own && id.is_none_or(|id| row.id == id)
            && order.is_none_or(|order| row.taker == order || row.maker == order)
            && from.is_none_or(|from| row.id >= from)
    });
    Ok(text(&rows.take(limit).map(|row| prevented_json(context, row)).collect::<Vec<_>>()))
}

/// `GET /api/v3/myAllocations`.
pub(in super::super) fn allocations(context: &mut Context<'_>) -> Result<String, ApiError> {
    context.symbol()?;
    for name in ["fromAllocationId", "orderId"] {
        context.params.whole(name)?;
    }
    context.span(Some(HOURS_MAX))?;
    context.params.limit(LIMIT, LIMIT_MAX)?;
    context.params.done()?;
    Ok("[]".to_owned())
}

/// A span of time; open where nothing was said.
#[derive(Clone, Copy)]
struct Window {
    since: Option<TsNanos>,
    until: Option<TsNanos>,
}

impl Window {
    fn holds(self, at: TsNanos) -> bool {
        // Both ends are told in milliseconds, so the whole of the last one belongs to it.
        self.since.is_none_or(|since| at >= since)
            && self.until.is_none_or(|until| at.as_millis() <= until.as_millis())
    }

    const fn is_set(self) -> bool {
        self.since.is_some() || self.until.is_some()
    }
}

fn window(context: &Context<'_>) -> Result<Window, ApiError> {
    let (since, until) = context.span(Some(HOURS_MAX))?;
    Ok(Window { since, until })
}

/// Returns the last rows, oldest first.
fn latest<'a, T: 'a>(
    rows: impl DoubleEndedIterator<Item = &'a T>,
    limit: usize,
) -> impl Iterator<Item = &'a T> {
    let mut last: Vec<&T> = rows.rev().take(limit).collect();
    last.reverse();
    last.into_iter()
}

fn shown_list(context: &Context<'_>, list: &OrderList) -> ListJson<()> {
    let shown = Shown { engine: context.engine(), unit: context.unit };
    json::list(shown, list, None)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnTrade {
    symbol: String,
    id: u64,
    order_id: u64,
    order_list_id: i64,
    price: String,
    qty: String,
    quote_qty: String,
    commission: String,
    commission_asset: String,
    time: i64,
    is_buyer: bool,
    is_maker: bool,
    is_best_match: bool,
}

fn own_trade(context: &Context<'_>, trade: &AccountTrade) -> OwnTrade {
    OwnTrade {
        symbol: context.name(trade.symbol).to_owned(),
        id: trade.id.0,
        order_id: trade.order.0,
        order_list_id: trade.list.map_or(-1, |id| i64::try_from(id.0).unwrap_or(i64::MAX)),
        price: number::price(trade.price),
        qty: number::qty(trade.qty),
        quote_qty: number::money(trade.quote),
        commission: number::money(trade.fee),
        commission_asset: context.engine().asset(trade.fee_asset).as_str().to_owned(),
        time: context.unit.of(trade.at),
        is_buyer: trade.buyer,
        is_maker: trade.maker,
        is_best_match: true,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Prevented {
    symbol: String,
    prevented_match_id: u64,
    taker_order_id: u64,
    maker_symbol: String,
    maker_order_id: u64,
    trade_group_id: i64,
    self_trade_prevention_mode: &'static str,
    price: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    taker_prevented_quantity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maker_prevented_quantity: Option<String>,
    transact_time: i64,
}

fn prevented_json(context: &Context<'_>, row: &PreventedMatch) -> Prevented {
    let symbol = context.name(row.symbol).to_owned();
    Prevented {
        maker_symbol: symbol.clone(),
        symbol,
        prevented_match_id: row.id,
        taker_order_id: row.taker.0,
        maker_order_id: row.maker.0,
        trade_group_id: row.trade_group.map_or(-1, i64::from),
        self_trade_prevention_mode: spelling(row.mode),
        price: number::price(row.price),
        taker_prevented_quantity: row.taker_qty.map(number::qty),
        maker_prevented_quantity: row.maker_qty.map(number::qty),
        transact_time: context.unit.of(row.at),
    }
}
