//! Indicators and scans, bar by bar.

use std::hint::black_box;
use std::time::Instant;

use analysis::indicators::IndicatorSet;
use analysis::{Bar, Params, Scanner};
use types::market::{Timeframe, TsNanos};

use super::Figure;

/// Bars of the walk that everything is measured on.
const BARS: usize = 200_000;

/// Symbols and timeframes that close at once in the large scan.
const SYMBOLS: usize = 20;
const FRAMES: [Timeframe; 4] = [Timeframe::M15, Timeframe::H1, Timeframe::H4, Timeframe::D1];

/// Measures indicators, one scan, and 80 scans.
pub(super) fn figures() -> Vec<Figure> {
    let bars = walk();
    let one = scans(&bars);
    let eighty = eighty(&bars);
    vec![
        Figure::at_most("all indicators", indicators(&bars), "ns per bar", 150.0),
        Figure::plain("one scan, median", percentile(&one, 50), "us"),
        Figure::at_most("one scan, p99", percentile(&one, 99), "us", 50.0),
        Figure::plain("80 scans at once, median", percentile(&eighty, 50) / 1e3, "ms"),
        Figure::at_most("80 scans at once, p99", percentile(&eighty, 99) / 1e3, "ms", 2.0),
    ]
}

/// A random walk, the same on every machine.
fn walk() -> Vec<Bar> {
    let mut state = 1_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        f64::from(u32::try_from(state >> 40).unwrap_or(0)) / 16_777_216.0 - 0.5
    };
    let mut close = 100.0;
    (0..BARS)
        .map(|n| {
            let open = close;
            close = open * (1.0 + 0.01 * draw());
            let (top, bottom) = if open > close { (open, close) } else { (close, open) };
            let high = top * (1.0 + 0.002 * (draw() + 0.5));
            let low = bottom * (1.0 - 0.002 * (draw() + 0.5));
            let minute = i64::try_from(n).unwrap_or(0);
            let open_time = TsNanos::from_nanos(minute * Timeframe::M1.nanos());
            Bar { open_time, open, high, low, close, volume: Some(10.0 + 5.0 * draw()) }
        })
        .collect()
}

/// Nanoseconds per bar of all indicators, the best of five passes: the rest is other work.
fn indicators(bars: &[Bar]) -> f64 {
    let pass = || {
        let mut set = IndicatorSet::new(&Params::default());
        let started = now();
        for bar in bars {
            black_box(set.update(black_box(bar)));
        }
        nanos(started) / analysis::num::count(bars.len())
    };
    (0..5).map(|_| pass()).fold(f64::INFINITY, analysis::num::min)
}

/// Microseconds of each scan, once warm, sorted.
fn scans(bars: &[Bar]) -> Vec<f64> {
    let mut scanner = Scanner::new(Timeframe::H1, &Params::default());
    sorted(bars, |bar| {
        black_box(scanner.on_bar(black_box(bar)));
    })
}

/// Microseconds of 80 scans that close at once, sorted.
fn eighty(bars: &[Bar]) -> Vec<f64> {
    let params = Params::default();
    let mut scanners: Vec<Scanner> =
        (0..SYMBOLS).flat_map(|_| FRAMES.map(|frame| Scanner::new(frame, &params))).collect();
    sorted(&bars[..bars.len() / 40], |bar| {
        for scanner in &mut scanners {
            black_box(scanner.on_bar(black_box(bar)));
        }
    })
}

fn sorted(bars: &[Bar], mut work: impl FnMut(&Bar)) -> Vec<f64> {
    let mut times = Vec::with_capacity(bars.len());
    for (n, bar) in bars.iter().enumerate() {
        let started = now();
        work(bar);
        let taken = nanos(started) / 1e3;
        // The first bars find nothing to do.
        if n >= 500 {
            times.push(taken);
        }
    }
    times.sort_by(f64::total_cmp);
    times
}

/// Nearest rank.
pub(super) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::disallowed_methods, reason = "measuring is what this file is for")]
pub(super) fn now() -> Instant {
    Instant::now()
}

pub(super) fn nanos(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e9
}
