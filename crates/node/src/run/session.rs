//! A session of `plimsoll run`: from the command line to the last word. It may hold several lives of the hub.

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use adapters::venues::binance::{BinanceConfig, BinanceSpot, Endpoints};
use adapters::{Credentials, Venue};
use anyhow::Context as _;
use engine::State as Engine;
use engine::config::EngineConfig;
use hub::budget::BudgetConfig;
use hub::feed::{FeedConfig, SymbolConfig};
use hub::gateway::{Capabilities, Settings};
use hub::system::{Component, Costs, Custody, Hub, HubConfig, Input, Times};
use journal::{Item, Journal as _, KIND_OWN_MIN};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;
use types::entry::Entry;
use types::ids::{Asset, JournalId, Symbol};
use types::market::{Timeframe, TsNanos};
use types::num::Money;

use super::account;
use super::child::{self, Reached, VenueChild, Wanted};
use super::fail::FailPoints;
use super::inbox::{Event, Inbox, Outbox, inbox};
use super::life::{Ended, Life};
use super::links::Links;
use super::notify::Notify;
use super::operators::Operators;
use super::pace::Pace;
use super::pen::{self, Fence, Pen};
use super::phases::Phases;
use super::port::Port;
use super::rows::Rows;
use super::screen::{Screen, Shown};
use super::sender::Sender;
use super::speed::{MarketClock, Speed};
use super::state::StateDir;
use super::supervise::{Shared, Watch};
use crate::cli::RunArgs;
use crate::control::{self, Clerk, Files};
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::limits::{self, RunLimits};
use crate::operator_keys::KeyFolder;
use crate::out::Out;
use crate::run_config::{Mode, RunConfig};
use crate::setup::JournalFolder;

/// The account's name in client order ids.
const ACCOUNT: &str = "main";
/// How long an entry is tried at the touch of a simulated venue, nanoseconds of market time: a quarter of an hour. The minute of a
/// real one would be a fifteenth of a second at 900x: no time for anybody to meet it.
const PATIENCE: i64 = 900_000_000_000;
/// Requests of the control socket that may wait.
const CONTROL_MAX: usize = 16;
/// Default seed of the invented market.
const SEED: u64 = 1;

/// Runs until it is told to stop.
pub(crate) fn run(args: &RunArgs, out: Out) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(session(args, out));
    // What still waits for an answer has nobody to tell it to.
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome
}

/// What all lives of a session share.
struct Session<'a> {
    args: &'a RunArgs,
    config: RunConfig,
    state: Arc<StateDir>,
    seed: u64,
    out: Out,
    fail: FailPoints,
    /// What the run may use.
    capital: Money,
    /// The journal's term, once this session has one.
    fence: OnceCell<Fence>,
}

/// The venue of a session.
struct Place {
    reached: Reached,
    venue: Arc<dyn Venue>,
    /// What to start again, if it is ours.
    own: Option<(Shared, Wanted)>,
    recv_window: Duration,
}

async fn session(args: &RunArgs, out: Out) -> Outcome {
    let config = configuration(args)?;
    match config.run.mode {
        Mode::Simulated => {}
        mode @ (Mode::Paper | Mode::Testnet | Mode::Live) => {
            return Err(Failure::config(format_args!(
                "mode {mode} is not part of this version: it trades simulated venues alone (`mode = \"simulated\"`)"
            )));
        }
    }
    let capital = config.run.capital.amount().ok_or_else(|| {
        Failure::config(format_args!(
            "run.capital is {}, a share of what the account holds: the account of a simulated venue begins with the capital, so write an amount such as \"1000\"",
            config.run.capital
        ))
    })?;
    let path = args.state.clone().unwrap_or_else(|| config.run.state.clone());
    let state = Arc::new(StateDir::open(&path, args.take_over)?);
    let fail = FailPoints::new(args.fail_point.clone());
    let seed = args.seed.unwrap_or(SEED);
    let fence = OnceCell::new();
    let session = Session { args, config, state, seed, out, fail, capital, fence };
    session.banner()?;
    let (inbox, outbox) = inbox();
    hear_signals(&inbox)?;
    if let Some(length) = args.duration {
        let inbox = inbox.clone();
        tokio::spawn(async move {
            tokio::time::sleep(length).await;
            inbox.urgent(Event::Stop("its time is over")).await;
        });
    }
    let place = session.place().await?;
    let ended = session.live(&place, inbox, outbox).await;
    session.leave(place, ended).await
}

