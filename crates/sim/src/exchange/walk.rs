//! The walk of an instant's bars: stage by stage, symbol by symbol, one report at a time.

use std::cmp::Ordering;

use types::ids::SymbolId;
use types::instrument::Market;
use types::market::{Direction, TsNanos};
use types::num::Price;
use types::side::Side;

use super::Exchange;
use super::conventions::{EntryFill, GapFill};
use super::path::{Fraction, Phase};
use super::slot::{BarInput, Lane, Slot};
use super::venue::Happening;
use super::working::Stance;

/// Where the walk of the instant is.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    bars: Vec<BarInput>,
    open: TsNanos,
    close: TsNanos,
    /// The stage and the place in `bars`; `None` between bars.
    stage: Option<(Phase, usize)>,
    /// The latest moment that was named.
    pub(super) now: TsNanos,
    /// Whether anything was placed since the last look between bars.
    pub(super) stirred: bool,
    /// Whether orders trade at the last price: the end of a run.
    pub(super) at_last: bool,
}

impl Walk {
    pub(super) fn is_on(&self) -> bool {
        self.stage.is_some()
    }
}

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
    /// Begins the native bars of one instant, in the order of their symbols.
    ///
    /// # Panics
    /// If the last walk was not finished ([`Exchange::next_happening`] until `None`), or a symbol is
    /// not in the instrument table.
    pub fn begin_bars(&mut self, bars: &[BarInput], open: TsNanos, close: TsNanos) {
        assert!(!self.walk.is_on(), "a walk is finished before the next begins");
        let mut needed = false;
        for input in bars {
            needed |= self.wakes(input, close);
        }
        (self.walk.now, self.walk.at_last) = (open, false);
        if needed {
            self.walk.bars.clear();
            self.walk.bars.extend_from_slice(bars);
            (self.walk.open, self.walk.close) = (open, close);
            self.walk.stage = Some((Phase::Open, 0));
        } else {
            for input in bars {
                self.slots[input.symbol.index()].close(input);
            }
        }
    }

    /// Returns what happened next, `None` when the bars are walked to their ends.
    ///
    /// The walk stands still between two calls: orders placed, cancelled or replaced there are live
    /// from the path's present point on.
    pub fn next_happening(&mut self) -> Option<Happening> {
        loop {
            if let Some(happening) = self.queue.pop_front() {
                return Some(happening);
            }
            match self.walk.stage {
                Some((phase, index)) => {
                    if !self.step(phase, index) {
                        self.move_on(phase, index);
                    }
                }
                None => {
                    if !self.settle_between() {
                        return None;
                    }
                }
            }
        }
    }

    /// Puts a symbol on its place of the walk, so that an order has a price from here on.
    pub(super) fn join_walk(&mut self, symbol: SymbolId) {
        let Some((phase, turn)) = self.walk.stage else { return };
        if self.slots[symbol.index()].lane.is_some() {
            return;
        }
        let Some(index) = self.walk.bars.iter().position(|input| input.symbol == symbol) else {
            return;
        };
        let stages = [Phase::Open, Phase::First, Phase::Second, Phase::Close];
        let done = stages.into_iter().filter(|p| *p < phase || (*p == phase && index < turn));
        for phase in done {
            self.enter(index, phase);
            if let Some(lane) = &mut self.slots[symbol.index()].lane {
                lane.progress = Fraction::END;
            }
        }
    }

    /// Returns whether a bar can concern anything the symbol has at the venue.
    fn wakes(&mut self, input: &BarInput, close: TsNanos) -> bool {
        let slot = &mut self.slots[input.symbol.index()];
        if slot.lane.is_some() {
            slot.lane = None;
        }
        for order in &mut slot.orders {
            order.wake();
        }
        if !slot.pending.is_empty() || !slot.orders_sleep(&input.bar, close) {
            return true;
        }
        if self.account.market() == Market::Spot {
            return false;
        }
        let Some(position) = self.account.isolated(input.symbol) else { return false };
        let mark = input.mark.unwrap_or(input.bar);
        let adverse = if position.qty.is_positive() { mark.low } else { mark.high };
        position.is_liquidated_at(adverse, slot.instrument.maintenance_margin)
    }

    /// Goes to the next symbol, the next stage, or the end.
    fn move_on(&mut self, phase: Phase, index: usize) {
        let next = index + 1;
        self.walk.stage = if next < self.walk.bars.len() {
            Some((phase, next))
        } else if let Some(phase) = phase.next() {
            Some((phase, 0))
        } else {
            for input in &self.walk.bars {
                self.slots[input.symbol.index()].close(input);
            }
            None
        };
    }

    /// Does one thing on a symbol's stage; returns false when there is nothing left to do on it.
    fn step(&mut self, phase: Phase, index: usize) -> bool {
        let symbol = self.walk.bars[index].symbol;
        let slot = &self.slots[symbol.index()];
        let holds = self.account.market() == Market::Perp && !self.account.held(symbol).is_zero();
        if slot.orders.is_empty() && slot.pending.is_empty() && !holds && slot.lane.is_none() {
            return false;
        }
        if slot.lane.as_ref().is_none_or(|lane| lane.phase != phase) {
            self.enter(index, phase);
        }
        let at = phase.end(self.walk.open, self.walk.close);
        self.walk.now = at;
        self.expire_void(symbol, at)
            || (phase == Phase::Open && self.arrive_until(symbol, at))
            || self.settle(symbol, at)
            || (phase != Phase::Open && self.move_along(symbol, at))
    }

    /// Begins a symbol's stage.
    fn enter(&mut self, index: usize, phase: Phase) {
        let input = self.walk.bars[index];
        let held = self.side_held(input.symbol);
        let slot = &mut self.slots[input.symbol.index()];
        if phase == Phase::Open || slot.lane.is_none() {
            slot.lane = Some(Lane::new(&input, self.costs.participation));
            for pending in &mut slot.pending {
                pending.undelayed.get_or_insert(input.bar.open);
            }
        }
        let course = slot.course(held);
        if let Some(lane) = &mut slot.lane {
            lane.enter(phase, course);
        }
    }

    /// Returns the side of the position that is on, dust aside.
    pub(super) fn side_held(&self, symbol: SymbolId) -> Option<Side> {
        self.account.books().position(symbol).direction().map(|direction| match direction {
            Direction::Long => Side::Buy,
            Direction::Short => Side::Sell,
        })
    }

    /// Ends the orders whose time is over.
    fn expire_void(&mut self, symbol: SymbolId, at: TsNanos) -> bool {
        let slot = &self.slots[symbol.index()];
        match slot.orders.iter().position(|order| order.is_void(at)) {
            Some(index) => {
                self.expire(symbol, index, at);
                true
            }
            None => false,
        }
    }

    /// Lets the first errand that has arrived by `until` act.
    fn arrive_until(&mut self, symbol: SymbolId, until: TsNanos) -> bool {
        let due = self.slots[symbol.index()].pending.front().is_some_and(|p| p.arrives <= until);
        due && self.arrive(symbol, until)
    }

    fn arrive(&mut self, symbol: SymbolId, at: TsNanos) -> bool {
        let Some(pending) = self.slots[symbol.index()].pending.pop_front() else { return false };
        let answers = self.act(symbol, pending.errand, pending.undelayed, at);
        self.queue.extend(answers);
        true
    }

    /// Does the most urgent thing that happens at the price of the moment.
    fn settle(&mut self, symbol: SymbolId, at: TsNanos) -> bool {
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
    fn settle_takers(&mut self, symbol: SymbolId, at: TsNanos) -> bool {
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
    fn move_along(&mut self, symbol: SymbolId, at: TsNanos) -> bool {
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

    /// Between bars orders trade only by `EntryFill::SignalClose` and at the end of a run, at the
    /// last close.
    fn settle_between(&mut self) -> bool {
        let trades = self.walk.at_last || self.conventions.entry_fill == EntryFill::SignalClose;
        if !trades || !self.walk.stirred {
            return false;
        }
        let at = self.walk.now;
        for index in 0..self.slots.len() {
            let Ok(symbol) = u16::try_from(index).map(SymbolId) else { break };
            if self.walk.at_last && self.arrive(symbol, at) {
                return true;
            }
            if self.slots[index].last.is_some() && self.settle_takers(symbol, at) {
                return true;
            }
        }
        self.walk.stirred = false;
        false
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

impl Slot {
    /// Ends a bar.
    fn close(&mut self, input: &BarInput) {
        self.last = Some(input.bar.close);
        self.mark = Some(input.mark.map_or(input.bar.close, |mark| mark.close));
    }

    /// Returns whether the bar has volume left for at least one lot.
    pub(super) fn can_trade(&self) -> bool {
        let left = self.lane.as_ref().and_then(|lane| lane.volume_left);
        left.is_none_or(|left| left >= self.instrument.lot)
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
