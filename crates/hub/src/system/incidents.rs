//! The hub's own incidents: each is open while its cause lasts, with what was seen and what was wanted.

use std::collections::BTreeMap;

use types::entry::{Body, Incident, IncidentKind, IncidentOver, Keeper, Part, Source};
use types::ids::{Seq, SymbolId};
use types::market::TsNanos;
use types::num::Money;
use types::slot::Engine;

use super::hub::Hub;
use super::status::{Component, ComponentState};
use crate::feed::{NoEntry, Report};
use crate::modes::Condition;
use crate::units::seconds;

/// Causes that last and that nothing else remembers.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    /// Bytes that wait for room on the journal's disk.
    pub(super) journal_full: Option<u64>,
    /// Bytes that are left on the disk, and that are wanted.
    pub(super) disk_low: Option<(u64, u64)>,
    /// What was done without the journal, taken into it before this life began.
    pub(super) adopted: u64,
    /// By how much the machine's clock jumped, nanoseconds; until the venue's clock agrees again.
    pub(super) clock_jumped: Option<i64>,
    /// A release was rolled back, and SAFE_MODE is no entry yet.
    pub(super) rolled_back: bool,
    /// A new configuration was refused, and none was taken since.
    pub(super) reload_refused: bool,
    /// The venue refuses our key.
    pub(super) key_refused: bool,
    /// Since when a symbol has no fresh stream.
    quiet: BTreeMap<SymbolId, TsNanos>,
    /// Since when something of a symbol is being filled, and how much it is.
    filling: BTreeMap<SymbolId, (TsNanos, u64)>,
}

impl Troubles {
    /// Takes what keeps entries off a symbol, as far as it says that streams are quiet or bars lack.
    pub(super) fn see(&mut self, symbol: SymbolId, reasons: &[NoEntry], now: TsNanos) {
        let quiet =
            |reason: &NoEntry| matches!(reason, NoEntry::NoSource | NoEntry::NotFresh { .. });
        if reasons.iter().any(quiet) {
            self.quiet.entry(symbol).or_insert(now);
        } else {
            self.quiet.remove(&symbol);
        }
        if reasons.iter().any(|reason| matches!(reason, NoEntry::Filling { .. })) {
            self.filling.entry(symbol).or_insert((now, 0));
        } else {
            self.filling.remove(&symbol);
        }
    }
}

/// Returns whether the hub opens and closes a kind by looking at its cause, each time anew.
const fn is_judged(kind: IncidentKind) -> bool {
    matches!(
        kind,
        IncidentKind::StaleStream
            | IncidentKind::ClockSkew
            | IncidentKind::GapUnfilled
            | IncidentKind::FeedContradiction
            | IncidentKind::QualityLow
            | IncidentKind::DataLost
            | IncidentKind::VenueDown
            | IncidentKind::BreakerOpen
            | IncidentKind::RateLimited
            | IncidentKind::KeyRefused
            | IncidentKind::DrawdownLimit
            | IncidentKind::JournalFull
            | IncidentKind::DiskLow
            | IncidentKind::QueueOverloaded
            | IncidentKind::ConfigReloadFailed
            | IncidentKind::ClockJump
    )
}

/// Returns whether SAFE_MODE has a cause of its own for it, which says when it may be released.
pub(super) const fn has_own_cause(kind: IncidentKind) -> bool {
    matches!(
        kind,
        IncidentKind::DrawdownLimit | IncidentKind::DataLost | IncidentKind::QueueOverloaded
    )
}

/// Returns a count as an incident carries it.
fn count(of: u64) -> Money {
    Money::from_units(i64::try_from(of).unwrap_or(i64::MAX))
}

/// Returns a share of 1, to the nearest hundredth of a percent.
#[expect(clippy::cast_possible_truncation, reason = "a share of 1 in ten thousandths")]
pub(super) fn share(of: f64) -> Money {
    let half = if of < 0.0 { -0.5 } else { 0.5 };
    Money::from_raw(i128::from((of * 10_000.0 + half) as i64) * 1_000_000_000_000)
}

impl<E: Engine> Hub<E> {
    /// Opens an incident, unless one about the same thing is open.
    pub(super) fn open_incident(&mut self, incident: Incident) {
        if self.record.ledger.open_incident(&incident).is_none() {
            self.append(Source::Hub, Body::Incident(incident));
        }
    }

    /// Closes the incident about a thing, if one is open: the thing works again.
    pub(super) fn close_incident(&mut self, like: &Incident) {
        if let Some(incident) = self.record.ledger.open_incident(like) {
            self.over(incident, true);
        }
    }

