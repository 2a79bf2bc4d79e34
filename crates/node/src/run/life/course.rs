//! [`Life`]: one life of the hub: its loop, what it reads from, what it writes to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::State as Engine;
use hub::system::{Call, Component, Hub, Output, ReplyTicket};
use types::entry::{Body, Entry, SystemMode};

use super::batch::Batch;
use super::chores::FULL_AGAIN;
use super::emergency::Emergency;
use super::end::Ended;
use super::hand_over::HandOver;
use super::paper::Paper;
use crate::ladder::StepDown;
use crate::run::fail::FailPoints;
use crate::run::inbox::{Event, Inbox, Outbox};
use crate::run::links::Links;
use crate::run::notify::Notify;
use crate::run::operators::Operators;
use crate::run::pace::Pace;
use crate::run::parts::Parts;
use crate::run::pen::{Dead, Pen};
use crate::run::phases::{Phase, Phases};
use crate::run::rotation::Rotation;
use crate::run::screen::Screen;
use crate::run::sender::Sender;
use crate::run::snapshots::Snapshots;
use crate::run::speed::{self, Jumps, Speed};
use crate::run::state::StateDir;

/// The longest the loop sleeps.
pub(super) const NAP: Duration = Duration::from_secs(1);
/// A connection that is being made is there by then: until the start is done, a paced market does not run away from it.
const CONNECTING: Duration = Duration::from_millis(100);
/// What a paced venue told just before it stood still is on its way so long at most.
const ON_ITS_WAY: Duration = Duration::from_millis(1);

/// One life of the hub.
pub(crate) struct Life {
    pub(crate) hub: Hub<Engine>,
    pub(crate) pen: Pen,
    pub(crate) screen: Screen,
    pub(crate) sender: Sender,
    pub(crate) links: Links,
    pub(crate) inbox: Inbox,
    pub(crate) outbox: Outbox,
    pub(crate) phases: Phases,
    pub(crate) pace: Option<Pace>,
    /// The exchange in this process, where paper is traded.
    pub(crate) paper: Option<Paper>,
    pub(crate) fail: FailPoints,
    pub(crate) notify: Notify,
    pub(crate) folder: Arc<StateDir>,
    pub(crate) operators: Operators,
    /// The way down the ladder, on a rung that has one.
    pub(crate) ladder: Option<StepDown>,
    /// The tasks beside this loop.
    pub(crate) parts: Parts,
    /// Where a new key for the venue comes from; `None` where there is none to come.
    pub(crate) rotation: Option<Rotation>,
    pub(crate) snapshots: Snapshots,
    pub(crate) state: State,
}

/// What the loop keeps of itself.
#[derive(Debug, Default)]
pub(crate) struct State {
    batch: Batch,
    pub(super) phase: Option<Phase>,
    pub(super) hand_over: HandOver,
    /// When the venue last did not take a speed.
    pub(super) refused_at: Option<Instant>,
    /// Since when a paced market stands for want of something that is not on its way to the disk.
    pub(super) waits_since: Option<Instant>,
    pub(super) full_since: Option<Instant>,
    pub(super) told_depth: usize,
    pub(super) stopping: Option<Instant>,
    pub(super) stopped: bool,
    /// Every gate of the start is passed.
    pub(super) ready: bool,
    /// So often a paced market went on before.
    pub(super) steps: u32,
    pub(super) dead: Option<Dead>,
    /// The venue has other addresses now.
    pub(super) moved: bool,
    /// The last ticket of an operator's request.
    pub(super) ticket: u64,
    pub(super) jumps: Jumps,
    /// When the emergency file was looked for.
    pub(super) looked: Option<Instant>,
    pub(super) alive_at: Option<Instant>,
    pub(super) emergency: Emergency,
}

impl Life {
    /// Runs until it is stopped; returns how it ended.
    pub(crate) async fn run(mut self) -> (Ended, Self) {
        self.change_phase();
        let ended = loop {
            self.carry_out();
            self.state.batch.done(speed::now());
            if let Some(ended) = self.ended() {
                break ended;
            }
            self.look_after();
            match self.wait().await {
                Some(event) => self.take_batch(event),
                None => self.wake(),
            }
        };
        (ended, self)
    }

    /// Takes an event and what waits behind it, for which the hub works once. Orders and operators go before market data.
    fn take_batch(&mut self, first: Event) {
        let mut next = Some(first);
        while let Some(event) = next {
            self.state.batch.take(speed::now());
            self.fail.drag();
            self.take(event);
            let room = self.state.batch.has_room(speed::now());
            next = if room { self.outbox.try_next() } else { None };
        }
    }

