//! [`Hub`]: what happened goes in, what is to be done comes out.

use types::entry::{Body, Entry, Source};
use types::ids::Seq;
use types::market::TsNanos;
use types::slot::Engine;

use super::calls::{Answered, Asker, Calls, Service, Step};
use super::config::{Custody, HubConfig, HubConfigError, Speed, Times};
use super::confirming::Operating;
use super::disk::Held;
use super::emergency::Emergency;
use super::event::Event;
use super::incidents::Troubles;
use super::ledger::Record;
use super::market::Market;
use super::reconciling::Reconciling;
use super::recovering::Recovering;
use super::starting::Starting;
use super::status::Component;
use super::walking::Walk;
use super::watching::Watching;
use super::words::{AccountQuestion, Answer, Call, Input, LinkCommand, Output};
use crate::feed::{self, Feed};
use crate::gateway;
use crate::lockstep::Lockstep;

/// The whole system without its sockets, disks and clocks: feed, instants, engine, gateway, budget, reconciliation,
/// modes, operators, health.
///
/// A process folds the stored entries with [`Hub::restore`], then says [`Hub::begin`] once. From then on what happened
/// goes into [`Hub::handle`]; [`Hub::poll`] says what is to be done until it says nothing more, and
/// [`Hub::next_deadline`] when it wants [`Input::Wake`] at the latest. Of several inputs that are handed in before a
/// poll, what the venue says of orders, operators and timers goes before market data.
#[derive(Debug)]
pub struct Hub<E> {
    pub(super) config: HubConfig,
    /// The waits at the venue's speed.
    pub(super) times: Times,
    pub(super) lockstep: Lockstep<E>,
    pub(super) record: Record,
    pub(super) feed: Feed,
    pub(super) calls: Calls,
    pub(super) starting: Starting,
    pub(super) market: Market,
    pub(super) reconciling: Reconciling,
    pub(super) operating: Operating,
    /// Answers to operators that wait for the disk.
    pub(super) held: Vec<Held>,
    pub(super) watching: Watching,
    pub(super) recovering: Recovering,
    pub(super) troubles: Troubles,
    pub(super) emergency: Emergency,
    /// The walk of an exchange in this process.
    pub(super) walk: Option<Walk>,
    pub(super) now: TsNanos,
    pub(super) durable: Seq,
    sends: Vec<(gateway::Ticket, gateway::Request)>,
    /// Something happened that was not worked at yet.
    stirred: bool,
}

impl<E: Engine> Hub<E> {
    /// Returns a hub before its first entry.
    ///
    /// # Errors
    /// `HubConfigError` if the configuration cannot be followed.
    pub fn new(config: HubConfig, engine: E) -> Result<Self, HubConfigError> {
        let settings = config.gateway.at_pace(config.speed.factor());
        let lockstep = Lockstep::new(engine, settings, config.safe_mode_cooldown);
        Self::with(config, lockstep)
    }

    pub(super) fn with(
        config: HubConfig,
        mut lockstep: Lockstep<E>,
    ) -> Result<Self, HubConfigError> {
        if config.feed.symbols.is_empty() {
            return Err(HubConfigError::NoSymbols);
        }
        if !config.capital.is_positive() {
            return Err(HubConfigError::Capital(config.capital));
        }
        let pace = config.speed.factor();
        let mut calls = Calls::new(config.budget.clone(), config.costs)?;
        calls.set_pace(pace);
        lockstep.modes_mut().set_pace(pace);
        lockstep.modes_mut().set_cooldown(config.safe_mode_cooldown);
        Ok(Self {
            times: config.times.at_speed(config.speed),
            lockstep,
            record: Record::new(config.profile),
            feed: Feed::new(config.watched().at_pace(pace), TsNanos::EPOCH)?,
            calls,
            starting: Starting::default(),
            market: Market::default(),
            reconciling: Reconciling::default(),
            operating: Operating::default(),
            held: Vec::new(),
            watching: Watching::default(),
            recovering: Recovering::default(),
            troubles: Troubles::default(),
            emergency: Emergency::default(),
            walk: None,
            now: TsNanos::EPOCH,
            durable: Seq(0),
            sends: Vec::new(),
            stirred: false,
            config,
        })
    }

    /// Folds a stored entry of an earlier life; in order, before [`Hub::begin`].
    pub fn restore(&mut self, entry: &Entry) {
        self.lockstep.restore(entry);
        self.record.ledger.fold(entry);
    }

    /// Takes note that the next stored entry is the journal's own.
    pub fn restore_own(&mut self) {
        self.lockstep.skip();
    }

