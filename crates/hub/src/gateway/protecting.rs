//! Protection (invariant 6) and exits: a stop rests for what is held, or what is held is sold.

use types::decision::{Refusal, RefusalCode};
use types::defects::{Defect, planted};
use types::ids::{Leg, OrderId, Seq, SymbolId};
use types::num::{Money, Price, Qty};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

use super::gateway::Gateway;
use super::group::{Group, Step};
use super::guard::{Failed, Towards, is_dust, protective_price};
use super::limits::Approved;
use super::live::Live;
use super::retry::{ATTEMPTS, LONGEST, wait_after};
use super::terms::{Trading, stop_limit_offset};

/// How long a target may rest half traded without a stop beside it, nanoseconds: below the second that invariant 6
/// grants, with the time of two requests.
const HALF_TRADED: i64 = 500_000_000;

/// How often the wait before a rejected sale is tried again doubles: 5 s become 80 s. Each try takes the stop off the book.
const DOUBLED_MAX: u8 = 4;

impl Gateway {
    /// Returns the next step that brings the protection of a symbol to what it should be.
    pub(super) fn plan_protection(&mut self, symbol: SymbolId) -> Option<Group> {
        let cause = self.state.causes[symbol.index()];
        let guard = &self.state.guards[symbol.index()];
        let sell = guard.sell;
        if self.state.books.position(symbol).trade().is_none() {
            return self.plan_cancel(symbol, cause);
        }
        if self.is_selling(symbol) || self.state.is_told_out_of_order(symbol) {
            return None;
        }
        if planted(Defect::RejectedStopIgnored) && guard.stop_rejected {
            return None;
        }
        let waits = self.waits_to_sell(symbol)?;
        if let Some(sell) = sell.filter(|_| !waits) {
            return self.plan_exit(sell, symbol, None, false);
        }
        let held = self.state.held(symbol);
        let trades = |live: &Live| live.filled.is_positive() && live.order.open_qty() >= held;
        if self.state.orders.protective(symbol).any(trades) && self.may_go_on(symbol) {
            // What is left of it closes the rest.
            return self.plan_chase(symbol, cause);
        }
        let legs = self.wanted_legs(symbol)?;
        let held = legs.first().map_or(Qty::ZERO, |(_, request)| request.qty);
        if self.rests_already(symbol, &legs) {
            return self.plan_chase(symbol, cause);
        }
        let at = self.state.guards[symbol.index()].stop_at.unwrap_or_default();
        if is_dust(self.state.instrument(symbol), held, at) {
            return self.plan_cancel(symbol, cause);
        }
        self.plan_legs(symbol, cause, &legs)
    }

    /// Returns whether a sale that the venue rejected is not tried again yet. Meanwhile the stop is put back, unless
    /// the venue has rejected that as well: `None` then, nothing is asked for until something changes or time has passed.
    fn waits_to_sell(&mut self, symbol: SymbolId) -> Option<bool> {
        let guard = &self.state.guards[symbol.index()];
        let (Some(blocked), stop_rejected) = (guard.blocked, guard.stop_rejected) else {
            return Some(false);
        };
        let again = self.settings.protect_again?;
        let wait = if stop_rejected && self.state.orders.protective(symbol).next().is_none() {
            // Nothing rests that a try could take off the book: once the venue takes orders again, it must not stay so for long.
            again.min(LONGEST.saturating_mul(self.settings.pace))
        } else {
            again.saturating_mul(1 << guard.rejected.saturating_sub(1).min(DOUBLED_MAX))
        };
        let next = blocked.plus(wait);
        // Where nothing trades it waits for the listing that says otherwise.
        let trades = self.terms[symbol.index()].trading == Trading::On;
        if trades && self.now >= next {
            return Some(false);
        }
        if trades {
            self.wake_at(symbol, next);
        }
        (!stop_rejected).then_some(true)
    }

    /// Returns whether a protective order that trades is left alone to close the rest. A target has ended its stop
    /// and may rest half traded: after a moment the rest is given a stop again. A backtest, whose walk trades on or
    /// not at all, waits for its end.
    fn may_go_on(&mut self, symbol: SymbolId) -> bool {
        let stop = self.state.orders.protective(symbol).any(|live| live.order.id.leg == Leg::Stop);
        let traded = self.state.guards[symbol.index()].traded_at;
        let Some(traded) = traded.filter(|_| !stop && self.settings.protect_again.is_some()) else {
            return true;
        };
        let next = traded.plus(HALF_TRADED.saturating_mul(self.settings.pace));
        if self.now < next {
            self.wake_at(symbol, next);
        }
        self.now < next
    }

