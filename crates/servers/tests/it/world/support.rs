//! A venue without sockets: market, matching engine, faults, ledger.

use std::path::Path;
use std::sync::Arc;

use servers::venue::control::FiredList;
use servers::venue::core::{Batch, Core, Shared};
use servers::venue::data::MarketData;
use servers::venue::faults::{Faults, Plan};
use servers::venue::keys::AccountConfig;
use servers::venue::ledger::{Kept, Ledger, LedgerRecorder, Options, Start, restore};
use servers::venue::limits::Limits;
use servers::venue::market::{CROWD, MarketConfig, Pacer, Prices, Resume, Speed, open};
use sim::exchange::book::{MatchingEngine, NewAccount, VenueLimits};
use sim::instruments::Catalogue;
use sim::market::Trends;
use sim::market::crowd::CrowdConfig;
use tokio::sync::mpsc;
use types::ids::Symbol;
use types::market::TsNanos;

/// A venue without sockets.
pub(super) struct Venue {
    pub(super) shared: Shared,
    pub(super) pacer: Pacer,
    pub(super) faults: Faults,
    pub(super) fired: FiredList,
    pub(super) ledger: Option<Ledger>,
    pub(super) batches: mpsc::Receiver<Arc<Batch>>,
}

/// Two made-up symbols at speed `max`, a quiet crowd.
pub(super) fn made_up(seed: u64) -> MarketConfig {
    let symbols = ["BTCUSDT", "ETHUSDT"].map(|name| Symbol::new(name).expect("a symbol"));
    let crowd = CrowdConfig { trades_per_minute: 6, beats_per_minute: 4, ..CrowdConfig::default() };
    MarketConfig {
        prices: Prices::Generated {
            symbols: symbols.into(),
            origin: TsNanos::EPOCH,
            trends: Trends::Common,
        },
        seed,
        speed: Speed::Max,
        from: None,
        crowd,
        instruments: Catalogue::embedded(),
        wall: TsNanos::EPOCH,
        resume: None,
    }
}

/// Starts a venue with one account `alice`; goes on where the ledger of the folder stopped.
pub(super) fn start(config: &MarketConfig, plan: &str, ledger: Option<&Path>) -> Venue {
    let mut kept = Kept::default();
    let ledger = ledger.map(|folder| {
        let each = |_, at, row| kept.add(at, row);
        Ledger::open(folder, Options::default(), each).expect("a good ledger").0
    });
    let mut config = config.clone();
    config.resume = kept.start.as_ref().map(|start| Resume {
        at: kept.not_before(),
        shift: start.shift,
        origin: start.origin,
    });
    let plan = Plan::from_toml(plan, "test.toml").expect("a plan");
    let fired = FiredList::default();
    let witness = fired.witness(ledger.clone());
    let opened = open(&config, |start| Faults::new(plan, config.seed, start, Some(witness)));
    let opened = opened.expect("a market");
    let mut engine = MatchingEngine::new(VenueLimits::default());
    assert_eq!(engine.open_account(NewAccount::CROWD), Ok(CROWD));
    let mut data = MarketData::new(opened.symbols.len());
    for listed in opened.symbols {
        let symbol = engine.add_symbol(listed.rules).expect("a new symbol");
        listed.history.iter().for_each(|(interval, piece)| data.seed(symbol, *interval, piece));
        if let Some(price) = listed.reference {
            engine.set_reference(symbol, price).expect("nothing has traded");
        }
    }
    let began = opened.clock.start();
    if !kept.accounts.is_empty() {
        engine = restore(engine, &kept).expect("what was kept fits");
    }
    let mut core = Core::new(engine, data, Limits::DOCUMENTED, began);
    let account: AccountConfig =
        "alice:secret:USDT=1000000,BTC=50,ETH=500".parse().expect("an account");
    let known = kept.accounts.iter().find(|kept| kept.key.as_deref() == Some("alice"));
    let id = known.map_or_else(
        || {
            core.step(began, |engine, at| {
                let id = engine.open_account(NewAccount::CLIENT).expect("room for an account");
                for balance in &account.balances {
                    engine.flow(id, &balance.asset, balance.amount, at).expect("an asset");
                }
                id
            })
        },
        |kept| kept.account,
    );
    core.keys.add(&account, id).expect("one key");
    let recorder = ledger.clone().map(|ledger| {
        let start = Start {
            version: "test".to_owned(),
            source: config.prices.words(),
            seed: config.seed,
            speed: None,
            at: began,
            shift: opened.shift,
            origin: opened.origin,
        };
        Box::new(LedgerRecorder::new(ledger, start, &kept)) as Box<_>
    });
    let (shared, batches) = Shared::new(core, opened.clock, Box::new(opened.driver), recorder);
    let pacer = Pacer::new(shared.clone());
    Venue { shared, pacer, faults: opened.faults, fired, ledger, batches }
}

impl Venue {
    /// Lets the market run for so many minutes.
    pub(super) fn run(&mut self, minutes: i64) {
        let clock = Arc::clone(self.shared.clock());
        for _ in 0..minutes {
            clock.set(clock.now().plus(60_000_000_000));
            self.shared.act(|_| ());
            while self.batches.try_recv().is_ok() {}
        }
    }
}
