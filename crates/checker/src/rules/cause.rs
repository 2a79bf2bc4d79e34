//! `cause_before_effect` (1): no order at the venue without its command, no command without its cause, and what the venue
//! accepted is what was commanded.

use std::collections::BTreeMap;

use types::decision::Action;
use types::entry::Body;
use types::ids::Seq;
use types::num::Qty;
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

use super::Need;
use super::judge::{About, Judge};
use crate::case::{Case, Sent, total};
use crate::clock::seconds;
use crate::ledger::{Event, Kind, Order, Tif};

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    for sent in case.sent.values() {
        of_command(case, sent, judge);
        if let Some(row) = case.accepted(sent) {
            judge.count("orders", 1);
            let early = sent.ts.saturating_sub(row.t);
            judge.want(
                early <= case.tolerance,
                About::sent(sent).beside(Some(row)),
                format_args!("accepted {} before its command", seconds(early)),
                "the command first",
            );
            as_commanded(case, sent, &row.order, About::sent(sent).beside(Some(row)), judge);
        }
    }
    for entry in case.entries() {
        if let Body::Command(command) = &entry.body {
            judge.count("commands", 1);
            judge.want(
                command.cause < entry.seq && command.cause > Seq(0),
                About::entry(entry.seq.0),
                format_args!("a command with the cause {}", command.cause.0),
                "an entry before it",
            );
        }
    }
    within_decisions(case, judge);
    for index in &case.nameless {
        let row = &case.ledger.events[*index];
        judge.find(
            About::row(row),
            "an order at the venue under a name of our form that no command of the journal has",
            "a command, or another --account",
        );
    }
    if case.foreign > 0 {
        judge.count("foreign_orders", case.foreign);
    }
    Need::Some("orders")
}

/// The entry that a command names as its cause has to be able to be one.
fn of_command(case: &Case, sent: &Sent, judge: &mut Judge) {
    let about = About::sent(sent);
    if sent.cause.0 >= sent.seq {
        return;
    }
    let kind = case.intents.kind_at(sent.cause.0);
    if !sent.is_entry() {
        judge.want(
            kind.is_some() || case.intents.dropped > 0,
            about,
            format_args!("the cause {}, which is no entry of ours", sent.cause.0),
            "an entry that caused it",
        );
        return;
    }
    let Some((symbol, Action::Enter { direction, qty, limit, .. }, _)) =
        case.decisions.get(&sent.cause)
    else {
        if case.intents.dropped == 0 {
            let kind = kind.unwrap_or("no entry of ours");
            let seen = format_args!("an entry order caused by entry {}, {kind}", sent.cause.0);
            judge.find(about, seen, "a decision to enter");
        }
        return;
    };
    let request = &sent.request;
    judge.want(
        *symbol == Some(request.symbol) && Side::opening(*direction) == request.side,
        about,
        format_args!("{} of symbol {}", request.side.name(), request.symbol.0),
        format_args!("what decision {} wants: {direction:?} of {symbol:?}", sent.cause.0),
    );
    judge.want(
        request.qty <= *qty,
        about,
        format_args!("a quantity of {}", request.qty),
        format_args!("at most {qty} as decision {} wants", sent.cause.0),
    );
    let price = price_of(request);
    let beyond = limit.zip(price).is_some_and(|(limit, price)| match request.side {
        Side::Buy => price > limit,
        Side::Sell => price < limit,
    });
    judge.want(
        !beyond,
        about,
        format_args!("a price of {}", price.unwrap_or_default()),
        format_args!("none worse than {}", limit.unwrap_or_default()),
    );
}

/// What one decision leads to, filled and open together, is at most what it wants.
fn within_decisions(case: &Case, judge: &mut Judge) {
    let mut orders: BTreeMap<Seq, Vec<&Sent>> = BTreeMap::new();
    for sent in case.sent.values().filter(|sent| sent.is_entry()) {
        orders.entry(sent.cause).or_default().push(sent);
    }
    for (cause, orders) in orders {
        let Some((_, Action::Enter { qty, .. }, _)) = case.decisions.get(&cause) else { continue };
        for sent in &orders {
            let at = sent.seq;
            let before = orders.iter().filter(|other| other.seq < at);
            let known =
                total(before.flat_map(|other| [other.filled_before(at), other.open_before(at)]));
            judge.want(
                total([known, sent.request.qty]) <= *qty,
                About::sent(sent),
                format_args!("{} more beside {known} filled or open already", sent.request.qty),
                format_args!("together at most {qty} as decision {} wants", cause.0),
            );
        }
        let traded = total(orders.iter().map(|sent| traded(case, sent)));
        judge.want(
            traded <= *qty,
            About::entry(cause.0),
            format_args!("{traded} traded at the venue by all of its orders"),
            format_args!("at most {qty} as the decision wants"),
        );
    }
}

