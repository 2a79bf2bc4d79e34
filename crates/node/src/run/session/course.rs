//! A session of `plimsoll run`, from the command line to the last word, with one life of the hub in it.

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use hub::system::{Component, Input, check_clock};
use journal::Journal as _;
use rustix::process::Pid;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use types::entry::Part;
use types::ids::{JournalId, Symbol};
use types::market::TsNanos;
use types::num::Money;

use super::outside::check_flags;
use super::place::Place;
use super::setup::{ACCOUNT, configuration};
use super::terms::Terms;
use crate::cli::RunArgs;
use crate::control::emergency;
use crate::exit::{Failure, Kind as _, Outcome};
use crate::ladder::StepDown;
use crate::out::Out;
use crate::run::account;
use crate::run::adopt::{self, Opened};
use crate::run::child;
use crate::run::fail::FailPoints;
use crate::run::inbox::{Event, Inbox, Outbox, inbox};
use crate::run::life::{Emergency, Ended, Life, State};
use crate::run::links::Links;
use crate::run::notify::Notify;
use crate::run::oust;
use crate::run::pace::Pace;
use crate::run::parts::Parts;
use crate::run::pen::{Fence, Pen};
use crate::run::room::Room;
use crate::run::rotation::Rotation;
use crate::run::rows::Rows;
use crate::run::screen::{Printer, Screen, Shown};
use crate::run::sender::Sender;
use crate::run::snapshots::{self, Folded, Snapshots};
use crate::run::state::StateDir;
use crate::run::supervise::Watch;
use crate::run_config::{Mode, RunConfig};

/// Default seed of the invented market.
const SEED: u64 = 1;

/// Runs until it is told to stop.
pub(crate) fn run(args: &RunArgs, out: Out) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let printer = Printer::start(out)?;
    let outcome = runtime.block_on(session(args, out, printer.clone()));
    printer.finish();
    // What still waits for an answer has nobody to tell it to.
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome
}

/// What a session knows before its life of the hub begins, and after it.
pub(super) struct Session<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) config: RunConfig,
    pub(super) state: Arc<StateDir>,
    pub(super) seed: u64,
    pub(super) out: Out,
    pub(super) printer: Printer,
    pub(super) fail: FailPoints,
    /// What the run may use.
    pub(super) capital: Money,
    /// The journal's term, once this session has one.
    pub(super) fence: OnceCell<Fence>,
}

async fn session(args: &RunArgs, out: Out, printer: Printer) -> Outcome {
    let config = configuration(args)?;
    check_flags(args, &config)?;
    // A share is known once the account was asked; reading refuses one where there is no account.
    let capital = config.run.capital.amount().unwrap_or_default();
    let path = args.state.clone().unwrap_or_else(|| config.run.state.clone());
    let state = Arc::new(StateDir::open(&path, args.take_over)?);
    let fail = FailPoints::new(args.fail_point.clone());
    let seed = args.seed.unwrap_or(SEED);
    let fence = OnceCell::new();
    let mut session = Session { args, config, state, seed, out, printer, fail, capital, fence };
    session.banner();
    let (inbox, outbox) = inbox();
    hear_signals(&inbox, &session.state)?;
    if let Some(length) = args.duration {
        let inbox = inbox.clone();
        tokio::spawn(async move {
            tokio::time::sleep(length).await;
            inbox.urgent(Event::Stop("its time is over")).await;
        });
    }
    let place = session.place().await?;
    session.enter(&place).await?;
    let ended = session.live(&place, inbox, outbox).await;
    session.leave(place, ended).await
}

