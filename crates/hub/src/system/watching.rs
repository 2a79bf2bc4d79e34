//! Health: components and their checks, conditions for SAFE_MODE, incidents of the hub's own.
//!
//! A connection that is away is tried again for ever, by whoever makes it: nobody has to be called back for a venue that
//! answers again. Only a process can be given up, and whoever starts it says so.

use std::collections::{BTreeMap, VecDeque};

use types::entry::{Incident, IncidentKind, ModeCause, Part};
use types::feed::{LinkEvent, MarketEvent, SourceId};
use types::limits::Throttle;
use types::market::TsNanos;
use types::slot::Engine;

use super::calls::Service;
use super::config::{Custody, Speed};
use super::event::Event;
use super::hub::Hub;
use super::incidents;
use super::status::{Component, ComponentState, ComponentStatus};
use crate::modes::{Condition, ModeEvent};

/// Checks whose times are kept of a component.
const CHECKS: usize = 256;
/// A check that takes longer is not healthy, nanoseconds of wall time (spec: "Errors, recovery, watchdog").
const SLOW: i64 = 200_000_000;
const MILLI: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLI;

/// One component.
#[derive(Debug)]
struct Watched {
    state: ComponentState,
    since: TsNanos,
    checks: VecDeque<i64>,
}

impl Watched {
    fn new(now: TsNanos) -> Self {
        Self { state: ComponentState::Waiting, since: now, checks: VecDeque::new() }
    }

    /// Keeps the time of a check, nanoseconds of wall time.
    fn checked(&mut self, nanos: i64) {
        self.checks.push_back(nanos);
        if self.checks.len() > CHECKS {
            self.checks.pop_front();
        }
    }

    /// Returns how it is; `waits`: for how long a check has not been answered, nanoseconds of wall time.
    fn judged(&self, waits: Option<i64>) -> ComponentState {
        let limit = SLOW / MILLI;
        let hangs = waits.filter(|waits| *waits > SLOW);
        let slow = self.checks.back().filter(|took| **took > SLOW);
        match (&self.state, hangs, slow) {
            (ComponentState::Working, Some(waits), _) => ComponentState::Degraded(format!(
                "no answer for {} ms, wanted within {limit} ms",
                waits / MILLI
            )),
            (ComponentState::Working, None, Some(took)) => ComponentState::Degraded(format!(
                "its last check took {} ms, wanted at most {limit} ms",
                took / MILLI
            )),
            (state, ..) => state.clone(),
        }
    }

    /// Returns the check time that so many of a hundred are not above.
    fn percentile(&self, percent: usize) -> Option<i64> {
        let mut checks: Vec<i64> = self.checks.iter().copied().collect();
        let place = (checks.len() * percent).div_ceil(100).checked_sub(1)?;
        (place < checks.len()).then(|| *checks.select_nth_unstable(place).1)
    }
}

/// The health of everything.
#[derive(Debug, Default)]
pub(super) struct Watching {
    components: BTreeMap<Component, Watched>,
    user_stream: bool,
    feed_lost: bool,
    overloaded: bool,
    beat: Option<TsNanos>,
    /// When a wind-down last asked for everything to be closed.
    flattened: Option<TsNanos>,
    throttled_until: Option<TsNanos>,
}

impl Watching {
    pub(super) fn begin(&mut self, now: TsNanos) {
        self.beat = Some(now);
    }

    pub(super) fn heartbeat_is_due(&mut self, now: TsNanos, every: i64) -> bool {
        let due = self.beat.is_some_and(|beat| now.since(beat) >= every);
        if due {
            self.beat = Some(now);
        }
        due
    }

    pub(super) fn next_heartbeat(&self, every: i64) -> Option<TsNanos> {
        self.beat.map(|beat| beat.plus(every))
    }

    /// Takes note that the account's own stream stands or not; returns how it was.
    pub(super) const fn set_user_stream(&mut self, stands: bool) -> bool {
        std::mem::replace(&mut self.user_stream, stands)
    }

    pub(super) const fn is_user_stream_away(&self, custody: Custody) -> bool {
        matches!(custody, Custody::Venue) && !self.user_stream
    }

    pub(super) const fn feed_lost(&mut self, lost: bool) {
        self.feed_lost = lost;
    }

    /// Returns whether everything is to be closed now: at first, and again so long after the last time.
    pub(super) fn flatten_is_due(&mut self, now: TsNanos, every: i64) -> bool {
        let due = self.flattened.is_none_or(|at| now.since(at) >= every);
        if due {
            self.flattened = Some(now);
        }
        due
    }

