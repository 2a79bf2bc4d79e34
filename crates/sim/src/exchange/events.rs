//! What happens on a symbol's stage: at the price of the moment, and next along the segment.

use std::cmp::Ordering;

use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::Price;
use types::side::Side;

use super::Exchange;
use super::conventions::GapFill;
use super::path::{Fraction, Phase};
use super::slot::{Lane, Slot};
use super::working::Stance;

/// What happens next on a segment; earlier ones first where two happen at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Liquidate,
    Touch(Urgency, usize),
    Make(usize),
    Arrive,
}

/// Stops before everything else that waits for a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Stop,
    Target,
}

impl Exchange {
    /// Does the most urgent thing that happens at the price of the moment.
    pub(super) fn settle(&mut self, symbol: SymbolId, at: TsNanos) -> bool {
        if self.is_liquidated(symbol) {
            self.liquidate(symbol, at);
            return true;
        }
        let slot = &self.slots[symbol.index()];
        let Some(lane) = &slot.lane else { return false };
        let opening = lane.phase == Phase::Open;
        let gapped = if opening { gapped(slot, lane.price()) } else { None };
        match gapped {
            Some(Event::Touch(Urgency::Stop, index)) => {
                self.touch(symbol, index, true);
                true
            }
            gapped => self.settle_takers(symbol, at) || self.settle_gapped(symbol, gapped, at),
        }
    }

    fn settle_gapped(&mut self, symbol: SymbolId, gapped: Option<Event>, at: TsNanos) -> bool {
        match gapped {
            Some(Event::Touch(_, index)) => self.touch(symbol, index, false),
            Some(Event::Make(index)) => {
                let Some(open) = self.slots[symbol.index()].price() else { return false };
                self.make(symbol, index, open, at);
            }
            Some(Event::Liquidate | Event::Arrive) | None => return false,
        }
        true
    }

    /// Lets the oldest order that takes trade, rest or expire.
    pub(super) fn settle_takers(&mut self, symbol: SymbolId, at: TsNanos) -> bool {
        let slot = &self.slots[symbol.index()];
        let trades = slot.can_trade();
        for (index, order) in slot.orders.iter().enumerate() {
            match order.stance() {
                Stance::Market | Stance::Arriving(_) if !trades && order.is_immediate() => {
                    self.expire(symbol, index, at);
                    return true;
                }
                Stance::Market if trades => {
                    self.take(symbol, index, at);
                    return true;
                }
                Stance::Arriving(_) => {
                    self.take_or_rest(symbol, index, at);
                    return true;
                }
                Stance::Market
                | Stance::AwaitsFall(_)
                | Stance::AwaitsRise(_)
                | Stance::Resting(_) => {}
            }
        }
        false
    }

    /// Wakes an order whose trigger was touched. `gapped` says that the bar opened beyond it.
    fn touch(&mut self, symbol: SymbolId, index: usize, gapped: bool) {
        let at_trigger = gapped && self.conventions.gap_fill == GapFill::Trigger;
        let order = &mut self.slots[symbol.index()].orders[index];
        let level = match order.stance() {
            Stance::AwaitsFall(level) | Stance::AwaitsRise(level) => Some(level),
            Stance::Market | Stance::Arriving(_) | Stance::Resting(_) => None,
        };
        order.forced = level.filter(|_| at_trigger);
        order.trigger();
        self.detach_partner(symbol, index);
    }

    /// Moves along the segment to the next event and lets it happen.
    pub(super) fn move_along(&mut self, symbol: SymbolId, at: TsNanos) -> bool {
        let next = self.next_event(symbol);
        let Some(lane) = &mut self.slots[symbol.index()].lane else { return false };
        let Some((place, event)) = next else {
            lane.progress = Fraction::END;
            return false;
        };
        lane.progress = place.later(lane.progress);
        match event {
            Event::Liquidate => self.liquidate(symbol, at),
            Event::Touch(_, index) => self.touch(symbol, index, false),
            Event::Make(index) => {
                if let Some(price) = self.slots[symbol.index()].orders[index].bound() {
                    self.make(symbol, index, price, at);
                }
            }
            Event::Arrive => {
                self.arrive(symbol, at);
            }
        }
        true
    }

