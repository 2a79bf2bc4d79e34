//! What is missing: each symbol as it is against each symbol as it should be. Nothing here remembers that something
//! was asked for; what the journal says is there is there, so a restart goes on where the last life ended.

use types::decision::{Action, Refusal, RefusalCode};
use types::defects::{Defect, planted};
use types::entry::{
    Body, Incident, IncidentKind, IncidentOver, Keeper, Refused, Source, SystemMode,
};
use types::ids::{OrderId, Seq, SymbolId};
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::order::OrderRequest;

use super::gateway::{Gateway, Touch};
use super::group::{Group, Step};
use super::hearing::Said;
use super::limits::{Approved, approve};
use super::live::Live;
use super::state::Wanted;
use super::terms::Trading;
use crate::units::symbol_ids;

/// Tries to get fills that an order is said to have before the gap is an incident.
const FILL_TRIES: u32 = 5;
/// How long a position may be without its stop before it is an incident, nanoseconds.
const UNPROTECTED: i64 = 5_000_000_000;

impl Gateway {
    /// Returns the next entries that are due.
    pub(super) fn next_group(&mut self) -> Option<Group> {
        self.close_holes();
        if let Some(group) = self.next_incident() {
            return Some(group);
        }
        while let Some(symbol) = self.dirty.front().copied() {
            if let Some(group) = self.plan(symbol) {
                return Some(group);
            }
            self.dirty.pop_front();
        }
        None
    }

    /// Returns what is due for a symbol: what was decided first, then the entry under way, then protection.
    fn plan(&mut self, symbol: SymbolId) -> Option<Group> {
        let wanted = self.state.wanted.iter().find(|(_, wanted)| wanted.symbol == symbol);
        if let Some((seq, wanted)) = wanted {
            let (seq, wanted) = (*seq, *wanted);
            if let Some(group) = self.plan_decision(seq, wanted) {
                return Some(group);
            }
        }
        self.plan_entry(symbol).or_else(|| self.plan_protection(symbol))
    }

    fn plan_decision(&mut self, seq: Seq, wanted: Wanted) -> Option<Group> {
        let symbol = wanted.symbol;
        match wanted.action {
            Action::Enter { .. } if seq <= self.restored && !planted(Defect::StaleEntrySent) => {
                // It was never sent: what it saw is too old to act on.
                self.refuse(seq, symbol, Refusal::word(RefusalCode::Restarted))
            }
            Action::Enter { direction, qty, limit, protection, expires } => {
                let legs = protection.map_or(0, |p| 1 + usize::from(p.target.is_some()));
                let placed = self.is_fresh(&wanted).and_then(|()| {
                    self.enter(symbol, direction, qty, limit, expires, wanted.at, legs)
                });
                match placed {
                    Ok(approved) => Some(place(None, seq, approved)),
                    Err(refusal) => self.refuse(seq, symbol, refusal),
                }
            }
            Action::Reduce { qty } => self.plan_exit(seq, symbol, qty, true),
            Action::MoveStop { trigger } => {
                let at = self.state.guards[symbol.index()].stop_at.unwrap_or_default();
                let refusal = Refusal::new(RefusalCode::StopAway, price(trigger), price(at));
                self.refuse(seq, symbol, refusal)
            }
            Action::Nothing | Action::RequestSafeMode { .. } => None,
        }
    }

    /// Refuses an entry on an instant longer ago than twice the shortest timeframe: an outage that is caught up on
    /// teaches, and opens nothing.
    fn is_fresh(&self, wanted: &Wanted) -> Result<(), Refusal> {
        let (Some(instant), Some(shortest)) = (wanted.instant, self.state.shortest) else {
            return Ok(());
        };
        let (age, limit) = (self.now.since(instant), shortest.nanos().saturating_mul(2));
        if age <= limit || planted(Defect::StaleEntrySent) {
            return Ok(());
        }
        let seconds = |nanos: i64| Money::from_units(nanos / 1_000_000_000);
        Err(Refusal::new(RefusalCode::DataOld, seconds(age), seconds(limit)))
    }

    pub(super) fn refuse(&self, cause: Seq, symbol: SymbolId, refusal: Refusal) -> Option<Group> {
        Some(Group::note(Source::Hub, Body::Refused(Refused { cause, symbol, refusal })))
    }

