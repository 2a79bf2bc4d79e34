//! Deciding at an entry.

use types::decision::{Action, Decision, Reason, ReasonCode};
use types::entry::{Body, Entry, OperatorAction, SystemMode};
use types::market::TsNanos;
use types::slot::Engine;

use super::{Core, State};
use crate::border;

impl Engine for State {
    fn evolve(&mut self, entry: &Entry) {
        if matches!(entry.body, Body::Bar { .. } | Body::Mark { .. }) {
            self.begin_instant();
        }
        self.fold(entry);
        if matches!(entry.body, Body::InstantClosed { .. }) {
            self.core.collecting = false;
        }
    }

    fn decide(&self, entry: &Entry, out: &mut Vec<Decision>) {
        match &entry.body {
            Body::InstantClosed { at } => {
                self.guard(out);
                self.policy.as_ref().decide(&self.core, entry.seq, *at, out);
            }
            // Equity was looked at just now: at once what it asks for.
            Body::Timer { .. } if self.core.checked == entry.ts => self.guard(out),
            Body::Operator(operator) if operator.action == OperatorAction::Flatten => {
                self.flatten(out);
            }
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Bar { .. }
            | Body::Mark { .. }
            | Body::Timer { .. }
            | Body::Decision(_)
            | Body::Command(_)
            | Body::Report(_)
            | Body::Mode(_)
            | Body::Operator(_)
            | Body::Flow { .. }
            | Body::Funding { .. }
            | Body::Refused(_)
            | Body::Limits(_)
            | Body::Baseline { .. }
            | Body::Stage(_)
            | Body::Adopted(_)
            | Body::Permit(_)
            | Body::Incident(_)
            | Body::IncidentOver(_)
            | Body::Authority(_)
            | Body::History { .. } => {}
        }
    }

    /// Engines of bars decide at instants; between them drawdowns are looked at.
    fn next_deadline(&self) -> Option<TsNanos> {
        self.core.next_check
    }
}

impl State {
    /// Returns what every policy can read.
    #[must_use]
    pub const fn core(&self) -> &Core {
        &self.core
    }

    /// Returns the policy in force.
    #[must_use]
    pub const fn policy(&self) -> &crate::policies::Policies {
        &self.policy
    }

    /// The first bar of an instant clears what the one before collected.
    fn begin_instant(&mut self) {
        let core = &mut self.core;
        if !core.collecting {
            core.collecting = true;
            core.closed.iter_mut().for_each(|closed| *closed = false);
        }
    }

    /// Asks for SAFE_MODE when a drawdown limit is reached.
    fn guard(&self, out: &mut Vec<Decision>) {
        let core = &self.core;
        if !core.is_guarded() || core.mode.mode != SystemMode::Running {
            return;
        }
        if let Some(trip) = core.guards.trip(&core.config.risk) {
            let (seen, line) = (border::ratio(trip.seen), border::ratio(trip.line));
            out.push(Decision {
                symbol: None,
                action: Action::RequestSafeMode { cause: trip.limit.cause() },
                reason: Reason::compared(ReasonCode::Drawdown, seen, line),
            });
        }
    }

    /// Closes everything that is held.
    fn flatten(&self, out: &mut Vec<Decision>) {
        for &symbol in &self.core.by_name {
            let held = self.core.portfolio.books().position(symbol).trade().is_some();
            if held && self.core.can_leave(symbol) {
                out.push(Decision {
                    symbol: Some(symbol),
                    action: Action::Reduce { qty: None },
                    reason: Reason::word(ReasonCode::ExitEndOfData),
                });
            }
        }
    }
}