    fn over(&mut self, incident: Seq, by_itself: bool) {
        self.append(Source::Hub, Body::IncidentOver(IncidentOver { incident, by_itself }));
    }

    /// Notes what a report of the feed says beyond what keeps entries off.
    pub(super) fn note_trouble(&mut self, report: &Report) {
        let (symbol, missing, silent) = match report {
            Report::Gap { stream, missing, .. } => (&stream.symbol, *missing, 0),
            Report::Hole { stream, missing, .. } => (&stream.symbol, *missing, 0),
            Report::Stale { stream, silent_nanos, .. } => (&stream.symbol, 0, *silent_nanos),
            Report::Closed { .. }
            | Report::Refused { .. }
            | Report::Unusable { .. }
            | Report::SourceChanged { .. }
            | Report::Filled { .. }
            | Report::Unanswered { .. }
            | Report::Resync { .. }
            | Report::Skew { .. }
            | Report::OutOfStep { .. }
            | Report::Outlier { .. }
            | Report::Crossed { .. }
            | Report::Outlying { .. }
            | Report::Contradiction { .. }
            | Report::Entries { .. } => return,
        };
        let Some(symbol) = self.market.id(symbol) else { return };
        let now = self.now;
        if missing > 0 {
            self.troubles.filling.entry(symbol).or_insert((now, 0)).1 += missing;
        }
        if silent > 0 {
            self.troubles.quiet.entry(symbol).or_insert(now.plus(-silent));
        }
        if matches!(report, Report::Hole { .. }) {
            // No source has it: it is not waited for.
            let gap = Incident::new(IncidentKind::GapUnfilled, count(missing), Money::ZERO);
            self.open_incident(gap.of_symbol(symbol));
        }
    }

    /// Opens the incidents whose cause is here, and closes those whose cause is over.
    pub(super) fn judge_incidents(&mut self) {
        if self.troubles.clock_jumped.is_some() && self.is_clock_right() == Ok(true) {
            self.troubles.clock_jumped = None;
        }
        if self.troubles.adopted > 0 {
            let things = count(std::mem::take(&mut self.troubles.adopted));
            let adopted = Incident::new(IncidentKind::EmergencyAdopted, things, Money::ZERO);
            self.append(Source::Hub, Body::Incident(adopted));
        }
        let wanted = self.wanted_incidents();
        // What an earlier life left open is looked at once this one knows how things are.
        let over: Vec<(Seq, IncidentKind)> = self
            .record
            .ledger
            .incidents
            .iter()
            .filter(|_| self.starting.is_done())
            .filter(|(_, (open, _))| {
                is_judged(open.kind) && !wanted.iter().any(|w| w.is_same(open))
            })
            .map(|(seq, (open, _))| (*seq, open.kind))
            .collect();
        for (incident, kind) in over {
            // SAFE_MODE after a drawdown is released by a person.
            self.over(incident, kind != IncidentKind::DrawdownLimit);
        }
        for incident in wanted {
            self.open_incident(incident);
        }
    }

    fn wanted_incidents(&self) -> Vec<Incident> {
        use IncidentKind as K;
        let (now, troubles) = (self.now, &self.troubles);
        let modes = self.lockstep.modes();
        let mut wanted = self.wanted_of_feed();
        let mut want = |kind, seen, limit| wanted.push(Incident::new(kind, seen, limit));
        for (condition, kind) in
            [(Condition::DataLost, K::DataLost), (Condition::Overloaded, K::QueueOverloaded)]
        {
            if let Some((held, patience)) = modes.held(condition, now) {
                want(kind, seconds(held), seconds(patience));
            }
        }
        for (service, (failures, limit)) in self.calls.left_alone(now) {
            let part = super::watching::part_of(service.component());
            let (seen, limit) = (count(failures.into()), count(limit.into()));
            wanted.push(Incident::new(K::BreakerOpen, seen, limit).of_part(part));
        }
        let mut want = |kind, seen, limit| wanted.push(Incident::new(kind, seen, limit));
        let patience = self.times.question;
        if let Some(away) = self.calls.away(now).filter(|away| *away >= patience) {
            want(K::VenueDown, seconds(away), seconds(patience));
        }
        if let Some(until) = self.watching.throttled_until(now) {
            want(K::RateLimited, seconds(until.since(now)), Money::ZERO);
        }
        if troubles.key_refused {
            want(K::KeyRefused, Money::ZERO, Money::ZERO);
        }
        if modes.latch().is_some_and(|latch| latch.until.is_some()) {
            let (seen, line) = self.record.ledger.drawdown.unwrap_or_default();
            want(K::DrawdownLimit, seen, line);
        }
        if let Some(waiting) = troubles.journal_full {
            want(K::JournalFull, count(waiting), Money::ZERO);
        }
        if let Some((free, mark)) = troubles.disk_low {
            want(K::DiskLow, count(free), count(mark));
        }
        if troubles.reload_refused {
            want(K::ConfigReloadFailed, Money::ZERO, Money::ZERO);
        }
        if let Some(jump) = troubles.clock_jumped {
            want(K::ClockJump, seconds(jump), Money::ZERO);
        }
        wanted
    }

