//! [`Venue`]: a venue that runs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sim::exchange::Rejection;
use sim::exchange::book::{MatchingEngine, NewAccount};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::config::VenueConfig;
use super::core::{Batch, Core, Shared};
use super::data::MarketData;
use super::keys::AccountError;
use super::ledger::{LedgerError, restore};
use super::market::CROWD;
use super::rest;
use super::socket::SocketLimits;
use super::streams::{self, Publisher, StreamsState};
use super::wsapi::{self, ApiState};

/// The market moves at least so often, whatever it says about its next move.
const PULSE: Duration = Duration::from_millis(10);
/// So long the connections may take to end.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why a venue did not start.
#[derive(Debug, thiserror::Error)]
pub enum VenueError {
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// An account cannot be opened.
    #[error("an account cannot be opened: {0}")]
    Account(#[from] AccountError),
    /// What the ledger kept does not fit.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The matching engine does not take a symbol, an account or a balance.
    #[error("the venue cannot be set up: {0}")]
    Engine(#[from] Rejection),
}

/// A venue that runs until it is stopped.
pub struct Venue {
    shared: Shared,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Venue {
    /// Starts a venue: when this returns, it answers.
    ///
    /// # Errors
    /// `VenueError` if the address cannot be had or the venue cannot be set up.
    pub async fn start(config: VenueConfig) -> Result<Self, VenueError> {
        let listen = config.listen;
        let failed = |source| VenueError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let faults = config.faults.clone();
        let Opened { shared, batches, publisher } = open(config)?;
        let publisher = Arc::new(publisher);
        let (stop, stopping) = watch::channel(false);
        let streams = StreamsState {
            publisher: Arc::clone(&publisher),
            clock: Arc::clone(shared.clock()),
            faults: faults.clone(),
            limits: SocketLimits::streams(),
            unsent: shared.unsent().clone(),
            stop: stopping.clone(),
        };
        let api = ApiState {
            shared: shared.clone(),
            publisher: Arc::clone(&publisher),
            faults: faults.clone(),
            limits: SocketLimits::api(),
            stop: stopping.clone(),
        };
        let router = rest::routes(rest::Rest { shared: shared.clone(), faults })
            .merge(streams::routes(streams))
            .merge(wsapi::routes(api));
        let tasks = vec![
            tokio::spawn(rest::serve(listener, router, stopping.clone())),
            tokio::spawn(pulse(shared.clone(), stopping.clone())),
            tokio::spawn(streams::pump(shared.clone(), batches, publisher, stopping)),
        ];
        Ok(Self { shared, address, stop, tasks })
    }

    /// Returns where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the venue itself.
    #[must_use]
    pub const fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Stops it: no new connections, what is being answered is answered.
    pub async fn stop(self) {
        let Self { shared, stop, tasks, .. } = self;
        // What follows the venue's batches ends when nobody can make any.
        drop(shared);
        // Nobody listens any more if all tasks have ended.
        let _ = stop.send(true);
        for task in tasks {
            let abort = task.abort_handle();
            if tokio::time::timeout(GOODBYE, task).await.is_err() {
                abort.abort();
            }
        }
        // Each WebSocket holds an end of this until it has said goodbye.
        let _ = tokio::time::timeout(GOODBYE, stop.closed()).await;
    }
}

/// A venue before its servers.
struct Opened {
    shared: Shared,
    batches: mpsc::Receiver<Arc<Batch>>,
    publisher: Publisher,
}

/// Sets the state up: symbols with their history, accounts with their balances.
fn open(config: VenueConfig) -> Result<Opened, VenueError> {
    let mut engine = MatchingEngine::new(config.venue_limits);
    let crowd = engine.open_account(NewAccount::CROWD)?;
    debug_assert_eq!(crowd, CROWD, "the crowd comes first");
    let mut data = MarketData::new(config.symbols.len());
    for listed in config.symbols {
        let symbol = engine.add_symbol(listed.rules)?;
        for (interval, piece) in &listed.history {
            data.seed(symbol, *interval, piece);
        }
        if let Some(price) = listed.reference {
            engine.set_reference(symbol, price)?;
        }
    }
    let start = config.clock.start();
    let kept = config.kept.unwrap_or_default();
    if !kept.accounts.is_empty() {
        engine = restore(engine, &kept)?;
    }
    let mut core = Core::new(engine, data, config.limits, start);
    let mut names = BTreeMap::new();
    for account in &config.accounts {
        if let Some(of) = &account.of {
            let first = core.keys.key(of).map(|key| key.account);
            let first = first.ok_or_else(|| AccountError::NoAccount {
                key: account.key.clone(),
                of: of.clone(),
            })?;
            core.keys.add(account, first)?;
            continue;
        }
        // Who was here before has what the ledger says, not what the command line says.
        let known = kept.accounts.iter().find(|kept| kept.key.as_ref() == Some(&account.key));
        if let Some(known) = known {
            core.keys.add(account, known.account)?;
            names.insert(known.account, account.key.clone());
            if let (Some(rights), Some(key)) = (known.rights, core.keys.key_mut(&account.key)) {
                key.rights = rights;
            }
            continue;
        }
        let id = core.step(start, |engine, at| {
            let id = engine.open_account(NewAccount::CLIENT)?;
            for balance in account.balances.iter().filter(|balance| balance.amount.is_positive()) {
                engine.flow(id, &balance.asset, balance.amount, at)?;
            }
            Ok::<_, Rejection>(id)
        })?;
        core.keys.add(account, id)?;
        names.insert(id, account.key.clone());
    }
    let data = core.data().clone();
    let publisher = Publisher::new(core.engine(), data, names, start, &config.faults);
    let (shared, batches) = Shared::new(core, config.clock, config.driver, config.recorder);
    Ok(Opened { shared, batches, publisher })
}

/// Keeps the market moving while nobody asks.
async fn pulse(shared: Shared, mut stop: watch::Receiver<bool>) {
    loop {
        shared.room().await;
        shared.act(|_| ());
        let next = shared.next_move();
        let clock = shared.clock().clone();
        let moved = async {
            match next {
                Some(next) => clock.sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = moved => {}
            () = tokio::time::sleep(PULSE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