    /// Returns the first event on the rest of the segment.
    fn next_event(&self, symbol: SymbolId) -> Option<(Fraction, Event)> {
        let slot = &self.slots[symbol.index()];
        let lane = slot.lane.as_ref()?;
        let held = self.side_held(symbol);
        let mut first: Option<(Fraction, Event)> = None;
        let mut offer = |found: Option<Fraction>, event: Event| {
            let Some(place) = found else { return };
            let earlier = first.is_none_or(|(best, other)| match place.compare(best) {
                Ordering::Less => true,
                Ordering::Equal => event < other,
                Ordering::Greater => false,
            });
            if earlier {
                first = Some((place, event));
            }
        };
        offer(self.liquidation_on(symbol, lane), Event::Liquidate);
        for (index, order) in slot.orders.iter().enumerate() {
            // A target of a position that was opened on this bar waits for the extreme against it.
            let waits =
                order.next_bar || (lane.phase <= lane.adverse && Slot::is_target(order, held));
            if !waits {
                let (found, event) = waiting_event(slot, lane, index);
                offer(found, event);
            }
        }
        if let Some(pending) = slot.pending.front() {
            offer(self.arrival_on(lane, pending.arrives), Event::Arrive);
        }
        first
    }

    /// Returns where on the segment the mark liquidates the position.
    fn liquidation_on(&self, symbol: SymbolId, lane: &Lane) -> Option<Fraction> {
        let position = self.account.isolated(symbol)?;
        let rate = self.slots[symbol.index()].instrument.maintenance_margin;
        let level = position.liquidation_price(rate)?;
        let segment = lane.mark_segment();
        if position.qty.is_positive() {
            segment.falls_to(level, lane.progress)
        } else {
            segment.rises_to(level, lane.progress)
        }
    }

    /// Returns where on the segment a moment lies.
    fn arrival_on(&self, lane: &Lane, arrives: TsNanos) -> Option<Fraction> {
        let (open, close) = (self.walk.open, self.walk.close);
        let (start, end) = (lane.phase.start(open, close), lane.phase.end(open, close));
        (arrives <= end)
            .then(|| Fraction::new(arrives.since(start), end.since(start)).later(lane.progress))
    }

    fn is_liquidated(&self, symbol: SymbolId) -> bool {
        let slot = &self.slots[symbol.index()];
        match (self.account.isolated(symbol), slot.mark()) {
            (Some(position), Some(mark)) => {
                position.is_liquidated_at(mark, slot.instrument.maintenance_margin)
            }
            (Some(_) | None, _) => false,
        }
    }
}

/// Returns what the open has jumped over: stops first, then targets and resting orders by age.
fn gapped(slot: &Slot, open: Price) -> Option<Event> {
    let tick = slot.instrument.tick;
    let trades = slot.can_trade();
    slot.orders
        .iter()
        .enumerate()
        .filter(|(_, order)| !order.next_bar)
        .filter_map(|(index, order)| {
            let urgency = if order.is_stop() { Urgency::Stop } else { Urgency::Target };
            let touched = Event::Touch(urgency, index);
            match order.stance() {
                Stance::AwaitsFall(level) => (open <= level).then_some(touched),
                Stance::AwaitsRise(level) => (open >= level).then_some(touched),
                Stance::Resting(price) => {
                    let through = match order.request.side {
                        Side::Buy => open <= price - tick,
                        Side::Sell => open >= price + tick,
                    };
                    (through && trades && !order.fresh).then_some(Event::Make(index))
                }
                Stance::Market | Stance::Arriving(_) => None,
            }
        })
        .min()
}

/// Returns where on the segment an order that waits for a price is met.
fn waiting_event(slot: &Slot, lane: &Lane, index: usize) -> (Option<Fraction>, Event) {
    let (segment, now) = (lane.segment(), lane.progress);
    let order = &slot.orders[index];
    let tick = slot.instrument.tick;
    let urgency = if order.is_stop() { Urgency::Stop } else { Urgency::Target };
    match order.stance() {
        Stance::AwaitsFall(level) => (segment.falls_to(level, now), Event::Touch(urgency, index)),
        Stance::AwaitsRise(level) => (segment.rises_to(level, now), Event::Touch(urgency, index)),
        Stance::Resting(price) if slot.can_trade() => {
            let through = match order.request.side {
                Side::Buy => segment.falls_to(price - tick, now),
                Side::Sell => segment.rises_to(price + tick, now),
            };
            (through, Event::Make(index))
        }
        Stance::Resting(_) | Stance::Market | Stance::Arriving(_) => (None, Event::Arrive),
    }
}