impl Session<'_> {
    /// Says loudly whose money moves.
    fn banner(&self) -> Result<(), Failure> {
        let mode = self.config.run.mode;
        let capital = self.capital;
        self.out.line(format_args!(
            "=== {mode} ===  prices, orders and money are invented; capital {capital}"
        ))?;
        Ok(())
    }

    /// Finds the venue that is wanted, or starts one.
    async fn place(&self) -> Result<Place, Failure> {
        if let Some(reached) = self.attached() {
            let keys = self.config.key.credentials().config()?;
            return Place::new(reached, keys, None);
        }
        let wanted = Wanted {
            symbols: self.symbols(),
            seed: self.seed,
            speed: self.args.speed.unwrap_or(Speed::Max),
            balances: format!("USDT={}", self.capital),
        };
        let child = VenueChild::find_or_start(&self.state, &wanted).await?;
        let keys = child::credentials(&self.state, &wanted)?;
        let reached = child.reached.clone();
        Place::new(reached, keys, Some((Arc::new(Mutex::new(Some(child))), wanted)))
    }

    /// Returns the simulated venue of the command line or the configuration.
    fn attached(&self) -> Option<Reached> {
        let args = self.args;
        if let (Some(rest), Some(streams), Some(ws_api)) =
            (&args.venue, &args.streams, &args.ws_api)
        {
            let (rest, streams, ws_api) = (rest.clone(), streams.clone(), ws_api.clone());
            let control = args.venue_control.clone();
            return Some(Reached { rest, streams, ws_api, control, pid: None });
        }
        let venue = &self.config.venue;
        Some(Reached {
            rest: venue.rest.clone()?,
            streams: venue.streams.clone()?,
            ws_api: venue.ws_api.clone()?,
            control: venue.control.map(|address| format!("http://{address}")),
            pid: None,
        })
    }

    fn symbols(&self) -> Vec<Symbol> {
        self.config.run.symbols.clone()
    }

    /// One life of the hub.
    async fn live(
        &self,
        place: &Place,
        inbox: Inbox,
        outbox: Outbox,
    ) -> Result<(Ended, u64), Failure> {
        self.fail.pass("in_start");
        // What can be wrong with the configuration is, before a term begins that ends another one's.
        let engine = self.config.engine().resolved(Timeframe::M1).config()?;
        let finest = *engine.timeframes_in_use().first().context("no timeframe is in use")?;
        let limits = limits::for_run(&self.config, self.capital, 0).config()?;
        let folder = self.state.journal();
        let (journal, made) = pen::open(&folder)?;
        let head = journal.head();
        let fence = Fence::new(folder.clone(), head.term);
        let _ = self.fence.set(fence.clone());
        let id = JournalId(head.id.0);
        let (clock, speed) = self.clock(place).await?;
        let clock = Arc::new(clock);
        if self.args.take_over {
            // A request of the one before, signed before its term ended, may still be taken so long.
            tokio::time::sleep(place.recv_window).await;
        }
        let symbols = self.symbols();
        let hub = self.hub_config(place, id, &engine, speed, &limits)?;
        let mut hub = Hub::new(hub, Engine::default()).config()?;
        let shown = Shown { journal: id, account: ACCOUNT.to_owned(), finest };
        let mut screen = Screen::new(self.out, shown);
        let asked = self.args.speed.or_else(|| place.own.is_none().then_some(speed));
        let mut phases = Phases::new(asked);
        if !made || head.seq.0 > 0 {
            restore(&folder, &mut hub, &mut screen, &mut phases)?;
        }
        let tell = inbox.clone();
        let pen =
            Pen::new(journal, move |written| tell.urgent_from_thread(Event::Written(written)))?;
        let sender = Sender {
            venue: Arc::clone(&place.venue),
            symbols: symbols.into(),
            journal: id,
            account: ACCOUNT.into(),
            clock: Arc::clone(&clock),
            fence,
            recv_window: place.recv_window,
            fail: self.fail.clone(),
        };
        let now = clock.now();
        hub.begin(now);
        let rows = Rows::follow(self.state.store(), folder.clone(), inbox.clone())?;
        for component in [Component::Config, Component::Journal] {
            let healthy = Input::Health { component, trouble: None, latency_nanos: 0 };
            hub.handle(healthy, now);
        }
        let (ended_tell, ended_hear) = watch::channel(false);
        let control = self.control(&inbox, ended_hear)?;
        for line in limits.lines() {
            self.out.line(line)?;
        }
        self.say_ready(place, &screen, now)?;
        let watch = Watch {
            state: Arc::clone(&self.state),
            reached: place.reached.clone(),
            own: place.own.clone(),
            clock,
            inbox: inbox.clone(),
        };
        let tasks = [
            tokio::spawn(watch.run()),
            tokio::spawn(account::listen(sender.clone(), inbox.clone())),
        ];
        let own = place.own.is_some();
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
            fail: self.fail.clone(),
            notify: Notify::from_environment(),
            folder: Arc::clone(&self.state),
            operators: self.operators(&id, &limits),
            state: super::life::State::default(),
        };
        let (ended, life) = life.run().await?;
        tasks.iter().for_each(JoinHandle::abort);
        ended_tell.send_replace(true);
        // The socket's file is removed before the lock is.
        let _ = control.await;
        let (ended, closed) = life.close(ended).await?;
        // The rows of the last entries are written before the process ends.
        tokio::task::spawn_blocking(move || drop(rows)).await?;
        Ok((ended, closed))
    }

    /// Returns the market's clock and its speed.
    async fn clock(&self, place: &Place) -> Result<(MarketClock, Speed), Failure> {
        let Some(control) = &place.reached.control else {
            return Ok((MarketClock::of_this_machine(), Speed::REAL));
        };
        let time = Port::new(control)?.time().await?;
        Ok((MarketClock::new(time.at(), time.speed), time.speed))
    }

    fn hub_config(
        &self,
        place: &Place,
        journal: JournalId,
        engine: &EngineConfig,
        speed: Speed,
        limits: &RunLimits,
    ) -> Result<HubConfig, Failure> {
        let timeframes = engine.timeframes_in_use();
        let symbols = self.symbols();
        let watched = symbols
            .iter()
            .map(|symbol| SymbolConfig::new(symbol.clone(), timeframes.iter().copied()));
        let declared = place.venue.capabilities();
        let nanos = |length: Duration| i64::try_from(length.as_nanos()).unwrap_or(i64::MAX);
        let mut capabilities = Capabilities::binance_spot();
        capabilities.accepted_within = nanos(place.recv_window + declared.certainty.engine);
        capabilities.visible_within = nanos(declared.certainty.visibility);
        Ok(HubConfig {
            journal,
            seed: self.seed,
            engine: engine.to_toml().config()?,
            feed: FeedConfig::new(watched.collect()),
            settlement: Asset::new("USDT").context("it is a name")?,
            capital: self.capital,
            custody: Custody::Venue,
            gateway: Settings { patience: PATIENCE, ..Settings::live(ACCOUNT, capabilities) },
            budget: BudgetConfig::new(declared.limits.clone()),
            costs: Costs::default(),
            limits: Some(limits.hard.clone()),
            profile: self.config.run.profile.into(),
            safe_mode_cooldown: engine.risk.drawdown.latch.nanos(),
            times: Times::default(),
            queue_high: 10_000,
            speed: speed.of_hub(),
        })
    }

    /// Opens the control socket; what is asked there comes as events.
    fn control(
        &self,
        inbox: &Inbox,
        ended: watch::Receiver<bool>,
    ) -> Result<JoinHandle<()>, Failure> {
        let server = control::Server::bind(self.state.path())?;
        let (desk, mut asked) = mpsc::channel(CONTROL_MAX);
        let inbox = inbox.clone();
        tokio::spawn(async move {
            while let Some(request) = asked.recv().await {
                inbox.urgent(Event::Control(Box::new(request))).await;
            }
        });
        Ok(tokio::spawn(server.run(desk, ended)))
    }

    fn operators(&self, journal: &JournalId, limits: &RunLimits) -> Operators {
        let keys = KeyFolder::at(self.config.run.keys.as_deref()).ok();
        Operators {
            clerk: Clerk::new(Files { config: self.config.clone(), keys }),
            mode: self.config.run.mode,
            journal: journal.0.iter().map(|byte| format!("{byte:02x}")).collect(),
            capital: self.capital,
            floor: limits.hard.version,
        }
    }

    /// Says where everything is.
    fn say_ready(&self, place: &Place, screen: &Screen, now: TsNanos) -> Result<(), Failure> {
        let state = self.state.path().display();
        let fields = json!({
            "simulated": true,
            "state": self.state.path(),
            "venue": place.reached,
            "ledger": self.state.ledger(),
            "control_socket": self.state.path().join("control.sock"),
        });
        let words = format!(
            "state       {state}\n\
             venue       a simulated exchange at {}\n\
             look at it  plimsoll status --state {state}\n\
             \x20           plimsoll audit verify {state}/journal\n\
             \x20           plimsoll explain --state {state}",
            place.reached.rest,
        );
        Ok(screen.say("ready", now, fields, words)?)
    }

    /// Returns whether the venue ends with this session: not under a successor, and not where a start failed that only found it.
    fn ends_venue(&self, child: &VenueChild, ended: &Result<(Ended, u64), Failure>) -> bool {
        match ended {
            Ok((Ended::Stopped | Ended::Late | Ended::JournalFailed(_), _)) => true,
            Ok((Ended::Sealed | Ended::VenueMoved, _)) => false,
            Err(_) => child.is_ours() && self.fence.get().is_none_or(Fence::holds),
        }
    }

    /// Ends what this session began.
    async fn leave(&self, place: Place, ended: Result<(Ended, u64), Failure>) -> Outcome {
        if let Some((shared, _)) = place.own
            && let Some(child) = shared.lock().await.take()
            && self.ends_venue(&child, &ended)
        {
            child.stop(&self.state).await?;
        }
        let (ended, entries) = ended?;
        match ended {
            Ended::Stopped => {
                self.out.line(format_args!(
                    "stopped in good order; the journal has {entries} entries"
                ))?;
                Ok(Exit::Ok)
            }
            Ended::Late => {
                self.out.note("stopped; the venue did not confirm everything in time, the next start asks it again");
                Ok(Exit::Failure)
            }
            Ended::Sealed => {
                self.out.note(
                    "another process has taken over: nothing more is sent or written by this one",
                );
                Ok(Exit::Failure)
            }
            Ended::VenueMoved => {
                self.out.note("the venue came back at other addresses: start again");
                Ok(Exit::Failure)
            }
            Ended::JournalFailed(why) => {
                self.out.note(format_args!("the journal cannot be written: {why}"));
                Ok(Exit::Failure)
            }
        }
    }
}

