//! The book's words as ours: what an adapter would make of the venue's messages.

use types::fill::Liquidity;
use types::ids::Asset;
use types::order::{OrderKind, TimeInForce};
use types::venue::{
    BalanceChange, Execution, FeeCharged, ListReport, ListStatus, OrderReport, OrderStatus,
    Progress, ReportedKind, UserEvent, VenueFill, VenueListId, VenueOrderId, VenueRejection,
};

use crate::exchange::book::{
    self, AccountTrade, Event, ListChange, MatchingEngine, Order, OrderEvent, OrderType, Rejected,
    Size, Tif,
};

/// Returns an order as the venue reports it, without fills.
pub(super) fn report(engine: &MatchingEngine, order: &Order) -> OrderReport {
    let instrument = &engine.rules(order.symbol).expect("an order is of a symbol").instrument;
    OrderReport {
        symbol: instrument.symbol.clone(),
        client_order_id: order.client_id.as_str().to_owned(),
        venue_order_id: VenueOrderId(order.id.0.to_string()),
        list_id: order.list.map(|list| VenueListId(list.0.to_string())),
        side: order.side,
        kind: kind(order.kind),
        tif: tif(order.kind.tif()),
        progress: Progress {
            qty: order.qty,
            filled: order.filled,
            filled_quote: Some(order.quote),
            status: status(order.status),
        },
        updated_at: order.updated,
        fills: Vec::new(),
    }
}

const fn kind(kind: OrderType) -> ReportedKind {
    ReportedKind::Ours(match kind {
        OrderType::Market => OrderKind::Market,
        OrderType::Limit { price, .. } => OrderKind::Limit { price },
        OrderType::LimitMaker { price } => OrderKind::LimitMaker { price },
        OrderType::StopLoss { stop } => OrderKind::StopMarket { trigger: stop },
        OrderType::StopLossLimit { stop, price, .. } => {
            OrderKind::StopLimit { trigger: stop, price }
        }
        OrderType::TakeProfit { stop } => OrderKind::TakeProfit { trigger: stop },
        OrderType::TakeProfitLimit { stop, price, .. } => {
            return ReportedKind::TakeProfitLimit { trigger: stop, price };
        }
    })
}

const fn tif(tif: Tif) -> TimeInForce {
    match tif {
        Tif::Gtc => TimeInForce::Gtc,
        Tif::Ioc => TimeInForce::Ioc,
        Tif::Fok => TimeInForce::Fok,
    }
}

const fn status(status: book::OrderStatus) -> OrderStatus {
    match status {
        book::OrderStatus::PendingNew => OrderStatus::Waiting,
        book::OrderStatus::New => OrderStatus::Working,
        book::OrderStatus::PartiallyFilled => OrderStatus::PartiallyFilled,
        book::OrderStatus::Filled => OrderStatus::Filled,
        book::OrderStatus::Cancelled => OrderStatus::Cancelled,
        book::OrderStatus::Expired => OrderStatus::Expired,
        book::OrderStatus::ExpiredInMatch => OrderStatus::SelfTradePrevented,
    }
}

/// Returns what an event tells the account's stream; `None` if it tells it nothing.
pub(super) fn user_event(engine: &MatchingEngine, event: &Event) -> Option<UserEvent> {
    match event {
        Event::Order(event) => execution(engine, event),
        Event::Rejected(event) => Some(rejected(engine, event)),
        Event::List { list, orders, change } => {
            let instrument = &engine.rules(list.symbol)?.instrument;
            let named = |(id, name): &(book::VenueOrderId, book::ClientId)| {
                (name.as_str().to_owned(), VenueOrderId(id.0.to_string()))
            };
            let report = ListReport {
                symbol: instrument.symbol.clone(),
                list_id: VenueListId(list.id.0.to_string()),
                client_list_id: list.client_id.as_str().to_owned(),
                status: match change {
                    ListChange::Started | ListChange::Updated => ListStatus::Executing,
                    ListChange::Done => ListStatus::Done,
                },
                orders: orders.iter().map(named).collect(),
                reports: Vec::new(),
                updated_at: list.updated,
            };
            Some(UserEvent::List { report, event_time: list.updated })
        }
        Event::Balances { at, balances, .. } => {
            let held = |(asset, balance): &(book::AssetId, book::Balance)| {
                let (free, locked) = (balance.free, balance.locked);
                (engine.asset(*asset).clone(), types::venue::Balance { free, locked })
            };
            let balances = balances.iter().map(held).collect();
            Some(UserEvent::Balances { balances, event_time: *at })
        }
        Event::Flow { at, asset, amount, .. } => {
            let asset: Asset = engine.asset(*asset).clone();
            let change = BalanceChange { asset, delta: *amount, is_lock: false, at: *at };
            Some(UserEvent::BalanceChange { change, event_time: *at })
        }
        Event::Trade(_)
        | Event::Level(_)
        | Event::Quote(_)
        | Event::Status { .. }
        | Event::Rules { .. } => None,
    }
}

