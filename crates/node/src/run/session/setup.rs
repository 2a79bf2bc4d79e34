//! What a life of the hub is made from: configuration, clock, control socket.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use engine::config::EngineConfig;
use hub::budget::BudgetConfig;
use hub::feed::{FeedConfig, SymbolConfig};
use hub::gateway::{Capabilities, Settings};
use hub::system::{Costs, Custody, HubConfig, Times, check_clock};
use journal::disk::Disk;
use sim::backtest::BacktestConfig;
use sim::desk::PaperDesk;
use tokio::sync::{mpsc, watch};
use types::ids::{JournalId, Symbol};
use types::instrument::Market;
use types::market::Timeframe;
use types::num::Money;

use super::course::Session;
use super::place::Place;
use crate::cli::RunArgs;
use crate::control::{self, Clerk, Desks, Files};
use crate::exit::{Failure, Kind as _, told};
use crate::ladder;
use crate::limits::{Origin, RunLimits};
use crate::operator_keys::KeyFolder;
#[cfg(debug_assertions)]
use crate::run::full_disk::FullWhile;
use crate::run::inbox::{Event, Inbox};
use crate::run::life::Paper;
use crate::run::operators::Operators;
use crate::run::phases::Phases;
use crate::run::port::Port;
use crate::run::sender::Fees;
use crate::run::speed::{MarketClock, Speed};
use crate::run::state::StateDir;
use crate::run_config::{Mode, RunConfig, VenueSection};
use crate::setup::JournalFolder;

/// The account's name in client order ids.
pub(super) const ACCOUNT: &str = "main";

/// Length of the public bars that paper is traded along: the shortest that the venue has.
const WALKS: Timeframe = Timeframe::M1;
/// Requests of the control socket that may wait.
const CONTROL_MAX: usize = 16;

impl Session<'_> {
    /// Returns the market's clock and its speed. A real venue's is this machine's, if that is right.
    pub(super) async fn clock(&self, place: &Place) -> Result<(MarketClock, Speed), Failure> {
        let Some(control) = &place.reached.control else {
            let clock = MarketClock::of_this_machine();
            match place.time().await {
                Ok(venue) => check_clock(clock.now(), Some(venue), None)?,
                Err(failure) => self.out.note(format_args!(
                    "whether this machine's clock is right is not known: {}",
                    told(&failure.error)
                )),
            }
            return Ok((clock, Speed::REAL));
        };
        let time = Port::new(control)?.time().await?;
        Ok((MarketClock::new(time.at(), time.speed), time.speed))
    }

    /// Returns where the journal's bytes go.
    #[cfg(not(debug_assertions))]
    #[expect(clippy::unused_self, reason = "a debug build asks the command line")]
    pub(super) fn disk(&self, folder: &JournalFolder) -> Arc<dyn Disk> {
        folder.disk()
    }

    /// Returns where the journal's bytes go: tests let that disk be full.
    #[cfg(debug_assertions)]
    pub(super) fn disk(&self, folder: &JournalFolder) -> Arc<dyn Disk> {
        match &self.args.disk_full_while {
            Some(flag) => Arc::new(FullWhile { disk: folder.disk(), flag: flag.clone() }),
            None => folder.disk(),
        }
    }

    /// Returns the phases of a run, at their own speeds or at the one that is asked for.
    #[cfg(not(debug_assertions))]
    #[expect(clippy::unused_self, reason = "a debug build asks the command line")]
    pub(super) fn phases(&self, asked: Option<Speed>) -> Phases {
        Phases::new(asked)
    }

    /// Returns the phases of a run: tests have no month.
    #[cfg(debug_assertions)]
    pub(super) fn phases(&self, asked: Option<Speed>) -> Phases {
        let phases = Phases::new(asked);
        match self.args.first_hours {
            Some(hours) => phases.with_first_hours(hours),
            None => phases,
        }
    }

    pub(super) fn hub_config(
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
        let (custody, costs, gateway) = match self.config.run.mode {
            Mode::Paper => {
                let custody = Custody::InProcess { walks: WALKS };
                (custody, Costs::in_process(), Settings::paper(ACCOUNT))
            }
            Mode::Simulated | Mode::Testnet | Mode::Live => {
                (Custody::Venue, Costs::default(), Settings::live(ACCOUNT, capabilities))
            }
        };
        let flattens = self.config.run.flatten_on_emergency;
        let flatten_on_emergency = flattens.then_some(limits.hard.price_collar);
        Ok(HubConfig {
            journal,
            seed: self.seed,
            engine: engine.to_toml().config()?,
            stage: Some(self.config.stage()),
            feed: FeedConfig {
                sources: 1 + u8::try_from(place.others.len()).unwrap_or(0),
                ..FeedConfig::new(watched.collect())
            },
            settlement: self.quote()?,
            capital: self.capital,
            custody,
            gateway: Settings { flatten_on_emergency, ..gateway },
            budget: BudgetConfig::new(declared.limits.clone()),
            costs,
            limits: Some(limits.hard.clone()),
            profile: self.config.run.profile.into(),
            safe_mode_cooldown: engine.risk.drawdown.latch.nanos(),
            times: Times::default(),
            queue_high: 10_000,
            speed: speed.of_hub(),
        })
    }

    /// Returns the exchange in this process, where paper is traded.
    pub(super) fn paper(&self) -> Option<Paper> {
        match self.config.run.mode {
            Mode::Simulated | Mode::Testnet | Mode::Live => None,
            Mode::Paper => {
                let BacktestConfig { costs, conventions, .. } = &self.config.backtest;
                let desk = PaperDesk::new(Market::Spot, costs.clone(), *conventions, WALKS);
                Some(Paper::new(desk))
            }
        }
    }

    /// Returns the fees of the configuration, where an exchange in this process charges them.
    pub(super) fn fees(&self) -> Fees {
        match self.config.run.mode {
            Mode::Simulated | Mode::Testnet | Mode::Live => Fees::default(),
            Mode::Paper => {
                let costs = &self.config.backtest.costs;
                Fees { maker: costs.maker_fee, taker: costs.taker_fee }
            }
        }
    }

    /// Opens the control socket and returns its work, from each beginning on; what is asked there comes as events.
    pub(super) fn control(
        &self,
        inbox: &Inbox,
        ended: watch::Receiver<bool>,
    ) -> Result<impl FnMut() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + 'static, Failure>
    {
        let mut first = Some(control::Server::bind(self.state.path())?);
        let (state, inbox) = (Arc::clone(&self.state), inbox.clone());
        Ok(move || -> Pin<Box<dyn Future<Output = ()> + Send>> {
            let (first, state) = (first.take(), Arc::clone(&state));
            Box::pin(serve(first, state, inbox.clone(), ended.clone()))
        })
    }

    pub(super) fn operators(
        &self,
        journal: &JournalId,
        limits: &RunLimits,
        smallest: Money,
    ) -> Operators {
        let keys = KeyFolder::at(self.config.run.keys.as_deref()).ok();
        let signed = matches!(limits.origin, Origin::Signed(_));
        let exposure =
            self.config.rung().map(|rung| ladder::exposure(rung, self.capital, smallest));
        Operators {
            clerk: Clerk::new(Files { config: self.config.clone(), keys, signed, exposure }),
            mode: self.config.run.mode,
            journal: journal.0.iter().map(|byte| format!("{byte:02x}")).collect(),
            capital: self.capital,
        }
    }
}

