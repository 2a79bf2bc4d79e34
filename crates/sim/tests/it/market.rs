//! The generated market: each feature is there, absent without its switch, and the same every time.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![expect(clippy::cast_precision_loss, reason = "statistics of prices")]

use std::fs;

use sim::data::{Aggregator, Catalog, DataError, Quality, convert, simulated_name};
use sim::market::{Calendar, Features, Generator, GeneratorConfig, Listing};
use types::bar::Bar;
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};
use types::num::Price;

/// 2024-01-01T00:00:00Z, a Monday.
const START: i64 = 1_704_067_200_000;

fn config(symbols: &[&str], days: u32, features: Features) -> GeneratorConfig {
    let listing = |name: &&str| Listing::of(Symbol::new(name).unwrap());
    GeneratorConfig {
        seed: 7,
        listings: symbols.iter().map(listing).collect(),
        start: TsNanos::from_millis(START).unwrap(),
        days,
        timeframe: Timeframe::M1,
        calendar: Calendar::Always,
        features,
    }
}

/// The bars and the quality of every symbol.
fn made(config: GeneratorConfig) -> Vec<(Vec<Bar>, Quality)> {
    let generator = Generator::new(config).unwrap();
    generator
        .sources()
        .into_iter()
        .map(|mut source| {
            let mut bars = Vec::new();
            while let Some(row) = source.next_row().unwrap() {
                bars.push(row.bar);
            }
            (bars, source.quality().clone())
        })
        .collect()
}

fn one(days: u32, features: Features) -> (Vec<Bar>, Quality) {
    made(config(&["BTCUSDT"], days, features)).remove(0)
}

/// Logarithms of close / previous close; a move over a gap in time is left out.
fn returns(bars: &[Bar]) -> Vec<f64> {
    bars.windows(2)
        .filter(|two| two[1].open_time.since(two[0].open_time) == Timeframe::M1.nanos())
        .map(|two| libm::log(two[1].close.raw() as f64 / two[0].close.raw() as f64))
        .collect()
}

fn kurtosis(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let second = values.iter().map(|x| x * x).sum::<f64>() / n;
    let fourth = values.iter().map(|x| x * x * x * x).sum::<f64>() / n;
    fourth / (second * second)
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len()) as f64;
    let mean = |x: &[f64]| x.iter().sum::<f64>() / n;
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(x, y)| f(*x, *y)).sum::<f64>();
    let (covariance, va, vb) = (
        sum(&|x, y| (x - ma) * (y - mb)),
        sum(&|x, _| (x - ma) * (x - ma)),
        sum(&|_, y| (y - mb) * (y - mb)),
    );
    covariance / (va * vb).sqrt()
}

/// The deepest fall of closes within some bars, as a share, and where it ends.
fn deepest_fall(bars: &[Bar], within: usize) -> (f64, usize) {
    let mut deepest = (0.0, 0);
    for end in within..bars.len() {
        let top = bars[end - within].close.raw() as f64;
        let fall = 1.0 - bars[end].close.raw() as f64 / top;
        if fall > deepest.0 {
            deepest = (fall, end);
        }
    }
    deepest
}

#[test]
fn the_same_seed_makes_the_same_bars_and_every_bar_is_one() {
    let symbols = ["BTCUSDT", "XRPUSDT", "UNKNOWN"];
    let whole = || made(config(&symbols, 40, Features::ALL));
    let first = whole();
    assert!(first == whole());
    for (bars, quality) in &first {
        assert!(bars.iter().all(|bar| bar.check().is_ok()));
        assert!(quality.simulated && quality.quarantined.total == 0);
        assert_eq!(quality.bars + quality.missing_bars, 40 * 1_440);
    }
    let tick = Price::from_raw(1_000);
    assert!(first[1].0.iter().all(|bar| bar.close.floor_to(tick) == bar.close));
    let other = made(GeneratorConfig { seed: 8, ..config(&symbols, 40, Features::ALL) });
    assert!(first[0] != other[0]);
    // A symbol's bars don't depend on its company.
    assert!(first[1] == made(config(&["XRPUSDT"], 40, Features::ALL))[0]);
}

/// The pinned number holds debug and release builds, and platforms, to the same bars.
#[test]
fn the_bars_of_a_seed_are_pinned() {
    let (bars, _) = one(30, Features::ALL);
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for bar in &bars {
        let volume = bar.volume.unwrap().to_bits();
        let prices =
            [bar.open, bar.high, bar.low, bar.close].map(|price| price.raw().cast_unsigned());
        for word in prices.into_iter().chain([bar.open_time.as_nanos().cast_unsigned(), volume]) {
            hash = (hash ^ word).wrapping_mul(0x0100_0000_01b3);
        }
    }
    assert_eq!((bars.len(), hash), (43_200, 0xf11f_430f_d029_9dfd), "{hash:#018x}");
}

