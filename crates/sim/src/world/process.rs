//! [`Process`]: a life of the hub: what goes in, what comes out, its start and its deaths.

use engine::State;
use engine::config::units::{Share, Span};
use engine::config::{EdgeTest, EngineConfig, ExitPreset, NullQuota, PolicyName};
use hub::budget::BudgetConfig;
use hub::feed::{FeedConfig, SymbolConfig};
use hub::gateway::{Capabilities, Settings};
use hub::permits::Profile;
use hub::system::{
    Confirmed, Costs, Custody, Hub, HubConfig, Input, LinkCommand, Output, Reply, Speed, Times,
};
use types::entry::{Body, CommandAction, Entry, ReportEvent};
use types::hard_limits::HardLimits;
use types::ids::{Asset, JournalId, Seq, Symbol};
use types::instrument::Market;
use types::limits::{Limit, LimitKind};
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Ratio};

use super::doors::Doors;
use super::feed::FeedLink;
use super::heard::Heard;
use super::kind::Point;
use super::plan::Plan;
use super::play::{MILLI, Next, SECOND, World, millis};
use super::store::{Committed, Death, Opened};
use super::user::UserLink;

/// What may be used of the account, in whole units of the settlement asset.
const CAPITAL: i64 = 10_000;
/// Marks enter the journal so often, nanoseconds.
const MARK_EVERY: i64 = 15 * SECOND;
/// A full disk is tried again so often, nanoseconds.
const FULL_AGAIN: i64 = 200 * MILLI;
/// Somebody starts a process anew whose journal cannot be opened: after so long, milliseconds.
pub(super) const RESTART_MS: u64 = 30_000;
/// Somebody who puts a copy into the place of a damaged disk, and finds it damaged again, waits behind so many times.
const REPAIRS_MAX: u32 = 3;
/// The next life of a process that somebody ended begins after so long, milliseconds.
const ANEW_MS: u64 = 1_000;

/// What every life is told.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) hub: HubConfig,
    engine: EngineConfig,
    /// The hard limits on money as a share of the engine's own.
    limits: Ratio,
    /// The one on all exposure as a share of that.
    gross: Ratio,
    /// The one on open orders.
    open_orders: Option<u32>,
}

impl Setting {
    pub(super) fn new(plan: &Plan, journal: JournalId, settlement: Asset) -> Self {
        let engine = engine_of(plan);
        let capital = Money::from_units(CAPITAL);
        let gateway = Settings {
            patience: i64::from(plan.patience_s) * SECOND,
            ..Settings::live("main", Capabilities::binance_spot())
        };
        let budget =
            |kind, max, seconds: i64| Limit { kind, max, interval_nanos: seconds * SECOND };
        let hub = HubConfig {
            journal,
            seed: plan.seed,
            engine: engine.to_toml().expect("it has a text form"),
            stage: None,
            feed: FeedConfig::new(Vec::new()),
            settlement,
            capital,
            custody: Custody::Venue,
            gateway,
            budget: BudgetConfig::new(vec![
                budget(LimitKind::Weight, 6_000, 60),
                budget(LimitKind::Orders, 100, 10),
                budget(LimitKind::Orders, 200_000, 86_400),
                budget(LimitKind::RawRequests, 61_000, 300),
            ]),
            costs: Costs::default(),
            limits: None,
            profile: if plan.solo { Profile::Solo } else { Profile::Team },
            safe_mode_cooldown: engine.risk.drawdown.latch.nanos(),
            times: Times { mark_every: MARK_EVERY, ..Times::default() },
            queue_high: 10_000,
            speed: Speed::REAL,
        };
        let percent = |percent: u8| Ratio::from_bps(i64::from(percent) * 100);
        let (limits, gross) = (percent(plan.limits_percent), percent(plan.gross_percent));
        Self { hub, engine, limits, gross, open_orders: plan.open_orders.map(u32::from) }
    }

    pub(super) fn timeframes(&self) -> Vec<Timeframe> {
        self.engine.timeframes_in_use().to_vec()
    }

