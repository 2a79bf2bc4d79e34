//! [`Calls`]: what wants to go to the venue or to a source, through the limits and past the breaker of each.

use std::collections::{BTreeMap, VecDeque};

use types::feed::{Query, SourceId};
use types::ids::Leg;
use types::limits::{Cost, Throttle, Used};
use types::market::TsNanos;

use super::config::Costs;
use super::status::Component;
use super::words::{AccountAnswer, AccountQuestion, Answer, Call};
use crate::breaker::{Breaker, BreakerState};
use crate::budget::{
    Ask, Budget, BudgetConfig, BudgetConfigError, Class, Command, GaveUp, Input, Ticket,
};
use crate::feed::QueryId;
use crate::gateway::{self, LookUp, Outcome, Placing, Request};

/// How long a breaker stays open, nanoseconds of wall time (spec: "Execution").
const BREAKER_OPEN: i64 = 60_000_000_000;

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Gateway(gateway::Ticket),
    Feed(QueryId),
    Account(AccountQuestion),
}

/// An outside service: each is left alone by itself when it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Service {
    /// The venue, where orders and the account are.
    Venue,
    /// A source of market data.
    Source(SourceId),
}

impl Service {
    const fn of(call: &Call) -> Self {
        match call {
            Call::Order(_) | Call::Account(_) => Self::Venue,
            Call::Market { source, .. } => Self::Source(*source),
        }
    }

    /// Returns the component that its answers are a check of.
    pub(super) const fn component(self) -> Component {
        match self {
            Self::Venue => Component::Venue,
            Self::Source(_) => Component::History,
        }
    }
}

/// What an answer says beside what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) asker: Asker,
    pub(super) service: Service,
    /// Whether the breaker turned: `Some(true)` opened it.
    pub(super) turned: Option<bool>,
    /// How long it took from leaving, nanoseconds of market time; `None` where nothing was answered.
    pub(super) took: Option<i64>,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// It leaves.
    Send { ticket: Ticket, class: Class, call: Call },
    /// It does not leave: the answer is for who asked.
    GivenUp { asker: Asker, answer: Answer, why: String },
}

#[derive(Clone, Debug)]
struct Asked {
    class: Class,
    call: Call,
    asker: Asker,
    /// It is the one call that a half open breaker let pass.
    probe: bool,
    /// When it left.
    left: Option<TsNanos>,
}

/// The calls that wait and those that are under way.
#[derive(Debug)]
pub(super) struct Calls {
    budget: Budget,
    costs: Costs,
    breakers: BTreeMap<Service, Breaker>,
    /// How long a breaker stays open, nanoseconds of market time.
    open_for: i64,
    next: u64,
    asked: BTreeMap<Ticket, Asked>,
    refused: VecDeque<Step>,
    /// Since when the venue answers nothing.
    away: Option<TsNanos>,
}

impl Calls {
    pub(super) fn new(budget: BudgetConfig, costs: Costs) -> Result<Self, BudgetConfigError> {
        Ok(Self {
            budget: Budget::new(budget)?,
            costs,
            breakers: BTreeMap::new(),
            open_for: BREAKER_OPEN,
            next: 0,
            asked: BTreeMap::new(),
            refused: VecDeque::new(),
            away: None,
        })
    }

    pub(super) fn set_pace(&mut self, pace: i64) {
        self.open_for = BREAKER_OPEN.saturating_mul(pace);
        let open_for = self.open_for;
        self.breakers.values_mut().for_each(|breaker| breaker.set_wait(open_for));
    }

    pub(super) fn budget_mut(&mut self) -> &mut Budget {
        &mut self.budget
    }

    /// Returns how the breaker of the venue stands.
    pub(super) fn breaker(&self, now: TsNanos) -> BreakerState {
        let breaker = self.breakers.get(&Service::Venue);
        breaker.map_or(BreakerState::Closed, |breaker| breaker.state(now))
    }

    /// Returns the services that are left alone now, with the failures that led to it.
    pub(super) fn left_alone(&self, now: TsNanos) -> impl Iterator<Item = (Service, (u32, u32))> {
        let open = move |breaker: &Breaker| breaker.state(now) != BreakerState::Closed;
        let open = self.breakers.iter().filter(move |(_, breaker)| open(breaker));
        open.map(|(service, breaker)| (*service, breaker.failures()))
    }

    /// Takes note that something shows that sources of market data may answer again.
    pub(super) fn try_sources(&mut self, which: Option<SourceId>, now: TsNanos) {
        for (service, breaker) in &mut self.breakers {
            match (service, which) {
                (Service::Source(source), Some(which)) if *source != which => {}
                (Service::Source(_), _) => breaker.half_open(now),
                (Service::Venue, _) => {}
            }
        }
    }

    /// Takes note that something shows that the venue may answer again.
    pub(super) fn try_venue(&mut self, now: TsNanos) {
        if let Some(breaker) = self.breakers.get_mut(&Service::Venue) {
            breaker.half_open(now);
        }
    }

