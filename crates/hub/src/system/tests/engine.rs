//! [`Scripted`]: an engine that decides what a story says, and knows what it holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use types::decision::{Action, Decision, Protection, Protective, Reason, ReasonCode};
use types::entry::{Body, Entry, ModeCause, OperatorAction, ReportEvent, SystemMode};
use types::ids::SymbolId;
use types::market::{Direction, TsNanos};
use types::num::{Price, Qty};
use types::side::Side;
use types::slot::Engine;

/// An engine that decides what a story says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Scripted {
    /// What it decides, by instant.
    pub(super) plan: BTreeMap<TsNanos, Vec<(u16, Action)>>,
    /// The instant from which on a drawdown limit is reached.
    pub(super) trip: Option<TsNanos>,
    /// Which one; the daily one if none is named.
    pub(super) trip_cause: Option<ModeCause>,
    pub(super) held: BTreeMap<SymbolId, Qty>,
    mode: Option<SystemMode>,
    /// Bars folded, instants closed, and what was learned from alone.
    pub(super) bars: u64,
    pub(super) instants: Vec<TsNanos>,
    pub(super) history: u64,
    pub(super) folded: u64,
}

pub(super) fn enter(qty: &str, stop: &str) -> Action {
    let stop = Protective::Distance(stop.parse::<Price>().unwrap());
    Action::Enter {
        direction: Direction::Long,
        qty: qty.parse().unwrap(),
        limit: None,
        protection: Some(Protection { stop, target: None }),
        expires: None,
    }
}

impl Engine for Scripted {
    fn evolve(&mut self, entry: &Entry) {
        self.folded += 1;
        if let Body::Mode(mode) = &entry.body {
            self.mode = Some(mode.mode);
        }
        if let Body::Bar { .. } = &entry.body {
            self.bars += 1;
        }
        if let Body::History { bars, .. } = &entry.body {
            self.history += bars.len() as u64;
        }
        if let Body::InstantClosed { at } = &entry.body {
            self.instants.push(*at);
        }
        if let Body::Report(report) = &entry.body
            && let ReportEvent::Filled(fill) = &report.event
        {
            let held = self.held.entry(fill.symbol).or_default();
            match fill.side {
                Side::Buy => *held += fill.qty,
                Side::Sell => *held -= fill.qty,
            }
        }
    }

    fn decide(&self, entry: &Entry, out: &mut Vec<Decision>) {
        let decide = |symbol, action| Decision {
            symbol: Some(symbol),
            action,
            reason: Reason::word(ReasonCode::Enter),
        };
        if let Body::InstantClosed { at } = &entry.body {
            if self.trip.is_some_and(|trip| *at >= trip) && self.mode == Some(SystemMode::Running) {
                let cause = self.trip_cause.unwrap_or(ModeCause::DailyDrawdown);
                let action = Action::RequestSafeMode { cause };
                let reason = Reason::compared(ReasonCode::Drawdown, 0.081, 0.08);
                out.push(Decision { symbol: None, action, reason });
            }
            let planned = self.plan.get(at).into_iter().flatten();
            out.extend(planned.map(|(symbol, action)| decide(SymbolId(*symbol), *action)));
        }
        if let Body::Operator(operator) = &entry.body
            && operator.action == OperatorAction::Flatten
        {
            let held = self.held.iter().filter(|(_, held)| held.is_positive());
            out.extend(held.map(|(symbol, _)| decide(*symbol, Action::Reduce { qty: None })));
        }
    }

    fn next_deadline(&self) -> Option<TsNanos> {
        None
    }
}
