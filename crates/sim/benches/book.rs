//! Speed of the book. `cargo bench -p sim --bench book`; a figure is the time of 10,000 orders.
//!
//! Measured on 2 idle cores of a virtual machine, medians of 100 samples: clients, with balances, filters, all
//! events and history, 1.45 million orders a second; crowd 4.6 million.

use divan::{Bencher, counter::ItemsCount};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sim::exchange::book::{
    AccountId, Cancel, CancelOnly, MatchingEngine, NewAccount, NewOrder, OrderRef, OrderType, Stp,
    SymbolRules, Tif, VenueLimits, VenueOrderId,
};
use types::ids::{Asset, Symbol, SymbolId};
use types::instrument::{FeeAsset, Instrument, Market};
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::side::Side;

fn main() {
    divan::main();
}

/// Orders of one measured call.
const ORDERS: usize = 10_000;
/// Prices on each side that hold orders, and how many each holds at first.
const LEVELS: i64 = 500;
const PER_LEVEL: i64 = 4;
/// The price in the middle, in ticks of 0.01.
const MIDDLE: i64 = 1_000_000;

/// What is asked next.
#[derive(Clone, Copy)]
enum Ask {
    Rest(Side, Price, Qty),
    Take(Side, Qty),
    Cancel,
}

struct Venue {
    engine: MatchingEngine,
    symbol: SymbolId,
    accounts: Vec<AccountId>,
    /// Orders that may be open, oldest first.
    placed: std::collections::VecDeque<(AccountId, VenueOrderId)>,
    now: TsNanos,
}

impl Venue {
    /// A book with 2,000 orders on each side.
    fn new(kind: NewAccount) -> Self {
        let (base, quote) = (Asset::new("BTC"), Asset::new("USDT"));
        let (base, quote) = (base.expect("a name"), quote.expect("a name"));
        let name = Symbol::new("BTCUSDT").expect("a name");
        let known = Instrument::unknown(name, base.clone(), quote.clone(), Market::Spot);
        let rules = SymbolRules::of(Instrument {
            tick: Price::from_raw(1_000_000),
            lot: Qty::from_raw(1_000),
            max_orders: u32::MAX,
            fee_asset: FeeAsset::Received,
            ..known
        });
        let mut engine = MatchingEngine::new(VenueLimits::default());
        let symbol = engine.add_symbol(rules).expect("the first");
        let now = TsNanos::EPOCH;
        let accounts: Vec<AccountId> = (0..16)
            .map(|_| {
                let account = engine.open_account(kind).expect("room");
                for asset in [&base, &quote] {
                    let much = Money::from_units(1_000_000_000_000);
                    engine.flow(account, asset, much, now).expect("it fits");
                }
                account
            })
            .collect();
        let mut venue =
            Self { engine, symbol, accounts, placed: std::collections::VecDeque::new(), now };
        for level in 1..=LEVELS {
            for place in 0..PER_LEVEL {
                let qty = Qty::from_raw((place + 1) * 1_000_000);
                let tick = |ticks: i64| Price::from_raw(ticks * 1_000_000);
                venue.ask(Ask::Rest(Side::Buy, tick(MIDDLE - level), qty), 0);
                venue.ask(Ask::Rest(Side::Sell, tick(MIDDLE + level), qty), 1);
            }
        }
        venue
    }

    fn ask(&mut self, ask: Ask, who: usize) {
        self.now = self.now.plus(1_000);
        let account = self.accounts[who % self.accounts.len()];
        let place = |side, price, tif, qty| {
            let order = NewOrder::new(side, OrderType::Limit { price, tif }, qty);
            NewOrder { stp: Some(Stp::None), ..order }
        };
        match ask {
            Ask::Rest(side, price, qty) => {
                let order = place(side, price, Tif::Gtc, qty);
                let id = self.engine.place(account, self.symbol, order, self.now);
                self.placed.push_back((account, id.expect("it is taken")));
            }
            Ask::Take(side, qty) => {
                let ticks = if side == Side::Buy { MIDDLE + LEVELS } else { MIDDLE - LEVELS };
                let order = place(side, Price::from_raw(ticks * 1_000_000), Tif::Ioc, qty);
                self.engine.place(account, self.symbol, order, self.now).expect("it is taken");
            }
            Ask::Cancel => {
                if let Some((account, id)) = self.placed.pop_front() {
                    let (symbol, only) = (self.symbol, CancelOnly::Always);
                    let cancel = Cancel { symbol, order: OrderRef::Id(id), client_id: None, only };
                    // It may have traded.
                    let _ = self.engine.cancel(account, cancel, self.now);
                }
            }
        }
        divan::black_box(self.engine.drain_events().count());
    }
}

/// 47 % new orders near the middle, 43 % cancellations, 10 % orders that take: about what a large
/// exchange sees, where most orders are cancelled.
fn mix(seed: u64) -> Vec<(Ask, usize)> {
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    (0..ORDERS)
        .map(|_| {
            let word = draws.next_u64();
            let side = if word & 1 == 0 { Side::Buy } else { Side::Sell };
            let small = |shift: u32, below: u64| {
                i64::try_from((word >> shift) % below).expect("a small number")
            };
            let qty = Qty::from_raw((1 + small(8, 40)) * 100_000);
            // Most rest close to the best price.
            let away = 1 + small(16, 20).min(small(24, 500));
            let ticks = if side == Side::Buy { MIDDLE - away } else { MIDDLE + away };
            let ask = match small(40, 100) {
                0..47 => Ask::Rest(side, Price::from_raw(ticks * 1_000_000), qty),
                47..90 => Ask::Cancel,
                _ => Ask::Take(side, Qty::from_raw(qty.raw() * 3)),
            };
            (ask, usize::try_from(word >> 56).expect("a small number"))
        })
        .collect()
}

fn run(bencher: Bencher<'_, '_>, kind: NewAccount) {
    let mut seed = 0;
    let mut venue = Venue::new(kind);
    bencher
        .counter(ItemsCount::new(ORDERS))
        .with_inputs(|| {
            seed += 1;
            mix(seed)
        })
        .bench_local_values(|asks| {
            for (ask, who) in asks {
                venue.ask(ask, who);
            }
        });
}

/// Sixteen clients: balances, filters, all events, history.
#[divan::bench(sample_count = 100)]
fn clients(bencher: Bencher<'_, '_>) {
    run(bencher, NewAccount::CLIENT);
}

/// Other people: public events alone.
#[divan::bench(sample_count = 100)]
fn crowd(bencher: Bencher<'_, '_>) {
    run(bencher, NewAccount::CROWD);
}