impl Place {
    fn new(
        reached: Reached,
        keys: Credentials,
        own: Option<(Shared, Wanted)>,
    ) -> Result<Self, Failure> {
        let config = BinanceConfig::simulated(Endpoints {
            rest: reached.rest.clone(),
            streams: reached.streams.clone(),
            socket_api: reached.ws_api.clone(),
        });
        let venue: Arc<dyn Venue> = Arc::new(BinanceSpot::new(config, Some(keys)).config()?);
        Ok(Self { reached, venue, own, recv_window: Duration::from_secs(1) })
    }
}

/// Reads the configuration, or takes the default one.
fn configuration(args: &RunArgs) -> Result<RunConfig, Failure> {
    match &args.config {
        Some(path) => RunConfig::open(path).config(),
        None => {
            let mut config = RunConfig::default();
            config.run.symbols = DEFAULT_SYMBOLS
                .iter()
                .map(|name| Symbol::new(name).expect("capitals are a symbol"))
                .collect();
            Ok(config)
        }
    }
}

/// What is traded without a configuration: twenty symbols with trends of their own, so that there is something to see.
const DEFAULT_SYMBOLS: [&str; 20] = [
    "BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT", "LTCUSDT", "TRXUSDT", "BNBUSDT",
    "DOGEUSDT", "DOTUSDT", "AVAXUSDT", "LINKUSDT", "ATOMUSDT", "UNIUSDT", "XLMUSDT", "ETCUSDT",
    "NEARUSDT", "APTUSDT", "ARBUSDT", "OPUSDT",
];

