//! [`MarketDriver`]: plays the scripts of all symbols on the venue's book, each step at its time.

use std::collections::BTreeSet;
use std::sync::Arc;

pub use sim::exchange::ledger::CROWD;
use sim::market::crowd::{Crowd, Script, ScriptError, Step, StepKind};
use types::ids::SymbolId;
use types::market::TsNanos;

use super::{Clock, apply};
use crate::venue::core::{Core, Driver};
use crate::venue::faults::{Due, Faults};

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
            lane.crowd.act(&step, engine, symbol, now);
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