    /// Returns whether a main order that makes the position smaller is open.
    fn is_selling(&self, symbol: SymbolId) -> bool {
        let mut open = self.state.orders.open_of(symbol);
        open.any(|live| live.order.id.leg == Leg::Main && live.request().reduce_only)
    }

    /// Cancels what protects a symbol that needs none. The two of a list are one.
    fn plan_cancel(&mut self, symbol: SymbolId, cause: Seq) -> Option<Group> {
        let live = self.state.orders.protective(symbol).find(|live| self.is_at_rest(live))?;
        Some(Group::of([Step::Cancel { order: live.order.id, cause }]))
    }

    /// Returns the stop, and the target if one was decided, as they should rest.
    fn wanted_legs(&self, symbol: SymbolId) -> Option<Vec<(Leg, OrderRequest)>> {
        let guard = &self.state.guards[symbol.index()];
        let instrument = self.state.instrument(symbol);
        let (protection, direction) = (guard.protection?, guard.direction?);
        let average = self.state.books.position(symbol).trade()?.average_entry()?;
        let trigger = if planted(Defect::TrailForgotten) && self.restored > Seq(0) {
            protective_price(protection.stop, average, direction, instrument.tick, Towards::Loss)
        } else {
            guard.stop_at?
        };
        let qty = self.state.held(symbol);
        let order = |kind| OrderRequest {
            symbol,
            side: Side::closing(direction),
            kind,
            qty,
            tif: TimeInForce::Gtc,
            reduce_only: true,
        };
        let mut legs = vec![(Leg::Stop, order(OrderKind::StopMarket { trigger }))];
        if let Some(target) = protection.target.filter(|_| self.terms[symbol.index()].oco) {
            let trigger =
                protective_price(target, average, direction, instrument.tick, Towards::Profit);
            legs.push((Leg::Target, order(OrderKind::TakeProfit { trigger })));
        }
        let share = self.settings.stop_limit_offset;
        let range = self.state.ranges[symbol.index()].get();
        let offset = stop_limit_offset(trigger, share, range);
        let terms = &self.terms[symbol.index()];
        legs.into_iter()
            .map(|(leg, request)| Some((leg, terms.map(request, offset, instrument.tick).ok()?)))
            .collect()
    }

    /// Returns whether what rests is what is wanted. A stop stays where it is while it is right; only size and
    /// trigger make it wrong, not what its limit or target would be today.
    fn rests_already(&self, symbol: SymbolId, legs: &[(Leg, OrderRequest)]) -> bool {
        let trigger = |request: &OrderRequest| match request.kind {
            OrderKind::StopMarket { trigger } | OrderKind::StopLimit { trigger, .. } => {
                Some(trigger)
            }
            OrderKind::Market
            | OrderKind::Limit { .. }
            | OrderKind::TakeProfit { .. }
            | OrderKind::LimitMaker { .. } => None,
        };
        legs.iter().all(|(leg, wanted)| {
            let mut resting =
                self.state.orders.protective(symbol).filter(|live| live.order.id.leg == *leg);
            resting.any(|live| {
                let request = live.request();
                let sized = live.order.open_qty() == wanted.qty || planted(Defect::StopNotResized);
                let same = sized && request.side == wanted.side;
                same && !live.is_leaving() && trigger(request) == trigger(wanted)
            })
        })
    }

    /// Places the protective orders, in the stead of those that rest. Never two sets at once.
    fn plan_legs(
        &mut self,
        symbol: SymbolId,
        cause: Seq,
        legs: &[(Leg, OrderRequest)],
    ) -> Option<Group> {
        let resting: Vec<OrderId> =
            self.state.orders.protective(symbol).map(|live| live.order.id).collect();
        let mut steps = Vec::new();
        for (leg, request) in legs {
            let earlier = match self.earlier(symbol, *leg, request) {
                Ok(earlier) => earlier,
                Err(next) => {
                    if let Some(next) = next {
                        self.wake_at(symbol, next);
                    }
                    return None;
                }
            };
            // What only makes the position smaller passes; a stop that would not is not ours to place.
            let approved: Approved = self.approve(*request, 0).ok()?;
            steps.push(Step::Place { earlier, leg: *leg, cause, approved });
        }
        self.in_stead_of(symbol, &resting, cause, steps)
    }

