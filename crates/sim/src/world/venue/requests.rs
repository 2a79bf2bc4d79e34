//! Carries requests of a gateway out on the book, by the semantics of the venue server's API.

use hub::gateway::{Answer, LookUp, Named, Outcome, Placing, Request};
use types::feed::{Answer as Told, Query};
use types::ids::{ClientOrderId, JournalId, OrderId};
use types::num::{Price, Qty};
use types::order::{OrderKind, TimeInForce};
use types::side::Side;
use types::venue::OrderReport;

use super::state::Venue;
use super::told;
use crate::exchange::Rejection;
use crate::exchange::book::{
    Cancel, CancelOnly, ClientId, ListShape, NewList, NewOrder, Order, OrderRef, OrderType, Pair,
    ReplaceMode, Tif, VenueOrderId,
};

/// The name of the account in client order ids.
pub(in super::super) const ACCOUNT: &str = "main";

impl Venue {
    /// Carries a request out; returns what its answer says of orders, and the answer.
    pub(in super::super) fn carry_out(
        &mut self,
        request: &Request,
        journal: JournalId,
    ) -> (Vec<OrderReport>, Answer) {
        let done = match request {
            Request::Place(place) => match place.as_slice() {
                [one] => self.place(one),
                [one, other] => self.place_pair(one, other, journal),
                _ => unreachable!("a gateway places one order or a pair"),
            },
            Request::Cancel(named) => self.cancel(named),
            Request::Replace { cancel, place } => self.replace(cancel, place),
            Request::LookUp(named) => (Vec::new(), Answer::LookUp(self.look_up(named))),
            Request::Fills(named) => (Vec::new(), Answer::Fills(self.fills(named))),
        };
        self.record();
        done
    }

    fn place(&mut self, placing: &Placing) -> (Vec<OrderReport>, Answer) {
        let (account, symbol, now) = (self.account, placing.named().symbol, self.now);
        match self.engine.place(account, symbol, order(placing), now) {
            Ok(id) => {
                let report = self.placed(placing.named(), id);
                (vec![report], Answer::Done(Outcome::Accepted))
            }
            Err(rejection) => (Vec::new(), Answer::Done(refused(&rejection))),
        }
    }

    /// Returns an order that was just placed, with what of it traded on arrival.
    fn placed(&self, named: &Named, id: VenueOrderId) -> OrderReport {
        let order = self.engine.order(self.account, named.symbol, OrderRef::Id(id));
        let mut report = told::report(&self.engine, order.expect("it was just placed"));
        let trades = self.engine.account_trades(self.account, named.symbol).iter();
        let own = trades.rev().take_while(|trade| trade.order == id);
        report.fills = own.map(|trade| told::fill(&self.engine, trade)).collect();
        report.fills.reverse();
        report
    }

    fn place_pair(
        &mut self,
        one: &Placing,
        other: &Placing,
        journal: JournalId,
    ) -> (Vec<OrderReport>, Answer) {
        let is_stop = |placing: &Placing| {
            let kind = placing.request().kind;
            matches!(kind, OrderKind::StopMarket { .. } | OrderKind::StopLimit { .. })
        };
        let (stop, target) = if is_stop(one) { (one, other) } else { (other, one) };
        let mut rest = order(target);
        if let OrderType::Limit { price, .. } = rest.kind {
            rest.kind = OrderType::LimitMaker { price };
        }
        let pair = match stop.request().side {
            Side::Sell => Pair { above: rest, below: order(stop) },
            Side::Buy => Pair { above: order(stop), below: rest },
        };
        // A name like that of an order which is never placed: attempts are counted from the other end.
        let id = stop.named().order;
        let name = OrderId { attempt: u8::MAX - id.attempt, ..id };
        let name = ClientOrderId::of(journal, ACCOUNT, name);
        let list = NewList { client_id: client_id(&name), shape: ListShape::Oco(pair) };
        let (account, symbol, now) = (self.account, stop.named().symbol, self.now);
        match self.engine.place_list(account, symbol, list, now) {
            Ok(_) => {
                let both = [stop, target].map(|placing| self.find(placing.named()).copied());
                let reports = both.iter().flatten().map(|order| told::report(&self.engine, order));
                (reports.collect(), Answer::Done(Outcome::Accepted))
            }
            Err(rejection) => (Vec::new(), Answer::Done(refused(&rejection))),
        }
    }

    fn cancel(&mut self, named: &Named) -> (Vec<OrderReport>, Answer) {
        let (account, now) = (self.account, self.now);
        match self.engine.cancel(account, cancel(named), now) {
            Ok(_) => (self.reports(named), Answer::Done(Outcome::Accepted)),
            Err(rejection) => (Vec::new(), Answer::Done(Outcome::Rejected(rejection.to_string()))),
        }
    }

    fn replace(&mut self, old: &Named, place: &[Placing]) -> (Vec<OrderReport>, Answer) {
        let [new] = place else { unreachable!("the venue replaces single orders alone") };
        let (account, now, mode) = (self.account, self.now, ReplaceMode::StopOnFailure);
        let done = self.engine.cancel_replace(account, cancel(old), order(new), mode, now);
        let replacement = match done {
            Ok(replacement) => replacement,
            Err(rejection) => return (Vec::new(), Answer::Done(refused(&rejection))),
        };
        let mut reports = Vec::new();
        let cancel = match &replacement.cancel {
            Ok(_) => {
                reports = self.reports(old);
                Outcome::Accepted
            }
            Err(rejection) => Outcome::Rejected(rejection.to_string()),
        };
        let place = match &replacement.place {
            None => Outcome::NotSent,
            Some(Ok(id)) => {
                reports.push(self.placed(new.named(), *id));
                Outcome::Accepted
            }
            Some(Err(rejection)) => Outcome::Rejected(rejection.to_string()),
        };
        (reports, Answer::Replaced { cancel, place })
    }

