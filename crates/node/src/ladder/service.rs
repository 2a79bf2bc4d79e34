//! [`Service`]: what a run's journal shows of its time on a rung of the ladder.

use std::collections::BTreeMap;

use store::Fold;
use types::entry::{
    Body, Command, CommandAction, Entry, IncidentKind, Report, ReportEvent, Severity, Stage,
};
use types::fill::Fill;
use types::ids::{OrderId, Seq};
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price, Ratio};
use types::order::OrderKind;
use types::side::Side;

use super::step;

/// What a run's journal shows of its time on a rung: built from its entries, all of them, in their order.
#[derive(Debug, Default)]
pub(crate) struct Service {
    fold: Fold,
    stage: Option<Stage>,
    /// The stages on which something was scanned or sent.
    stages: Vec<Stage>,
    /// Something was, before the journal said on which.
    untold: bool,
    /// The shortest timeframe of its bars: how long an instant stands for.
    finest: Option<Timeframe>,
    /// A bar came since the last instant.
    scanned: bool,
    last: Option<TsNanos>,
    /// Instants that were scanned when they were due, with the nanoseconds that each stands for.
    instants: BTreeMap<TsNanos, i64>,
    /// What may be exposed in all; and whether the ladder has lowered it and nobody has raised it since.
    gross: Money,
    fallen: bool,
    round_trips: u64,
    incidents: BTreeMap<Seq, IncidentKind>,
    /// The price by which each order is judged.
    references: BTreeMap<OrderId, Option<Price>>,
    slippage: Slippage,
    drawdown: Ratio,
}

/// Fills against the prices at which they were decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slippage {
    /// Fills that have such a price.
    pub(crate) fills: u64,
    /// Fills that have none.
    pub(crate) blind: u64,
    /// How much worse they were, in quote currency.
    cost: Money,
    /// What they would have come to at that price.
    notional: Money,
}

impl Slippage {
    /// Returns the mean, weighted by value, + is worse; `None` without fills that can be judged.
    pub(crate) fn mean(&self) -> Option<Ratio> {
        self.cost.share_of(self.notional)
    }

    /// Adds that of another journal.
    pub(crate) fn add(&mut self, other: &Self) {
        self.fills += other.fills;
        self.blind += other.blind;
        self.cost += other.cost;
        self.notional += other.notional;
    }

    fn take(&mut self, fill: &Fill, reference: Option<Price>) {
        let Some(reference) = reference else {
            self.blind += 1;
            return;
        };
        let worse = match fill.side {
            Side::Buy => fill.price - reference,
            Side::Sell => reference - fill.price,
        };
        self.fills += 1;
        self.cost += worse.notional(fill.qty);
        self.notional += reference.notional(fill.qty);
    }
}

impl Service {
    /// Takes the next entry.
    pub(crate) fn on_entry(&mut self, entry: &Entry) {
        let change = self.fold.evolve(entry);
        if change.closed.is_some() && !self.fallen {
            self.round_trips += 1;
        }
        match &entry.body {
            Body::Stage(stage) => self.stage = Some(stage.clone()),
            Body::Bar { timeframe, .. } => {
                let shorter = |known: Timeframe| timeframe.minutes() < known.minutes();
                if self.finest.is_none_or(shorter) {
                    self.finest = Some(*timeframe);
                }
                self.scanned = true;
            }
            Body::InstantClosed { at } => self.on_instant(*at, entry.ts.max(entry.ts_event)),
            Body::Command(command) => self.on_command(command),
            Body::Report(Report { event: ReportEvent::Filled(fill), .. }) => {
                if let Some(order) = fill.order {
                    let reference = self.references.get(&order).copied().flatten();
                    self.slippage.take(fill, reference);
                }
            }
            Body::Operator(operator) => self.fallen |= operator.name == step::NAME,
            Body::Limits(limits) => {
                self.fallen &= limits.gross_exposure <= self.gross;
                self.gross = limits.gross_exposure;
            }
            Body::Incident(incident) => {
                if incident.kind.severity() > Severity::Info {
                    self.incidents.insert(entry.seq, incident.kind);
                }
            }
            Body::IncidentOver(over) => {
                let healed =
                    |kind: &IncidentKind| over.by_itself && kind.severity() < Severity::Critical;
                if self.incidents.get(&over.incident).is_some_and(healed) {
                    self.incidents.remove(&over.incident);
                }
            }
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Mark { .. }
            | Body::Timer { .. }
            | Body::Decision(_)
            | Body::Report(_)
            | Body::Refused(_)
            | Body::Mode(_)
            | Body::Flow { .. }
            | Body::Funding { .. }
            | Body::Permit(_)
            | Body::Baseline { .. }
            | Body::Authority(_)
            | Body::History { .. }
            | Body::Adopted(_) => {}
        }
    }

