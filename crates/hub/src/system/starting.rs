//! The ordered start: a gate for each thing that must stand before the system trades.

use std::collections::BTreeSet;

use types::entry::{Body, Incident, IncidentKind, Source, SystemMode};
use types::ids::{OrderId, Symbol};
use types::market::TsNanos;
use types::num::Money;
use types::slot::Engine;

use super::config::Custody;
use super::event::Event;
use super::hub::Hub;
use super::status::{Component, ComponentState, GateStatus, Resolved, Restart};
use crate::gateway;
use crate::modes::ModeEvent;
use crate::units::{seconds, symbol_ids};

/// How far the start is.
#[derive(Debug, Default)]
pub(super) struct Starting {
    begun: bool,
    /// Until when a stop waits, once it has begun.
    pub(super) stopping: Option<TsNanos>,
    pub(super) stopped: bool,
    /// The gates passed, with how long each took.
    passed: Vec<i64>,
    /// When the last gate was passed.
    since: TsNanos,
    /// Why the gate that is next does not open, as told last.
    failing: Option<String>,
    /// The venue's rules have come in this life.
    pub(super) listed: bool,
    /// The account has come in this life.
    pub(super) account: bool,
    restart: Option<Restart>,
    told: bool,
    /// Orders that the life before left in doubt.
    unknown: Vec<(OrderId, String)>,
}

impl Starting {
    pub(super) const fn has_begun(&self) -> bool {
        self.begun
    }

    pub(super) const fn has_stopped(&self) -> bool {
        self.stopped
    }

    pub(super) const fn is_stopping(&self) -> bool {
        self.stopping.is_some()
    }

    /// Returns whether every gate is passed.
    pub(super) fn is_done(&self) -> bool {
        self.passed.len() == Component::GATES.len()
    }

    /// Returns the gate that is next.
    pub(super) fn gate(&self) -> Option<Component> {
        Component::GATES.get(self.passed.len()).copied()
    }

    /// Returns whether a gate is passed.
    pub(super) fn has_passed(&self, gate: Component) -> bool {
        Component::GATES.iter().take(self.passed.len()).any(|passed| *passed == gate)
    }

    pub(super) fn gates(&self) -> Vec<GateStatus> {
        let status = |(place, component): (usize, &Component)| GateStatus {
            component: *component,
            took_nanos: self.passed.get(place).copied(),
            state: match &self.failing {
                _ if place < self.passed.len() => ComponentState::Working,
                Some(why) if place == self.passed.len() => ComponentState::Failing(why.clone()),
                Some(_) | None => ComponentState::Waiting,
            },
        };
        Component::GATES.iter().enumerate().map(status).collect()
    }

    pub(super) const fn stop_deadline(&self) -> Option<TsNanos> {
        if self.stopped { None } else { self.stopping }
    }
}

impl<E: Engine> Hub<E> {
    /// Begins a journal, or goes on with one.
    pub(super) fn begin_life(&mut self, quiet: i64) {
        self.starting.begun = true;
        self.starting.since = self.now;
        self.watching.begin(self.now);
        let fresh = self.record.ledger.journal.is_none();
        let clean = self.record.ledger.mode == Some(SystemMode::Shutdown);
        self.begin_walk(fresh);
        let down = self.record.ledger.last.map_or(0, |last| self.now.since(last));
        if fresh {
            let (journal, seed) = (self.config.journal, self.config.seed);
            self.append(Source::Hub, Body::Genesis { journal, seed });
            let toml = self.config.engine.clone();
            self.append(Source::Hub, Body::Config { toml });
        } else {
            if self.record.ledger.engine.is_none() {
                let toml = self.config.engine.clone();
                self.append(Source::Hub, Body::Config { toml });
            }
            self.record.ledger.dropped = 0;
            self.tell(gateway::Input::Restored { quiet: self.config.speed.of(quiet) });
            let restart = Restart { down_nanos: down, quiet_nanos: quiet, ..Restart::default() };
            self.starting.restart = Some(restart);
            let named = |order: OrderId| {
                let name = self.lockstep.gateway().order(order)?.client_id.as_str().to_owned();
                Some((order, name))
            };
            self.starting.unknown =
                self.lockstep.gateway().unknown().into_iter().filter_map(named).collect();
            let now = self.stamp();
            self.lockstep.catch_up(now, &mut self.record);
        }
        let begun = self.lockstep.ask_mode(ModeEvent::Begin, self.stamp(), &mut self.record);
        begun.expect("a process begins in every mode");
        if let Some(stage) = self.config.stage.clone()
            && self.record.ledger.stage.as_ref() != Some(&stage)
        {
            self.append(Source::Hub, Body::Stage(stage));
        }
        if !fresh && !clean {
            let down = seconds(down);
            self.open_incident(Incident::new(IncidentKind::UncleanStop, down, Money::ZERO));
        }
        if !self.record.ledger.instruments.is_empty() {
            self.watch_instruments();
        }
    }

    /// Passes every gate that is open.
    pub(super) fn move_start(&mut self) {
        if self.starting.is_stopping() {
            return;
        }
        while let Some(gate) = self.starting.gate() {
            match self.is_open(gate) {
                Ok(true) => {}
                Ok(false) => {
                    self.starting.failing = None;
                    return;
                }
                Err(why) => {
                    if self.starting.failing.as_ref() != Some(&why) {
                        self.starting.failing = Some(why.clone());
                        self.event(Event::GateFailed { component: gate, why });
                    }
                    return;
                }
            }
            let took_nanos = self.now.since(self.starting.since);
            self.starting.since = self.now;
            self.starting.failing = None;
            self.starting.passed.push(took_nanos);
            self.event(Event::GatePassed { component: gate, took_nanos });
            if self.starting.is_done() {
                self.ready();
            }
        }
        self.tell_restart();
    }