/// Folds all that is stored.
fn restore(
    folder: &JournalFolder,
    hub: &mut Hub<Engine>,
    screen: &mut Screen,
    phases: &mut Phases,
) -> Result<(), Failure> {
    let mut reader = folder.read(journal::Seq(1))?;
    while let Some(item) = reader.next().with_context(|| folder.shown()).data()? {
        match item {
            Item::Entry(entry) if entry.kind >= KIND_OWN_MIN => hub.restore_own(),
            Item::Entry(stored) => {
                let entry = Entry::decode(stored.payload);
                let entry =
                    entry.with_context(|| format!("entry {} of {}", stored.seq.0, folder.shown()));
                let entry = entry.data()?;
                hub.restore(&entry);
                phases.on_entry(entry.ts);
                if let Some(trade) = screen.restore(&entry) {
                    phases.on_trade(&trade);
                }
            }
            Item::Dropped { first, last } => {
                return Err(Failure::data(format_args!(
                    "entries {} to {} of {} were dropped by retention: a run needs all of them",
                    first.0,
                    last.0,
                    folder.shown()
                )));
            }
        }
    }
    Ok(())
}

/// Ends the run in good order on ctrl-C or SIGTERM, at once on the second.
fn hear_signals(inbox: &Inbox) -> Result<(), Failure> {
    let (mut term, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let inbox = inbox.clone();
    tokio::spawn(async move {
        for again in [false, true] {
            tokio::select! {
                _ = term.recv() => {}
                _ = interrupt.recv() => {}
            }
            if again {
                std::process::exit(130);
            }
            inbox.urgent(Event::Stop("asked to")).await;
        }
    });
    Ok(())
}
