//! [`Ledger`]: what the hub itself knows from the journal; [`Record`]: entries on their way to the disk.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use types::decision::{Action, Decision, Reason, RefusalCode};
use types::entry::{Body, Entry, Incident, OperatorAction, ReportEvent, Stage, SystemMode};
use types::fill::Fill;
use types::hard_limits::HardLimits;
use types::ids::{JournalId, Seq, Symbol};
use types::instrument::Instrument;
use types::market::TsNanos;
use types::num::Money;

use super::incidents::share;
use super::instants::Instants;
use super::words::Output;
use crate::lockstep::Tap;
use crate::permits::{Permits, Profile};
use crate::reconcile::Reconciler;

/// Fills that are remembered for answers to operators.
const FILLS: usize = 1_000;

/// What the hub knows from the journal, beside what engine, gateway and modes know.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ledger {
    pub(super) journal: Option<JournalId>,
    /// The engine's configuration, as TOML.
    pub(super) engine: Option<String>,
    /// Whose money moves, as it was told last.
    pub(super) stage: Option<Stage>,
    pub(super) instruments: Vec<Instrument>,
    pub(super) limits: Option<HardLimits>,
    /// Whether capital has come in.
    pub(super) funded: bool,
    pub(super) incidents: BTreeMap<Seq, (Incident, TsNanos)>,
    #[serde(skip)]
    pub(super) fills: VecDeque<(Seq, Fill)>,
    /// Entries decided in the life before that this one does not carry out.
    #[serde(skip)]
    pub(super) dropped: u32,
    /// When the newest entry was sequenced.
    pub(super) last: Option<TsNanos>,
    pub(super) mode: Option<SystemMode>,
    /// Who is winding the system down, and until when.
    pub(super) winding: Option<(String, TsNanos)>,
    pub(super) instants: Instants,
    pub(super) reconciler: Reconciler,
    pub(super) permits: Permits,
    /// The drawdown that SAFE_MODE was asked for, and the limit; shares of 1.
    pub(super) drawdown: Option<(Money, Money)>,
}

impl Ledger {
    pub(super) fn new(profile: Profile) -> Self {
        Self {
            journal: None,
            engine: None,
            stage: None,
            instruments: Vec::new(),
            limits: None,
            funded: false,
            incidents: BTreeMap::new(),
            fills: VecDeque::new(),
            dropped: 0,
            last: None,
            mode: None,
            winding: None,
            instants: Instants::default(),
            reconciler: Reconciler::default(),
            permits: Permits::new(profile),
            drawdown: None,
        }
    }

    pub(super) fn fold(&mut self, entry: &Entry) {
        self.last = Some(entry.ts);
        self.instants.fold(&entry.body);
        self.reconciler.fold(entry.seq, &entry.body);
        match &entry.body {
            Body::Genesis { journal, .. } => self.journal = Some(*journal),
            Body::Config { toml } => self.engine = Some(toml.clone()),
            Body::Stage(stage) => self.stage = Some(stage.clone()),
            Body::Instruments(table) => self.instruments.clone_from(table),
            Body::Limits(limits) => self.limits = Some(limits.clone()),
            Body::Flow { .. } => self.funded = true,
            Body::Incident(incident) => {
                if incident.kind.lasts() {
                    self.incidents.insert(entry.seq, (*incident, entry.ts));
                }
            }
            Body::IncidentOver(over) => {
                self.incidents.remove(&over.incident);
            }
            Body::Mode(mode) => self.mode = Some(mode.mode),
            Body::Permit(permit) => self.permits.fold(permit, entry.ts),
            Body::Operator(operator) if operator.action == OperatorAction::WindDown => {
                self.winding = operator.by.map(|by| (operator.name.clone(), by));
            }
            Body::Operator(operator) if operator.action == OperatorAction::Stop => {
                self.winding.take_if(|(_, by)| entry.ts >= *by);
            }
            Body::Report(report) => {
                if let ReportEvent::Filled(fill) = &report.event {
                    self.fills.push_back((entry.seq, *fill));
                    if self.fills.len() > FILLS {
                        self.fills.pop_front();
                    }
                }
            }
            Body::Decision(Decision {
                action: Action::RequestSafeMode { .. },
                reason: Reason { seen: Some(seen), limit: Some(limit), .. },
                ..
            }) => self.drawdown = Some((share(*seen), share(*limit))),
            Body::Refused(refused) if refused.refusal.code == RefusalCode::Restarted => {
                self.dropped = self.dropped.saturating_add(1);
            }
            Body::Bar { .. }
            | Body::Mark { .. }
            | Body::InstantClosed { .. }
            | Body::Timer { .. }
            | Body::Decision(_)
            | Body::Command(_)
            | Body::Refused(_)
            | Body::Operator(_)
            | Body::Funding { .. }
            | Body::Baseline { .. }
            | Body::Adopted(_)
            | Body::Authority(_)
            | Body::History { .. } => {}
        }
    }

    /// Returns the name of a symbol.
    pub(super) fn name(&self, symbol: types::ids::SymbolId) -> Symbol {
        self.instruments[symbol.index()].symbol.clone()
    }

    /// Returns the open incident that is about the same thing.
    pub(super) fn open_incident(&self, like: &Incident) -> Option<Seq> {
        let same = self.incidents.iter().find(|(_, (incident, _))| incident.is_same(like));
        same.map(|(seq, _)| *seq)
    }
}

/// The ledger, and the entries that are folded and not on disk yet.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) ledger: Ledger,
    pub(super) outputs: VecDeque<Output>,
    /// Not on disk yet, oldest first.
    unwritten: VecDeque<Entry>,
    /// The journal cannot be written: entries go to the emergency record.
    dead: bool,
}

impl Record {
    pub(super) fn new(profile: Profile) -> Self {
        Self {
            ledger: Ledger::new(profile),
            outputs: VecDeque::new(),
            unwritten: VecDeque::new(),
            dead: false,
        }
    }

    /// Takes note of what is on disk; returns when the oldest of it was sequenced.
    pub(super) fn durable(&mut self, seq: Seq) -> Option<TsNanos> {
        let since = self.unwritten_since();
        let before = self.unwritten.len();
        while self.unwritten.front().is_some_and(|entry| entry.seq <= seq) {
            self.unwritten.pop_front();
        }
        since.filter(|_| self.unwritten.len() < before)
    }

    /// Returns when the oldest entry that is not on disk was sequenced.
    pub(super) fn unwritten_since(&self) -> Option<TsNanos> {
        self.unwritten.front().map(|entry| entry.ts)
    }

    /// Everything that is not on disk goes to the emergency record, and all that follows.
    pub(super) fn fail(&mut self) {
        if !std::mem::replace(&mut self.dead, true) {
            self.outputs.retain(|output| !matches!(output, Output::Append(_)));
            self.outputs.extend(self.unwritten.iter().cloned().map(Output::Emergency));
        }
    }

    pub(super) const fn is_dead(&self) -> bool {
        self.dead
    }

    /// Returns whether everything is on disk.
    pub(super) fn is_written(&self) -> bool {
        self.unwritten.is_empty()
    }
}

impl<E> Tap<E> for Record {
    fn on_entry(&mut self, entry: &Entry, _: &E) {
        self.ledger.fold(entry);
        self.unwritten.push_back(entry.clone());
        let entry = entry.clone();
        let output = if self.dead { Output::Emergency(entry) } else { Output::Append(entry) };
        self.outputs.push_back(output);
    }
}
