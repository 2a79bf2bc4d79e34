//! Entries: at once within a bound, or at the touch with two re-prices and a patience (spec: "Execution").

use types::decision::{Refusal, RefusalCode};
use types::defects::{Defect, planted};
use types::ids::{Leg, SymbolId};
use types::market::{Direction, TsNanos};
use types::num::{Money, Price, Qty};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

use super::gateway::Gateway;
use super::group::{Group, Step};
use super::limits::Approved;
use super::planning::place;
use super::retry::wait_after;
use super::settings::EntryStyle;
use super::state::Entering;

/// Orders of one entry at the touch: the first and two re-prices.
const ORDERS: u8 = 3;

impl Gateway {
    /// Returns the first order of an entry, approved.
    #[expect(clippy::too_many_arguments, reason = "these are the fields of one decision")]
    pub(super) fn enter(
        &self,
        symbol: SymbolId,
        direction: Direction,
        qty: Qty,
        limit: Option<Price>,
        expires: Option<TsNanos>,
        decided: TsNanos,
        legs: usize,
    ) -> Result<Approved, Refusal> {
        if let Some(refusal) = self.forbids_entries(symbol) {
            return Err(refusal);
        }
        if self.state.entering[symbol.index()].is_some() {
            return Err(Refusal::count(RefusalCode::Entering, 1, 0));
        }
        if let Some(late) = self.is_expired(expires, decided) {
            return Err(late);
        }
        let side = Side::opening(direction);
        let (kind, tif) = self.entry_price(symbol, side, limit)?;
        let lot = self.state.instrument(symbol).lot;
        self.approve_entry(symbol, side, kind, tif, qty.floor_to(lot), legs)
    }

    /// Returns the refusal of a decision whose time is over.
    fn is_expired(&self, expires: Option<TsNanos>, decided: TsNanos) -> Option<Refusal> {
        let seconds = |nanos: i64| Money::from_units(nanos / 1_000_000_000);
        let expires = expires.filter(|expires| self.now > *expires)?;
        if planted(Defect::StaleEntrySent) {
            return None;
        }
        let (late, time) = (self.now.since(expires), expires.since(decided));
        Some(Refusal::new(RefusalCode::Expired, seconds(late), seconds(time)))
    }

    fn approve_entry(
        &self,
        symbol: SymbolId,
        side: Side,
        kind: OrderKind,
        tif: TimeInForce,
        qty: Qty,
        legs: usize,
    ) -> Result<Approved, Refusal> {
        let instrument = self.state.instrument(symbol);
        if qty < instrument.min_qty || !qty.is_positive() {
            let (seen, limit) = (Money::of_qty(qty), Money::of_qty(instrument.min_qty));
            return Err(Refusal::new(RefusalCode::TooSmall, seen, limit));
        }
        let request = OrderRequest { symbol, side, kind, qty, tif, reduce_only: false };
        let request = self.terms[symbol.index()].map(request, Price::ZERO, instrument.tick)?;
        self.approve(request, legs)
    }

    /// Returns the kind of an entry's order now.
    fn entry_price(
        &self,
        symbol: SymbolId,
        side: Side,
        worst: Option<Price>,
    ) -> Result<(OrderKind, TimeInForce), Refusal> {
        match (self.settings.entry, worst) {
            (EntryStyle::Bounded, Some(price)) => {
                Ok((OrderKind::Limit { price }, TimeInForce::Ioc))
            }
            (EntryStyle::Bounded, None) => Ok((OrderKind::Market, TimeInForce::Ioc)),
            (EntryStyle::Touch, worst) => {
                let price = self.touch_price(symbol, side, worst)?;
                Ok((OrderKind::Limit { price }, TimeInForce::Gtc))
            }
        }
    }

    /// Returns the best price of the order's own side, held at the decision's worst price and on a tick.
    fn touch_price(
        &self,
        symbol: SymbolId,
        side: Side,
        worst: Option<Price>,
    ) -> Result<Price, Refusal> {
        let seconds = |nanos: i64| Money::from_units(nanos / 1_000_000_000);
        let age = self.quotes[symbol.index()].map_or(i64::MAX, |quote| self.now.since(quote.at));
        let limit = self.settings.quote_age;
        let quote = self.quotes[symbol.index()].filter(|_| age <= limit);
        let worst = worst.filter(|_| !planted(Defect::WorstPriceIgnored));
        let Some(quote) = quote else {
            return Err(Refusal::new(RefusalCode::NotEvaluable, seconds(age), seconds(limit)));
        };
        let tick = self.state.instrument(symbol).tick;
        Ok(match side {
            Side::Buy => worst.map_or(quote.bid, |worst| quote.bid.min(worst)).floor_to(tick),
            Side::Sell => worst.map_or(quote.ask, |worst| quote.ask.max(worst)).ceil_to(tick),
        })
    }

