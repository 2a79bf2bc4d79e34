//! [`Life`]: one life of the hub: its loop, what it reads from, what it writes to.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding as _};
use engine::State as Engine;
use hub::budget::Ticket;
use hub::system::{Answer, Call, Component, Hub, Input, OperatorRequest, Output, ReplyTicket};
use journal::{AppendError, Journal as _};
use serde_json::json;
use types::entry::{Body, CommandAction, Entry, ReportEvent};
use types::ids::{Leg, OrderId, Seq};

use super::account;
use super::fail::FailPoints;
use super::inbox::{Event, Inbox, Outbox};
use super::links::Links;
use super::notify::Notify;
use super::operators::Operators;
use super::pace::Pace;
use super::pen::{Dead, Pen, Written};
use super::phases::{Phase, Phases};
use super::port::Time;
use super::screen::Screen;
use super::sender::Sender;
use super::speed::{self, Speed};
use super::state::StateDir;
use crate::control::emergency::{self, Line, What};

/// So many inputs share a hand-over to the journal, if they wait.
const BATCH: usize = 256;
/// The longest the loop sleeps.
const NAP: Duration = Duration::from_secs(1);
/// A paced market goes on without what is waited for after so long a silence: a bar that lacks is asked for when the next one is
/// there, and no deadline comes while time stands still.
const STALLED: Duration = Duration::from_secs(2);
/// A full disk is tried again so often.
const FULL_AGAIN: Duration = Duration::from_millis(200);
/// What a paced venue told just before it stood still is on its way so long at most.
const ON_ITS_WAY: Duration = Duration::from_millis(1);
/// An orderly end takes so long at most.
const GOODBYE: Duration = Duration::from_secs(20);

/// How a life ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// In order.
    Stopped,
    /// In order, but the venue has not confirmed everything in time.
    Late,
    /// Another process has taken over.
    Sealed,
    /// The journal cannot be written.
    JournalFailed(String),
    /// The venue came back at other addresses: the next life finds it there.
    VenueMoved,
}

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
    pub(crate) fail: FailPoints,
    pub(crate) notify: Notify,
    pub(crate) folder: Arc<StateDir>,
    pub(crate) operators: Operators,
    pub(crate) state: State,
}

/// What the loop keeps of itself.
#[derive(Debug, Default)]
pub(crate) struct State {
    phase: Option<Phase>,
    /// Orders of ours that may trade at any moment, stops and targets apart: a paced venue goes in small steps then.
    moving: std::collections::BTreeSet<OrderId>,
    full_since: Option<Instant>,
    /// For how long nothing has happened at all.
    quiet: Duration,
    told_depth: usize,
    stopping: Option<Instant>,
    stopped: bool,
    dead: Option<Dead>,
    /// The venue has other addresses now.
    moved: bool,
    /// The last ticket of an operator's request.
    ticket: u64,
    /// When the emergency file was looked for.
    looked: Option<Instant>,
    alive_at: Option<Instant>,
}

impl Life {
    /// Runs until it is stopped.
    ///
    /// # Errors
    /// If nothing can be printed.
    pub(crate) async fn run(mut self) -> io::Result<(Ended, Self)> {
        self.change_phase().await?;
        let ended = loop {
            self.carry_out()?;
            if let Some(ended) = self.ended() {
                break ended;
            }
            self.look_after().await?;
            match self.wait().await {
                Some(event) => self.take(event)?,
                None => self.wake(),
            }
            for _ in 1..BATCH {
                // The hub works once for all of them, and lets orders and operators go before market data.
                let Some(event) = self.outbox.try_next() else { break };
                self.take(event)?;
            }
        };
        Ok((ended, self))
    }

    /// Does all that the hub wants done, and hands the journal what is new.
    fn carry_out(&mut self) -> io::Result<()> {
        self.carry_out_outputs()?;
        if self.pen.has_more() {
            self.fail.pass("before_append");
            if let Err(dead) = self.pen.hand_over() {
                self.die(dead);
                self.carry_out_outputs()?;
            }
            self.fail.pass("after_append");
        }
        Ok(())
    }

