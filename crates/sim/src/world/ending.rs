//! The second part of a world: faults are over, and it has to become whole; then the judges.

use std::collections::BTreeSet;

use hub::system::{Input, OperatorRequest};
use types::entry::{IncidentKind, SystemMode};
use types::ids::SymbolId;
use types::market::TsNanos;

use super::play::{Next, SECOND, World};
use super::process::Process;
use super::report::{Outcome, Violation};
use super::store::Death;
use super::venue::ACCOUNT_KEY;

/// How long healing may take, nanoseconds.
const HEALS_WITHIN: i64 = 60 * SECOND;
/// A market in which nobody does anything for so long stands still, nanoseconds: it moves some times a minute.
const STANDS_STILL: i64 = 60 * SECOND;
/// An orderly end takes so long at most, nanoseconds.
const ENDS_WITHIN: i64 = 60 * SECOND;
/// Behind healing it goes on for so long before the end, nanoseconds: answers and events come in.
const GOES_ON: i64 = 20 * SECOND;

/// The rule that is judged here and not by the checker: it needs an engine.
const REPLAYED: &str = "replay_equals_run";

impl World {
    /// Faults are over.
    pub(super) fn heal(&mut self) {
        self.say(format_args!("faults are over"));
        self.healing = true;
        self.on.clear();
        (self.armed, self.sleepy) = (None, None);
        self.wakes();
        self.store.heal();
        self.end_steps();
        self.clock.heal(self.now);
        self.part(0);
        self.feed_hub(Input::QueueDepth(0));
        self.feed_hub(Input::ConfigTaken);
        for symbol in 0..u16::from(self.plan.symbols) {
            self.venue.set_halted(SymbolId(symbol), false);
        }
        // Behind a write that went wrong another life has to see what is there.
        let dead = |process: &Process| process.journal_dead;
        if self.process.as_ref().is_some_and(dead) || self.store.is_struck() {
            self.die(Death::Killed, 0);
        }
        if self.process.is_none() {
            self.start();
        }
        self.attend();
        let from = self.market_goes_on();
        self.heals_by = from.plus(HEALS_WITHIN);
        self.agenda.at(from.plus(SECOND), Next::Converged);
    }

    /// Returns from when on there is a market to be whole in. Where all of it stands still, for hours at times, that is once
    /// each symbol can have had a bar again.
    fn market_goes_on(&self) -> TsNanos {
        let moves = self.venue.next_move().unwrap_or(self.now);
        if moves.since(self.now) > STANDS_STILL { moves.plus(STANDS_STILL) } else { self.now }
    }

    /// Looks whether the world is whole again; once is enough, for it trades on.
    pub(super) fn converged(&mut self) {
        let lacks = self.lacks();
        if lacks.is_empty() {
            let healed = self.now.since(self.heals_by.plus(-HEALS_WITHIN));
            self.counts.healed_ms = u64::try_from(healed / 1_000_000).unwrap_or(0);
            self.say(format_args!("the world is whole again"));
            self.agenda.at(self.now.plus(GOES_ON), Next::Stop);
        } else if self.now >= self.heals_by {
            let seen = lacks.join("; ");
            self.violated("converges", format!("60 s after the last fault: {seen}"));
            self.agenda.at(self.now.plus(SECOND), Next::Stop);
        } else {
            self.attend();
            self.agenda.at(self.now.plus(SECOND), Next::Converged);
        }
    }

