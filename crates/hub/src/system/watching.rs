//! Health: components and their checks, conditions for SAFE_MODE, incidents of the hub's own, restarts within a budget.

use std::collections::{BTreeMap, VecDeque};

use types::entry::{Incident, IncidentKind, Part};
use types::limits::Throttle;
use types::market::TsNanos;
use types::num::Money;
use types::slot::Engine;

use super::config::Custody;
use super::event::Event;
use super::hub::Hub;
use super::status::{Component, ComponentState, ComponentStatus};
use super::words::Output;
use crate::modes::Condition;

/// Checks whose times are kept of a component.
const CHECKS: usize = 256;
/// Restarts of a component within an hour (spec: "Errors, recovery, watchdog").
const RESTARTS: u32 = 5;
const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600 * SECOND;

/// One component.
#[derive(Debug)]
struct Watched {
    state: ComponentState,
    since: TsNanos,
    checks: VecDeque<i64>,
    /// When it was started anew.
    restarts: VecDeque<TsNanos>,
    /// Not before this moment is it started anew.
    restart_at: TsNanos,
    given_up: bool,
}

impl Watched {
    fn new(now: TsNanos) -> Self {
        Self {
            state: ComponentState::Waiting,
            since: now,
            checks: VecDeque::new(),
            restarts: VecDeque::new(),
            restart_at: now,
            given_up: false,
        }
    }

    /// Returns the check time that so many of a hundred are not above.
    fn percentile(&self, percent: usize) -> Option<i64> {
        let mut sorted: Vec<i64> = self.checks.iter().copied().collect();
        sorted.sort_unstable();
        let place = (sorted.len() * percent).div_ceil(100).checked_sub(1)?;
        sorted.get(place).copied()
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
    winding: bool,
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

    pub(super) fn next_deadline(&self) -> Option<TsNanos> {
        let waiting = |watched: &&Watched| {
            matches!(watched.state, ComponentState::Failing(_)) && !watched.given_up
        };
        let runtime = |component: &Component| is_runtimes(*component);
        let restarts = self.components.iter().filter(|(component, _)| runtime(component));
        restarts.map(|(_, watched)| watched).filter(waiting).map(|watched| watched.restart_at).min()
    }

    /// Takes note that the account's own stream stands or not; returns how it was.
    pub(super) const fn set_user_stream(&mut self, stands: bool) -> bool {
        std::mem::replace(&mut self.user_stream, stands)
    }

    pub(super) const fn is_user_stream_away(&self, custody: Custody) -> bool {
        matches!(custody, Custody::Venue) && !self.user_stream
    }

    pub(super) const fn feed_lost(&mut self, lost: bool, _: TsNanos) {
        self.feed_lost = lost;
    }

    /// Notes that the last step of a wind-down begins; `false` if it had.
    pub(super) const fn begin_winding(&mut self) -> bool {
        !std::mem::replace(&mut self.winding, true)
    }

    pub(super) fn throttled(&mut self, throttle: Option<&Throttle>, now: TsNanos) {
        let nanos = throttle.map(|throttle| throttle.retry_after_nanos.unwrap_or(60 * SECOND));
        if let Some(nanos) = nanos {
            self.throttled_until = self.throttled_until.max(Some(now.plus(nanos)));
        }
    }

    pub(super) fn statuses(&self) -> BTreeMap<Component, ComponentStatus> {
        let status = |watched: &Watched| ComponentStatus {
            state: watched.state.clone(),
            since: watched.since,
            p50_nanos: watched.percentile(50),
            p99_nanos: watched.percentile(99),
            restarts: u32::try_from(watched.restarts.len()).unwrap_or(u32::MAX),
        };
        self.components.iter().map(|(component, watched)| (*component, status(watched))).collect()
    }
}

/// Returns whether the runtime can start a component anew. The feed makes its connections itself.
const fn is_runtimes(component: Component) -> bool {
    match component {
        Component::Store | Component::UserStream | Component::Venue => true,
        Component::Config
        | Component::Journal
        | Component::Feed
        | Component::History
        | Component::Reconciliation
        | Component::Engine => false,
    }
}

const fn part_of(component: Component) -> Part {
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
        watched.checks.push_back(latency_nanos);
        if watched.checks.len() > CHECKS {
            watched.checks.pop_front();
        }
        match trouble {
            None => self.working(component),
            Some(why) => {
                self.failing(component, why);
                if component == Component::Store && self.starting.has_begun() {
                    self.open_incident(Incident::word(IncidentKind::StoreFailed));
                }
            }
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
        (watched.since, watched.given_up) = (now, false);
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
            watched.restart_at = now;
        }
        watched.state = ComponentState::Failing(why.clone());
        if new {
            self.event(Event::Failing { component, why });
        }
    }

    /// Starts what fails anew, within its budget: 1, 2, 4, 8, 16 s apart, five times in an hour.
    fn restart_failing(&mut self) {
        let (now, pace) = (self.now, self.config.speed.factor());
        let mut restart = Vec::new();
        let mut given_up = Vec::new();
        for (component, watched) in &mut self.watching.components {
            let failing = matches!(watched.state, ComponentState::Failing(_));
            if !is_runtimes(*component) || !failing || watched.given_up || now < watched.restart_at
            {
                continue;
            }
            let window = HOUR.saturating_mul(pace);
            while watched.restarts.front().is_some_and(|at| now.since(*at) >= window) {
                watched.restarts.pop_front();
            }
            let attempt = u32::try_from(watched.restarts.len()).unwrap_or(u32::MAX) + 1;
            if attempt > RESTARTS {
                watched.given_up = true;
                given_up.push(*component);
                continue;
            }
            watched.restarts.push_back(now);
            let wait = SECOND.saturating_mul(pace).saturating_mul(1 << attempt.min(16));
            watched.restart_at = now.plus(wait);
            restart.push((*component, attempt));
        }
        for (component, attempt) in restart {
            let down = Incident::word(IncidentKind::ComponentDown).of_part(part_of(component));
            self.open_incident(down);
            self.record.outputs.push_back(Output::Restart { component, attempt });
        }
        for component in given_up {
            let kind = IncidentKind::ComponentGivenUp;
            // Trading needs no projections: that they are given up is no reason for SAFE_MODE.
            if component != Component::Store {
                self.open_incident(Incident::word(kind).of_part(part_of(component)));
            }
        }
    }

    /// The breaker of the venue has turned.
    pub(super) fn on_breaker(&mut self, turned: Option<bool>) {
        let incident = Incident::word(IncidentKind::BreakerOpen).of_part(Part::Venue);
        match turned {
            Some(true) => {
                self.failing(Component::Venue, "it does not answer".to_owned());
                self.open_incident(incident);
            }
            Some(false) => {
                self.working(Component::Venue);
                self.close_incident(&incident);
                let now = self.now;
                self.reconciling.want(now);
            }
            None => {}
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
        self.restart_failing();
        if self.watching.throttled_until.is_some_and(|until| now >= until) {
            self.watching.throttled_until = None;
        }
        let limited = self.watching.throttled_until;
        let incident = Incident::word(IncidentKind::RateLimited);
        match limited {
            Some(until) => {
                let seconds = Money::from_units(until.since(now) / SECOND);
                self.open_incident(Incident::new(IncidentKind::RateLimited, seconds, Money::ZERO));
            }
            None => self.close_incident(&incident),
        }
        let drifts = self.record.ledger.reconciler.drifts();
        let mut incidents = self.record.ledger.incidents.values();
        let critical = incidents.any(|(incident, _)| incident.kind.is_critical());
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
        self.move_winding();
    }
}