fn execution(engine: &MatchingEngine, event: &OrderEvent) -> Option<UserEvent> {
    let OrderEvent { at, execution_id, order, execution } = event;
    let instrument = &engine.rules(order.symbol)?.instrument;
    let execution = match execution {
        book::Execution::New | book::Execution::Triggered => Execution::Accepted,
        book::Execution::Trade { trade, price, qty, fee, fee_asset, maker, .. } => {
            let charged = FeeCharged { asset: engine.asset(*fee_asset).clone(), amount: *fee };
            Execution::Fill(VenueFill {
                symbol: instrument.symbol.clone(),
                trade_id: trade.0,
                venue_order_id: VenueOrderId(order.id.0.to_string()),
                side: order.side,
                qty: *qty,
                price: *price,
                fee: Some(charged),
                liquidity: Some(liquidity(*maker)),
                at: *at,
            })
        }
        book::Execution::Cancelled { .. } => Execution::Cancelled,
        book::Execution::Replaced { .. } => Execution::Amended,
        book::Execution::Expired(_) => Execution::Expired,
        book::Execution::Prevented(_) => Execution::SelfTradePrevented,
    };
    let report = Box::new(report(engine, order));
    Some(UserEvent::Order { execution, report, execution_id: *execution_id, event_time: *at })
}

/// The new order of a cancel-replace was not taken: it never had a number.
fn rejected(engine: &MatchingEngine, event: &Rejected) -> UserEvent {
    let Rejected { at, order, symbol, rejection, .. } = event;
    let instrument = &engine.rules(*symbol).expect("it was judged by them").instrument;
    let qty = match order.size {
        Size::Base(qty) => qty,
        Size::Quote(_) => types::num::Qty::ZERO,
    };
    let report = OrderReport {
        symbol: instrument.symbol.clone(),
        client_order_id: order.client_id.map_or_else(String::new, |id| id.as_str().to_owned()),
        venue_order_id: VenueOrderId("-1".to_owned()),
        list_id: None,
        side: order.side,
        kind: kind(order.kind),
        tif: tif(order.kind.tif()),
        progress: Progress {
            qty,
            filled: types::num::Qty::ZERO,
            filled_quote: Some(types::num::Money::ZERO),
            status: OrderStatus::Rejected,
        },
        updated_at: *at,
        fills: Vec::new(),
    };
    UserEvent::Order {
        execution: Execution::Rejected(VenueRejection(rejection.to_string())),
        report: Box::new(report),
        execution_id: 0,
        event_time: *at,
    }
}

const fn liquidity(maker: bool) -> Liquidity {
    if maker { Liquidity::Maker } else { Liquidity::Taker }
}

/// Returns a trade of the account as the venue answers it.
pub(super) fn fill(engine: &MatchingEngine, trade: &AccountTrade) -> VenueFill {
    let instrument = &engine.rules(trade.symbol).expect("it was traded").instrument;
    VenueFill {
        symbol: instrument.symbol.clone(),
        trade_id: trade.id.0,
        venue_order_id: VenueOrderId(trade.order.0.to_string()),
        side: if trade.buyer { types::side::Side::Buy } else { types::side::Side::Sell },
        qty: trade.qty,
        price: trade.price,
        fee: Some(FeeCharged { asset: engine.asset(trade.fee_asset).clone(), amount: trade.fee }),
        liquidity: Some(liquidity(trade.maker)),
        at: trade.at,
    }
}