    /// Says what of the world is not whole.
    fn lacks(&self) -> Vec<String> {
        let Some(process) = &self.process else { return vec!["no process runs".to_owned()] };
        let status = process.hub.status();
        let gateway = process.hub.gateway();
        let mut lacks = Vec::new();
        for gate in status.gates.iter().filter(|gate| gate.took_nanos.is_none()) {
            lacks.push(format!("the gate {:?} is shut: {:?}", gate.component, gate.state));
        }
        let unknown = gateway.unknown();
        if !unknown.is_empty() {
            lacks.push(format!("orders of unknown outcome: {unknown:?}"));
        }
        let ours: BTreeSet<String> =
            status.orders.iter().map(|order| order.client_id.clone()).collect();
        let theirs = self.venue.open_orders().into_iter().map(|order| order.client_order_id);
        let theirs: BTreeSet<String> =
            theirs.filter(|name| !name.starts_with("somebody")).collect();
        if ours != theirs {
            let (more, less): (Vec<_>, Vec<_>) =
                (ours.difference(&theirs).collect(), theirs.difference(&ours).collect());
            lacks.push(format!("orders that we alone believe open {more:?}, the venue {less:?}"));
        }
        let gone = |symbol| self.venue.is_delisted(symbol);
        let bare = status.positions.iter();
        for position in bare.filter(|held| !held.unprotected.is_zero() && !gone(&held.symbol)) {
            lacks.push(format!("{} {} without a stop", position.unprotected, position.symbol));
        }
        // A drawdown keeps its latch, whatever has healed.
        let latched = status.mode == SystemMode::SafeMode && status.latched_until.is_some();
        // So does what is held of a symbol that is gone: nothing can be done about it.
        let mut open = status.incidents.iter().map(|line| line.incident.kind);
        let stuck = open.any(|kind| kind == IncidentKind::Delisted);
        if status.mode != SystemMode::Running && !latched && !stuck {
            let incidents: Vec<_> =
                status.incidents.iter().map(|line| line.incident.kind).collect();
            let (mode, cause) = (status.mode, status.mode_cause);
            lacks.push(format!("the mode is {mode:?} by {cause:?}, open: {incidents:?}"));
        }
        // Where one person operates, the release of the kill switch takes an hour.
        let waits = status.permits.iter().any(|asked| asked.due.is_some());
        if status.killed && !waits {
            lacks.push("the kill switch is on".to_owned());
        }
        if status.paused {
            lacks.push("entries are paused".to_owned());
        }
        for (symbol, codes) in status.no_entries.iter().filter(|(symbol, _)| !gone(symbol)) {
            // Quality is judged over an hour; how many bars are known is the engine's to judge.
            let heals = |code: &&String| !matches!(code.as_str(), "QUALITY_LOW" | "WARMING_UP");
            let codes: Vec<_> = codes.iter().filter(heals).collect();
            if !codes.is_empty() {
                lacks.push(format!("no entries on {symbol}: {codes:?}"));
            }
        }
        lacks
    }

    /// An orderly end.
    pub(super) fn stop(&mut self) {
        self.agenda.at(self.now.plus(ENDS_WITHIN), Next::End);
        self.ask("ada", OperatorRequest::Stop);
    }

    /// Judges what happened.
    pub(super) fn outcome(mut self) -> Outcome {
        if self.process.is_some() {
            self.violated("ends", "the process did not stop in order within 60 s".to_owned());
            self.process = None;
            self.store.die(Death::Killed);
        }
        self.counts.symbols = self.marking.symbols();
        self.counts.aimed = self.counts.aimed.or_else(|| self.store.struck());
        self.counts.orders = self.venue.orders;
        self.counts.fills = self.venue.fills;
        self.counts.rows = self.venue.record.len() as u64;
        let options = checker::Options {
            venue_key: Some(ACCOUNT_KEY.to_owned()),
            ..checker::Options::new("main")
        };
        let rows = self.venue.record.iter().map(Vec::as_slice);
        let emergency = std::mem::take(&mut self.emergency);
        let mut verdicts = Vec::new();
        match checker::check_rows(&self.store.disk(), rows, emergency, &options) {
            Ok(report) => {
                for rule in &report.rules {
                    verdicts.push((rule.rule.to_owned(), format!("{:?}", rule.verdict)));
                    for finding in &rule.findings {
                        let what = format!("{finding:?}");
                        self.violations.push(Violation { rule: rule.rule.to_owned(), what });
                    }
                }
            }
            Err(error) => {
                let what = error.to_string();
                self.violations.push(Violation { rule: "check".to_owned(), what });
            }
        }
        let parts = super::replayed::parts(self.store.disk());
        let verdict = if parts.is_none() { "Pass" } else { "Fail" };
        verdicts.retain(|(rule, _)| rule != REPLAYED);
        verdicts.push((REPLAYED.to_owned(), verdict.to_owned()));
        if let Some(what) = parts {
            self.violations.push(Violation { rule: REPLAYED.to_owned(), what });
        }
        let (trace_lines, trace_hash) = self.trace.end();
        Outcome {
            seed: self.plan.seed,
            minutes: self.plan.minutes,
            counts: self.counts,
            marks: self.marks,
            violations: self.violations,
            verdicts,
            trace_lines,
            trace_hash,
        }
    }
}