/// Serves the control socket; without one that stands it is made anew.
async fn serve(
    first: Option<control::Server>,
    state: Arc<StateDir>,
    inbox: Inbox,
    ended: watch::Receiver<bool>,
) {
    let server = match first {
        Some(server) => server,
        None => match control::Server::bind(state.path()) {
            Ok(server) => server,
            // The task ends, which is seen.
            Err(_) => return,
        },
    };
    let (others, mut asked) = mpsc::channel(CONTROL_MAX);
    let desks = Desks { first: inbox.first(), others };
    tokio::spawn(async move {
        while let Some(request) = asked.recv().await {
            inbox.urgent(Event::Control(Box::new(request))).await;
        }
    });
    server.run(desks, ended).await;
}

/// Reads the configuration, or takes the default one.
pub(super) fn configuration(args: &RunArgs) -> Result<RunConfig, Failure> {
    match &args.config {
        Some(path) => {
            let mut config = RunConfig::open(path).config()?;
            if config.run.mode == Mode::Paper && args.venue.is_some() {
                config.venue = named(args)?;
            }
            Ok(config)
        }
        None => {
            let mut config = RunConfig::default();
            config.run.symbols = DEFAULT_SYMBOLS
                .iter()
                .map(|name| Symbol::new(name).expect("capitals are a symbol"))
                .collect();
            // Often enough for somebody who looks on.
            config.backtest.engine.entry.decision_timeframe = Timeframe::H1;
            Ok(config)
        }
    }
}

/// Returns the addresses of the command line.
fn named(args: &RunArgs) -> Result<VenueSection, Failure> {
    let control = args.venue_control.as_deref().map(|url| {
        let address = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
        address.parse().map_err(|_| {
            Failure::usage(format_args!(
                "--venue-control is `{url}`, wanted an address such as http://127.0.0.1:9100"
            ))
        })
    });
    Ok(VenueSection {
        rest: args.venue.clone(),
        streams: args.streams.clone(),
        ws_api: args.ws_api.clone(),
        control: control.transpose()?,
        ..VenueSection::default()
    })
}

/// What is traded without a configuration: twenty symbols with trends of their own, so that there is something to see.
pub(crate) const DEFAULT_SYMBOLS: [&str; 20] = [
    "BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT", "LTCUSDT", "TRXUSDT", "BNBUSDT",
    "DOGEUSDT", "DOTUSDT", "AVAXUSDT", "LINKUSDT", "ATOMUSDT", "UNIUSDT", "XLMUSDT", "ETCUSDT",
    "NEARUSDT", "APTUSDT", "ARBUSDT", "OPUSDT",
];
