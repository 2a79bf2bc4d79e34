//! Entries folded into books, orders and holdings.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use types::bar::Bar;
use types::books::{Books, ClosedTrade};
use types::decision::{Action, Decision};
use types::entry::{Adopted, Command, CommandAction, Refused, Report, ReportEvent};
use types::fill::Fill;
use types::ids::{Leg, OrderId, Seq, SymbolId};
use types::instrument::Instrument;
use types::market::{Direction, TsNanos};
use types::num::{Money, Price, Qty};
use types::order::{Order, OrderEvent, OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

use super::{Holding, Plan};
use crate::risk::WorkingEntry;

/// Returns the price at which an order can rest in the book; `None` for one that never does.
#[must_use]
pub(crate) const fn resting_price(request: &OrderRequest) -> Option<Price> {
    match request.kind {
        OrderKind::Limit { price }
        | OrderKind::LimitMaker { price }
        | OrderKind::StopLimit { price, .. } => Some(price),
        OrderKind::Market | OrderKind::StopMarket { .. } | OrderKind::TakeProfit { .. } => None,
    }
}

/// A trade that has ended, with the holding it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    /// What the books say.
    pub trade: ClosedTrade,
    /// The plan behind it; `None` where a position came without one.
    pub holding: Option<Holding>,
}

/// Everything that is owned or may soon be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Portfolio {
    books: Books,
    marks: Vec<Option<Price>>,
    orders: BTreeMap<OrderId, Order>,
    plans: Vec<Option<Plan>>,
    holdings: Vec<Option<Holding>>,
    settled: Option<Settled>,
    /// When orders were sent, as far back as the rate of orders is measured.
    sent: VecDeque<TsNanos>,
}

/// Nanoseconds over which the rate of orders is measured.
const RATE_WINDOW: i64 = 1_000_000_000;

impl Portfolio {
    /// Returns the portfolio of so many symbols with nothing in it.
    #[must_use]
    pub fn new(symbols: usize) -> Self {
        Self {
            books: Books::new(symbols),
            marks: vec![None; symbols],
            orders: BTreeMap::new(),
            plans: vec![None; symbols],
            holdings: vec![None; symbols],
            settled: None,
            sent: VecDeque::new(),
        }
    }

    /// Returns cash and positions.
    #[must_use]
    pub const fn books(&self) -> &Books {
        &self.books
    }

    /// Returns the price each symbol is valued at.
    #[must_use]
    pub fn marks(&self) -> &[Option<Price>] {
        &self.marks
    }

    /// Returns the price a symbol is valued at.
    #[must_use]
    pub fn mark(&self, symbol: SymbolId) -> Option<Price> {
        self.marks[symbol.index()]
    }

    /// Returns cash plus positions at mark.
    #[must_use]
    pub fn equity(&self) -> Money {
        self.books.equity(&self.marks)
    }

    /// Returns the orders that have not ended.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }

    /// Returns the orders of a symbol that have not ended.
    pub fn orders_of(&self, symbol: SymbolId) -> impl Iterator<Item = &Order> {
        self.orders.values().filter(move |order| order.request.symbol == symbol)
    }

    /// Returns the holding of a symbol.
    #[must_use]
    pub fn holding(&self, symbol: SymbolId) -> Option<&Holding> {
        self.holdings[symbol.index()].as_ref()
    }

    /// Returns whether an entry was decided that is still under way, with or without an order at the moment.
    #[must_use]
    pub fn is_entering(&self, symbol: SymbolId) -> bool {
        self.plans[symbol.index()].is_some()
    }

    /// Returns whether an entry is under way, or an order of a symbol other than a protective one has not ended.
    #[must_use]
    pub fn has_main_order(&self, symbol: SymbolId) -> bool {
        self.is_entering(symbol) || self.orders_of(symbol).any(|order| order.id.leg == Leg::Main)
    }

    /// Returns how many orders were sent after a moment within the last second.
    #[must_use]
    pub fn sent_since(&self, moment: TsNanos) -> u32 {
        let sent = self.sent.iter().filter(|sent| **sent > moment).count();
        u32::try_from(sent).unwrap_or(u32::MAX)
    }

    /// Returns the orders of a symbol that can still raise exposure. An entry without a price is
    /// taken at the mark.
    pub fn working_entries(&self, symbol: SymbolId) -> impl Iterator<Item = WorkingEntry> {
        let plan = self.plans[symbol.index()].as_ref();
        let mark = self.mark(symbol);
        let entries = self
            .orders_of(symbol)
            .filter(|order| order.id.leg == Leg::Main && !order.request.reduce_only);
        entries.filter_map(move |order| {
            Some(WorkingEntry {
                direction: match order.request.side {
                    Side::Buy => Direction::Long,
                    Side::Sell => Direction::Short,
                },
                qty: order.open_qty(),
                worst: resting_price(&order.request).or(mark)?,
                stop: plan.and_then(|plan| plan.protection).map(|protection| protection.stop),
            })
        })
    }

