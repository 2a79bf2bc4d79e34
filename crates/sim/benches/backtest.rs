//! What a one-minute bar costs in a backtest through the complete engine, from memory: reading files
//! is measured in `data.rs`, the two together by `plimsoll bench`.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use engine::config::PolicyName;
use sim::backtest::{BacktestConfig, Inputs, Options, Run, run};
use sim::data::{DataError, Feed, Quality, Row, RowSource, TimeframeFrom};
use sim::instruments::Catalogue;
use types::bar::Bar;
use types::ids::Symbol;
use types::instrument::Market;
use types::market::{Timeframe, TsNanos};
use types::num::Price;

/// A year of minutes.
const BARS: i64 = 525_600;

fn main() {
    divan::main();
}

/// Bars in memory.
#[derive(Debug)]
struct Memory {
    rows: std::vec::IntoIter<Row>,
    quality: Quality,
}

impl RowSource for Memory {
    fn next_row(&mut self) -> Result<Option<Row>, DataError> {
        Ok(self.rows.next())
    }

    fn quality(&self) -> &Quality {
        &self.quality
    }
}

/// A random walk in ticks of a cent around 30,000: no market, but bars that differ.
fn walk() -> Vec<Row> {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut draw = move |bound: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % bound).expect("small")
    };
    let mut close = 3_000_000_i64;
    (0..BARS)
        .map(|minute| {
            let open = close;
            close = (open + draw(4_001) - 2_000).max(100_000);
            let high = open.max(close) + draw(1_000);
            let low = open.min(close) - draw(1_000);
            let price = |cents: i64| Price::from_raw(cents * 1_000_000);
            let volume = i32::try_from(draw(10_000)).map(f64::from).expect("small") + 1.0;
            Row::of_bar(Bar {
                open_time: TsNanos::from_nanos(minute * Timeframe::M1.nanos()),
                open: price(open),
                high: price(high),
                low: price(low),
                close: price(close),
                volume: Some(volume),
            })
        })
        .collect()
}

#[divan::bench(args = [PolicyName::Confluence, PolicyName::EmaCross, PolicyName::Null], sample_count = 5, sample_size = 1)]
fn year_of_minutes(bencher: Bencher<'_, '_>, policy: PolicyName) {
    let rows = walk();
    let symbol = Symbol::new("BTCUSDT").expect("a symbol");
    let listings = Catalogue::embedded().table(std::slice::from_ref(&symbol), Market::Spot);
    let options = Options {
        known: vec![true],
        instruments: listings.into_iter().map(|(_, listing)| listing.instrument).collect(),
        close_at_end: true,
    };
    let runs = [Run { config: BacktestConfig::named(policy), seed: 1 }];
    bencher
        .counter(ItemsCount::new(BARS.unsigned_abs()))
        .with_inputs(|| {
            let quality = Quality::new(symbol.clone(), Timeframe::M1, TimeframeFrom::Name);
            let source = Memory { rows: rows.clone().into_iter(), quality };
            Inputs::of_bars(Feed::new(vec![Box::new(source)]).expect("one source"))
        })
        .bench_local_values(|mut inputs| {
            black_box(run(&options, &runs, &mut inputs, &mut ()).expect("the run ends"));
        });
}