impl Session<'_> {
    /// Says loudly whose money moves.
    fn banner(&self) {
        let mode = self.config.run.mode;
        let capital = self.config.run.capital;
        let venue = self.config.binance().map(|venue| venue.endpoints);
        let words = match (mode, venue) {
            (Mode::Simulated, _) | (_, None) => "prices, orders and money are invented".to_owned(),
            (Mode::Paper, Some(venue)) => format!(
                "prices of {}, no key; orders, fills and money are simulated in this process, nothing is sent",
                venue.streams
            ),
            (Mode::Testnet, Some(venue)) => {
                format!("orders go to {}: a test network, no real money", venue.rest)
            }
            (Mode::Live, Some(venue)) => {
                format!(
                    "REAL MONEY: orders go to {}, and all of the capital can be lost",
                    venue.rest
                )
            }
        };
        self.printer.line(format_args!("=== {mode} ===  {words}; capital {capital}"));
    }

    /// The life of the hub.
    async fn live(
        &self,
        place: &Place,
        inbox: Inbox,
        outbox: Outbox,
    ) -> Result<(Ended, u64), Failure> {
        self.fail.pass("in_start");
        // What can be wrong with the configuration is, before a term begins that ends another one's.
        let Terms { engine, limits, smallest } = self.terms(place).await?;
        let finest = *engine.timeframes_in_use().first().context("no timeframe is in use")?;
        let folder = self.state.journal();
        let (clock, speed) = self.clock(place).await?;
        let clock = Arc::new(clock);
        if let Some(other) = &place.reached.other_market {
            self.say_other_market(other, clock.now());
        }
        if self.args.take_over {
            for lock in [folder.path.join("lock"), emergency::path(self.state.path())] {
                if let Some(ended) = oust::free(&lock).await? {
                    self.say_ended(ended, clock.now());
                }
            }
        }
        let Opened { mut journal, mut adopted } =
            adopt::open(&folder, &self.disk(&folder), self.state.path())?;
        let head = journal.head();
        let fence = Fence::new(folder.clone(), head.term);
        let _ = self.fence.set(fence.clone());
        let id = JournalId(head.id.0);
        let symbols = self.symbols();
        let config = self.hub_config(place, id, &engine, speed, &limits)?;
        let shown = Shown { journal: id, account: ACCOUNT.to_owned(), finest };
        let mut screen = Screen::new(self.printer.clone(), shown);
        let asked = self.args.speed.or_else(|| place.own.is_none().then_some(speed));
        let mut phases = self.phases(asked);
        let mut paper = self.paper();
        let wanted = snapshots::Wanted {
            folder: &folder,
            config: &config,
            screen: &mut screen,
            phases: &mut phases,
            paper: paper.as_mut(),
        };
        let restored = snapshots::restore(wanted, &mut journal)?;
        if self.args.check_snapshot {
            let of = Folded {
                hub: &restored.hub,
                screen: &screen,
                phases: &phases,
                paper: paper.as_ref(),
            };
            snapshots::hold_against_the_whole(&folder, &config, of)?;
        }
        if let Some(paper) = &mut paper {
            paper.begin();
        }
        restored.tell(&screen, clock.now());
        let last = restored.snapshot.unwrap_or_default();
        let taken = Snapshots::new(folder.clone(), head, last, self.fail.clone());
        let mut hub = restored.hub;
        if place.reached.control.is_none() {
            check_clock(clock.now(), None, hub.newest_at())?;
        }
        let floor = hub.status().limits.map_or(0, |limits| limits.version);
        let limits = limits.held_to(floor, &self.config).config()?;
        let tell = inbox.clone();
        let pen =
            Pen::new(journal, move |written| tell.urgent_from_thread(Event::Written(written)))?;
        let sender = Sender {
            venue: Arc::clone(&place.venue),
            others: place.others.as_slice().into(),
            symbols: symbols.into(),
            journal: id,
            account: ACCOUNT.into(),
            clock: Arc::clone(&clock),
            fence,
            recv_window: place.recv_window,
            fail: self.fail.clone(),
            fees: self.fees(),
        };
        let life = (&hub, place);
        let quiet = self.keep_quiet(life, (&screen, clock.now()), &mut adopted).await?;
        let now = clock.now();
        hub.begin_after(quiet, now);
        let rows = Rows::follow(self.state.store(), folder.clone(), inbox.clone())?;
        for component in [Component::Config, Component::Journal] {
            let healthy = Input::Health { component, trouble: None, latency_nanos: 0 };
            hub.handle(healthy, now);
        }
        let (ended_tell, ended_hear) = watch::channel(false);
        let mut parts = Parts::default();
        parts.begin(Part::Control, self.control(&inbox, ended_hear)?);
        for line in limits.lines() {
            self.printer.line(line);
        }
        self.say_ready(place, &screen, now);
        let watch = Watch {
            state: Arc::clone(&self.state),
            reached: place.reached.clone(),
            own: place.own.clone(),
            clock,
            inbox: inbox.clone(),
        };
        parts.begin(Part::VenueProcess, move || watch.clone().run());
        let (folder_path, tell) = (self.state.path().to_owned(), inbox.clone());
        parts.begin(Part::Disk, move || Room::of(&folder_path).watch(tell.clone()));
        // Of a paper account nobody says anything.
        if paper.is_none() {
            parts.begin(Part::UserStream, account::listening(&sender, &inbox, None));
        }
        let own = place.own.is_some();
        // The key of a venue of our own is drawn with it; paper has none.
        let keyed = !own && paper.is_none();
        let pace = place.reached.control.as_deref().map(|control| Pace::new(control, own));
        let pace = pace.transpose()?;
        let life = Life {
            hub,
            pen,
            screen,
            sender,
            links: Links::new(inbox.clone()),
            inbox,
            outbox,
            phases,
            pace,
            paper,
            fail: self.fail.clone(),
            notify: Notify::from_environment(),
            folder: Arc::clone(&self.state),
            operators: self.operators(&id, &limits, smallest),
            ladder: self.config.rung().and_then(|rung| StepDown::new(rung, self.capital, smallest)),
            parts,
            rotation: keyed.then(|| Rotation::new(place.binance.clone(), self.config.key.clone())),
            snapshots: taken,
            state: State::with(Emergency::of(adopted)),
        };
        let (ended, mut life) = life.run().await;
        ended_tell.send_replace(true);
        // The socket's file is removed before the lock is.
        std::mem::take(&mut life.parts).finish(Part::Control).await;
        let (ended, closed) = life.close(ended).await?;
        // The rows of the last entries are written before the process ends.
        tokio::task::spawn_blocking(move || drop(rows)).await?;
        Ok((ended, closed))
    }

    /// Says that this folder goes on in another market than the one it was traded in.
    fn say_other_market(&self, other: &str, now: TsNanos) {
        let fields = json!({ "before": other });
        let words = format_args!(
            "this folder was traded in another market, {other}: prices go on as those of this one, however far they are away"
        );
        self.printer.say("other_market", now, fields, words);
    }

    /// Says that the process before this one had to be ended.
    fn say_ended(&self, ended: Pid, now: TsNanos) {
        let pid = ended.as_raw_nonzero();
        self.printer.say(
            "holder_ended",
            now,
            json!({ "pid": pid }),
            format_args!(
                "process {pid} did not let go of the journal, as one that was stopped while it wrote: it was ended"
            ),
        );
    }

    /// Says where everything is.
    pub(super) fn say_ready(&self, place: &Place, screen: &Screen, now: TsNanos) {
        let state = self.state.path().display();
        let mode = self.config.run.mode;
        let ledger = (mode == Mode::Simulated).then(|| self.state.ledger());
        let fields = json!({
            "mode": mode,
            "simulated": mode == Mode::Simulated,
            "state": self.state.path(),
            "venue": place.reached,
            "ledger": ledger,
            "control_socket": self.state.path().join("control.sock"),
        });
        let venue = match mode {
            Mode::Simulated => "a simulated exchange",
            Mode::Paper => "public prices, orders stay here",
            Mode::Testnet => "a test network",
            Mode::Live => "REAL MONEY",
        };
        let words = format!(
            "state       {state}\n\
             venue       {venue}: {}\n\
             look at it  plimsoll status --state {state}\n\
             \x20           plimsoll audit verify {state}/journal\n\
             \x20           plimsoll explain --state {state}",
            place.reached.rest,
        );
        screen.say("ready", now, fields, words);
    }

    pub(super) fn symbols(&self) -> Vec<Symbol> {
        self.config.run.symbols.clone()
    }
}

/// Ends the run in good order on ctrl-C or SIGTERM, at once on the second: a simulated venue that it started ends with it.
fn hear_signals(inbox: &Inbox, state: &Arc<StateDir>) -> Result<(), Failure> {
    let (mut term, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (inbox, state) = (inbox.clone(), Arc::clone(state));
    tokio::spawn(async move {
        for again in [false, true] {
            tokio::select! {
                _ = term.recv() => {}
                _ = interrupt.recv() => {}
            }
            if again {
                child::kill_at_once(&state);
                std::process::exit(130);
            }
            inbox.urgent(Event::Stop("asked to")).await;
        }
    });
    Ok(())
}