    /// Does all that the hub wants done, and hands the journal what is new; the emergency record where that takes nothing.
    fn carry_out(&mut self) {
        loop {
            self.carry_out_outputs();
            while self.hear_paper() {
                self.carry_out_outputs();
            }
            if self.pen.has_more() && self.hand_over_is_due() {
                self.fail.pass("before_append");
                if let Err(dead) = self.pen.hand_over() {
                    self.die(dead);
                    self.carry_out_outputs();
                }
                self.fail.pass("after_append");
                if !self.pen.has_more() {
                    self.state.hand_over.done();
                }
            }
            if !self.keep() {
                break;
            }
        }
    }

    /// Returns whether entries go to the disk now.
    fn hand_over_is_due(&self) -> bool {
        let stands = self.sender.clock.speed() == Speed::Max && self.hub.is_idle();
        self.state.hand_over.is_due(speed::now(), stands)
    }

    fn carry_out_outputs(&mut self) {
        while let Some(output) = self.hub.poll() {
            match output {
                Output::Append(entry) => self.append(&entry),
                Output::Emergency(entry) => self.state.emergency.take(&entry),
                Output::Call { ticket, class: _, call } => match (call, &mut self.paper) {
                    (Call::Order(request), Some(paper)) => paper.send(ticket, request),
                    (call, _) => self.call(ticket, call),
                },
                Output::Walk { until, bars } => {
                    if let Some(paper) = &mut self.paper {
                        paper.walk(until, bars);
                    }
                }
                Output::Link(command) => self.links.carry_out(&self.sender, command),
                Output::Reply { ticket, reply } => self.operators.hear(ticket, reply),
                Output::Restart { part, wait_nanos } => self.make_anew(part, wait_nanos),
                Output::Tell(event) => {
                    let now = self.sender.clock.now();
                    if event == hub::system::Event::Ready {
                        self.state.ready = true;
                        self.notify.ready();
                    }
                    self.screen.tell(&event, now);
                }
                Output::Stopped => self.state.stopped = true,
            }
        }
    }

    fn append(&mut self, entry: &Entry) {
        self.phases.on_entry(entry.ts);
        if let Some(paper) = &mut self.paper
            && let Err(why) = paper.on_entry(entry)
        {
            self.health(Component::Venue, Some(why.to_string()));
        }
        self.state.waits_since = None;
        if let Some(trade) = self.screen.on_entry(entry) {
            self.phases.on_trade(&trade);
        }
        self.pen.append(entry);
        self.state.hand_over.take(entry, speed::now());
        if let Body::Mode(entered) = &entry.body
            && entered.mode == SystemMode::Shutdown
        {
            self.ending("asked to");
        }
    }

    /// Waits for the next event, or until something is due.
    async fn wait(&mut self) -> Option<Event> {
        let speed = self.sender.clock.speed();
        if speed == Speed::Max && self.may_go_on() {
            let on_its_way = if self.state.ready { ON_ITS_WAY } else { CONNECTING };
            if let Ok(event) = tokio::time::timeout(on_its_way, self.outbox.next()).await {
                return Some(event);
            }
            self.go_on();
        }
        let nap = match (speed, self.hub.next_deadline()) {
            (Speed::Times(_), Some(deadline)) => {
                speed.real(deadline.since(self.sender.clock.now())).min(NAP)
            }
            (Speed::Times(_), None) | (Speed::Max, _) => NAP,
        };
        let waits = self.state.full_since.is_some()
            || self.state.dead.is_some()
            || self.state.refused_at.is_some();
        let nap = if waits { nap.min(FULL_AGAIN) } else { nap };
        // Where the journal takes nothing now, they wait for it and not for the time.
        let entries = self.state.hand_over.left(speed::now()).filter(|_| self.pen.has_more());
        let nap = entries.map_or(nap, |left| nap.min(left));
        tokio::time::timeout(nap, self.outbox.next()).await.ok()
    }
}

impl State {
    /// Returns the state of a life that begins with what a start has found.
    pub(crate) fn with(emergency: Emergency) -> Self {
        Self { emergency, ..Self::default() }
    }

    pub(super) fn next_ticket(&mut self) -> ReplyTicket {
        // Far from the numbers of those who ask over the socket.
        self.ticket += 1;
        ReplyTicket(u64::MAX - self.ticket)
    }
}