    pub(super) fn throttled(&mut self, throttle: Option<&Throttle>, now: TsNanos) {
        let nanos = throttle.map(|throttle| throttle.retry_after_nanos.unwrap_or(60 * SECOND));
        if let Some(nanos) = nanos {
            self.throttled_until = self.throttled_until.max(Some(now.plus(nanos)));
        }
    }

    /// Returns until when the venue has asked us to be silent.
    pub(super) fn throttled_until(&self, now: TsNanos) -> Option<TsNanos> {
        self.throttled_until.filter(|until| now < *until)
    }

    /// Returns how each component is.
    pub(super) fn states(&self) -> impl Iterator<Item = (&Component, &ComponentState)> {
        self.components.iter().map(|(component, watched)| (component, &watched.state))
    }

    /// Returns all of it. `waits`: for how long a check of a component has not been answered, nanoseconds of wall time.
    pub(super) fn statuses(
        &self,
        waits: impl Fn(Component) -> Option<i64>,
    ) -> BTreeMap<Component, ComponentStatus> {
        let status = |component: Component, watched: &Watched| ComponentStatus {
            state: watched.judged(waits(component)),
            since: watched.since,
            p50_nanos: watched.percentile(50),
            p99_nanos: watched.percentile(99),
        };
        let all = self.components.iter();
        all.map(|(component, watched)| (*component, status(*component, watched))).collect()
    }
}

pub(super) const fn part_of(component: Component) -> Part {
    match component {
        Component::Config => Part::Config,
        Component::Journal => Part::Journal,
        Component::Store => Part::Store,
        Component::Venue | Component::Reconciliation => Part::Venue,
        Component::UserStream => Part::UserStream,
        Component::Feed | Component::History => Part::Feed,
        Component::Engine => Part::Engine,
    }
}

impl<E: Engine> Hub<E> {
    pub(super) fn on_health(
        &mut self,
        component: Component,
        trouble: Option<String>,
        latency_nanos: i64,
    ) {
        let now = self.now;
        let watched =
            self.watching.components.entry(component).or_insert_with(|| Watched::new(now));
        watched.checked(latency_nanos);
        match trouble {
            None => self.working(component),
            Some(why) => {
                self.failing(component, why);
                if self.starting.has_begun() {
                    let down = Incident::word(IncidentKind::ComponentDown);
                    self.open_incident(match component {
                        Component::Store => Incident::word(IncidentKind::StoreFailed),
                        Component::Config
                        | Component::Journal
                        | Component::Venue
                        | Component::UserStream
                        | Component::Feed
                        | Component::History
                        | Component::Reconciliation
                        | Component::Engine => down.of_part(part_of(component)),
                    });
                }
            }
        }
    }

    /// Takes a check that the hub has seen itself: it was answered after so many nanoseconds of market time. Where the
    /// market stands still while we work nothing can be measured by it.
    pub(super) fn measure(&mut self, component: Component, nanos: i64) {
        if self.config.speed == Speed::PACED {
            return;
        }
        let now = self.now;
        let took = nanos.max(0) / self.config.speed.factor();
        let watched = self.watching.components.entry(component);
        watched.or_insert_with(|| Watched::new(now)).checked(took);
    }

    /// Returns for how long a check of a component has not been answered, nanoseconds of wall time.
    pub(super) fn waits(&self, component: Component) -> Option<i64> {
        let since = match component {
            Component::Venue | Component::History => self.calls.waiting_since(component),
            Component::Journal => self.record.unwritten_since(),
            Component::Config
            | Component::Store
            | Component::UserStream
            | Component::Feed
            | Component::Reconciliation
            | Component::Engine => None,
        };
        let paced = self.config.speed == Speed::PACED;
        since.filter(|_| !paced).map(|since| self.now.since(since) / self.config.speed.factor())
    }

    /// A connection of market data says something: how late it is, and whether its source may be asked again.
    pub(super) fn on_link_event(&mut self, source: SourceId, event: &LinkEvent) {
        match event {
            LinkEvent::Connected => self.calls.try_sources(Some(source), self.now),
            LinkEvent::Market(MarketEvent::Bar(update)) => {
                if let Some(offset) = self.feed.clock_offset(source) {
                    self.measure(Component::Feed, self.now.plus(offset).since(update.at));
                }
            }
            LinkEvent::Market(_)
            | LinkEvent::Closed { .. }
            | LinkEvent::Subscribed(_)
            | LinkEvent::Refused { .. }
            | LinkEvent::Malformed { .. } => {}
        }
    }