    /// Returns the trade that the entry folded last has ended.
    #[must_use]
    pub const fn settled(&self) -> Option<&Settled> {
        self.settled.as_ref()
    }

    pub(crate) fn on_entry(&mut self) {
        self.settled = None;
    }

    pub(crate) fn on_mark(&mut self, symbol: SymbolId, price: Price) {
        self.marks[symbol.index()] = Some(price);
    }

    /// Folds a closed bar of the decision timeframe: the best price since the entry and the bars
    /// held. Of a bar that opened before the entry only the close counts.
    pub(crate) fn on_decision_bar(&mut self, symbol: SymbolId, bar: &Bar) {
        let Some(holding) = &mut self.holdings[symbol.index()] else { return };
        holding.bars = holding.bars.saturating_add(1);
        let whole = bar.open_time >= holding.since;
        let best = match holding.plan.direction {
            Direction::Long => {
                let price = if whole { bar.high } else { bar.close };
                holding.best.map_or(price, |best| best.max(price))
            }
            Direction::Short => {
                let price = if whole { bar.low } else { bar.close };
                holding.best.map_or(price, |best| best.min(price))
            }
        };
        holding.best = Some(best);
    }

    pub(crate) fn on_flow(&mut self, amount: Money) {
        self.books.on_flow(amount);
    }

    pub(crate) fn on_funding(&mut self, symbol: SymbolId, amount: Money) {
        self.books.on_funding(symbol, amount);
    }

    /// Folds a decision: an entry leaves a plan, an exit its reason.
    pub(crate) fn on_decision(&mut self, seq: Seq, decision: &Decision, at: TsNanos) {
        let Some(symbol) = decision.symbol else { return };
        match decision.action {
            Action::Enter { direction, protection, limit, qty, .. } => {
                let score = decision.reason.score.as_deref();
                let price = self.mark(symbol).or(limit).unwrap_or_default();
                let patterns = score.map(|score| {
                    let agrees = |(_, c): &&(_, f64)| c * direction.sign() > 0.0;
                    score.patterns.iter().filter(agrees).map(|(id, _)| *id).collect()
                });
                self.plans[symbol.index()] = Some(Plan {
                    decision: seq,
                    direction,
                    protection,
                    price,
                    score: score.map(|score| score.score.get()),
                    regime: score.map(|score| score.regime),
                    patterns: patterns.unwrap_or_default(),
                    orders: Vec::new(),
                    qty,
                    filled: Qty::ZERO,
                });
            }
            Action::Reduce { qty: None } => {
                if let Some(holding) = &mut self.holdings[symbol.index()] {
                    holding.exit = Some(decision.reason.code);
                }
            }
            Action::MoveStop { .. } => {
                if let Some(holding) = &mut self.holdings[symbol.index()] {
                    holding.moved_at = Some(at);
                }
            }
            Action::Reduce { qty: Some(_) } | Action::RequestSafeMode { .. } | Action::Nothing => {}
        }
    }

    /// Folds a command: an order is known from here on.
    pub(crate) fn on_command(&mut self, command: &Command, at: TsNanos) {
        let CommandAction::Place(request) = command.action else {
            if let Some(order) = self.orders.get_mut(&command.order) {
                // An order that ended meanwhile needs no cancellation.
                let _ = order.on_event(OrderEvent::AskCancel, at);
            }
            return;
        };
        let index = request.symbol.index();
        let mut order = Order::new(command.order, request, at);
        order.on_event(OrderEvent::Submit, at).expect("a new order can be sent");
        self.orders.insert(command.order, order);
        self.sent.push_back(at);
        while self.sent.front().is_some_and(|sent| at.since(*sent) > RATE_WINDOW) {
            self.sent.pop_front();
        }
        if let Some(plan) = &mut self.plans[index]
            && plan.decision == command.cause
            && command.order.leg == Leg::Main
        {
            plan.orders.push(command.order);
        }
        if let (
            Leg::Stop,
            OrderKind::StopMarket { trigger } | OrderKind::StopLimit { trigger, .. },
        ) = (command.order.leg, request.kind)
        {
            let entry = self.books.position(request.symbol).trade().and_then(|t| t.average_entry());
            if let Some(holding) = &mut self.holdings[index] {
                holding.stop = Some(trigger);
                if holding.first_stop.is_none() {
                    holding.first_stop = Some(trigger);
                    holding.entry = entry;
                }
            }
        }
    }