    fn wanted_of_feed(&self) -> Vec<Incident> {
        use IncidentKind as K;
        let (now, pace) = (self.now, self.config.speed);
        let mut wanted = Vec::new();
        for (symbol, stale_after, reasons) in self.market.judged(&self.config.feed) {
            let patience = pace.of(stale_after);
            let lasts = |since: TsNanos| Some(now.since(since)).filter(|held| *held >= patience);
            let of = |kind, seen, limit| Incident::new(kind, seen, limit).of_symbol(symbol);
            if let Some(held) = self.troubles.quiet.get(&symbol).and_then(|since| lasts(*since)) {
                wanted.push(of(K::StaleStream, seconds(held), seconds(patience)));
            }
            let filling = self.troubles.filling.get(&symbol);
            if let Some((_, missing)) = filling.filter(|(since, _)| lasts(*since).is_some()) {
                wanted.push(of(K::GapUnfilled, count(*missing), Money::ZERO));
            }
            for reason in reasons {
                match reason {
                    NoEntry::Contradicted { .. } | NoEntry::Outlying => {
                        wanted.push(of(K::FeedContradiction, Money::ZERO, Money::ZERO));
                    }
                    NoEntry::Quality { score: seen, min }
                    | NoEntry::ParseRate { rate: seen, min } => {
                        wanted.push(of(K::QualityLow, share(*seen), share(*min)));
                    }
                    NoEntry::Skewed { offset_nanos, max_nanos } => {
                        let (seen, limit) = (seconds(*offset_nanos), seconds(*max_nanos));
                        wanted.push(Incident::new(K::ClockSkew, seen, limit));
                    }
                    NoEntry::NoSource
                    | NoEntry::NotFresh { .. }
                    | NoEntry::ClockUnknown
                    | NoEntry::Filling { .. }
                    | NoEntry::WarmingUp { .. }
                    | NoEntry::BarOld { .. }
                    | NoEntry::QuoteOld { .. }
                    | NoEntry::OutOfStep => {}
                }
            }
        }
        wanted
    }

    /// Returns when an incident may become due by time alone.
    pub(super) fn incidents_deadline(&self) -> Option<TsNanos> {
        let stale = self.market.judged(&self.config.feed).flat_map(|(symbol, stale_after, _)| {
            let patience = self.config.speed.of(stale_after);
            let quiet = self.troubles.quiet.get(&symbol).copied();
            let filling = self.troubles.filling.get(&symbol).map(|(since, _)| *since);
            quiet.into_iter().chain(filling).map(move |since| since.plus(patience))
        });
        let away = self.calls.away_since().map(|since| since.plus(self.times.question));
        stale.chain(away).chain(self.watching.throttled_until(self.now)).min_by_key(|at| {
            // What is past is opened already and waits for something else than time.
            (*at <= self.now, *at)
        })
    }

    /// Closes what an earlier life left open and this one has shown to be over.
    pub(super) fn close_earlier(&mut self) {
        let failing = |part: Option<Part>| {
            let of_part =
                |component: &Component| Some(super::watching::part_of(*component)) == part;
            let states = self.watching.states();
            let mut states = states.filter(|(component, _)| of_part(component));
            states.any(|(_, state)| matches!(state, ComponentState::Failing(_)))
        };
        // All else was shown by the start, which ends behind a comparison of books.
        let holds = |open: &Incident| {
            let is = |kind: IncidentKind| open.kind == kind;
            is(IncidentKind::JournalFailed) && self.record.is_dead()
                || is(IncidentKind::UserStreamDown) && failing(Some(Part::UserStream))
                || is(IncidentKind::StoreFailed) && failing(Some(Part::Store))
                || is(IncidentKind::ComponentDown) && failing(open.part)
                || is(IncidentKind::ComponentGivenUp) && failing(open.part)
        };
        let over: Vec<Seq> = self
            .record
            .ledger
            .incidents
            .iter()
            .filter(|(_, (open, _))| open.kind.keeper() == Keeper::Hub && !is_judged(open.kind))
            .filter(|(_, (open, _))| !holds(open))
            .map(|(seq, _)| *seq)
            .collect();
        for incident in over {
            self.over(incident, true);
        }
    }
}