    /// Returns the attempt that this one follows, or when it may follow it.
    fn earlier(
        &self,
        symbol: SymbolId,
        leg: Leg,
        request: &OrderRequest,
    ) -> Result<Option<OrderId>, Option<types::market::TsNanos>> {
        let guard = &self.state.guards[symbol.index()];
        let failed: Option<Failed> = match leg {
            Leg::Main => guard.failed_exit,
            Leg::Stop => guard.failed_stop,
            Leg::Target => guard.failed_target,
        };
        let Some(failed) = failed.filter(|failed| failed.request == *request) else {
            return Ok(None);
        };
        let tries = u32::from(failed.order.attempt);
        let last = failed.order.attempt + 1 >= ATTEMPTS;
        let wait = match self.settings.protect_again {
            Some(again) if last => again.min(LONGEST.saturating_mul(self.settings.pace)),
            None if last => return Err(None),
            Some(_) | None => wait_after(tries, failed.order, self.state.seed, self.settings.pace),
        };
        let next = failed.at.plus(wait);
        if self.now < next {
            return Err(Some(next));
        }
        // After the last attempt it is a command of its own: that none was accepted is proven.
        Ok((!last).then_some(failed.order))
    }

    /// Replaces in one request where the venue can; otherwise cancels, and the next plan places.
    fn in_stead_of(
        &mut self,
        symbol: SymbolId,
        resting: &[OrderId],
        cause: Seq,
        place: Vec<Step>,
    ) -> Option<Group> {
        let Some(first) = resting.first().copied().filter(|_| !planted(Defect::SecondStop)) else {
            return Some(Group::of(place));
        };
        // A halted symbol takes cancellations and nothing new: what rests would be gone with nothing in its stead.
        if self.terms[symbol.index()].trading == Trading::Halted {
            return None;
        }
        let settled = resting
            .iter()
            .filter_map(|order| self.state.orders.get(*order))
            .all(|live| self.is_at_rest(live));
        if !settled {
            return None;
        }
        let venue = &self.settings.venue;
        let lists = resting.len() > 1 || place.len() > 1;
        let at_once = self.terms[symbol.index()].replace && (venue.replace_lists || !lists);
        let cancel = Step::Cancel { order: first, cause };
        let place = place.into_iter().filter(|_| at_once);
        Some(Group::of(std::iter::once(cancel).chain(place)))
    }

    /// Sells at the market what a stop with a limit has not sold in its time.
    fn plan_chase(&mut self, symbol: SymbolId, cause: Seq) -> Option<Group> {
        let after = self.settings.chase_after;
        let now = self.now;
        let due = self.flights.iter().any(|(order, flight)| {
            let ours = self.state.orders.get(*order).is_some_and(|live| {
                live.request().symbol == symbol && !live.order.state().is_terminal()
            });
            ours && flight.beyond.is_some_and(|since| now >= since.plus(after))
        });
        if due { self.plan_exit(cause, symbol, None, false) } else { None }
    }