#[test]
fn without_features_it_is_a_random_walk() {
    let (bars, quality) = one(200, Features::NONE);
    assert_eq!((quality.gaps, quality.zero_volume), (0, 0));
    assert!(bars.windows(2).all(|two| two[0].close == two[1].open));
    let returns = returns(&bars);
    assert!((kurtosis(&returns) - 3.0).abs() < 0.2, "{}", kurtosis(&returns));
    let size: Vec<f64> = returns.iter().map(|x| x.abs()).collect();
    assert!(correlation(&size[60..], &size[..size.len() - 60]).abs() < 0.02);
    let variance = returns.iter().map(|x| x * x).sum::<f64>() / returns.len() as f64;
    let yearly = (variance * 525_960.0).sqrt();
    assert!((yearly - 0.6).abs() < 0.02, "{yearly}");
    assert!(deepest_fall(&bars, 15).0 < 0.03);
}

#[test]
fn tails_are_fat() {
    let (bars, _) = one(200, Features { fat_tails: true, ..Features::NONE });
    let kurtosis = kurtosis(&returns(&bars));
    assert!(kurtosis > 5.0, "{kurtosis}");
}

#[test]
fn volatility_comes_in_clusters() {
    let (bars, _) = one(200, Features { volatility_clusters: true, ..Features::NONE });
    let size: Vec<f64> = returns(&bars).iter().map(|x| x.abs()).collect();
    let at = |lag: usize| correlation(&size[lag..], &size[..size.len() - lag]);
    assert!(at(1) > 0.15 && at(60) > 0.1 && at(1_440) > 0.04, "{} {} {}", at(1), at(60), at(1_440));
    assert!(at(1) > at(1_440), "it fades");
}

#[test]
fn opens_jump_where_there_are_gaps() {
    let (bars, quality) = one(365, Features { gaps: true, ..Features::NONE });
    let jumps = bars.windows(2).filter(|two| two[0].close != two[1].open).count();
    assert!((8..40).contains(&jumps), "{jumps}");
    assert_eq!(quality.gaps, 0, "no bar is missing");
}

#[test]
fn a_halt_stops_every_symbol_at_once() {
    let halts = Features { halts: true, ..Features::NONE };
    let all = made(config(&["BTCUSDT", "ETHUSDT"], 730, halts));
    let (first, second) = (&all[0].1, &all[1].1);
    assert!((3..16).contains(&first.gaps), "{}", first.gaps);
    assert_eq!((first.gaps, first.longest_gap), (second.gaps, second.longest_gap));
    let missing = first.longest_gap.unwrap().missing;
    assert!((15..=1_980).contains(&missing), "{missing}");
}

#[test]
fn a_flash_crash_falls_in_minutes_and_comes_back() {
    let flash = Features { flash_crashes: true, ..Features::NONE };
    let all = made(config(&["BTCUSDT", "ETHUSDT"], 365, flash));
    let (bars, other) = (&all[0].0, &all[1].0);
    let (fall, end) = deepest_fall(bars, 12);
    assert!(fall > 0.045, "{fall}");
    let top = bars[end - 12].close.raw() as f64;
    let later = bars[end + 60].close.raw() as f64 / top;
    assert!(later > 1.0 - 0.5 * fall, "{later} after a fall of {fall}");
    let same_minutes = 1.0 - other[end].close.raw() as f64 / other[end - 12].close.raw() as f64;
    assert!(same_minutes < 0.02, "it is one symbol's: {same_minutes}");
    let mean =
        |bars: &[Bar]| bars.iter().map(|b| b.volume.unwrap()).sum::<f64>() / bars.len() as f64;
    assert!(mean(&bars[end - 12..end]) > 4.0 * mean(&bars[end - 2_000..end - 500]));
}

#[test]
fn a_thin_book_trades_next_to_nothing() {
    let (bars, quality) = one(365, Features { thin_book: true, ..Features::NONE });
    let hours: Vec<f64> =
        bars.chunks(60).map(|hour| hour.iter().map(|bar| bar.volume.unwrap()).sum()).collect();
    let mut sorted = hours.clone();
    sorted.sort_by(f64::total_cmp);
    let median = sorted[sorted.len() / 2];
    let thin = hours.iter().filter(|volume| **volume < 0.05 * median).count();
    assert!((60..400).contains(&thin), "{thin} hours");
    assert!(quality.zero_volume > 500, "{}", quality.zero_volume);
    let silent = bars.iter().filter(|bar| bar.volume.unwrap() <= 0.0);
    assert!(silent.clone().all(|bar| bar.high == bar.low));
}