    /// Returns since when an answer that is a check of a component has been waited for.
    pub(super) fn waiting_since(&self, component: Component) -> Option<TsNanos> {
        let checks = self.asked.values().filter(|a| Service::of(&a.call).component() == component);
        checks.filter_map(|asked| asked.left).min()
    }

    fn breaker_of(&mut self, service: Service) -> &mut Breaker {
        let open_for = self.open_for;
        self.breakers.entry(service).or_insert_with(|| Breaker::new(open_for))
    }

    /// Returns since when the venue answers nothing.
    pub(super) const fn away_since(&self) -> Option<TsNanos> {
        self.away
    }

    /// Returns for how long the venue has answered nothing, nanoseconds of market time.
    pub(super) fn away(&self, now: TsNanos) -> Option<i64> {
        self.away.map(|since| now.since(since))
    }

    /// Takes a call. What cancels, reduces, protects, or finds out whether an order of ours is there is tried whatever the
    /// breaker says: a stop of unknown outcome cannot wait until it closes.
    pub(super) fn ask(&mut self, asker: Asker, call: Call, give_up: TsNanos, now: TsNanos) {
        if self.waits_already(asker, &call) {
            return;
        }
        let class = class_of(&call);
        let ticket = Ticket(self.next);
        self.next += 1;
        let must = match class {
            Class::Cancel | Class::Reduce | Class::Protect => true,
            Class::LookUp => matches!(asker, Asker::Gateway(_)),
            Class::Enter | Class::Data => false,
        };
        let breaker = self.breaker_of(Service::of(&call));
        let probe = !must && matches!(breaker.state(now), BreakerState::HalfOpen);
        if !must && !breaker.allows(now) {
            let why = "the venue has not answered of late".to_owned();
            self.refused.push_back(Step::GivenUp { asker, answer: none(&call, now, &why), why });
            return;
        }
        let cost = self.cost(&call);
        self.asked.insert(ticket, Asked { class, call, asker, probe, left: None });
        self.budget.handle(Input::Ask(Ask { ticket, class, cost, give_up }), now);
    }

    /// Returns whether the same question about an order waits for room: the answer is for who asked last. Without this a question
    /// that is asked again each second would leave many times over as soon as the venue's limits let it.
    fn waits_already(&mut self, asker: Asker, call: &Call) -> bool {
        let asks = matches!(call, Call::Order(Request::LookUp(_) | Request::Fills(_)));
        let waits = |one: &&mut Asked| asks && one.left.is_none() && one.call == *call;
        let waiting = self.asked.values_mut().find(waits);
        waiting.map(|one| one.asker = asker).is_some()
    }

    /// Returns the next step.
    pub(super) fn poll(&mut self, now: TsNanos) -> Option<Step> {
        if let Some(refused) = self.refused.pop_front() {
            return Some(refused);
        }
        loop {
            match self.budget.poll()? {
                Command::Send(ticket) => {
                    let Some(asked) = self.asked.get_mut(&ticket) else { continue };
                    asked.left = Some(now);
                    let (class, call) = (asked.class, asked.call.clone());
                    return Some(Step::Send { ticket, class, call });
                }
                Command::GiveUp(ticket, why) => {
                    let Some(Asked { call, asker, probe, .. }) = self.asked.remove(&ticket) else {
                        continue;
                    };
                    if probe {
                        self.breaker_of(Service::of(&call)).withdrawn();
                    }
                    let why = gave_up(why);
                    return Some(Step::GivenUp { asker, answer: none(&call, now, &why), why });
                }
            }
        }
    }

    /// Takes an answer; returns who asked, and what else it says.
    pub(super) fn answered(
        &mut self,
        ticket: Ticket,
        answer: &Answer,
        (used, throttle): (Vec<Used>, Option<Throttle>),
        now: TsNanos,
    ) -> Option<Answered> {
        let asked = self.asked.remove(&ticket)?;
        let stopped = throttle.is_some();
        self.budget.handle(Input::Settled { ticket, used, throttle }, now);
        let lost = is_lost(answer) && !stopped;
        let service = Service::of(&asked.call);
        let breaker = self.breaker_of(service);
        // Given up long behind its sending, while others were answered: the service is there.
        let outdated = lost && asked.left.is_some_and(|left| breaker.is_outdated(left));
        let turned = match (lost, outdated) {
            (true, true) => None,
            (true, false) => breaker.failed(now).then_some(true),
            (false, _) => breaker.succeeded(now).then_some(false),
        };
        if service == Service::Venue && !outdated {
            self.away = if lost { self.away.or(Some(now)) } else { None };
        }
        let took = asked.left.filter(|_| !lost).map(|left| now.since(left));
        Some(Answered { asker: asked.asker, service, turned, took })
    }

