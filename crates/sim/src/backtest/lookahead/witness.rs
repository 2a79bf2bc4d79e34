//! [`Witness`]: notes what was decided and done up to each cut.

use engine::State;
use sha2::{Digest as _, Sha256};
use types::decision::Decision;
use types::entry::{Body, Entry, ReportEvent};
use types::ids::SymbolId;
use types::instrument::Instrument;
use types::market::TsNanos;

use super::fills::EntryRules;
use super::report::Act;
use crate::backtest::observer::Observer;
use crate::exchange::{BarInput, CostModel};

/// Everything that was decided and done up to a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digest {
    hash: [u8; 32],
    pub(super) decisions: u64,
    pub(super) fills: u64,
}

/// An act with the bytes it is compared by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    at: TsNanos,
    bytes: Vec<u8>,
    symbol: Option<SymbolId>,
    pub(super) body: Body,
}

/// Notes what was decided and done up to each cut: decisions with all their reasons, commands,
/// reports, modes, funding. Holds one digest per cut.
#[derive(Debug)]
pub(super) struct Witness<'c> {
    cuts: &'c [TsNanos],
    pub(super) digests: Vec<Digest>,
    hash: Sha256,
    decisions: u64,
    fills: u64,
    bytes: Vec<u8>,
    /// The acts between this cut and the one before are kept.
    keep: Option<usize>,
    pub(super) kept: Vec<Kept>,
    pub(super) rules: EntryRules,
}

impl<'c> Witness<'c> {
    pub(super) fn new(cuts: &'c [TsNanos], table: &[Instrument], costs: &CostModel) -> Self {
        Self {
            cuts,
            digests: Vec::with_capacity(cuts.len()),
            hash: Sha256::new(),
            decisions: 0,
            fills: 0,
            bytes: Vec::new(),
            keep: None,
            kept: Vec::new(),
            rules: EntryRules::new(table, costs),
        }
    }

    /// Keeps the acts between a cut and the one before it.
    pub(super) fn keeping(mut self, cut: usize) -> Self {
        self.keep = Some(cut);
        self
    }

    /// Notes the cuts at which the data has ended.
    pub(super) fn finish(&mut self) {
        self.digests.resize(self.cuts.len(), self.digest());
    }

    fn digest(&self) -> Digest {
        let hash = self.hash.clone().finalize().into();
        Digest { hash, decisions: self.decisions, fills: self.fills }
    }

    fn note(&mut self, entry: &Entry, symbol: Option<SymbolId>) {
        self.bytes.clear();
        entry.body.encode(&mut self.bytes);
        self.hash.update(entry.ts.as_nanos().to_le_bytes());
        self.hash.update(entry.body.kind().to_le_bytes());
        self.hash.update((self.bytes.len() as u64).to_le_bytes());
        self.hash.update(&self.bytes);
        if self.keep == Some(self.digests.len()) {
            let (bytes, body) = (self.bytes.clone(), entry.body.clone());
            self.kept.push(Kept { at: entry.ts, bytes, symbol, body });
        }
    }
}

impl Observer for Witness<'_> {
    fn on_bars(&mut self, bars: &[BarInput], close: TsNanos) {
        while self.cuts.get(self.digests.len()).is_some_and(|cut| *cut < close) {
            self.digests.push(self.digest());
        }
        self.rules.on_bars(bars);
    }

    fn on_entry(&mut self, entry: &Entry, _: &State) {
        self.rules.on_entry(entry);
        match &entry.body {
            Body::Decision(decision) => {
                self.decisions += 1;
                self.note(entry, decision.symbol);
            }
            Body::Report(report) => {
                let mut symbol = None;
                if let ReportEvent::Filled(fill) = &report.event {
                    self.fills += 1;
                    symbol = Some(fill.symbol);
                }
                self.note(entry, symbol);
            }
            Body::Command(_) | Body::Mode(_) => self.note(entry, None),
            Body::Funding { symbol, .. } => self.note(entry, Some(*symbol)),
            Body::Refused(refused) => self.note(entry, Some(refused.symbol)),
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Bar { .. }
            | Body::Mark { .. }
            | Body::InstantClosed { .. }
            | Body::Timer { .. }
            | Body::Operator(_)
            | Body::Flow { .. }
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

    fn on_settled(&mut self, _: TsNanos, engine: &State, _: &crate::exchange::Exchange) {
        self.rules.forget_ended(engine);
    }
}

impl Kept {
    /// Returns the act in words; in `detail` with every number.
    pub(super) fn act(&self, table: &[Instrument], detail: bool) -> Act {
        let symbol = self.symbol.map(|symbol| table[symbol.index()].symbol.clone());
        let what = if let (Body::Decision(decision), false) = (&self.body, detail) {
            in_short(decision)
        } else {
            format!("{:?}", self.body)
        };
        Act { at: self.at, symbol, what }
    }
}

fn in_short(decision: &Decision) -> String {
    let reason = &decision.reason;
    let mut text = format!("{:?} because {}", decision.action, reason.code.code());
    if let (Some(seen), Some(limit)) = (reason.seen, reason.limit) {
        text += &format!(", {seen} against {limit}");
    }
    if let Some(score) = &reason.score {
        text += &format!(", score {}, sum {}", score.score.get(), score.sum);
    }
    text
}
