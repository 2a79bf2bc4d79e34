//! The walk of an instant's bars: stage by stage, symbol by symbol, one report at a time.

use types::ids::SymbolId;
use types::instrument::Market;
use types::market::{Direction, TsNanos};
use types::side::Side;

use super::Exchange;
use super::conventions::EntryFill;
use super::path::{Fraction, Phase};
use super::slot::{BarInput, Lane, Slot};
use super::venue::Happening;

/// Where the walk of the instant is.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    bars: Vec<BarInput>,
    pub(super) open: TsNanos,
    pub(super) close: TsNanos,
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

    pub(super) fn arrive(&mut self, symbol: SymbolId, at: TsNanos) -> bool {
        let Some(pending) = self.slots[symbol.index()].pending.pop_front() else { return false };
        let answers = self.act(symbol, pending.errand, pending.undelayed, at);
        self.queue.extend(answers);
        true
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