/// Returns how much of an order has traded, by the venue's word.
fn traded(case: &Case, sent: &Sent) -> Qty {
    total(case.rows_of(sent).filter_map(|row| match row.event {
        Event::Trade { qty, .. } => Some(Qty::from_raw(qty)),
        Event::New
        | Event::Triggered
        | Event::Cancelled(_)
        | Event::Replaced(_)
        | Event::Expired(_)
        | Event::Prevented(_) => None,
    }))
}

/// The venue's order has to be the one that was commanded.
fn as_commanded(case: &Case, sent: &Sent, order: &Order, about: About<'_>, judge: &mut Judge) {
    let symbol = case.ledger.symbols.get(&order.symbol).map_or("?", |symbol| symbol.name.as_str());
    let ours = case.intents.instrument(sent.request.symbol).map(|known| known.symbol.as_str());
    let request = &sent.request;
    judge.want(Some(symbol) == ours, about, symbol, ours.unwrap_or("a symbol of the journal"));
    judge.want(
        order.side == request.side && order.qty == request.qty.raw(),
        about,
        format_args!("{} {}", order.side.name(), Qty::from_raw(order.qty)),
        format_args!("{} {} as commanded", request.side.name(), request.qty),
    );
    judge.want(
        is_kind(request, order.kind),
        about,
        format_args!("{:?}", order.kind),
        format_args!("{:?} {:?} as commanded", request.kind, request.tif),
    );
}

/// Returns whether the venue's type of an order is what was commanded, prices and time in force included.
fn is_kind(request: &OrderRequest, kind: Kind) -> bool {
    let tif = |seen: Tif| match request.tif {
        TimeInForce::Gtc => seen == Tif::Gtc,
        TimeInForce::Ioc => seen == Tif::Ioc,
        TimeInForce::Fok => seen == Tif::Fok,
        // The venue has none: it rests until we take it off.
        TimeInForce::Gtd(_) => seen == Tif::Gtc,
    };
    match (request.kind, kind) {
        (OrderKind::Market, Kind::Market) => true,
        (OrderKind::Limit { price: wanted }, Kind::Limit { price, tif: seen }) => {
            price == wanted.raw() && tif(seen)
        }
        (OrderKind::LimitMaker { price: wanted }, Kind::LimitMaker { price }) => {
            price == wanted.raw()
        }
        (OrderKind::StopMarket { trigger }, Kind::StopLoss { stop })
        | (OrderKind::TakeProfit { trigger }, Kind::TakeProfit { stop }) => stop == trigger.raw(),
        (
            OrderKind::StopLimit { trigger, price: wanted },
            Kind::StopLossLimit { stop, price, tif: seen },
        ) => stop == trigger.raw() && price == wanted.raw() && tif(seen),
        (
            OrderKind::Market
            | OrderKind::Limit { .. }
            | OrderKind::LimitMaker { .. }
            | OrderKind::StopMarket { .. }
            | OrderKind::StopLimit { .. }
            | OrderKind::TakeProfit { .. },
            Kind::Market
            | Kind::Limit { .. }
            | Kind::LimitMaker { .. }
            | Kind::StopLoss { .. }
            | Kind::StopLossLimit { .. }
            | Kind::TakeProfit { .. }
            | Kind::TakeProfitLimit { .. },
        ) => false,
    }
}

/// Returns the worst price of an order, if it has one.
pub(super) fn price_of(request: &OrderRequest) -> Option<types::num::Price> {
    match request.kind {
        OrderKind::Limit { price }
        | OrderKind::LimitMaker { price }
        | OrderKind::StopLimit { price, .. } => Some(price),
        OrderKind::Market | OrderKind::StopMarket { .. } | OrderKind::TakeProfit { .. } => None,
    }
}