    /// Names what is traded.
    fn trade(&mut self, symbols: &[Symbol]) {
        if !self.hub.feed.symbols.is_empty() {
            return;
        }
        let timeframes = self.timeframes();
        let watched = symbols.iter();
        let watched =
            watched.map(|symbol| SymbolConfig::new(symbol.clone(), timeframes.iter().copied()));
        self.hub.feed = FeedConfig::new(watched.collect());
        let risk = &self.engine.risk;
        let mut names = symbols.to_vec();
        names.sort_unstable();
        let capital = self.hub.capital.scaled_down(self.limits);
        self.hub.limits = Some(HardLimits {
            version: 1,
            order_notional: capital.scaled_down(risk.symbol(Market::Spot)),
            gross_exposure: capital.scaled_down(risk.gross(Market::Spot)).scaled_down(self.gross),
            open_orders: self.open_orders.unwrap_or(risk.positions.saturating_mul(3)),
            orders_per_second: risk.orders.per_second,
            price_collar: risk.orders.collar.get(),
            daily_loss: Ratio::from_bps(1_000),
            symbols: names,
        });
    }
}

/// Returns the engine's configuration: decisions every quarter of an hour, at the lowest threshold, or at random closes.
fn engine_of(plan: &Plan) -> EngineConfig {
    let workload = plan.workload;
    let mut engine = EngineConfig::default();
    engine.entry.decision_timeframe = Timeframe::M15;
    engine.entry.threshold = 40.0;
    // What it costs is not what is tested here.
    engine.entry.cost_limit_r = 1.0;
    engine.entry.edge_test = EdgeTest::Off;
    engine.flags.high_risk_trades = true;
    if workload.together {
        engine.risk.cluster = Share::percent(100);
        engine.risk.volatility.max = Share::percent(300);
    }
    engine.exit.preset = if workload.targets { ExitPreset::Fixed } else { ExitPreset::Trail };
    engine.exit.stop_atr = Some(f64::from(workload.stop_atr_tenths) / 10.0);
    engine.exit.time_stop_bars = Some(workload.time_stop_bars.into());
    let drawdown = &mut engine.risk.drawdown;
    drawdown.daily = Share::percent(plan.drawdown_percent.into());
    let budget = &mut engine.risk.loss_budget;
    budget.max = budget.max.min(drawdown.daily);
    engine.risk.per_trade = engine.risk.per_trade.min(budget.max);
    if plan.drawdown_percent < 8 {
        engine.risk.drawdown.latch = Span::hours(1);
    }
    if workload.random {
        engine.policy = PolicyName::Null;
        engine.timeframes = Some(vec![Timeframe::M15]);
        // More closes than there will be: each is as likely as any other.
        let closes = 100_000;
        let entries = u32::from(workload.entries_percent) * (closes / 100);
        let quota = |symbol| NullQuota { symbol, entries, closes };
        engine.null.quotas = super::venue::symbols(plan).map(quota).collect();
    }
    engine.validate().expect("the plan's numbers are in range");
    engine.resolved(Timeframe::M1).expect("nothing is finer than a minute")
}

/// A life of the hub.
pub(super) struct Process {
    pub(super) hub: Hub<State>,
    pub(super) user: UserLink,
    pub(super) feed: Option<FeedLink>,
    /// Requests on their way that may have an effect.
    pub(super) sent: u64,
    pub(super) heard: Heard,
    pub(super) journal_dead: bool,
    wakes: Wakes,
}

/// A process that holds the journal and has not begun.
pub(super) struct Newborn {
    hub: Hub<State>,
    /// So long it keeps quiet, nanoseconds.
    quiet: i64,
    /// It has ended the term of one that sleeps.
    takes_over: bool,
}

/// When the hub wants to be woken. It changes its mind when it is told or asked something, not while the market moves.
#[derive(Clone, Copy, Debug)]
enum Wakes {
    Ask,
    Known(Option<TsNanos>),
}

impl Process {
    fn poll(&mut self) -> Option<Output> {
        self.wakes = Wakes::Ask;
        self.hub.poll()
    }
}

impl World {
    /// A process starts: it takes the journal's pen, folds what is stored, and begins.
    pub(super) fn start(&mut self) {
        if self.process.is_some() || self.newborn.is_some() {
            return;
        }
        let symbols = self.venue.symbols();
        self.setting.trade(&symbols);
        if self.seals() || !self.clock_begins() {
            return;
        }
        self.life += 1;
        self.counts.lives += 1;
        let Some(hubs) = self.opened() else { return };
        let hub = self.restored(hubs);
        let (life, quiet) = (self.life, hub.quiet_for(self.shown()));
        self.say(format_args!("life {life} starts at entry {}", hub.last().0));
        let takes_over = self.sleeper.as_ref().is_some_and(|sleeper| sleeper.is_sealed);
        self.newborn = Some(Newborn { hub, quiet, takes_over });
        if quiet == 0 {
            self.begin_life();
        } else {
            self.say(format_args!("life {life} keeps quiet for {} ms", quiet / MILLI));
            self.agenda.at(self.now.plus(quiet), Next::Ready { life });
        }
    }