    /// Returns whether a gate is open; an error says in words why it stays shut.
    fn is_open(&mut self, gate: Component) -> Result<bool, String> {
        match gate {
            Component::Config => self.check_journal(),
            // What was stored is folded, and nothing of it is missing: the runtime verified it.
            Component::Journal => Ok(!self.record.is_dead()),
            // Projections are rebuilt beside; trading needs none of them.
            Component::Store => Ok(true),
            Component::Venue => self.is_venue_open(),
            Component::History => self.is_history_open(),
            Component::Reconciliation => Ok(self.is_reconciled()),
            Component::Engine => Ok(self.record.ledger.engine.is_some()),
            Component::UserStream | Component::Feed => Ok(true),
        }
    }

    /// Compares the journal's configuration with today's.
    fn check_journal(&self) -> Result<bool, String> {
        let ledger = &self.record.ledger;
        if ledger.engine.as_ref().is_some_and(|engine| *engine != self.config.engine) {
            return Err("the journal was begun with another configuration of the engine: its \
                        parameters change by a deployment; start with that one, or begin a new \
                        journal"
                .to_owned());
        }
        let known: BTreeSet<&Symbol> = ledger.instruments.iter().map(|i| &i.symbol).collect();
        let wanted: BTreeSet<&Symbol> =
            self.config.feed.symbols.iter().map(|s| &s.symbol).collect();
        if !known.is_empty() && known != wanted {
            let list = |symbols: &BTreeSet<&Symbol>| {
                symbols.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            };
            return Err(format!(
                "the journal trades {}, the configuration wants {}: symbols cannot change within \
                 a journal; begin a new one",
                list(&known),
                list(&wanted)
            ));
        }
        Ok(true)
    }

    fn is_venue_open(&mut self) -> Result<bool, String> {
        if !self.starting.listed || self.record.ledger.instruments.is_empty() {
            return self.reconciling.trouble().map_or(Ok(false), Err);
        }
        if self.config.custody == Custody::Venue && !self.starting.account {
            return self.reconciling.trouble().map_or(Ok(false), Err);
        }
        if !self.record.ledger.funded {
            return Err(format!(
                "the account holds no {}, wanted up to {}: pay in, or name another capital",
                self.config.settlement, self.config.capital
            ));
        }
        self.is_clock_right()
    }

    pub(super) fn is_clock_right(&self) -> Result<bool, String> {
        let mut skewed = None;
        for place in 0..self.config.feed.sources {
            let max = self.config.speed.of(self.config.feed.skew_max_nanos);
            match self.feed.clock_offset(types::feed::SourceId(place)) {
                Some(offset) if offset.saturating_abs() <= max => return Ok(true),
                Some(offset) => skewed = Some((offset, max)),
                None => {}
            }
        }
        match skewed {
            Some((offset, max)) => Err(format!(
                "the venue's clock is {} ms from ours, wanted at most {} ms: set the clock",
                offset / 1_000_000,
                max / 1_000_000
            )),
            None => Ok(false),
        }
    }

    fn is_history_open(&mut self) -> Result<bool, String> {
        if !self.has_history() {
            return Ok(false);
        }
        self.enter_history();
        Ok(true)
    }

    fn ready(&mut self) {
        let started = self.lockstep.ask_mode(ModeEvent::Started, self.stamp(), &mut self.record);
        debug_assert!(started.is_ok(), "the start ends in the mode it began in: {started:?}");
        self.event(Event::Ready);
        self.close_earlier();
        self.lower_hard_limits();
    }

    /// Tells what the restart found, once everything unknown is settled.
    fn tell_restart(&mut self) {
        if self.starting.told || !self.starting.is_done() {
            return;
        }
        let Some(mut restart) = self.starting.restart.take() else { return };
        let settled = self.lockstep.gateway().in_doubt().next().is_none();
        restart.unknown = self
            .starting
            .unknown
            .iter()
            .map(|(order, name)| Resolved {
                client_id: name.clone(),
                state: self
                    .lockstep
                    .gateway()
                    .order(*order)
                    .map(|view| format!("{:?}", view.state)),
            })
            .collect();
        let (mut positions, mut protected, mut longest) = (0, 0, 0);
        for symbol in self.symbols() {
            let gateway = self.lockstep.gateway();
            if gateway.position(symbol).qty.is_zero() {
                continue;
            }
            let open = gateway.unprotected(symbol);
            positions += 1;
            protected += u32::from(open.qty.is_zero() && open.dust.is_zero());
            longest = longest.max(open.longest);
        }
        restart.positions = positions;
        restart.protected = protected;
        restart.unprotected_nanos = longest;
        restart.dropped = self.record.ledger.dropped;
        if settled {
            self.starting.told = true;
            self.event(Event::Restarted(restart.clone()));
        }
        self.starting.restart = Some(restart);
    }

    pub(super) fn last_restart(&self) -> Option<&Restart> {
        self.starting.restart.as_ref()
    }

    /// Returns the symbols traded.
    pub(super) fn symbols(&self) -> impl Iterator<Item = types::ids::SymbolId> + use<E> {
        symbol_ids(self.record.ledger.instruments.len())
    }
}
