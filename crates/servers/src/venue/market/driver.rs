//! [`MarketDriver`]: plays the scripts of all symbols on the venue's book, each step at its time.

use std::collections::BTreeSet;
use std::sync::Arc;

use sim::exchange::book::{
    AccountId, Cancel, CancelOnly, MatchingEngine, NewOrder, OrderRef, OrderType, SymbolStatus,
    Tif, VenueOrderId,
};
use sim::market::crowd::{Crowd, CrowdBook, OrderKey, Script, ScriptError, Step, StepKind};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Price, Qty};
use types::side::Side;

use super::{Clock, apply};
use crate::venue::core::{Core, Driver};
use crate::venue::faults::{Due, Faults};

/// The account of all who are not clients: the first of every venue.
pub const CROWD: AccountId = AccountId(0);

/// One symbol's script and crowd.
#[derive(Debug)]
pub(super) struct Lane {
    symbol: SymbolId,
    script: Script,
    crowd: Crowd,
    /// The next step, at the venue's time.
    next: Option<Step>,
    /// What follows `next` before the script goes on.
    after: Option<Step>,
    shift: i64,
}

impl Lane {
    pub(super) fn new(symbol: SymbolId, script: Script, crowd: Crowd, shift: i64) -> Self {
        Self { symbol, script, crowd, next: None, after: None, shift }
    }

    /// Reads the next step.
    pub(super) fn read(&mut self) -> Result<Option<Step>, ScriptError> {
        self.next = match self.after.take() {
            Some(step) => Some(step),
            None => {
                let step = self.script.next_step()?;
                step.map(|step| Step { at: step.at.plus(self.shift), ..step })
            }
        };
        Ok(self.next)
    }

    /// Puts a step before the next one.
    pub(super) fn put_before(&mut self, step: Step) {
        self.after = self.next.replace(step);
    }
}

/// Plays the scripts of all symbols on the venue's book, and what the faults let happen by itself.
#[derive(Debug)]
pub struct MarketDriver {
    lanes: Vec<Lane>,
    /// When each lane moves next.
    queue: BTreeSet<(TsNanos, usize)>,
    faults: Faults,
    clock: Arc<Clock>,
}

impl MarketDriver {
    pub(super) fn new(lanes: Vec<Lane>, faults: Faults, clock: Arc<Clock>) -> Self {
        let times = lanes.iter().enumerate();
        let queue = times.filter_map(|(place, lane)| Some((lane.next?.at, place))).collect();
        Self { lanes, queue, faults, clock }
    }

    /// Plays a lane's next step and reads the one after it.
    fn play(&mut self, place: usize, core: &mut Core) {
        let lane = &mut self.lanes[place];
        let Some(step) = lane.next.take() else { return };
        let symbol = lane.symbol;
        core.step(step.at, |engine, now| {
            lane.crowd.play(&step, &mut Book { engine, symbol, now });
            let status = engine.status(symbol);
            let wanted = match step.kind {
                StepKind::Halt | StepKind::End if status == Some(SymbolStatus::Trading) => {
                    Some(SymbolStatus::Break)
                }
                // A halt by a fault or by hand is ended by whoever began it.
                StepKind::Resume if status == Some(SymbolStatus::Break) => {
                    Some(SymbolStatus::Trading)
                }
                StepKind::Print(_)
                | StepKind::Quote { .. }
                | StepKind::Beat
                | StepKind::Halt
                | StepKind::Resume
                | StepKind::End => None,
            };
            if let Some(wanted) = wanted {
                // A symbol of the venue that is not delisted takes every status.
                let _ = engine.set_status(symbol, wanted, now);
            }
        });
        match lane.read() {
            Ok(Some(next)) => {
                self.queue.insert((next.at, place));
            }
            Ok(None) => {}
            Err(error) => {
                let symbol = lane.script.symbol();
                tracing::error!(%error, %symbol, "the source ends here: the symbol is halted");
                lane.next = Some(Step { at: step.at, kind: StepKind::End });
                self.queue.insert((step.at, place));
            }
        }
    }
}

impl Driver for MarketDriver {
    fn next(&self) -> Option<TsNanos> {
        let lane = self.queue.first().map(|(at, _)| *at);
        [lane, self.faults.next()].into_iter().flatten().min()
    }

    fn advance(&mut self, to: TsNanos, core: &mut Core) {
        while let Some(at) = self.next().filter(|at| *at <= to) {
            if self.queue.first().is_some_and(|(first, _)| *first <= at) {
                if let Some((_, place)) = self.queue.pop_first() {
                    self.play(place, core);
                }
                continue;
            }
            for Due { at, by, change } in self.faults.due(at) {
                if let Err(why) = apply(&change, at, core, &self.clock) {
                    tracing::error!(fault = by, why, "a fault could not happen");
                }
            }
        }
    }
}

/// The venue's book of one symbol as the crowd sees it.
struct Book<'a> {
    engine: &'a mut MatchingEngine,
    symbol: SymbolId,
    now: TsNanos,
}

impl Book<'_> {
    fn place(&mut self, side: Side, price: Price, qty: Qty, tif: Tif) -> Option<VenueOrderId> {
        let order = NewOrder::new(side, OrderType::Limit { price, tif }, qty);
        // A halted symbol takes nothing; what is off the grid after a change of filters is not quoted.
        self.engine.place(CROWD, self.symbol, order, self.now).ok()
    }
}

impl CrowdBook for Book<'_> {
    fn rest(&mut self, side: Side, price: Price, qty: Qty) -> Option<OrderKey> {
        self.place(side, price, qty, Tif::Gtc).map(|id| id.0)
    }

    fn take(&mut self, side: Side, price: Price, qty: Qty) {
        self.place(side, price, qty, Tif::Ioc);
    }

    fn cancel(&mut self, key: OrderKey) {
        let order = OrderRef::Id(VenueOrderId(key));
        let cancel =
            Cancel { symbol: self.symbol, order, client_id: None, only: CancelOnly::Always };
        // One that is done is left alone.
        let _ = self.engine.cancel(CROWD, cancel, self.now);
    }

    fn open(&self, key: OrderKey) -> Qty {
        self.engine.remaining(self.symbol, VenueOrderId(key)).unwrap_or(Qty::ZERO)
    }
}