    fn carry_out_outputs(&mut self) -> io::Result<()> {
        while let Some(output) = self.hub.poll() {
            match output {
                Output::Append(entry) => self.append(&entry)?,
                Output::Emergency(entry) => self.emergency(&entry),
                Output::Call { ticket, class: _, call } => self.call(ticket, call),
                Output::Link(command) => self.links.carry_out(&self.sender.venue, command),
                Output::Reply { ticket, reply } => self.operators.hear(ticket, reply),
                Output::Tell(event) => {
                    let now = self.sender.clock.now();
                    if event == hub::system::Event::Ready {
                        self.notify.ready();
                    }
                    self.screen.tell(&event, now)?;
                }
                Output::Stopped => self.state.stopped = true,
            }
        }
        Ok(())
    }

    fn append(&mut self, entry: &Entry) -> io::Result<()> {
        self.phases.on_entry(entry.ts);
        self.note_moving(entry);
        if let Some(trade) = self.screen.on_entry(entry)? {
            self.phases.on_trade(&trade);
        }
        self.pen.append(entry);
        Ok(())
    }

    fn note_moving(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Command(command)
                if command.order.leg == Leg::Main
                    && matches!(command.action, CommandAction::Place(_)) =>
            {
                self.state.moving.insert(command.order);
            }
            Body::Report(report) => match (&report.event, report.order) {
                (
                    ReportEvent::Rejected(_)
                    | ReportEvent::Cancelled
                    | ReportEvent::Expired
                    | ReportEvent::NeverAccepted,
                    Some(order),
                ) => {
                    self.state.moving.remove(&order);
                }
                (ReportEvent::Filled(_), Some(order)) => {
                    if self.screen.is_filled(order) {
                        self.state.moving.remove(&order);
                    }
                }
                (_, Some(_) | None) => {}
            },
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Bar { .. }
            | Body::Mark { .. }
            | Body::InstantClosed { .. }
            | Body::Timer { .. }
            | Body::Decision(_)
            | Body::Command(_)
            | Body::Refused(_)
            | Body::Mode(_)
            | Body::Operator(_)
            | Body::Flow { .. }
            | Body::Funding { .. }
            | Body::Limits(_)
            | Body::Permit(_)
            | Body::Baseline { .. }
            | Body::Incident(_)
            | Body::IncidentOver(_)
            | Body::Authority(_)
            | Body::History { .. } => {}
        }
    }

    /// The journal is dead: what must be known all the same goes to the emergency record on another path.
    fn emergency(&mut self, entry: &Entry) {
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        let what = What::Entry { seq: entry.seq.0, bytes: Base64::encode_string(&bytes) };
        let line = Line { at: speed::wall().as_nanos(), name: "plimsoll run".to_owned(), what };
        let now = self.sender.clock.now();
        match emergency::append(self.folder.path(), &line) {
            Ok(_) => self.hub.handle(Input::Durable(entry.seq), now),
            Err(error) => {
                let why = format!("the emergency record cannot be written: {error}");
                self.hub.handle(Input::JournalFailed { why }, now);
            }
        }
    }

    /// Takes orders to stop that were left in the emergency file, because no hub answered.
    fn adopt(&mut self) -> io::Result<()> {
        let found = emergency::read(self.folder.path())?;
        // What a hub without a journal wrote there itself stays for who reads it after its end.
        let orders = found.lines.iter().any(|line| line.what.is_order());
        if !orders && found.broken.is_empty() {
            return Ok(());
        }
        let now = self.sender.clock.now();
        for line in found.lines {
            let request = match line.what {
                What::Kill => OperatorRequest::Kill,
                What::Flatten => OperatorRequest::Flatten,
                // The reconciliation takes over what was done.
                What::Entry { .. } => continue,
            };
            let ticket = self.state.next_ticket();
            self.hub.handle(Input::Operator { ticket, name: line.name, request }, now);
        }
        let aside = emergency::adopt(self.folder.path())?;
        let fields = json!({ "file": aside, "broken": found.broken });
        let words =
            format!("orders of the emergency file are taken; it is {} now", aside.display());
        self.screen.say("emergency_adopted", now, fields, words)
    }

    fn call(&self, ticket: Ticket, call: Call) {
        let (sender, inbox) = (self.sender.clone(), self.inbox.clone());
        tokio::spawn(async move {
            let answered = |answer, throttle, sender: &Sender| Input::Answered {
                ticket,
                answer,
                used: sender.venue.usage(),
                throttle,
            };
            match call {
                Call::Order(request) => {
                    let came = sender.send(&request).await;
                    for report in came.reports {
                        inbox.hub(Input::Order(Box::new(report))).await;
                    }
                    if let Some(why) = came.why {
                        inbox.urgent(Event::Undone(why)).await;
                    }
                    let answer = Answer::Order(came.answer);
                    inbox.hub(answered(answer, came.throttle, &sender)).await;
                }
                Call::Account(question) => {
                    let (answer, throttle) = account::ask(&sender, question).await;
                    inbox.hub(answered(Answer::Account(answer), throttle, &sender)).await;
                }
                Call::Market { source: _, query } => {
                    let sent = sender.clock.now();
                    let result = sender.venue.ask(&query).await;
                    let throttle = result.as_ref().err().and_then(account::throttle);
                    let result = result.map_err(|error| error.to_failure());
                    let answer = Answer::Market { sent, result };
                    inbox.market(answered(answer, throttle, &sender)).await;
                }
            }
        });
    }

    /// Takes an event.
    fn take(&mut self, event: Event) -> io::Result<()> {
        let now = self.sender.clock.now();
        match event {
            Event::Hub(input) => self.hub.handle(input, now),
            Event::Written(Written::Durable(seq)) => {
                self.pen.durable(seq);
                self.fail.pass("after_durable");
                self.hub.handle(Input::Durable(Seq(seq)), now);
                if self.state.full_since.take().is_some() {
                    self.health(Component::Journal, None);
                }
            }
            Event::Written(Written::Full(number)) => {
                if self.pen.is_full(number) {
                    self.state.full_since = Some(speed::now());
                    self.health(Component::Journal, Some("the disk is full".to_owned()));
                }
            }
            Event::Written(Written::Dead(dead)) => self.die(dead),
            Event::Market(Ok(at)) => {
                self.sender.clock.tell(at, Speed::Max);
                if let Some(pace) = &mut self.pace {
                    pace.arrived();
                }
                self.wake();
            }
            Event::Market(Err(why)) => {
                if let Some(pace) = &mut self.pace {
                    pace.lost();
                }
                self.health(Component::Venue, Some(why));
            }
            Event::Time(time) => self.on_time(time)?,
            Event::VenueDied => {
                self.health(Component::Venue, Some("its process is gone".to_owned()));
                let fields = json!({});
                self.screen.say(
                    "venue_died",
                    now,
                    fields,
                    "the venue's process is gone; it is started again on its ledger",
                )?;
            }
            Event::VenueBack { moved } => {
                self.state.moved |= moved;
                if let Some(pace) = &mut self.pace {
                    pace.lost();
                }
                self.state.phase = None;
                self.screen.say(
                    "venue_back",
                    now,
                    json!({ "moved": moved }),
                    "the venue is back",
                )?;
            }
            Event::Undone(why) => {
                let words = format!("{:18}at the venue: {why}", "");
                self.screen.say("undone", now, json!({ "why": why }), words)?;
            }
            Event::Control(asked) => {
                let speed = self.sender.clock.speed();
                self.operators.take(*asked, &mut self.hub, speed, now);
            }
            Event::Stop(why) => self.stop(why)?,
        }
        Ok(())
    }

    /// Takes the venue's time. At full speed it is told by the pace, and only by it.
    fn on_time(&mut self, time: Time) -> io::Result<()> {
        let own = self.sender.clock.speed();
        match (own, time.speed) {
            (Speed::Times(_), told @ Speed::Times(_)) => {
                self.sender.clock.tell(time.at(), told);
                if told != own {
                    // Somebody else has set it.
                    let now = self.sender.clock.now();
                    self.hub.set_speed(told.of_hub(), now);
                    let words = format!("the market runs at {told} now");
                    self.screen.say("speed", now, json!({ "speed": told }), words)?;
                }
                Ok(())
            }
            (Speed::Max, _) | (Speed::Times(_), Speed::Max) => Ok(()),
        }
    }

    fn wake(&mut self) {
        let now = self.sender.clock.now();
        self.hub.handle(Input::Wake, now);
    }

    fn health(&mut self, component: Component, trouble: Option<String>) {
        let now = self.sender.clock.now();
        self.hub.handle(Input::Health { component, trouble, latency_nanos: 0 }, now);
    }

    fn die(&mut self, dead: Dead) {
        if let Dead::Failed(why) = &dead {
            let now = self.sender.clock.now();
            self.hub.handle(Input::JournalFailed { why: why.clone() }, now);
        }
        self.state.dead.get_or_insert(dead);
    }

    /// Begins an orderly end: entry orders are cancelled, stops stay.
    fn stop(&mut self, why: &'static str) -> io::Result<()> {
        if self.state.stopping.is_some() {
            return Ok(());
        }
        self.state.stopping = Some(speed::now());
        self.notify.stopping();
        self.fail.pass("in_stop");
        let now = self.sender.clock.now();
        self.screen.say(
            "stopping",
            now,
            json!({ "why": why }),
            format_args!("stopping ({why}): entry orders are cancelled, stops stay at the venue"),
        )?;
        self.hub.handle(
            Input::Operator {
                ticket: self.state.next_ticket(),
                name: "plimsoll run".to_owned(),
                request: OperatorRequest::Stop,
            },
            now,
        );
        Ok(())
    }

    fn ended(&self) -> Option<Ended> {
        match &self.state.dead {
            Some(Dead::Sealed) => return Some(Ended::Sealed),
            Some(Dead::Failed(why)) if self.state.stopping.is_some() => {
                return Some(Ended::JournalFailed(why.clone()));
            }
            Some(Dead::Failed(_)) | None => {}
        }
        if self.state.stopped {
            return Some(Ended::Stopped);
        }
        if self.state.moved {
            return Some(Ended::VenueMoved);
        }
        let late = self.state.stopping.is_some_and(|since| since.elapsed() > GOODBYE);
        late.then_some(Ended::Late)
    }

    /// What is due by the clock on the wall: a full disk, signs of life, the depth of the queue, the market's speed.
    async fn look_after(&mut self) -> io::Result<()> {
        if self.state.full_since.is_some_and(|since| since.elapsed() >= FULL_AGAIN) {
            self.state.full_since = Some(speed::now());
            if let Err(dead) = self.pen.try_again() {
                self.die(dead);
            }
        }
        let depth = self.outbox.depth();
        // The hub judges; it need not hear of every input.
        if depth.abs_diff(self.state.told_depth) > 1_000 {
            self.state.told_depth = depth;
            let now = self.sender.clock.now();
            self.hub.handle(Input::QueueDepth(depth), now);
        }
        if self.state.looked.is_none_or(|at| at.elapsed() >= NAP) {
            self.state.looked = Some(speed::now());
            if let Err(error) = self.adopt() {
                self.health(Component::Config, Some(format!("the emergency file: {error}")));
            }
        }
        if let Some(every) = self.notify.every()
            && self.state.alive_at.is_none_or(|at| at.elapsed() >= every)
        {
            self.state.alive_at = Some(speed::now());
            self.notify.alive();
        }
        self.change_phase().await
    }

    /// Changes the market's speed when a phase is over.
    async fn change_phase(&mut self) -> io::Result<()> {
        let Some(pace) = &mut self.pace else { return Ok(()) };
        let now = self.sender.clock.now();
        let (phase, speed) = self.phases.at(now);
        let slower = matches!(phase, Phase::Follow | Phase::Steady);
        // Bars of the moment at which a phase ends are still decided on at its speed.
        if self.state.phase == Some(phase) || (slower && pace.is_under_way()) {
            return Ok(());
        }
        self.state.phase = Some(phase);
        let at = match pace.set_speed(speed).await {
            Ok(at) => at,
            Err(error) => {
                self.state.phase = None;
                let why = format!("{error:#}");
                self.health(Component::Venue, Some(why));
                tokio::time::sleep(FULL_AGAIN).await;
                return Ok(());
            }
        };
        self.sender.clock.tell(at, speed);
        let now = self.sender.clock.now();
        self.hub.set_speed(speed.of_hub(), now);
        self.screen.brief(speed == Speed::Max);
        let words = match phase {
            Phase::Month => format!(
                "the first 30 days, {speed}; only trades are shown (ctrl-C stops in good order)"
            ),
            Phase::Follow => format!(
                "now at {speed} (a quarter of an hour of market time a second) until a trade has opened and closed"
            ),
            Phase::Steady => format!("now at {speed}: a minute of market time a second"),
            Phase::Asked => format!("the market runs at {speed}"),
        };
        let fields = json!({ "phase": phase.name(), "speed": speed });
        self.screen.say("phase", now, fields, format_args!("--- SIMULATED  {words}"))
    }

    /// Ends the life: what is written is on disk, under a signed checkpoint, where the journal still is ours and can be written.
    /// Returns how the life ended after all, and the number of entries.
    ///
    /// # Errors
    /// If the journal cannot be closed.
    pub(crate) async fn close(self, ended: Ended) -> anyhow::Result<(Ended, u64)> {
        let Self { pen, pace, outbox, .. } = self;
        // Threads that tell of commits must not wait for a loop that has ended.
        drop(outbox);
        if let Some(mut pace) = pace {
            pace.leave().await;
        }
        let Some(journal) = pen.stop() else { return Ok((ended, 0)) };
        let entries = journal.head().seq.0;
        match ended {
            Ended::Sealed | Ended::JournalFailed(_) => return Ok((ended, entries)),
            Ended::Stopped | Ended::Late | Ended::VenueMoved => {}
        }
        match journal.close() {
            Ok(head) => Ok((ended, head.seq.0)),
            Err(AppendError::Sealed(_)) => Ok((Ended::Sealed, entries)),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for the next event, or until something is due.
    async fn wait(&mut self) -> Option<Event> {
        let speed = self.sender.clock.speed();
        let stalled = self.state.quiet >= STALLED && self.has_pace();
        if speed == Speed::Max && (self.may_go_on() || stalled) {
            self.state.quiet = Duration::ZERO;
            if let Ok(event) = tokio::time::timeout(ON_ITS_WAY, self.outbox.next()).await {
                return Some(event);
            }
            let until = self.next_stop();
            if let Some(pace) = &mut self.pace {
                pace.go(until, self.inbox.clone());
            }
        }
        let nap = match (speed, self.hub.next_deadline()) {
            (Speed::Times(_), Some(deadline)) => {
                speed.real(deadline.since(self.sender.clock.now())).min(NAP)
            }
            (Speed::Times(_), None) | (Speed::Max, _) => NAP,
        };
        let nap = if self.state.full_since.is_some() { nap.min(FULL_AGAIN) } else { nap };
        let event = tokio::time::timeout(nap, self.outbox.next()).await.ok();
        self.state.quiet = if event.is_some() { Duration::ZERO } else { self.state.quiet + nap };
        event
    }

    /// Whether a paced market may go on.
    fn may_go_on(&self) -> bool {
        self.has_pace() && self.hub.is_idle()
    }

    /// Whether a paced market waits for us, and nothing of ours is on its way to the disk.
    fn has_pace(&self) -> bool {
        let paced = self.pace.as_ref().is_some_and(|pace| !pace.is_under_way());
        paced && self.pen.backlog() == 0 && self.state.dead.is_none()
    }

    /// Up to when nothing is to be done.
    fn next_stop(&self) -> types::market::TsNanos {
        let now = self.sender.clock.now();
        let ends = self.phases.month_ends().filter(|ends| *ends > now);
        let due = [self.hub.next_deadline(), self.hub.next_close(), ends];
        let mut until = due.into_iter().flatten().filter(|at| *at > now).min();
        if !self.state.moving.is_empty() {
            // A fill wants its stop at once.
            let step = now.plus(MOVING_STEP);
            until = Some(until.map_or(step, |until| until.min(step)));
        }
        until.unwrap_or_else(|| now.plus(IDLE_STEP))
    }
}

impl State {
    fn next_ticket(&mut self) -> ReplyTicket {
        // Far from the numbers of those who ask over the socket.
        self.ticket += 1;
        ReplyTicket(u64::MAX - self.ticket)
    }
}

/// Step of a paced market while an order may trade at any moment: a minute, for nothing is seen of what happens within it.
const MOVING_STEP: i64 = 60_000_000_000;
/// Step where nothing is waited for: a minute.
const IDLE_STEP: i64 = 60_000_000_000;