    fn reports(&self, named: &Named) -> Vec<OrderReport> {
        self.find(named).map(|order| told::report(&self.engine, order)).into_iter().collect()
    }

    /// Somebody trades the least there is, or a third, with an order of ours that rests at a price, behind all that may rest before it.
    pub(in super::super) fn trade_a_little(&mut self, named: &Named, third: bool) {
        let Some(order) = self.find(named) else { return };
        let (OrderType::Limit { price, .. } | OrderType::LimitMaker { price }) = order.kind else {
            return;
        };
        let (symbol, side) = (named.symbol, order.side);
        let Some(ours) = self.engine.remaining(symbol, order.id) else { return };
        let Some(rules) = self.engine.rules(symbol) else { return };
        let lot = rules.instrument.lot;
        let depth = self.engine.depth(symbol, usize::MAX);
        let (levels, against) = match side {
            Side::Buy => (depth.bids, Side::Sell),
            Side::Sell => (depth.asks, Side::Buy),
        };
        let before = |level: &Price| match side {
            Side::Buy => *level >= price,
            Side::Sell => *level <= price,
        };
        let there = levels.iter().filter(|(level, _)| before(level));
        let there = there.fold(Qty::ZERO, |sum, (_, qty)| sum + *qty);
        let part = if third { Qty::from_raw(ours.raw() / 3).floor_to(lot) } else { lot };
        let qty = (there - ours).ceil_to(lot) + part.max(lot);
        let order = NewOrder::new(against, OrderType::Limit { price, tif: Tif::Ioc }, qty);
        // A book that does not trade takes nothing.
        let _ = self.engine.place(self.crowd, symbol, order, self.now);
        self.record();
    }

    /// Returns whether it knows an order.
    pub(in super::super) fn has(&self, named: &Named) -> bool {
        self.find(named).is_some()
    }

    fn find(&self, named: &Named) -> Option<&Order> {
        let name = OrderRef::ClientId(client_id(&named.client_id)?);
        self.engine.order(self.account, named.symbol, name)
    }

    fn look_up(&self, named: &Named) -> LookUp {
        let seen = |order: &&Order| self.now.since(order.created) >= self.lag;
        match self.find(named).filter(seen) {
            Some(order) => LookUp::Found(Box::new(told::report(&self.engine, order))),
            None => LookUp::NotFound,
        }
    }

    fn fills(&self, named: &Named) -> Option<Vec<types::venue::VenueFill>> {
        let id = self.find(named)?.id;
        let trades = self.engine.account_trades(self.account, named.symbol).iter();
        let own = trades.filter(|trade| trade.order == id);
        Some(own.map(|trade| told::fill(&self.engine, trade)).collect())
    }

    /// Answers a question about the market.
    pub(in super::super) fn ask(&self, query: &Query) -> Told {
        match query {
            Query::Time => Told::Time(self.now),
            Query::Bars { symbol, timeframe, from, until, limit } => {
                let place = self.engine.symbol(symbol).map_or(usize::MAX, |id| id.index());
                let bars = self.bars.get(place);
                let between = (*from, *until);
                let bars = bars.map(|bars| bars.between(*timeframe, between, *limit, self.now));
                Told::Bars(bars.unwrap_or_default())
            }
            Query::Trades { .. } => Told::Trades(Vec::new()),
            Query::Depth { .. } => unreachable!("no stream of a book is subscribed to"),
        }
    }
}

/// Returns what a rejection says of a placement: of a name that is taken, nothing.
fn refused(rejection: &Rejection) -> Outcome {
    if *rejection == Rejection::Duplicate {
        return Outcome::Unknown;
    }
    Outcome::Rejected(rejection.to_string())
}

fn client_id(name: &ClientOrderId) -> Option<ClientId> {
    ClientId::new(name.as_str()).ok()
}

fn cancel(named: &Named) -> Cancel {
    let name = client_id(&named.client_id).expect("our names fit the venue");
    let (symbol, order) = (named.symbol, OrderRef::ClientId(name));
    Cancel { symbol, order, client_id: None, only: CancelOnly::Always }
}

fn order(placing: &Placing) -> NewOrder {
    let request = placing.request();
    let tif = match request.tif {
        TimeInForce::Gtc | TimeInForce::Gtd(_) => Tif::Gtc,
        TimeInForce::Ioc => Tif::Ioc,
        TimeInForce::Fok => Tif::Fok,
    };
    let kind = match request.kind {
        OrderKind::Market => OrderType::Market,
        OrderKind::Limit { price } => OrderType::Limit { price, tif },
        OrderKind::StopMarket { trigger } => OrderType::StopLoss { stop: trigger },
        OrderKind::StopLimit { trigger, price } => {
            OrderType::StopLossLimit { stop: trigger, price, tif }
        }
        OrderKind::TakeProfit { trigger } => OrderType::TakeProfit { stop: trigger },
        OrderKind::LimitMaker { price } => OrderType::LimitMaker { price },
    };
    let name = client_id(&placing.named().client_id).expect("our names fit the venue");
    NewOrder::new(request.side, kind, request.qty).named(name)
}