    /// Returns the stages it ran on. One on which a start failed is none.
    pub(crate) fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Returns whether the journal says of all of its time on which stage that was.
    pub(crate) const fn is_told(&self) -> bool {
        !self.stages.is_empty() && !self.untold
    }

    /// Returns its first and its last instant that was scanned in time.
    pub(crate) fn period(&self) -> Option<(TsNanos, TsNanos)> {
        Some((*self.instants.first_key_value()?.0, *self.instants.last_key_value()?.0))
    }

    /// Returns how long the system ran on its rung between two instants, in nanoseconds: the time that scanned instants stand for.
    pub(crate) fn ran_within(&self, (from, to): (TsNanos, TsNanos)) -> i64 {
        self.instants.range(from..=to).map(|(_, nanos)| nanos).sum()
    }

    /// Returns how many trades went from their first fill to flat.
    pub(crate) const fn round_trips(&self) -> u64 {
        self.round_trips
    }

    /// Returns the incidents that count: critical ones, and others above `info` that were not over by themselves.
    pub(crate) fn incidents(&self) -> impl Iterator<Item = IncidentKind> {
        self.incidents.values().copied()
    }

    /// Returns its fills against the prices at which they were decided.
    pub(crate) const fn slippage(&self) -> &Slippage {
        &self.slippage
    }

    /// Returns the deepest fall from the highest equity at an instant, as a share of it.
    pub(crate) const fn drawdown(&self) -> Ratio {
        self.drawdown
    }

    /// Something happens on the stage it stands on.
    fn acts(&mut self) {
        match &self.stage {
            None => self.untold = true,
            Some(stage) if self.stages.last() != Some(stage) => self.stages.push(stage.clone()),
            Some(_) => {}
        }
    }

    /// `closed`: when the hub closed it. On paper the journal's time is the market's, and tells of no outage.
    fn on_instant(&mut self, at: TsNanos, closed: TsNanos) {
        self.acts();
        if let Some(peak) = self.fold.peak() {
            let fall = (peak - self.fold.equity()).share_of(peak);
            // Of a peak of nothing there is no share: all is lost.
            self.drawdown = self.drawdown.max(fall.unwrap_or(Ratio::ONE));
        }
        let before = self.last.replace(at);
        let scanned = std::mem::take(&mut self.scanned);
        let Some(step) = self.finest.map(Timeframe::nanos) else { return };
        // What was caught up on behind an outage was not seen when it happened.
        let in_time = closed.since(at) < step;
        let stands_for = before.map_or(step, |before| at.since(before).min(step));
        if scanned && in_time && !self.fallen && stands_for > 0 {
            self.instants.insert(at, stands_for);
        }
    }

    /// Notes the price that an order is judged by: a trigger, or the mark at its command.
    fn on_command(&mut self, command: &Command) {
        self.acts();
        let CommandAction::Place(request) = &command.action else { return };
        let reference = match request.kind {
            OrderKind::StopMarket { trigger }
            | OrderKind::StopLimit { trigger, .. }
            | OrderKind::TakeProfit { trigger } => Some(trigger),
            OrderKind::Market | OrderKind::Limit { .. } | OrderKind::LimitMaker { .. } => {
                self.fold.mark_of(request.symbol)
            }
        };
        self.references.insert(command.order, reference);
    }
}