    /// Returns for how long this life must not begin yet, nanoseconds of wall time; 0 for most. Asked once, when everything stored is
    /// folded and nobody else can send any more.
    ///
    /// What the life before had sent and heard no answer to may still be accepted; behind our first order it must not be.
    #[must_use]
    pub fn quiet_for(&self, now: TsNanos) -> i64 {
        let pace = self.config.speed.factor();
        let quiet = self.lockstep.gateway().quiet_for(now);
        quiet.saturating_add(pace - 1) / pace
    }

    /// Begins this life: everything stored is folded, and on disk.
    ///
    /// # Panics
    /// If it is said twice.
    pub fn begin(&mut self, now: TsNanos) {
        self.begin_after(0, now);
    }

    /// Begins this life after it has kept quiet for so long, nanoseconds of wall time ([`Hub::quiet_for`]).
    ///
    /// # Panics
    /// If it is said twice.
    pub fn begin_after(&mut self, quiet: i64, now: TsNanos) {
        assert!(!self.starting.has_begun(), "a life begins once");
        self.now = now.max(self.lockstep.ts());
        self.durable = self.lockstep.last();
        let mut feed = self.config.watched().at_pace(self.config.speed.factor());
        feed.known_until = self.record.ledger.journal.is_some().then(|| self.lockstep.ts());
        self.feed = Feed::new(feed, self.now).expect("checked when the hub was made");
        self.begin_life(quiet);
        self.stirred = true;
    }

    /// Takes what happened. Time that runs backwards stands still.
    pub fn handle(&mut self, input: Input, now: TsNanos) {
        self.now = self.now.max(now);
        self.stirred = true;
        match input {
            Input::Link { source, number, event } => {
                self.on_link_event(source, &event);
                self.feed.handle(feed::Input::Link { source, number, event }, self.now);
                self.market.feed_stirred();
            }
            Input::UserStreamUp => self.on_user_stream(None),
            Input::UserStreamDown { why } => self.on_user_stream(Some(why)),
            Input::User(event) => self.on_user_event(event),
            Input::Walking(at) => self.on_walking(at),
            Input::Walked(until) => self.on_walked(until),
            Input::Report(report) => self.tell(gateway::Input::Report(report)),
            Input::Answered { ticket, answer, used, throttle } => {
                self.watching.throttled(throttle.as_ref(), self.now);
                let answered = self.calls.answered(ticket, &answer, (used, throttle), self.now);
                if let Some(Answered { asker, service, turned, took }) = answered {
                    if let Some(took) = took {
                        self.measure(service.component(), took);
                        if service != Service::Venue {
                            self.working(service.component());
                        }
                    }
                    self.on_breaker(service, turned);
                    self.on_answer(asker, answer);
                }
            }
            Input::Order(report) => self.tell(gateway::Input::Order(&report)),
            Input::Durable(seq) => {
                self.durable = self.durable.max(seq);
                if let Some(since) = self.record.durable(seq) {
                    self.measure(Component::Journal, self.now.since(since));
                    if !self.record.is_dead() {
                        self.working(Component::Journal);
                    }
                }
                self.lockstep.durable(seq);
            }
            Input::Kept(seq) => self.on_kept(seq),
            Input::JournalFailed { why } => self.on_journal_failed(&why),
            Input::Skipped(seq) => {
                let placed = self.lockstep.skip();
                debug_assert_eq!(placed, seq, "the journal's own entries take the next place");
            }
            Input::Operator { ticket, name, request } => self.on_operator(ticket, &name, request),
            Input::Health { component, trouble, latency_nanos } => {
                self.on_health(component, trouble, latency_nanos);
            }
            Input::Ended { part, why } => self.on_ended(part, why),
            Input::Runs { part } => self.on_runs(part),
            Input::GivenUp { component, why } => self.on_given_up(component, why),
            Input::QueueDepth(depth) => self.on_queue_depth(depth),
            Input::JournalFull { waiting } => self.on_journal_full(waiting),
            Input::DiskLow { free_bytes, wanted_bytes } => {
                self.troubles.disk_low = free_bytes.map(|free| (free, wanted_bytes));
            }
            Input::EmergencyAdopted { entries } => self.troubles.adopted += entries,
            Input::ClockJumped { by_nanos } => {
                self.troubles.clock_jumped = Some(by_nanos);
                self.feed.forget_clocks(self.now);
                self.market.feed_stirred();
            }
            Input::RolledBack => self.troubles.rolled_back = true,
            Input::ConfigRefused { why } => {
                self.troubles.reload_refused = true;
                self.failing(Component::Config, why);
            }
            Input::ConfigTaken => {
                self.troubles.reload_refused = false;
                self.working(Component::Config);
            }
            Input::Wake => {}
        }
    }

