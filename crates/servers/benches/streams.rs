//! How far behind market streams are: 20 clients listen to the best prices of 20 symbols, each of which changes 100 times
//! a second. Open loop: changes are planned ahead, and lag counts from the planned moment to the moment at which a client
//! has the message, so a late publisher cannot flatter itself.
//!
//! `cargo bench -p servers --bench streams`, all in one process: server and clients share the machine.
#![expect(clippy::unwrap_used, reason = "a bench that cannot run has nothing to report")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use servers::venue::data::MarketData;
use servers::venue::faults::Faults;
use servers::venue::market::{Clock, Speed};
use servers::venue::socket::{SocketLimits, Unsent};
use servers::venue::streams::{Publisher, StreamsState, routes};
use sim::exchange::book::{
    AccountId, MatchingEngine, NewAccount, NewOrder, OrderType, SymbolRules, Tif, VenueLimits,
};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use types::ids::{Asset, Symbol, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::TsNanos;
use types::num::{Price, Qty};
use types::side::Side;

const SYMBOLS: u16 = 20;
const CLIENTS: usize = 20;
const UPDATES_PER_SECOND: u32 = 100;
const SECONDS: u32 = 10;
const UPDATES: u32 = UPDATES_PER_SECOND * SECONDS;

/// When the `update`-th change of a symbol is planned: the symbols take turns.
fn planned(start: Instant, symbol: u16, update: u32) -> Instant {
    let period = Duration::from_secs(1) / UPDATES_PER_SECOND;
    start + period * update + period / u32::from(SYMBOLS) * u32::from(symbol)
}

fn name(symbol: u16) -> String {
    format!("COIN{symbol:02}USDT")
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut lags = runtime.block_on(run());
    lags.sort_unstable();
    let expected = CLIENTS * usize::from(SYMBOLS) * usize::try_from(UPDATES).unwrap();
    let at = |per_mille: usize| lags[(lags.len() - 1) * per_mille / 1_000];
    println!(
        "{CLIENTS} clients x {SYMBOLS} symbols x {UPDATES_PER_SECOND}/s for {SECONDS} s: {} of {expected} messages, lag p50 {:?} p99 {:?} p99.9 {:?} max {:?}",
        lags.len(),
        at(500),
        at(990),
        at(999),
        at(1_000),
    );
}

async fn run() -> Vec<Duration> {
    let now = TsNanos::from_millis(1_700_000_000_000).unwrap();
    let mut engine = MatchingEngine::new(VenueLimits::default());
    for n in 0..SYMBOLS {
        let symbol = Symbol::new(&name(n)).unwrap();
        let base = Asset::new(&format!("COIN{n:02}")).unwrap();
        let quote = Asset::new("USDT").unwrap();
        let instrument = Instrument::unknown(symbol, base, quote, Market::Spot);
        engine.add_symbol(SymbolRules::of(instrument)).unwrap();
    }
    let crowd = engine.open_account(NewAccount::CROWD).unwrap();
    let faults = Faults::none();
    let data = MarketData::new(usize::from(SYMBOLS));
    let publisher = Arc::new(Publisher::new(&engine, data, BTreeMap::new(), now, &faults));
    let (_stop, stopped) = watch::channel(false);
    let state = StreamsState {
        publisher: Arc::clone(&publisher),
        clock: Arc::new(Clock::new(now, Speed::REAL)),
        faults,
        limits: SocketLimits::streams(),
        stop: stopped,
        unsent: Unsent::default(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes(state)).await });
    let streams: Vec<String> =
        (0..SYMBOLS).map(|n| format!("{}@bookTicker", name(n).to_lowercase())).collect();
    let url = format!("ws://{address}/ws/{}", streams.join("/"));
    // Everybody is there before the first change.
    let start = Instant::now() + Duration::from_secs(1);
    let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(listen(url.clone(), start))).collect();
    let market = tokio::spawn(trade(engine, crowd, publisher, now, start));
    let mut lags = Vec::new();
    for client in clients {
        lags.extend(client.await.unwrap());
    }
    market.await.unwrap();
    lags
}

/// Changes the best bid of every symbol at the planned moments.
async fn trade(
    mut engine: MatchingEngine,
    crowd: AccountId,
    publisher: Arc<Publisher>,
    mut now: TsNanos,
    start: Instant,
) {
    let (price, qty) = (Price::from_raw(100_000_000), Qty::from_raw(1_000));
    for update in 0..UPDATES {
        for symbol in 0..SYMBOLS {
            sleep_until(planned(start, symbol, update)).await;
            now = now.plus(500_000);
            let kind = OrderType::Limit { price, tif: Tif::Gtc };
            let order = NewOrder::new(Side::Buy, kind, qty);
            engine.place(crowd, SymbolId(symbol), order, now).unwrap();
            let events: Vec<_> = engine.drain_events().collect();
            publisher.publish(now, &events);
        }
    }
}

/// Listens to all symbols and returns how late each message was.
async fn listen(url: String, start: Instant) -> Vec<Duration> {
    let (mut socket, _) = connect_async(url).await.unwrap();
    let wanted = usize::from(SYMBOLS) * usize::try_from(UPDATES).unwrap();
    let mut lags = Vec::with_capacity(wanted);
    while lags.len() < wanted {
        let next = timeout(Duration::from_secs(5), socket.next()).await;
        let Ok(Some(Ok(message))) = next else { break };
        let Message::Text(text) = message else { continue };
        let arrived = Instant::now();
        // {"u":1,"s":"COIN00USDT",...
        let (update, rest) = text[5..].split_once(',').unwrap();
        let update: u32 = update.parse().unwrap();
        let symbol: u16 = rest[9..11].parse().unwrap();
        lags.push(arrived.saturating_duration_since(planned(start, symbol, update - 1)));
    }
    lags
}