    /// Notes that a component works.
    pub(super) fn working(&mut self, component: Component) {
        let now = self.now;
        let watched =
            self.watching.components.entry(component).or_insert_with(|| Watched::new(now));
        if watched.state == ComponentState::Working {
            return;
        }
        let after_nanos = now.since(watched.since);
        let was = std::mem::replace(&mut watched.state, ComponentState::Working);
        watched.since = now;
        if let ComponentState::Failing(_) = was {
            self.event(Event::Recovered { component, after_nanos });
            if self.starting.has_begun() {
                let part = part_of(component);
                self.close_incident(&Incident::word(IncidentKind::ComponentGivenUp).of_part(part));
                self.close_incident(&Incident::word(IncidentKind::ComponentDown).of_part(part));
                if component == Component::Store {
                    self.close_incident(&Incident::word(IncidentKind::StoreFailed));
                }
            }
        }
    }

    /// Notes that a component fails.
    pub(super) fn failing(&mut self, component: Component, why: String) {
        let now = self.now;
        let watched =
            self.watching.components.entry(component).or_insert_with(|| Watched::new(now));
        let new = !matches!(watched.state, ComponentState::Failing(_));
        if new {
            watched.since = now;
        }
        watched.state = ComponentState::Failing(why.clone());
        if new {
            self.event(Event::Failing { component, why });
        }
    }

    /// Whoever starts a component anew does so no more.
    pub(super) fn on_given_up(&mut self, component: Component, why: String) {
        self.failing(component, why);
        let part = part_of(component);
        self.open_incident(Incident::word(IncidentKind::ComponentGivenUp).of_part(part));
    }

    /// The breaker of a service has turned, or has not.
    pub(super) fn on_breaker(&mut self, service: Service, turned: Option<bool>) {
        let now = self.now;
        match (turned, service) {
            (Some(true), _) => {
                self.failing(service.component(), "it does not answer".to_owned());
                if service == Service::Venue {
                    self.reset_adapter("the venue has not answered five times running");
                }
            }
            (Some(false), Service::Venue) => {
                self.recovering.is_over();
                self.working(Component::Venue);
                self.calls.try_sources(None, now);
                self.reconciling.want(now);
            }
            (Some(false), Service::Source(_)) => self.working(Component::History),
            (None, _) => {}
        }
    }

    pub(super) const fn on_queue_depth(&mut self, depth: usize) {
        self.watching.overloaded = depth > self.config.queue_high;
    }

    /// The journal cannot be written: nothing that raises exposure goes on; what lowers it is recorded elsewhere.
    pub(super) fn on_journal_failed(&mut self, why: &str) {
        self.record.fail();
        self.tell(crate::gateway::Input::JournalFailed);
        self.failing(Component::Journal, why.to_owned());
        self.open_incident(Incident::word(IncidentKind::JournalFailed));
    }

    /// Tells the modes which conditions hold, and enters what they ask for.
    pub(super) fn move_modes(&mut self) {
        let now = self.now;
        let drifts = self.record.ledger.reconciler.drifts();
        let mut incidents = self.record.ledger.incidents.values();
        let critical = incidents
            .any(|(open, _)| open.kind.is_critical() && !incidents::has_own_cause(open.kind));
        let (lost, overloaded) = (self.watching.feed_lost, self.watching.overloaded);
        let begun = self.starting.has_passed(Component::Venue);
        let modes = self.lockstep.modes_mut();
        modes.observe(Condition::Drift, drifts, now);
        modes.observe(Condition::CriticalIncident, critical, now);
        modes.observe(Condition::DataLost, lost && begun, now);
        modes.observe(Condition::Overloaded, overloaded, now);
        if let Some(mode) = self.lockstep.modes().due(now) {
            self.append(types::entry::Source::Hub, types::entry::Body::Mode(mode));
        }
        if std::mem::take(&mut self.troubles.rolled_back) {
            let event = ModeEvent::Enter(ModeCause::EmergencyRollback);
            // In a system that ends there is nothing to add.
            let _ = self.lockstep.ask_mode(event, self.stamp(), &mut self.record);
        }
        self.move_winding();
    }
}