    /// Takes back a call that was to leave and does not. Returns who asked, and the answer.
    pub(super) fn withheld(&mut self, ticket: Ticket, now: TsNanos) -> Option<(Asker, Answer)> {
        let asked = self.asked.remove(&ticket)?;
        if asked.probe {
            self.breaker_of(Service::of(&asked.call)).withdrawn();
        }
        self.budget.handle(Input::Settled { ticket, used: Vec::new(), throttle: None }, now);
        Some((asked.asker, none(&asked.call, now, "entries are forbidden")))
    }

    /// Returns whether nothing waits and nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.asked.is_empty() && self.refused.is_empty()
    }

    pub(super) fn wake(&mut self, now: TsNanos) {
        self.budget.handle(Input::Timer, now);
    }

    pub(super) fn next_deadline(&self, now: TsNanos) -> Option<TsNanos> {
        let opening = self.breakers.values().filter_map(|breaker| match breaker.state(now) {
            BreakerState::Open { until } => Some(until),
            BreakerState::Closed | BreakerState::HalfOpen => None,
        });
        self.budget.next_deadline().into_iter().chain(opening).min()
    }

    fn cost(&self, call: &Call) -> Cost {
        let costs = &self.costs;
        match call {
            Call::Order(Request::Place(place)) if place.len() > 1 => costs.place_list,
            Call::Order(Request::Place(_)) => costs.place,
            Call::Order(Request::Cancel(_)) => costs.cancel,
            Call::Order(Request::Replace { .. }) => costs.replace,
            Call::Order(Request::LookUp(_)) => costs.look_up,
            Call::Order(Request::Fills(_)) => costs.fills,
            Call::Account(AccountQuestion::Account) => costs.account,
            Call::Account(AccountQuestion::OpenOrders) => costs.open_orders,
            Call::Account(AccountQuestion::Listings) => costs.listings,
            Call::Market { query: Query::Bars { .. }, .. } => costs.bars,
            Call::Market { query: Query::Trades { .. }, .. } => costs.trades,
            Call::Market { query: Query::Depth { .. }, .. } => costs.depth,
            Call::Market { query: Query::Time, .. } => costs.time,
        }
    }
}

fn class_of(call: &Call) -> Class {
    match call {
        Call::Order(Request::Cancel(_)) => Class::Cancel,
        Call::Order(Request::Place(place) | Request::Replace { place, .. }) => class_placing(place),
        Call::Order(Request::LookUp(_) | Request::Fills(_)) | Call::Account(_) => Class::LookUp,
        Call::Market { .. } => Class::Data,
    }
}

fn class_placing(place: &[Placing]) -> Class {
    let protects = place.iter().any(|placing| placing.named().order.leg != Leg::Main);
    let reduces = place.iter().all(|placing| placing.request().reduce_only);
    match (protects, reduces) {
        (true, _) => Class::Protect,
        (false, true) => Class::Reduce,
        (false, false) => Class::Enter,
    }
}

/// Returns whether an answer shows that the venue could not be reached or did not answer.
fn is_lost(answer: &Answer) -> bool {
    use types::feed::QueryFailure;
    match answer {
        Answer::Order(gateway::Answer::Done(outcome)) => *outcome == Outcome::Unknown,
        Answer::Order(gateway::Answer::Replaced { cancel, place }) => {
            *cancel == Outcome::Unknown || *place == Outcome::Unknown
        }
        Answer::Order(gateway::Answer::LookUp(found)) => *found == LookUp::Failed,
        Answer::Order(gateway::Answer::Fills(fills)) => fills.is_none(),
        Answer::Account(answer) => matches!(answer, AccountAnswer::Failed(_)),
        Answer::Market { result, .. } => matches!(result, Err(QueryFailure::Unavailable(_))),
    }
}

/// Returns the answer to a call that did not leave.
fn none(call: &Call, now: TsNanos, why: &str) -> Answer {
    match call {
        Call::Order(Request::Place(_) | Request::Cancel(_)) => {
            Answer::Order(gateway::Answer::Done(Outcome::NotSent))
        }
        Call::Order(Request::Replace { .. }) => Answer::Order(gateway::Answer::Replaced {
            cancel: Outcome::NotSent,
            place: Outcome::NotSent,
        }),
        Call::Order(Request::LookUp(_)) => Answer::Order(gateway::Answer::LookUp(LookUp::Failed)),
        Call::Order(Request::Fills(_)) => Answer::Order(gateway::Answer::Fills(None)),
        Call::Account(_) => Answer::Account(AccountAnswer::Failed(why.to_owned())),
        Call::Market { .. } => Answer::Market {
            sent: now,
            result: Err(types::feed::QueryFailure::Unavailable(why.to_owned())),
        },
    }
}

fn gave_up(why: GaveUp) -> String {
    match why {
        GaveUp::TooLate { waited_nanos } => {
            format!("the venue's limits left no room for {} ms", waited_nanos / 1_000_000)
        }
        GaveUp::NeverFits { limit } => {
            format!("it alone is more than its share of {} {:?}", limit.max, limit.kind)
        }
        GaveUp::QueueFull { waiting } => format!("{waiting} others wait already"),
        GaveUp::TicketTaken => unreachable!("each call has a number of its own"),
    }
}