    /// Returns why no entry of a symbol may be sent or go on working now, if so.
    pub(super) fn forbids_entries(&self, symbol: SymbolId) -> Option<Refusal> {
        let code = if self.state.killed && !planted(Defect::KillIgnored) {
            RefusalCode::Killed
        } else if self.not_durable || self.full {
            RefusalCode::NotDurable
        } else if self.blocked.get(symbol.index()) == Some(&true)
            && !planted(Defect::QuarantineIgnored)
        {
            RefusalCode::Feed
        } else if self.state.winding.is_some() {
            RefusalCode::WindingDown
        } else if self.state.paused && !planted(Defect::PauseIgnored) {
            RefusalCode::Paused
        } else if self.state.mode.mode != SystemMode::Running && !planted(Defect::ModeIgnored) {
            RefusalCode::Mode
        } else if self.terms[symbol.index()].trading != Trading::On
            && !planted(Defect::HaltedSymbolEntered)
        {
            RefusalCode::NotTrading
        } else if self.state.is_quarantined(symbol) {
            RefusalCode::Quarantined
        } else {
            return None;
        };
        Some(Refusal::word(code))
    }

    pub(super) fn approve(&self, request: OrderRequest, legs: usize) -> Result<Approved, Refusal> {
        approve(&self.state, request, 1 + legs, self.settings.limits_required)
    }

    /// Returns whether it is open what became of a request about an order.
    pub(super) fn is_in_doubt(&self, order: OrderId) -> bool {
        self.flights.get(&order).is_some_and(|flight| flight.doubt.is_some())
    }

    /// Returns whether an order can be cancelled: the venue has it, and nothing about it is open.
    pub(super) fn is_at_rest(&self, live: &Live) -> bool {
        live.heard && !live.is_leaving() && !self.is_in_doubt(live.order.id)
    }

    /// Asks to be woken for a symbol.
    pub(super) fn wake_at(&mut self, symbol: SymbolId, at: TsNanos) {
        let wake = self.wake.entry(symbol).or_insert(at);
        *wake = (*wake).min(at);
    }

    /// Takes a new price of a symbol: a stop with a limit may have been passed, an entry may be re-priced.
    pub(super) fn on_price(&mut self, symbol: SymbolId) {
        let now = self.now;
        if self.clocks[symbol.index()].is_running() {
            // Whether so little can be sold depends on the price.
            self.measure(symbol);
            self.touch(symbol);
        }
        if self.state.orders.are_idle() {
            return;
        }
        let Some(best) = self.closing_price(symbol) else { return };
        let mut passed = Vec::new();
        for live in self.state.orders.protective(symbol) {
            if super::protecting::is_passed(live.request(), best) {
                passed.push(live.order.id);
            } else if let Some(flight) = self.flights.get_mut(&live.order.id) {
                flight.beyond = None;
            }
        }
        let after = self.settings.chase_after;
        for order in passed {
            let since = *self.flights.entry(order).or_default().beyond.get_or_insert(now);
            self.wake_at(symbol, since.plus(after));
        }
    }

    /// Returns the price at which a position of the symbol could be closed now.
    pub(super) fn closing_price(&self, symbol: SymbolId) -> Option<Price> {
        let qty = self.state.books.position(symbol).qty();
        let quote = self.fresh_quote(symbol).map(|quote| quote.closing(qty));
        quote.or_else(|| self.state.mark(symbol))
    }

    pub(super) fn fresh_quote(&self, symbol: SymbolId) -> Option<Touch> {
        let fresh = |at: TsNanos| self.now.since(at) <= self.settings.quote_age;
        self.quotes[symbol.index()].filter(|quote| fresh(quote.at))
    }

    /// Measures what of a position no resting stop covers.
    pub(super) fn measure(&mut self, symbol: SymbolId) {
        let held = self.state.held(symbol);
        let whole = self.state.books.position(symbol).qty().abs();
        let guard = &self.state.guards[symbol.index()];
        // What can rest at the stop may still be too small to be sold here and now.
        let at = guard.stop_at.into_iter().chain(self.state.mark(symbol)).min();
        let at = at.unwrap_or(Price::ONE);
        let instrument = self.state.instrument(symbol);
        let out_of_order = self.state.is_told_out_of_order(symbol);
        let (open, dust) = if guard.protection.is_none() || whole.is_zero() || out_of_order {
            (Qty::ZERO, Qty::ZERO)
        } else if super::guard::is_dust(instrument, held, at) {
            // All of it, and so what is less than a lot: a first part, or one that its fee was taken of.
            (Qty::ZERO, whole)
        } else {
            // A target protects nothing.
            let covers = |live: &&Live| live.heard && live.order.id.leg == types::ids::Leg::Stop;
            let resting = self.state.orders.protective(symbol).filter(covers);
            let covered = resting.map(|live| live.order.open_qty()).sum();
            ((held - covered).max(Qty::ZERO), Qty::ZERO)
        };
        let now = self.now;
        self.clocks[symbol.index()].set(open, dust, now);
        if !open.is_zero() && self.settings.protect_again.is_some() {
            let late = UNPROTECTED.saturating_mul(self.settings.pace);
            self.wake_at(symbol, now.plus(late));
        }
    }

