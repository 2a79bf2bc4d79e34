//! Recovery of parts (spec: "Errors, recovery, watchdog"): what has stopped is made anew, behind what it rests on, and not for
//! ever. Who owns tasks and connections says what has stopped and carries out what is decided here.

use std::collections::{BTreeMap, BTreeSet};

use types::entry::{Incident, IncidentKind, Part};
use types::num::Money;
use types::slot::Engine;

use super::event::Event;
use super::hub::Hub;
use super::status::{Component, ComponentState};
use super::words::Output;
use crate::restarts::{RESTARTS_MAX, Restarts};

/// After so many tries in a row a connection of market data is not waited for any more (spec: class data, retry 3).
const TRIES: u32 = 3;

/// What is being recovered.
#[derive(Debug, Default)]
pub(super) struct Recovering {
    restarts: BTreeMap<Part, Restarts>,
    /// Parts that have stopped and wait to be made anew.
    ended: BTreeSet<Part>,
    /// The adapter was made anew in this outage: once is enough.
    reset: bool,
    /// Connections of market data that ended behind each other, and nothing came between them.
    closed: u32,
}

impl Recovering {
    pub(super) fn set_pace(&mut self, pace: i64) {
        self.restarts.values_mut().for_each(|restarts| restarts.set_pace(pace));
    }

    fn restarts_of(&mut self, part: Part, pace: i64) -> &mut Restarts {
        self.restarts.entry(part).or_insert_with(|| Restarts::new(pace))
    }

    /// Takes note that the venue or its market data works.
    pub(super) const fn is_over(&mut self) {
        self.reset = false;
        self.closed = 0;
    }
}

/// Returns what a part rests on: without it, to make the part anew changes nothing.
const fn rests_on(part: Part) -> Option<Component> {
    match part {
        Part::UserStream | Part::Feed => Some(Component::Venue),
        Part::Store | Part::Snapshots => Some(Component::Journal),
        Part::Config
        | Part::Journal
        | Part::Venue
        | Part::Engine
        | Part::Clock
        | Part::Disk
        | Part::Queue
        | Part::Control
        | Part::VenueProcess => None,
    }
}

/// Returns the component whose checks say whether a part works.
const fn checked_by(part: Part) -> Option<Component> {
    match part {
        Part::UserStream => Some(Component::UserStream),
        Part::Feed => Some(Component::Feed),
        Part::Venue => Some(Component::Venue),
        Part::Store => Some(Component::Store),
        Part::Config
        | Part::Journal
        | Part::Snapshots
        | Part::Engine
        | Part::Clock
        | Part::Disk
        | Part::Queue
        | Part::Control
        | Part::VenueProcess => None,
    }
}

impl<E: Engine> Hub<E> {
    /// A part of the runtime has stopped by itself.
    pub(super) fn on_ended(&mut self, part: Part, why: String) {
        if let Some(component) = checked_by(part) {
            self.failing(component, why.clone());
        }
        if part == Part::UserStream {
            self.on_user_stream(Some(why.clone()));
        }
        self.event(Event::Ended { part, why });
        let used = self.recovering.restarts_of(part, self.config.speed.factor()).used();
        let figure = |of: u32| Money::from_units(of.into());
        let down = IncidentKind::ComponentDown;
        self.open_incident(Incident::new(down, figure(used), figure(RESTARTS_MAX)).of_part(part));
        self.recovering.ended.insert(part);
    }

    /// A part that was made anew runs. Where its checks say whether it works, they book that it has recovered.
    pub(super) fn on_runs(&mut self, part: Part) {
        if checked_by(part).is_none() {
            self.close_incident(&Incident::word(IncidentKind::ComponentGivenUp).of_part(part));
            self.close_incident(&Incident::word(IncidentKind::ComponentDown).of_part(part));
        }
    }

    /// Has what has stopped made anew, once what it rests on works, as long as its budget lasts.
    pub(super) fn move_recovery(&mut self) {
        if self.starting.is_stopping() {
            return;
        }
        let (now, pace) = (self.now, self.config.speed.factor());
        let fails = |component: Component| {
            let mut states = self.watching.states();
            states
                .any(|(of, state)| *of == component && matches!(state, ComponentState::Failing(_)))
        };
        let waits = |part: &Part| rests_on(*part).is_some_and(fails);
        let due: Vec<Part> =
            self.recovering.ended.iter().filter(|part| !waits(part)).copied().collect();
        for part in due {
            self.recovering.ended.remove(&part);
            match self.recovering.restarts_of(part, pace).take(now) {
                Some(wait_nanos) => {
                    self.record.outputs.push_back(Output::Restart { part, wait_nanos });
                }
                None => {
                    let given_up = IncidentKind::ComponentGivenUp;
                    let all = Money::from_units(RESTARTS_MAX.into());
                    self.open_incident(Incident::new(given_up, all, all).of_part(part));
                }
            }
        }
    }

    /// A connection of market data has ended, or did not come about.
    pub(super) fn on_connection_closed(&mut self, why: &str) {
        self.recovering.closed = self.recovering.closed.saturating_add(1);
        if self.recovering.closed >= TRIES {
            self.reset_adapter(why);
        }
    }

    /// Has the adapter made anew, once in an outage: its connections for requests, then of what rests on them whatever does not
    /// stand. What works is left alone.
    pub(super) fn reset_adapter(&mut self, why: &str) {
        if self.starting.is_stopping() || self.recovering.reset {
            return;
        }
        let (now, pace) = (self.now, self.config.speed.factor());
        // A venue that fails again and again is asked on, with what there is: nobody is called for that.
        if self.recovering.restarts_of(Part::Venue, pace).take(now).is_none() {
            return;
        }
        self.recovering.reset = true;
        self.event(Event::Reset { why: why.to_owned() });
        let mut again = |part| {
            self.record.outputs.push_back(Output::Restart { part, wait_nanos: 0 });
        };
        again(Part::Venue);
        if self.watching.is_user_stream_away(self.config.custody) {
            again(Part::UserStream);
        }
        self.feed.connect_now(now);
        self.market.feed_stirred();
    }
}
