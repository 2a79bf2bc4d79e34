//! What a bar costs at the exchange: idle, with a stop out of reach, and with a round trip.

use divan::counter::ItemsCount;
use sim::exchange::{BarInput, Conventions, CostModel, Exchange};
use types::bar::Bar;
use types::ids::{Asset, Leg, OrderId, Seq, Symbol, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

const MINUTE: i64 = 60_000_000_000;
const BARS: i64 = 10_000;

fn main() {
    divan::main();
}

/// Nothing held, nothing ordered: the time per bar of one symbol, and of twenty.
#[divan::bench(args = [1, 20])]
fn idle(bencher: divan::Bencher<'_, '_>, symbols: u16) {
    let bars: Vec<BarInput> = (0..symbols).map(|symbol| bar(symbol, 0)).collect();
    bencher
        .counter(ItemsCount::new(usize::from(symbols) * 10_000))
        .with_inputs(|| exchange(symbols))
        .bench_refs(|exchange| walk(exchange, &bars));
}

/// A position with a stop that no bar reaches.
#[divan::bench(args = [1, 20])]
fn stop_out_of_reach(bencher: divan::Bencher<'_, '_>, symbols: u16) {
    let bars: Vec<BarInput> = (0..symbols).map(|symbol| bar(symbol, 0)).collect();
    bencher
        .counter(ItemsCount::new(usize::from(symbols) * 10_000))
        .with_inputs(|| {
            let mut exchange = exchange(symbols);
            for symbol in 0..symbols {
                let kind = OrderKind::StopMarket { trigger: price(110) };
                place(&mut exchange, u64::from(symbol), symbol, Side::Buy, kind);
            }
            exchange
        })
        .bench_refs(|exchange| walk(exchange, &bars));
}

/// A purchase at each open and a stop hit on the same bar.
#[divan::bench]
fn round_trip(bencher: divan::Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(10_000_usize)).with_inputs(|| exchange(1)).bench_refs(
        |exchange| {
            for minute in 0..BARS {
                let (open, close) = (at(minute), at(minute + 1));
                let command = minute.unsigned_abs() * 2;
                place(exchange, command, 0, Side::Buy, OrderKind::Market);
                exchange.begin_bars(&[bar(0, minute)], open, close);
                let mut bought = false;
                while exchange.next_happening().is_some() {
                    if !bought {
                        bought = true;
                        let kind = OrderKind::StopMarket { trigger: price(96) };
                        place(exchange, command + 1, 0, Side::Sell, kind);
                    }
                }
            }
            exchange.statistics().fills
        },
    );
}

fn walk(exchange: &mut Exchange, bars: &[BarInput]) {
    for minute in 0..BARS {
        exchange.begin_bars(bars, at(minute), at(minute + 1));
        while exchange.next_happening().is_some() {}
    }
}

fn exchange(symbols: u16) -> Exchange {
    let instruments = (0..symbols).map(|number| {
        let symbol = Symbol::new(&format!("S{number}USDT")).expect("capitals and digits");
        let base = Asset::new(&format!("S{number}")).expect("capitals and digits");
        let quote = Asset::new("USDT").expect("capitals");
        Instrument::unknown(symbol, base, quote, Market::Spot)
    });
    let (costs, conventions) = (CostModel::none(), Conventions::default());
    let cash = Money::from_units(1_000_000);
    let mut exchange = Exchange::new(Market::Spot, instruments.collect(), costs, conventions, cash)
        .expect("they share one quote asset");
    let bars: Vec<BarInput> = (0..symbols).map(|symbol| bar(symbol, -1)).collect();
    exchange.begin_bars(&bars, at(-1), at(0));
    exchange
}

fn place(exchange: &mut Exchange, command: u64, symbol: u16, side: Side, kind: OrderKind) {
    let request = OrderRequest {
        symbol: SymbolId(symbol),
        side,
        kind,
        qty: Qty::ONE,
        tif: TimeInForce::Gtc,
        reduce_only: false,
    };
    exchange.place(OrderId::first(Seq(command), Leg::Main), request, TsNanos::EPOCH);
}

fn bar(symbol: u16, minute: i64) -> BarInput {
    let [open, high, low, close] = [100, 104, 95, 100].map(price);
    let bar = Bar { open_time: at(minute), open, high, low, close, volume: Some(10.0) };
    BarInput { symbol: SymbolId(symbol), bar, half_spread: None, mark: None }
}

fn price(units: i64) -> Price {
    Price::from_raw(units * 100_000_000)
}

fn at(minute: i64) -> TsNanos {
    TsNanos::from_nanos(minute * MINUTE)
}