    /// Sells what is held, or a part of it, in the stead of what protects it: its quantity is needed.
    ///
    /// Good till cancelled: on a bar without volume it waits, as a triggered stop does.
    pub(super) fn plan_exit(
        &mut self,
        cause: Seq,
        symbol: SymbolId,
        qty: Option<Qty>,
        decided: bool,
    ) -> Option<Group> {
        let refusal = |seen: Qty| {
            Refusal::new(RefusalCode::NothingHeld, Money::of_qty(seen), Money::of_qty(Qty::STEP))
        };
        let lot = self.state.instrument(symbol).lot;
        let held = self.state.held(symbol);
        let position = self.state.books.position(symbol);
        let direction = position.direction().filter(|_| !self.state.is_told_out_of_order(symbol));
        let qty = qty.map_or(held, |qty| qty.min(held)).floor_to(lot);
        let (Some(direction), true) = (direction, qty.is_positive()) else {
            return if decided { self.refuse(cause, symbol, refusal(qty)) } else { None };
        };
        if self.is_selling(symbol) {
            return if decided { self.refuse(cause, symbol, refusal(Qty::ZERO)) } else { None };
        }
        let instrument = self.state.instrument(symbol);
        if self.state.mark(symbol).is_some_and(|mark| is_dust(instrument, qty, mark)) {
            let (seen, limit) = (Money::of_qty(qty), Money::of_qty(instrument.min_qty));
            let refusal = Refusal::new(RefusalCode::TooSmall, seen, limit);
            return if decided { self.refuse(cause, symbol, refusal) } else { None };
        }
        if let Some(group) = self.cancel_entry(symbol, cause) {
            return Some(group);
        }
        let market = OrderRequest {
            symbol,
            side: Side::closing(direction),
            kind: OrderKind::Market,
            qty,
            tif: TimeInForce::Gtc,
            reduce_only: true,
        };
        let request = self.bounded(market).unwrap_or(market);
        let earlier = match self.earlier(symbol, Leg::Main, &request) {
            Ok(earlier) => earlier,
            Err(next) => {
                if let Some(next) = next {
                    self.wake_at(symbol, next);
                }
                return None;
            }
        };
        let mapped = self.terms[symbol.index()].map(request, Price::ZERO, Price::STEP);
        let approved = mapped.and_then(|request| self.approve(request, 0));
        match approved {
            Ok(approved) => {
                let place = Step::Place { earlier, leg: Leg::Main, cause, approved };
                let resting: Vec<OrderId> =
                    self.state.orders.protective(symbol).map(|live| live.order.id).collect();
                self.in_stead_of(symbol, &resting, cause, vec![place])
            }
            Err(refusal) if decided => self.refuse(cause, symbol, refusal),
            Err(_) => None,
        }
    }

    /// Returns a sale no further from the market than its bound, where it has one: what is not taken on arrival is not left on the
    /// book. An emergency sells half of what is left at once, while both halves can be sold; an operator all of it.
    fn bounded(&self, market: OrderRequest) -> Option<OrderRequest> {
        let symbol = market.symbol;
        let stages = self.settings.flatten_on_emergency.filter(|_| self.state.emergency);
        // On the bar walk, which has no book, nothing is tried again before something changes.
        let tried_again = self.settings.protect_again.is_some();
        let by_hand = self.state.guards[symbol.index()].flattened && tried_again;
        let collar = self.state.limits.as_ref().map(|limits| limits.price_collar);
        let bound = stages.or(collar.filter(|_| by_hand))?;
        let best = self.closing_price(symbol)?;
        let instrument = self.state.instrument(symbol);
        let away = best.scaled_down(bound);
        let price = match market.side {
            Side::Sell => (best - away).ceil_to(instrument.tick),
            Side::Buy => (best + away).floor_to(instrument.tick),
        };
        let half = Qty::from_raw(market.qty.raw() / 2).floor_to(instrument.lot);
        let whole = stages.is_none() || is_dust(instrument, half, price);
        let qty = if whole { market.qty } else { market.qty - half };
        Some(OrderRequest {
            kind: OrderKind::Limit { price },
            qty,
            tif: TimeInForce::Ioc,
            ..market
        })
    }

    /// Takes an entry that still rests off the book before its position is closed.
    fn cancel_entry(&mut self, symbol: SymbolId, cause: Seq) -> Option<Group> {
        let live = self.state.orders.open_of(symbol).find(|live| {
            let request = live.request();
            let entry = live.order.id.leg == Leg::Main && !request.reduce_only;
            entry && request.tif == TimeInForce::Gtc && self.is_at_rest(live)
        })?;
        Some(Group::of([Step::Cancel { order: live.order.id, cause }]))
    }
}

/// Returns whether the market is beyond the trigger of a stop with a limit: it should have traded.
pub(super) fn is_passed(request: &OrderRequest, best: Price) -> bool {
    match (request.kind, request.side) {
        (OrderKind::StopLimit { trigger, .. }, Side::Sell) => best <= trigger,
        (OrderKind::StopLimit { trigger, .. }, Side::Buy) => best >= trigger,
        (
            OrderKind::Market
            | OrderKind::Limit { .. }
            | OrderKind::StopMarket { .. }
            | OrderKind::TakeProfit { .. }
            | OrderKind::LimitMaker { .. },
            _,
        ) => false,
    }
}