#[test]
fn a_crash_takes_all_symbols_at_once() {
    let symbols = ["BTCUSDT", "ETHUSDT", "SOLUSDT"];
    let crash = Features { correlated_crashes: true, ..Features::NONE };
    let all = made(config(&symbols, 730, crash));
    let (fall, end) = deepest_fall(&all[0].0, 720);
    assert!(fall > 0.15, "{fall}");
    for (bars, _) in &all {
        let there = 1.0 - bars[end].close.raw() as f64 / bars[end - 720].close.raw() as f64;
        assert!(there > 0.1, "{there}");
    }
    let calm = made(config(&symbols[..2], 100, Features::NONE));
    let correlation = correlation(&returns(&calm[0].0), &returns(&calm[1].0));
    assert!((correlation - 0.6).abs() < 0.03, "{correlation}");
}

#[test]
fn a_week_end_is_closed_and_opens_elsewhere() {
    let mut config = config(&["EURUSD"], 28, Features::NONE);
    config.calendar = Calendar::Fx;
    let (bars, quality) = made(config).remove(0);
    assert_eq!((quality.gaps, quality.missing_bars), (4 - 1 + 1, 3 * 2_880 + 2_880));
    assert_eq!(quality.longest_gap.unwrap().after.to_string(), "2024-01-05T21:59:00Z");
    let reopened: Vec<&[Bar]> = bars
        .windows(2)
        .filter(|two| two[1].open_time.since(two[0].open_time) > Timeframe::M1.nanos())
        .collect();
    assert!(reopened.iter().all(|two| two[0].close != two[1].open));
    let moved: f64 = reopened
        .iter()
        .map(|two| (two[1].open.raw() as f64 / two[0].close.raw() as f64 - 1.0).abs())
        .sum();
    assert!(moved / 4.0 > 0.000_3 && moved / 4.0 < 0.02, "{moved}");
}

#[test]
fn longer_bars_are_those_of_the_minutes() {
    let minutes = one(20, Features::ALL).0;
    let mut aggregator = Aggregator::new(Timeframe::M1, &[Timeframe::H1]).unwrap();
    let mut hours = Vec::new();
    for bar in &minutes {
        aggregator.push(bar, &mut hours);
    }
    aggregator.close_until(TsNanos::MAX, &mut hours);
    let mut config = config(&["BTCUSDT"], 20, Features::ALL);
    config.timeframe = Timeframe::H1;
    let wanted: Vec<Bar> = hours.into_iter().map(|(_, bar)| bar).collect();
    assert!(made(config).remove(0).0 == wanted);
}

#[test]
fn a_file_of_made_up_bars_says_so() {
    let room = tempfile::TempDir::new().unwrap();
    let generator = Generator::new(config(&["BTCUSDT"], 3, Features::ALL)).unwrap();
    let symbol = Symbol::new("BTCUSDT").unwrap();
    let mut bytes = Vec::new();
    for ending in ["csv", "csv.gz", "csv"] {
        let path = room.path().join(simulated_name(&symbol, Timeframe::M1, 7, ending));
        let mut source = generator.sources().remove(0);
        assert_eq!(convert(source.as_mut(), None, &path).unwrap(), 3 * 1_440);
        let catalog = Catalog::open(std::slice::from_ref(&path), None).unwrap();
        let mut read = catalog.series().next().unwrap().open();
        for wanted in &one(3, Features::ALL).0 {
            assert_eq!(read.next_row().unwrap().unwrap().bar, *wanted);
        }
        assert!(read.next_row().unwrap().is_none());
        assert!(read.quality().simulated && read.quality().is_clean());
        bytes.push(fs::read(&path).unwrap());
    }
    assert!(bytes[0] == bytes[2], "the same seed writes the same bytes");
    let plain = room.path().join("BTCUSDT-1m.csv");
    let refused = convert(generator.sources().remove(0).as_mut(), None, &plain);
    assert!(matches!(refused, Err(DataError::Unmarked(_))));
    assert!(!plain.exists());
}

#[test]
fn a_market_that_cannot_be_made_is_refused() {
    let good = || config(&["BTCUSDT"], 3, Features::ALL);
    let refused = |config: GeneratorConfig| Generator::new(config).unwrap_err().to_string();
    assert!(
        refused(GeneratorConfig { days: 0, ..good() }).contains("days is 0, wanted 1 to 36525")
    );
    assert!(refused(GeneratorConfig { listings: Vec::new(), ..good() }).contains("listings"));
    assert!(refused(config(&["A", "A"], 1, Features::ALL)).contains("symbol A is given twice"));
    let late = TsNanos::from_millis(START + 1).unwrap();
    assert!(refused(GeneratorConfig { start: late, ..good() }).contains("grid"));
    let mut cheap = good();
    cheap.listings[0].tick = cheap.listings[0].price;
    assert!(refused(cheap).contains("100 ticks"));
}
