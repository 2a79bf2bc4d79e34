//! What a bar costs: all indicators, a whole scan, and another crate's indicators as a yardstick.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

#[path = "../tests/it/market.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod market;

use analysis::indicators::IndicatorSet;
use analysis::{Bar, Params, Scanner, ScoreHistory, combine, score};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use types::market::Timeframe;
use yata::core::Candle;
use yata::helpers::MA;
use yata::indicators::{
    AverageDirectionalIndex, BollingerBands, CommodityChannelIndex, MACD, MoneyFlowIndex,
    RelativeStrengthIndex, StochasticOscillator,
};
use yata::methods::{EMA, RMA, SMA, TR};
use yata::prelude::{IndicatorConfig, IndicatorInstance, Method};

const BARS: usize = 20_000;

fn main() {
    divan::main();
}

fn bars() -> Vec<Bar> {
    market::market(7, BARS, 4_096.0, Timeframe::M15)
        .into_iter()
        .map(|bar| Bar { volume: Some(bar.volume.unwrap_or(1.0)), ..bar })
        .collect()
}

#[divan::bench]
fn all_indicators(bencher: Bencher<'_, '_>) {
    let bars = bars();
    bencher.counter(ItemsCount::new(BARS)).bench_local(|| {
        let mut set = IndicatorSet::new(&Params::default());
        for bar in &bars {
            black_box(set.update(black_box(bar)));
        }
    });
}

/// Ten of the same: three EMAs, SMA, RSI, MACD, Bollinger, ATR, stochastic, CCI, MFI, ADX.
#[divan::bench]
fn yata_ten_indicators(bencher: Bencher<'_, '_>) {
    let candles: Vec<Candle> = bars()
        .iter()
        .map(|bar| Candle {
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume.unwrap_or(0.0),
        })
        .collect();
    bencher.counter(ItemsCount::new(BARS)).bench_local(|| {
        let first = &candles[0];
        let mut emas = [20, 50, 200].map(|n| EMA::new(n, &first.close).unwrap());
        let mut sma = SMA::new(20, &first.close).unwrap();
        let mut range = TR::new(first).unwrap();
        let mut atr = RMA::new(14, &0.0).unwrap();
        let rsi = RelativeStrengthIndex { ma: MA::RMA(14), ..Default::default() };
        let mut rsi = rsi.init(first).unwrap();
        let mut macd = MACD::default().init(first).unwrap();
        let mut bollinger = BollingerBands::default().init(first).unwrap();
        let mut stochastic = StochasticOscillator::default().init(first).unwrap();
        let mut cci = CommodityChannelIndex::default().init(first).unwrap();
        let mut mfi = MoneyFlowIndex::default().init(first).unwrap();
        let mut adx = AverageDirectionalIndex::default().init(first).unwrap();
        for candle in &candles {
            let candle = black_box(candle);
            for ema in &mut emas {
                black_box(ema.next(&candle.close));
            }
            black_box(sma.next(&candle.close));
            black_box(atr.next(&range.next(candle)));
            black_box(rsi.next(candle));
            black_box(macd.next(candle));
            black_box(bollinger.next(candle));
            black_box(stochastic.next(candle));
            black_box(cci.next(candle));
            black_box(mfi.next(candle));
            black_box(adx.next(candle));
        }
    });
}

#[divan::bench]
fn scan(bencher: Bencher<'_, '_>) {
    let bars = bars();
    bencher.counter(ItemsCount::new(BARS)).bench_local(|| {
        let mut scanner = Scanner::new(Timeframe::M15, &Params::default());
        for bar in &bars {
            black_box(scanner.on_bar(black_box(bar)));
        }
    });
}

/// One bar at a time on a warm scanner: the spread is that of single scans.
#[divan::bench(sample_size = 1, sample_count = 20_000)]
fn one_scan(bencher: Bencher<'_, '_>) {
    let bars = bars();
    let mut scanner = Scanner::new(Timeframe::M15, &Params::default());
    let mut next = bars.iter().cycle();
    bencher.bench_local(|| {
        black_box(scanner.on_bar(black_box(next.next().expect("a cycle has no end"))));
    });
}

/// Twenty symbols on four timeframes closing at once.
#[divan::bench(sample_size = 1, sample_count = 2_000)]
fn eighty_scans_at_once(bencher: Bencher<'_, '_>) {
    let bars = bars();
    let scanner = || Scanner::new(Timeframe::M15, &Params::default());
    let mut scanners: Vec<Scanner> = (0..80).map(|_| scanner()).collect();
    let mut at = 0;
    bencher.bench_local(|| {
        for (n, scanner) in scanners.iter_mut().enumerate() {
            black_box(scanner.on_bar(&bars[(at + 97 * n) % BARS]));
        }
        at += 1;
    });
}

#[divan::bench]
fn combine_and_score(bencher: Bencher<'_, '_>) {
    let params = Params::default();
    let timeframes = [Timeframe::M15, Timeframe::H1, Timeframe::H4, Timeframe::D1];
    let mut scanners = timeframes.map(|timeframe| Scanner::new(timeframe, &params));
    for bar in &bars()[..400] {
        for scanner in &mut scanners {
            scanner.on_bar(bar);
        }
    }
    let views: Vec<_> = scanners
        .iter()
        .map(|scanner| {
            let scan = scanner.scan();
            (scan.timeframe, scan.components.as_ref().expect("400 bars are enough"))
        })
        .collect();
    let regime = scanners[2].scan().regime.expect("400 bars are enough");
    let mut history = ScoreHistory::new(&params.confluence);
    let mut at = 0;
    bencher.bench_local(|| {
        at += 1;
        let sum = combine(&params, &regime, black_box(&views));
        score(&mut history, market::open_time(at, Timeframe::H4), &sum)
    });
}