    /// Returns the next step of the entry that is under way.
    pub(super) fn plan_entry(&mut self, symbol: SymbolId) -> Option<Group> {
        let entering = self.state.entering[symbol.index()]?;
        let over = self.over(symbol, &entering);
        let open = self.state.orders.open_of(symbol).find(|live| {
            live.order.id.leg == Leg::Main
                && !live.request().reduce_only
                && live.cause == entering.decision
        });
        let Some(live) = open else { return self.plan_next_order(symbol, &entering, over) };
        let (order, request, settled) = (live.order.id, *live.request(), self.is_at_rest(live));
        if request.tif != TimeInForce::Gtc || !settled {
            return None;
        }
        if over.is_none() && !self.wants_new_price(symbol, &entering, &request) {
            self.wake_entry(symbol, &entering);
            return None;
        }
        let cause = self.state.causes[symbol.index()];
        Some(Group::of([Step::Cancel { order, cause }]))
    }

    /// Returns why an entry goes no further, if so.
    fn over(&self, symbol: SymbolId, entering: &Entering) -> Option<Refusal> {
        let patience = entering.since.plus(self.settings.patience);
        let rests = self.settings.entry == EntryStyle::Touch;
        let until = entering.expires.into_iter().chain(rests.then_some(patience)).min();
        if entering.stopped {
            return Some(Refusal::word(RefusalCode::StoppedOut));
        }
        self.forbids_entries(symbol).or_else(|| self.is_expired(until, entering.since))
    }

    /// Returns whether a third of the patience has passed since the last price and the touch has moved.
    fn wants_new_price(
        &self,
        symbol: SymbolId,
        entering: &Entering,
        resting: &OrderRequest,
    ) -> bool {
        if entering.placed >= ORDERS || self.now < self.next_price_at(entering) {
            return false;
        }
        let touch = self.touch_price(symbol, resting.side, entering.limit);
        touch.is_ok_and(|price| resting.kind != OrderKind::Limit { price })
    }

    fn next_price_at(&self, entering: &Entering) -> TsNanos {
        let third = self.settings.patience / i64::from(ORDERS);
        entering.since.plus(third.saturating_mul(i64::from(entering.placed)))
    }

    fn wake_entry(&mut self, symbol: SymbolId, entering: &Entering) {
        let patience = entering.since.plus(self.settings.patience);
        let until = entering.expires.map_or(patience, |expires| expires.min(patience)).plus(1);
        let price = self.next_price_at(entering);
        // After its third of the patience a touch that has not moved is looked at again each second.
        let price = if price > self.now { price } else { self.now.plus(1_000_000_000) };
        let next = if entering.placed < ORDERS { price.min(until) } else { until };
        self.wake_at(symbol, next);
    }

    /// Places what is left of an entry whose last order has ended, or gives it up.
    fn plan_next_order(
        &mut self,
        symbol: SymbolId,
        entering: &Entering,
        over: Option<Refusal>,
    ) -> Option<Group> {
        let decision = entering.decision;
        if let Some(refusal) = over {
            return self.refuse(decision, symbol, refusal);
        }
        if decision <= self.restored && !planted(Defect::StaleEntrySent) {
            return self.refuse(decision, symbol, Refusal::word(RefusalCode::Restarted));
        }
        let side = Side::opening(entering.direction);
        let filled = if planted(Defect::RestIgnoresFills) { Qty::ZERO } else { entering.filled };
        let rest = (entering.qty - filled).floor_to(self.state.instrument(symbol).lot);
        if let Some(failed) = entering.failed {
            let tries = u32::from(failed.order.attempt);
            let next = failed.at.plus(wait_after(
                tries,
                failed.order,
                self.state.seed,
                self.settings.pace,
            ));
            if self.now < next {
                self.wake_at(symbol, next);
                return None;
            }
            let request = failed.request;
            let placed =
                self.approve_entry(symbol, side, request.kind, request.tif, request.qty, 0);
            return match placed {
                Ok(approved) => Some(place(Some(failed.order), decision, approved)),
                Err(refusal) => self.refuse(decision, symbol, refusal),
            };
        }
        let placed = if entering.placed >= ORDERS {
            Err(Refusal::count(RefusalCode::Expired, entering.placed.into(), ORDERS.into()))
        } else {
            self.entry_price(symbol, side, entering.limit)
                .and_then(|(kind, tif)| self.approve_entry(symbol, side, kind, tif, rest, 0))
        };
        match placed {
            Ok(approved) => Some(place(None, decision, approved)),
            Err(refusal) => self.refuse(decision, symbol, refusal),
        }
    }
}