    /// A process that has started begins: what the life before had sent cannot be accepted any more.
    pub(super) fn begin_life(&mut self) {
        let Some(Newborn { mut hub, quiet, takes_over }) = self.newborn.take() else { return };
        self.journal_full = false;
        self.marks.sometimes(super::Mark::KeptQuiet, quiet > 0);
        hub.begin_after(quiet, self.shown());
        // They are in the journal now; what is read of them elsewhere is put aside.
        let adopted = std::mem::take(&mut self.emergency).len() as u64;
        self.marks.sometimes(super::Mark::EmergencyAdopted, adopted > 0);
        self.marking.begins(&hub, &mut self.marks);
        self.doors = Doors::of(&hub);
        self.process = Some(Process {
            hub,
            user: UserLink::default(),
            feed: None,
            sent: 0,
            heard: Heard::default(),
            journal_dead: false,
            wakes: Wakes::Ask,
        });
        self.mark_take_over(takes_over);
        self.agenda.at(self.now.plus(20 * MILLI), Next::Listen { life: self.life });
        if adopted > 0 {
            self.say(format_args!("{adopted} entries were adopted"));
            self.feed_hub(Input::EmergencyAdopted { entries: adopted });
        }
        self.pump();
    }

    /// Opens the journal and folds it; `None` if it cannot be opened, and somebody tries again later.
    fn opened(&mut self) -> Option<Vec<Hub<State>>> {
        let mut repairs = 0;
        loop {
            let mut hubs = self.hubs();
            let opened = self.store.open(&mut hubs, &self.emergency);
            let cut = opened.as_ref().is_ok_and(|opened| opened.cut);
            if self.store.is_damaged() && !self.is_repaired(&opened) {
                self.store.repair();
                repairs += 1;
                if repairs == REPAIRS_MAX {
                    self.agenda.at(self.now.plus(millis(RESTART_MS)), Next::Start);
                    return None;
                }
                continue;
            }
            match opened {
                Ok(Opened { lost: None, .. }) => {
                    self.marks.sometimes(super::Mark::TornTailCut, cut);
                    return Some(hubs);
                }
                Ok(Opened { lost: Some(seq), .. }) => {
                    self.violated("nothing_lost", format!("entry {seq} was on disk and is gone"));
                    return Some(hubs);
                }
                Err(why) => {
                    let life = self.life;
                    self.say(format_args!("start of life {life} failed: {why}"));
                    self.marks.sometimes(super::Mark::OpeningFailed, true);
                    self.power_returns();
                    if self.healing {
                        let what = format!("the journal cannot be opened: {why}");
                        self.violated("nothing_lost", what);
                        self.over = true;
                        return None;
                    }
                    self.agenda.at(self.now.plus(millis(RESTART_MS)), Next::Start);
                    return None;
                }
            }
        }
    }

    /// Judges what an opening makes of a damaged disk, and says whether all is well with it: damage is named with its entry and nothing
    /// starts, or the end is cut off and the opening says so, or nothing of the journal was struck.
    fn is_repaired(&mut self, opened: &Result<Opened, String>) -> bool {
        self.say(format_args!("damaged: {opened:?}"));
        match opened {
            Ok(Opened { lost: None, .. }) => {
                self.marks.sometimes(super::Mark::DamageHarmless, true);
                self.store.is_whole();
                true
            }
            Ok(Opened { cut: true, lost: Some(_) }) => {
                self.marks.sometimes(super::Mark::DamageCut, true);
                false
            }
            Ok(Opened { cut: false, lost: Some(seq) }) => {
                let what = format!("entry {seq} was damaged on disk, and the opening says nothing");
                self.violated("damage_named", what);
                false
            }
            Err(why) => {
                let named = why.contains("segments/") && why.contains("entry ")
                    || self.store.names_other_file(why);
                // That the disk fails while it is read says nothing of what lies on it.
                let read = why.contains("disk failed");
                self.marks.sometimes(super::Mark::DamageNamed, named);
                if !named && !read {
                    self.violated("damage_named", format!("which entry is not said: {why}"));
                }
                false
            }
        }
    }

    /// Returns what the machine's clock shows.
    pub(super) fn shown(&self) -> TsNanos {
        self.clock.at(self.now)
    }

    /// Returns when the process wants to be woken.
    pub(super) fn wake_at(&mut self) -> Option<TsNanos> {
        let process = self.process.as_mut()?;
        let deadline = match process.wakes {
            Wakes::Ask => process.hub.next_deadline(),
            Wakes::Known(deadline) => deadline,
        };
        process.wakes = Wakes::Known(deadline);
        Some(self.clock.when(deadline?, self.now).max(self.now.plus(1)))
    }