    /// Returns what is to be done next.
    pub fn poll(&mut self) -> Option<Output> {
        if self.record.outputs.is_empty() && std::mem::take(&mut self.stirred) {
            self.work();
        }
        self.record.outputs.pop_front()
    }

    /// Returns when [`Input::Wake`] is wanted at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<TsNanos> {
        if !self.starting.has_begun() || self.starting.has_stopped() {
            return None;
        }
        let heartbeat = self.watching.next_heartbeat(self.times.heartbeat);
        let operator = self.record.ledger.winding.as_ref().map(|(_, by)| *by);
        [
            self.feed.next_deadline(),
            self.calls.next_deadline(self.now),
            self.walk_deadline(),
            self.lockstep.gateway().next_deadline(),
            self.lockstep.engine().next_deadline(),
            self.lockstep.modes().next_deadline(self.now),
            self.record.ledger.permits.next_deadline(),
            self.record.ledger.instants.deadline(self.times.bar_grace),
            self.reconciling.next_deadline(self.now, self.times.reconcile_again),
            self.operating.next_deadline(),
            self.held_deadline(),
            self.incidents_deadline(),
            self.starting.stop_deadline(),
            operator,
            heartbeat,
        ]
        .into_iter()
        .flatten()
        // What is due and still here waits for something else than time.
        .filter(|at| *at > self.now)
        .min()
    }

    /// Returns whether nothing is in flight and every bar that is expected now has come: a venue that waits for us may
    /// let its time go on.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let trades = |symbol| self.expects_bars(symbol);
        self.is_at_rest()
            && !(self.market.is_watching() && self.expects_walk())
            && self.calls.is_idle()
            && !(self.decides() && self.record.ledger.instants.expects(self.now, trades))
    }

    /// Returns the next close of the finest timeframe in use.
    #[must_use]
    pub fn next_close(&self) -> Option<TsNanos> {
        let timeframes = self.config.feed.symbols.iter().flat_map(|symbol| &symbol.timeframes);
        let finest = match self.config.custody {
            Custody::Venue => *timeframes.min()?,
            Custody::InProcess { walks } => *timeframes.chain([&walks]).min()?,
        };
        Some(finest.open_of(self.now).plus(finest.nanos()))
    }

    /// Takes over another speed of the venue's time.
    pub fn set_speed(&mut self, speed: Speed, now: TsNanos) {
        self.now = self.now.max(now);
        self.config.speed = speed;
        self.times = self.config.times.at_speed(speed);
        let pace = speed.factor();
        self.lockstep.gateway_mut().set_settings(self.config.gateway.at_pace(pace));
        self.lockstep.modes_mut().set_pace(pace);
        self.feed.set_waits(&self.config.feed.at_pace(pace));
        self.calls.set_pace(pace);
        self.recovering.set_pace(pace);
        self.stirred = true;
    }

    /// Returns the place of the newest entry.
    #[must_use]
    pub const fn last(&self) -> Seq {
        self.lockstep.last()
    }

    /// Returns when the newest entry was entered; `None` before the first.
    #[must_use]
    pub fn newest_at(&self) -> Option<TsNanos> {
        (self.last() > Seq(0)).then(|| self.lockstep.ts())
    }

    /// Returns the engine.
    #[must_use]
    pub const fn engine(&self) -> &E {
        self.lockstep.engine()
    }

    /// Returns the gateway, to be looked at.
    #[must_use]
    pub const fn gateway(&self) -> &gateway::Gateway {
        self.lockstep.gateway()
    }

    pub(super) const fn is_stirred(&self) -> bool {
        self.stirred
    }

    /// Does everything that can be done now: what was waited for, what orders need, then the market, and again until
    /// nothing follows any more.
    fn work(&mut self) {
        if !self.starting.has_begun() || self.starting.has_stopped() {
            return;
        }
        self.on_time();
        loop {
            let before = (self.lockstep.last(), self.record.outputs.len());
            self.settle();
            self.move_adoptions();
            self.move_calls();
            self.move_feed();
            self.move_start();
            self.move_reconciliation();
            self.move_recovery();
            self.move_modes();
            self.move_market();
            self.judge_incidents();
            self.move_emergency();
            self.settle();
            self.move_calls();
            self.move_stop();
            if (self.lockstep.last(), self.record.outputs.len()) == before {
                break;
            }
        }
        self.move_replies();
    }

    fn on_time(&mut self) {
        let now = self.now;
        self.calls.wake(now);
        if self.feed.look_ahead().is_some_and(|at| at <= now) {
            self.feed.handle(feed::Input::Timer, now);
            self.market.feed_stirred();
        }
        self.tell(gateway::Input::Wake);
        if let Some(at) = self.lockstep.engine().next_deadline().filter(|at| *at <= now) {
            self.append(Source::Hub, Body::Timer { at });
        }
        if self.watching.heartbeat_is_due(now, self.times.heartbeat) {
            self.append(Source::Hub, Body::Timer { at: now });
        }
        while let Some(body) = self.record.ledger.permits.due(now) {
            self.on_granted(body);
        }
    }

    /// Appends an entry that happened now.
    pub(super) fn append(&mut self, source: Source, body: Body) -> Seq {
        self.append_at(self.stamp(), source, body)
    }

    /// Appends an entry that happened at `ts_event`, by the clock of its source.
    pub(super) fn append_at(&mut self, ts_event: TsNanos, source: Source, body: Body) -> Seq {
        let now = self.stamp();
        self.lockstep.append((ts_event, now), source, body, &mut self.record)
    }

    /// Tells the gateway something; what follows comes when it is settled.
    pub(super) fn tell(&mut self, input: gateway::Input<'_>) {
        let now = self.stamp();
        self.lockstep.gateway_mut().handle(input, now);
    }

    /// Appends what the gateway wants appended; what may leave goes to the venue's limits.
    fn settle(&mut self) {
        let mut sends = std::mem::take(&mut self.sends);
        let now = self.stamp();
        self.lockstep.settle(now, &mut self.record, &mut sends);
        // An answer is waited for longer than a call may wait: what is given up is known not to have left.
        let wait = self.config.speed.of(self.config.gateway.answer_within) / 2;
        let give_up = self.now.plus(wait.max(1));
        for (ticket, request) in sends.drain(..) {
            self.calls.ask(Asker::Gateway(ticket), Call::Order(request), give_up, self.now);
        }
        self.sends = sends;
    }

    fn move_calls(&mut self) {
        while let Some(step) = self.calls.poll(self.now) {
            match step {
                // It waited for the venue's limits while entries were forbidden: nobody has seen it.
                Step::Send { ticket, call: Call::Order(request), .. }
                    if !self.lockstep.gateway().may_leave(&request) =>
                {
                    if let Some((asker, answer)) = self.calls.withheld(ticket, self.now) {
                        self.on_answer(asker, answer);
                    }
                }
                Step::Send { ticket, class, call } => {
                    self.record.outputs.push_back(Output::Call { ticket, class, call });
                }
                Step::GivenUp { asker, answer, why } => {
                    self.event(Event::GivenUp { what: format!("{asker:?}: {why}") });
                    self.on_answer(asker, answer);
                }
            }
        }
    }

    fn move_feed(&mut self) {
        while let Some(command) = self.feed.poll() {
            match command {
                feed::Command::Connect { source, number } => {
                    self.link(LinkCommand::Connect { source, number });
                }
                feed::Command::Disconnect { source, number } => {
                    self.link(LinkCommand::Disconnect { source, number });
                }
                feed::Command::Subscribe { source, streams } => {
                    self.link(LinkCommand::Subscribe { source, streams });
                }
                feed::Command::Ask { id, source, query } => {
                    let give_up = self.now.plus(self.times.question);
                    let call = Call::Market { source, query };
                    self.calls.ask(Asker::Feed(id), call, give_up, self.now);
                }
                feed::Command::Deliver(delivery) => self.market.deliver(delivery),
                feed::Command::Report(report) => self.on_feed_report(report),
            }
        }
    }

    fn link(&mut self, command: LinkCommand) {
        self.record.outputs.push_back(Output::Link(command));
    }

    fn on_answer(&mut self, asker: Asker, answer: Answer) {
        match (asker, answer) {
            (Asker::Gateway(ticket), Answer::Order(answer)) => {
                if answer.is_placing_rejected() {
                    // Its rules may have changed, or the symbol does not trade any more.
                    self.reconciling.want_rules(self.now);
                }
                self.tell(gateway::Input::Answer(ticket, answer));
            }
            (Asker::Feed(id), Answer::Market { sent, result }) => {
                self.feed.handle(feed::Input::Answered { id, sent, result }, self.now);
                self.market.feed_stirred();
            }
            (Asker::Account(question), Answer::Account(answer)) => {
                self.on_account_answer(question, answer);
            }
            (Asker::Gateway(_) | Asker::Feed(_) | Asker::Account(_), answer) => {
                unreachable!(
                    "{answer:?} answers another kind of call: the runtime mixed tickets up"
                )
            }
        }
    }

    /// Asks about the account or the venue.
    pub(super) fn ask(&mut self, question: AccountQuestion) {
        let give_up = self.now.plus(self.times.question);
        self.calls.ask(Asker::Account(question), Call::Account(question), give_up, self.now);
    }

    pub(super) fn event(&mut self, event: Event) {
        self.record.outputs.push_back(Output::Tell(event));
    }
}
