//! From components to a score: what is asked of each step, by hand.

use analysis::indicators::volume_profile;
use analysis::{
    Bar, Components, Params, Period, RegimeReading, Scanner, ScoreHistory, Sum, combine, score,
};
use types::market::{Component, Direction, Regime, Timeframe, TsNanos};

use crate::market::{market, open_time};

const CALM: RegimeReading = RegimeReading {
    regime: Regime::Sideways,
    trend: 0.0,
    strength: 0.2,
    confidence: 0.0,
    volatility_percentile: 0.5,
    age_bars: 0,
};

fn all(value: f64) -> Components {
    let value = Some(value);
    Components { trend: value, momentum: value, volume: value, pattern: value }
}

fn near(seen: f64, wanted: f64) {
    assert!((seen - wanted).abs() <= 1e-9, "{seen} for {wanted}");
}

/// Feeds bars whose close follows the path, 1 price of range around it.
fn follow(closes: impl Iterator<Item = f64>, volume: Option<f64>) -> Scanner {
    let mut scanner = Scanner::new(Timeframe::H4, &Params::default());
    let mut open = None;
    for (n, close) in closes.enumerate() {
        let before = open.replace(close).unwrap_or(close);
        let (low, high) = if close < before { (close, before) } else { (before, close) };
        let open_time = open_time(n, Timeframe::H4);
        let (high, low) = (high + 0.5, low - 0.5);
        scanner.on_bar(&Bar { open_time, open: before, high, low, close, volume });
    }
    scanner
}

#[test]
fn nothing_is_said_before_200_closed_bars() {
    let rising = |bars: i32| follow((0..bars).map(|n| 100.0 + f64::from(n)), Some(1.0));
    let scanner = rising(199);
    assert_eq!((scanner.scan().components, scanner.scan().regime), (None, None));
    let scanner = rising(200);
    assert!(scanner.scan().components.is_some() && scanner.scan().regime.is_some());
}

#[test]
fn a_rise_is_bullish_and_a_fall_is_bearish() {
    for sign in [1.0, -1.0] {
        let scanner = follow((0..260).map(|n| 1_000.0 + sign * f64::from(n)), Some(1.0));
        let components = scanner.scan().components.unwrap();
        assert!(sign * components.trend.unwrap() > 0.6, "{components:?}");
        assert!(sign * components.momentum.unwrap() > 0.6, "{components:?}");
        let regime = scanner.scan().regime.unwrap();
        assert_eq!(regime.regime, if sign > 0.0 { Regime::Bull } else { Regime::Bear });
        let sum = combine(&Params::default(), &regime, &[(Timeframe::H4, &components)]);
        assert_eq!(sum.direction(), Direction::of(sign));
    }
}

#[test]
fn a_flat_market_has_no_direction_and_scores_0() {
    let params = Params::default();
    let mut scanner = Scanner::new(Timeframe::H4, &params);
    let mut history = ScoreHistory::new(&params.confluence);
    for n in 0..300 {
        let open_time = open_time(n, Timeframe::H4);
        let volume = Some(1.0);
        let bar = Bar { open_time, open: 37.1, high: 37.1, low: 37.1, close: 37.1, volume };
        scanner.on_bar(&bar);
    }
    let scan = scanner.scan();
    // The column keeps the convention of a zero range; the score hears nothing of it.
    assert_eq!(scan.indicators.rsi14, Some(0.0));
    assert_eq!(scan.indicators.stoch_k, Some(0.0));
    let components = scan.components.unwrap();
    assert_eq!(components, all(0.0));
    let sum = combine(&params, &scan.regime.unwrap(), &[(Timeframe::H4, &components)]);
    let confluence = score(&mut history, scan.close_time, &sum);
    assert_eq!((confluence.direction, confluence.s), (None, 0.0));
    near(confluence.score.get(), 0.0);
    assert!(confluence.contributions.iter().all(|part| part.points == 0.0));
}

#[test]
fn an_oscillator_over_a_flat_window_says_nothing_about_the_move_before() {
    // A rise, then 20 bars in which nothing moves: RSI and ATR are echoes of the rise.
    let params = Params::default();
    let mut scanner = Scanner::new(Timeframe::H4, &params);
    for n in 0..260_i32 {
        let close = 100.0 + 0.5 * f64::from(if n > 235 { 235 } else { n });
        let open_time = open_time(usize::try_from(n).unwrap(), Timeframe::H4);
        let volume = Some(1.0);
        scanner.on_bar(&Bar { open_time, open: close, high: close, low: close, close, volume });
    }
    assert!(scanner.scan().indicators.rsi14.unwrap() > 99.0);
    assert!(scanner.scan().indicators.atr14.unwrap() > 0.0);
    assert_eq!(scanner.scan().components.unwrap(), all(0.0));
}

#[test]
fn volume_is_judged_by_the_mean_of_the_bars_before_and_signed_by_the_move() {
    for (volume, last, wanted) in [
        (1.5, 101.0, 0.5),
        (1.5, 99.0, -0.5),
        (0.25, 101.0, -0.75),
        (5.0, 101.0, 1.0),
        (5.0, 100.0, 0.0),
    ] {
        let mut scanner = follow((0..219).map(|_| 100.0), Some(1.0));
        let scan = scanner.on_bar(&Bar {
            open_time: open_time(219, Timeframe::H4),
            open: 100.0,
            high: 102.0,
            low: 98.0,
            close: last,
            volume: Some(volume),
        });
        near(scan.components.unwrap().volume.unwrap(), wanted);
    }
}