    pub(super) fn wake(&mut self) {
        self.feed_hub(Input::Wake);
        self.pump();
    }

    /// Hands an input in.
    pub(super) fn feed_hub(&mut self, input: Input) {
        let shown = self.shown();
        if let Some(process) = &mut self.process {
            process.wakes = Wakes::Ask;
            process.hub.handle(input, shown);
        }
    }

    /// Does all that the hub wants done.
    pub(super) fn pump(&mut self) {
        loop {
            while let Some(output) = self.process.as_mut().and_then(Process::poll) {
                self.on_output(output);
            }
            self.begin_commit();
            if !self.keep() {
                break;
            }
        }
        if let Some(down_ms) = self.doomed.take() {
            self.die(Death::Killed, down_ms);
        }
        if let Some(for_ms) = self.sleeps.take() {
            self.fall_asleep(for_ms);
        }
    }

    /// Keeps in the emergency record what the full disk has no room for, where something waits that must not. Says whether there
    /// was such.
    fn keep(&mut self) -> bool {
        let full = self.journal_full && self.doomed.is_none();
        let held_up = |process: &Process| !process.journal_dead && process.hub.is_held_up();
        if !full || !self.process.as_ref().is_some_and(held_up) {
            return false;
        }
        let kept = self.emergency.last().map_or(0, |entry| entry.seq.0);
        let new = self.store.unwritten(kept);
        let (Some(first), Some(last)) = (new.first(), new.last()) else { return false };
        let (first, last) = (first.seq.0, last.seq);
        if first > kept + 1 {
            // All of it is in the journal, which goes on from there.
            self.emergency.clear();
        }
        self.say(format_args!("kept {first} to {}", last.0));
        self.marks.sometimes(super::Mark::KeptOnFullDisk, true);
        self.emergency.extend(new);
        self.feed_hub(Input::Kept(last));
        true
    }

    fn begin_commit(&mut self) {
        if self.process.is_some() && self.store.begin_commit() {
            let slow = self.slow_disk();
            let takes = self.disk.magnitude(200_000, 8 * MILLI) + slow;
            self.agenda.at(self.now.plus(takes), Next::Commit { life: self.life });
        }
    }

    fn slow_disk(&mut self) -> i64 {
        self.strikes("disk_slow").unwrap_or(0)
    }

    fn on_output(&mut self, output: Output) {
        match output {
            Output::Append(entry) => self.append(&entry),
            Output::Emergency(entry) => {
                self.say(format_args!("emergency {} {:?}", entry.seq.0, entry.body));
                self.marks.sometimes(super::Mark::EmergencyEntry, true);
                self.doors.on_entry(&entry);
                let seq = entry.seq;
                self.emergency.push(entry);
                self.feed_hub(Input::Durable(seq));
            }
            Output::Call { ticket, class: _, call } => self.call(ticket, call),
            Output::Link(LinkCommand::Connect { source, number }) => self.connect(source, number),
            Output::Link(LinkCommand::Disconnect { number, .. }) => self.disconnect(number),
            Output::Link(LinkCommand::Subscribe { source, streams }) => {
                self.subscribe(source, &streams);
            }
            Output::Reply { ticket, reply } => {
                let word = match &reply {
                    Reply::Progress(_) => "progress",
                    Reply::Done(_) => "done",
                    Reply::Unconfirmed(_) => "unconfirmed",
                    Reply::Refused { .. } => "refused",
                };
                self.say(format_args!("reply {} {word}", ticket.0));
                if let Reply::Done(Confirmed { adoption: Some(shown), seq: None, .. }) = &reply {
                    self.shown_adoption(shown);
                }
            }
            // No venue in this process walks bars, and requests here keep no connections; its streams come back by themselves.
            Output::Walk { .. } | Output::Restart { .. } => {}
            Output::Tell(event) => self.say(format_args!("tell {event:?}")),
            Output::Stopped => {
                self.say(format_args!("stopped"));
                self.on_stopped();
            }
        }
    }