    /// Tells the end of orders whose fills are complete, or cannot be had.
    fn close_holes(&mut self) {
        for (order, flight) in &mut self.flights {
            let Some(hole) = &mut flight.hole else { continue };
            let known = self.state.orders.get(*order).map_or(Qty::ZERO, |live| live.filled);
            let whole = known >= hole.filled;
            flight.unexplained = !whole && hole.tries >= FILL_TRIES;
            if (whole || flight.unexplained)
                && let Some(end) = hole.end.take()
            {
                self.inbox.push_back(Said::Event(*order, end));
            }
            if whole {
                flight.hole = None;
            }
        }
        self.flights.retain(|_, flight| !flight.is_idle());
    }

    /// Opens and closes the incidents that follow from what is under way.
    fn next_incident(&self) -> Option<Group> {
        let known = &self.state.incidents;
        let mut wanted = Vec::new();
        for (order, flight) in &self.flights {
            let Some(live) = self.state.orders.get(*order) else { continue };
            let symbol = Some(live.request().symbol);
            let qty = Money::of_qty(live.request().qty);
            let filled = Money::of_qty(live.filled);
            let mut want = |kind, seen, wanted_qty| {
                let incident = Incident::new(kind, seen, wanted_qty).of_order(*order);
                wanted.push(Incident { symbol, ..incident });
            };
            if flight.doubt.as_ref().is_some_and(|doubt| doubt.placing) {
                want(IncidentKind::OutcomeUnknown, filled, qty);
            }
            if flight.lost {
                want(IncidentKind::OrderLost, Money::ZERO, qty);
            }
            if let (true, Some(hole)) = (flight.unexplained, &flight.hole) {
                want(IncidentKind::FillsMissing, filled, Money::of_qty(hole.filled));
            }
        }
        let all = symbol_ids(self.terms.len());
        for (symbol, (terms, clock)) in all.zip(self.terms.iter().zip(&self.clocks)) {
            let held = Money::of_qty(self.state.books.position(symbol).qty());
            let mut want = |kind, seen| {
                wanted.push(Incident::new(kind, seen, Money::ZERO).of_symbol(symbol));
            };
            match terms.trading {
                Trading::On => {}
                Trading::Halted => want(IncidentKind::SymbolHalted, held),
                Trading::Delisted if held.is_zero() => {}
                Trading::Delisted => want(IncidentKind::Delisted, held),
            }
            let open = clock.read(self.now);
            let patience = UNPROTECTED.saturating_mul(self.settings.pace);
            // What a hub that was dead could not do is no incident of the one that does it now.
            let since = open.since.map(|since| since.max(self.begun));
            let late = since.is_some_and(|since| self.now.since(since) >= patience);
            if late && self.settings.protect_again.is_some() {
                want(IncidentKind::Unprotected, Money::of_qty(open.qty));
            }
        }
        if let Some((seen, limit)) = self.above {
            wanted.push(Incident::new(IncidentKind::AboveLimit, seen, limit));
        }
        if let Some(new) = wanted.iter().find(|new| !known.values().any(|old| old.is_same(new))) {
            return Some(Group::note(Source::Hub, Body::Incident(*new)));
        }
        let over = known.iter().find(|(_, old)| {
            let here = old.kind.keeper() == Keeper::Gateway;
            here && !wanted.iter().any(|wanted| wanted.is_same(old))
        });
        over.map(|(incident, _)| {
            let over = IncidentOver { incident: *incident, by_itself: true };
            Group::note(Source::Hub, Body::IncidentOver(over))
        })
    }
}

/// Returns the group that places one main order.
pub(super) fn place(earlier: Option<OrderId>, cause: Seq, approved: Approved) -> Group {
    Group::of([Step::Place { earlier, leg: types::ids::Leg::Main, cause, approved }])
}

/// Returns a price as a refusal carries it.
pub(super) fn price(price: Price) -> Money {
    Money::of_qty(Qty::from_raw(price.raw()))
}