    /// Folds the gateway's "no": what was decided there is not under way any more, or goes no further.
    pub(crate) fn on_refused(&mut self, refused: &Refused) {
        let plan = &mut self.plans[refused.symbol.index()];
        if plan.as_ref().is_some_and(|plan| plan.decision == refused.cause) {
            *plan = None;
        }
    }

    /// Folds a venue's report.
    pub(crate) fn on_report(&mut self, report: &Report, table: &[Instrument], at: TsNanos) {
        let event = match &report.event {
            ReportEvent::Filled(fill) => {
                self.on_fill(fill, table, at);
                return;
            }
            ReportEvent::Accepted => OrderEvent::Accept,
            ReportEvent::Rejected(_) => OrderEvent::Reject,
            ReportEvent::Cancelled => OrderEvent::Cancel,
            ReportEvent::Expired => OrderEvent::Expire,
            ReportEvent::NeverAccepted => OrderEvent::NotFound,
            ReportEvent::CancelRejected => OrderEvent::CancelRejected,
        };
        let Some(id) = report.order else { return };
        if let Some(order) = self.orders.get_mut(&id) {
            // A report that cannot follow is the venue's word against ours: reconciliation settles
            // it, the fold keeps the last state that made sense.
            let _ = order.on_event(event, at);
        }
        self.drop_ended(id, &report.event);
    }

    fn on_fill(&mut self, fill: &Fill, table: &[Instrument], at: TsNanos) {
        let index = fill.symbol.index();
        let was_flat = self.books.position(fill.symbol).trade().is_none();
        let trade = self.books.on_fill(fill, table[index].lot, at);
        if let Some(id) = fill.order
            && let Some(order) = self.orders.get_mut(&id)
        {
            let _ = order.on_fill(fill.qty, at);
        }
        // What was held without ever having a stop was dust: the entry that joins it begins anew.
        let unguarded = self.holdings[index].as_ref().is_none_or(|h| h.first_stop.is_none());
        let of_plan = |plan: &Plan| fill.order.is_some_and(|order| plan.orders.contains(&order));
        if let Some(plan) = self.plans[index].as_mut().filter(|plan| of_plan(plan)) {
            plan.filled += fill.qty;
        }
        let plan = self.plans[index].clone().filter(of_plan);
        if (was_flat || (unguarded && plan.is_some()))
            && self.books.position(fill.symbol).trade().is_some()
        {
            self.holdings[index] = plan.map(|plan| Holding {
                plan,
                since: at,
                stop: None,
                first_stop: None,
                entry: None,
                best: None,
                bars: 0,
                moved_at: None,
                exit: None,
            });
        }
        if let Some(trade) = trade {
            self.settled = Some(Settled { trade, holding: self.holdings[index].take() });
        }
        if let Some(id) = fill.order {
            self.drop_ended(id, &ReportEvent::Filled(*fill));
        }
    }

    /// Folds what somebody else traded. A position that has ended so was closed by nobody's decision: nothing is settled by it.
    pub(crate) fn on_adopted(&mut self, adopted: &Adopted, table: &[Instrument], at: TsNanos) {
        let index = adopted.symbol.index();
        self.books.on_adopted(adopted, table[index].lot, at);
        if self.books.position(adopted.symbol).trade().is_none() {
            self.holdings[index] = None;
        }
    }

    /// Forgets an order that has ended. Its entry's plan has done its part once no other order can take its stead:
    /// one that rested is moved with the price, until the gateway says that it goes no further.
    fn drop_ended(&mut self, id: OrderId, event: &ReportEvent) {
        let Some(order) = self.orders.get(&id) else { return };
        if !order.state().is_terminal() {
            return;
        }
        let (index, rested) = (order.request.symbol.index(), order.request.tif == TimeInForce::Gtc);
        self.orders.remove(&id);
        let plan = &mut self.plans[index];
        let ends = |plan: &Plan| {
            plan.filled >= plan.qty
                || match event {
                    ReportEvent::Rejected(_) => true,
                    ReportEvent::NeverAccepted => id.attempt + 1 >= OrderId::ATTEMPTS,
                    ReportEvent::Accepted
                    | ReportEvent::Filled(_)
                    | ReportEvent::Cancelled
                    | ReportEvent::Expired
                    | ReportEvent::CancelRejected => !rested,
                }
        };
        if plan.as_ref().is_some_and(|plan| plan.orders.last() == Some(&id) && ends(plan)) {
            *plan = None;
        }
    }
}

#[cfg(test)]
mod tests;