    fn append(&mut self, entry: &Entry) {
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        self.trace.add(&bytes);
        self.counts.entries += 1;
        self.say_entry(entry);
        self.marking.on_entry(entry, &mut self.marks);
        self.doors.on_entry(entry);
        if let Some((point, down_ms)) = self.armed {
            let places = matches!(&entry.body, Body::Command(command)
                if matches!(command.action, CommandAction::Place(_)));
            let fill = matches!(&entry.body, Body::Report(report)
                if matches!(report.event, ReportEvent::Filled(_)));
            if point == Point::CommandUnwritten && places || point == Point::FillHeard && fill {
                self.armed = None;
                self.doomed = Some(down_ms);
            }
        }
        self.marking.pending(entry);
        self.store.append(entry, bytes);
    }

    /// Tells of an entry; of those that come by the thousand the hash alone has the bytes.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are told whole")]
    fn say_entry(&mut self, entry: &Entry) {
        let seq = entry.seq.0;
        match &entry.body {
            Body::Mark { .. } | Body::Timer { .. } | Body::Bar { .. } | Body::Decision(_) => {}
            Body::History { symbol, timeframe, bars } => {
                let (symbol, count) = (symbol.0, bars.len());
                self.say(format_args!("entry {seq} history of {symbol} {timeframe}: {count}"));
            }
            body @ (Body::Config { .. } | Body::Instruments(_)) => {
                self.say(format_args!("entry {seq} of kind {}", body.kind()));
            }
            body => self.say(format_args!("entry {seq} {body:?}")),
        }
    }

    /// A commit ends.
    pub(super) fn committed(&mut self) {
        match self.store.commit() {
            Committed::Durable(seq) => {
                let commands = self.marking.durable(seq);
                if let Some((Point::CommandWritten, down_ms)) = self.armed
                    && commands
                {
                    self.armed = None;
                    self.die(Death::Killed, down_ms);
                    return;
                }
                self.feed_hub(Input::Durable(Seq(seq)));
                if self.emergency.last().is_some_and(|last| last.seq.0 <= seq) {
                    self.emergency.clear();
                }
                self.take_snapshot(seq);
                if std::mem::take(&mut self.journal_full) {
                    self.feed_hub(Input::JournalFull { waiting: None });
                }
            }
            Committed::Full => {
                self.say(format_args!("the disk is full"));
                self.marks.sometimes(super::Mark::DiskWasFull, true);
                let waiting = Some(self.store.waiting());
                self.feed_hub(Input::JournalFull { waiting });
                self.journal_full = true;
                let again = self.now.plus(FULL_AGAIN);
                self.agenda.at(again, Next::TryAgain { life: self.life });
            }
            Committed::Failed(_) if self.store.is_off() => {
                self.die(Death::PowerCut, ANEW_MS);
                return;
            }
            Committed::Failed(why) => {
                self.say(format_args!("the journal failed: {why}"));
                self.marks.sometimes(super::Mark::JournalDied, true);
                if let Some(process) = &mut self.process {
                    process.journal_dead = true;
                }
                self.feed_hub(Input::JournalFailed { why });
                let at = self.now.plus(millis(self.goes_on_ms));
                let (life, down_ms) = (self.life, ANEW_MS);
                self.agenda.at(at, Next::Die { life, down_ms });
            }
        }
        self.pump();
    }

    /// The process ends without a word; another starts after a while.
    pub(super) fn die(&mut self, death: Death, down_ms: u64) {
        let (process, newborn) = (self.process.take(), self.newborn.take());
        if process.is_none() && newborn.is_none() {
            return;
        }
        let sent = process.is_some_and(|process| process.sent > 0);
        self.marks.sometimes(super::Mark::DiedWithRequest, sent);
        let unwritten = self.marking.dies();
        self.marks.sometimes(super::Mark::DiedBeforeDurable, unwritten);
        let life = self.life;
        self.say(format_args!("life {life} ends: {death:?}"));
        if death == Death::PowerCut {
            self.sleeper = None;
        }
        self.store.die(death);
        self.armed = None;
        self.doomed = None;
        // What is meant for this life comes to nothing.
        self.life += 1;
        self.agenda.at(self.now.plus(millis(down_ms)), Next::Start);
    }

    /// Turns a machine on again whose power went while no process ran for good.
    fn power_returns(&mut self) {
        if self.store.is_off() {
            self.store.die(Death::PowerCut);
        }
    }

    /// The process has ended in order.
    fn on_stopped(&mut self) {
        self.process = None;
        self.life += 1;
        self.armed = None;
        self.doomed = None;
        if let Err(why) = self.store.close() {
            self.say(format_args!("the journal could not be closed: {why}"));
        }
        self.power_returns();
        let next = if self.healing { Next::End } else { Next::Start };
        let wait = if self.healing { 1 } else { 2 * SECOND };
        self.agenda.at(self.now.plus(wait), next);
    }
}