#[test]
fn without_volume_its_weight_goes_to_the_others() {
    let params = Params::default();
    let scanner = follow((0..260).map(|n| 1_000.0 + f64::from(n % 7)), None);
    let indicators = scanner.scan().indicators;
    assert_eq!((indicators.obv, indicators.vwap_day, indicators.mfi14), (None, None, None));
    assert_eq!(scanner.volume_profile(), None);
    let components = scanner.scan().components.unwrap();
    assert_eq!(components.volume, None);
    let weights: Vec<(Component, f64)> = components
        .weighted(&params.components)
        .map(|(component, _, weight)| (component, weight))
        .collect();
    assert_eq!(weights.len(), 3);
    for ((component, seen), wanted) in weights.into_iter().zip([0.35, 0.25, 0.30]) {
        assert_ne!(component, Component::Volume);
        near(seen, wanted / 0.9);
    }
}

#[test]
fn the_profile_covers_the_newest_200_bars_in_50_levels() {
    let bars = market(3, 450, 512.0, Timeframe::H4);
    let bars: Vec<Bar> =
        bars.iter().map(|bar| Bar { volume: Some(bar.volume.unwrap_or(1.0)), ..*bar }).collect();
    let mut scanner = Scanner::new(Timeframe::H4, &Params::default());
    for (n, bar) in bars.iter().enumerate() {
        scanner.on_bar(bar);
        let newest = &bars[(n + 1).saturating_sub(200)..=n];
        let profile = scanner.volume_profile();
        assert_eq!(profile.as_ref().map_or(50, |profile| profile.bins), 50);
        assert_eq!(profile, volume_profile(newest, Period::new(50).unwrap(), 0.7));
    }
}

#[test]
fn timeframes_are_weighted_by_regime_and_volatility_and_renormalised() {
    let params = Params::default();
    let full = [Timeframe::M15, Timeframe::H1, Timeframe::H4, Timeframe::D1];
    let one = all(1.0);
    let check = |regime: Regime, volatility: f64, in_use: &[Timeframe], raw: &[f64]| {
        let reading = RegimeReading { regime, volatility_percentile: volatility, ..CALM };
        let views: Vec<_> = in_use.iter().map(|timeframe| (*timeframe, &one)).collect();
        let sum = combine(&params, &reading, &views);
        let total: f64 = raw.iter().sum();
        for (part, raw) in sum.by_timeframe.iter().zip(raw) {
            near(part.weight, raw / total);
        }
        near(sum.s, 1.0);
    };
    check(Regime::Sideways, 0.5, &full, &[0.10, 0.20, 0.45, 0.25]);
    check(Regime::Bull, 0.5, &full, &[0.09, 0.18, 0.54, 0.30]);
    check(Regime::Bear, 0.5, &full, &[0.09, 0.18, 0.54, 0.30]);
    check(Regime::Sideways, 0.71, &full, &[0.11, 0.22, 0.4275, 0.2375]);
    check(Regime::Sideways, 0.7, &full, &[0.10, 0.20, 0.45, 0.25]);
    check(Regime::Sideways, 0.29, &full, &[0.095, 0.19, 0.495, 0.275]);
    check(Regime::Sideways, 0.5, &full[1..], &[0.20, 0.45, 0.25]);
    let views = [(Timeframe::H4, &all(-0.5)), (Timeframe::D1, &all(0.25))];
    let sum = combine(&params, &CALM, &views);
    assert_eq!((sum.of(Timeframe::H4), sum.of(Timeframe::D1)), (Some(-0.5), Some(0.25)));
    assert_eq!(sum.of(Timeframe::H1), None);
    near(sum.s, (-0.5 * 0.45 + 0.25 * 0.25) / 0.70);
    near(combine(&params, &CALM, &[]).s, 0.0);
}

fn sum_of(s: f64) -> Sum {
    combine(&Params::default(), &CALM, &[(Timeframe::H4, &all(s))])
}

fn at(close: i64) -> TsNanos {
    TsNanos::from_nanos(close * Timeframe::H4.nanos())
}

#[test]
fn a_score_is_a_share_of_the_largest_until_500_closes_and_then_a_rank() {
    let mut history = ScoreHistory::new(&Params::default().confluence);
    for n in 0..500_i32 {
        let s = f64::from(n % 50) / 100.0 * if n % 2 == 0 { 1.0 } else { -1.0 };
        let seen = score(&mut history, at(i64::from(n)), &sum_of(s));
        near(seen.score.get(), 100.0 * s.abs() / 0.6);
        assert_eq!(seen.direction, Direction::of(s));
    }
    // 10 each of 0.00 to 0.49, and equals are not smaller.
    near(score(&mut history, at(500), &sum_of(-0.25)).score.get(), 50.0);
    near(score(&mut history, at(501), &sum_of(0.9)).score.get(), 100.0);
    let smallest = score(&mut history, at(502), &sum_of(1e-9));
    near(smallest.score.get(), 100.0 * 10.0 / 502.0);
    near(score(&mut history, at(503), &sum_of(1e-10)).score.get(), 0.0);
    assert_eq!(history.len(), 504);
}

#[test]
fn sums_older_than_365_days_are_forgotten() {
    let mut history = ScoreHistory::new(&Params::default().confluence);
    for n in 0..2_200 {
        score(&mut history, at(n), &sum_of(if n < 5 { 0.9 } else { 0.1 }));
    }
    // 365 days are 2,190 closes; the close exactly that long ago still counts.
    assert_eq!(history.len(), 2_191);
    near(score(&mut history, at(2_200), &sum_of(0.5)).score.get(), 100.0);
}
