//! Each pattern: bars that show it, bars that nearly do, and the same seen in a mirror.

use types::market::{Timeframe, TsNanos};

use super::Pattern;
use crate::bar::Bar;
use crate::params::Params;
use crate::scanner::Scanner;

type Prices = (f64, f64, f64, f64);

/// Feeds bars of open, high, low, close and returns what the last one shows by itself.
fn shown_by(prices: &[Prices], volume_of_last: f64) -> Vec<Pattern> {
    let mut scanner = Scanner::new(Timeframe::H4, &Params::default());
    for (n, (open, high, low, close)) in prices.iter().copied().enumerate() {
        let volume = Some(if n + 1 == prices.len() { volume_of_last } else { 1.0 });
        scanner.on_bar(&Bar { open_time: time(n), open, high, low, close, volume });
    }
    scanner.scan().patterns.iter().filter(|pattern| pattern.age_bars == 0).copied().collect()
}

fn time(n: usize) -> TsNanos {
    TsNanos::from_nanos(i64::try_from(n).unwrap() * Timeframe::H4.nanos())
}

/// Checks the confidence of a pattern at the last bar, and its opposite in the mirror.
fn check(prices: &[Prices], id: &str, confidence: Option<f64>) {
    check_with(prices, 1.0, id, confidence);
}

fn check_with(prices: &[Prices], volume: f64, id: &str, confidence: Option<f64>) {
    let flipped: Vec<Prices> = prices
        .iter()
        .map(|(open, high, low, close)| (256.0 - open, 256.0 - low, 256.0 - high, 256.0 - close))
        .collect();
    for (prices, id) in [(prices, id.to_owned()), (&flipped[..], opposite(id))] {
        let all = shown_by(prices, volume);
        let names: Vec<String> = all.iter().map(|pattern| pattern.id.to_string()).collect();
        let place = names.iter().position(|name| *name == format!("{id}/4h"));
        let seen = place.map(|place| all[place].confidence);
        match (seen, confidence) {
            (Some(seen), Some(wanted)) => {
                assert!((seen - wanted).abs() < 1e-9, "{id}: {seen} for {wanted}");
            }
            (seen, wanted) => assert_eq!(seen, wanted, "{id} among {names:?}"),
        }
    }
}

fn opposite(id: &str) -> String {
    let swap = |id: &str, a: &str, b: &str| id.replace(a, "~").replace(b, a).replace('~', b);
    swap(&swap(id, "bullish", "bearish"), "dragonfly", "gravestone")
}

/// Bars that go from close to close, a quarter beyond the body on both sides.
fn path(closes: &[f64]) -> Vec<Prices> {
    let mut open = closes[0];
    closes
        .iter()
        .map(|close| {
            let (low, high) = if *close < open { (*close, open) } else { (open, *close) };
            let bar = (open, high + 0.25, low - 0.25, *close);
            open = *close;
            bar
        })
        .collect()
}

/// Closes from turn to turn in steps of `step`.
fn zigzag(start: f64, turns: &[f64], step: f64) -> Vec<f64> {
    let mut closes = vec![start];
    for turn in turns {
        let mut close = closes[closes.len() - 1];
        while (turn - close).abs() >= step / 2.0 {
            close += if *turn > close { step } else { -step };
            closes.push(close);
        }
    }
    closes
}

/// The ATR after bars whose true ranges are all the same is that range.
const ATR: f64 = 1.5;

#[test]
fn pin_bar() {
    let id = "pin_bar/bullish";
    check(&[(10.0, 10.5, 9.0, 10.25)], id, Some(0.4 + 0.4 * (1.0 / 1.5)));
    check(&[(10.25, 10.5, 9.0, 10.0)], id, Some(0.4 + 0.4 * (1.0 / 1.5)));
    check(&[(10.0, 10.0, 9.0, 10.0)], id, Some(0.8));
    // The wick is exactly two bodies; the other wick too long; the body too large.
    check(&[(10.0, 10.375, 9.5, 10.25)], id, None);
    check(&[(10.0, 10.5625, 9.0, 10.25)], id, None);
    check(&[(10.0, 10.343_75, 9.312_5, 10.312_5)], id, None);
    check(&[(10.0, 10.5, 9.0, 10.25)], "pin_bar/bearish", None);
}

#[test]
fn engulfing() {
    let id = "engulfing/bullish";
    let before = (10.0, 10.25, 9.25, 9.5);
    check(&[before, (9.5, 10.5, 9.25, 10.25)], id, Some(0.5 + 0.35 * 0.5));
    check(&[before, (9.0, 12.5, 9.0, 12.0)], id, Some(0.85));
    // Less than 110 %; not covering; of one colour; nothing to cover.
    check(&[before, (9.5, 10.5, 9.25, 10.031_25)], id, None);
    check(&[before, (9.5625, 10.5, 9.25, 10.25)], id, None);
    check(&[(9.5, 10.25, 9.25, 10.0), (9.5, 10.5, 9.25, 10.25)], id, None);
    check(&[(10.0, 10.25, 9.25, 10.0), (9.5, 10.5, 9.25, 10.25)], id, None);
}

#[test]
fn doji_with_the_long_wick_below_is_a_dragonfly_and_bullish() {
    let share = |body: f64| Some(0.3 + 4.0 * (0.1 - body));
    check(&[(10.0, 10.125, 9.125, 10.0625)], "doji_dragonfly/bullish", share(0.0625));
    check(&[(10.0, 10.875, 9.875, 9.9375)], "doji_gravestone/bearish", share(0.0625));
    check(&[(10.0, 10.5, 9.5, 10.0625)], "doji_standard/neutral", share(0.0625));
    check(&[(10.0, 10.5, 9.5, 10.0)], "doji_standard/neutral", share(0.0));
    // A long lower wick with too long an upper one.
    check(&[(10.0, 10.3125, 9.3125, 10.0625)], "doji_dragonfly/bullish", None);
    check(&[(10.0, 10.3125, 9.3125, 10.0625)], "doji_standard/neutral", share(0.0625));
    // An eighth is no doji.
    check(&[(10.0, 10.5, 9.5, 10.125)], "doji_standard/neutral", None);
}

#[test]
fn a_bar_without_range_shows_nothing() {
    assert_eq!(shown_by(&[(10.0, 10.0, 10.0, 10.0)], 1.0), []);
    let mut held = path(&zigzag(110.0, &[100.0, 106.0, 100.0, 106.0, 100.0, 106.0, 100.0], 1.0));
    let (_, _, _, close) = held[held.len() - 1];
    assert!(!shown_by(&held, 1.0).is_empty());
    held.push((close, close, close, close));
    assert_eq!(shown_by(&held, 1.0), []);
}

#[test]
fn support() {
    let id = "support_resistance/bullish";
    // Three lows at 99.75, the first 10 bars after the start, then back to within 0.5 ATR.
    let three = [100.0, 106.0, 100.0, 106.0, 100.0, 106.0, 100.0];
    let closes = zigzag(110.0, &three, 1.0);
    let age = f64::from(u32::try_from(closes.len() - 1 - 10).unwrap());
    check(&path(&closes), id, Some(0.4 + 0.3 * age / 200.0));
    // One bar earlier the close is 1.25 above, farther than 0.5 ATR.
    const { assert!(1.25 > 0.5 * ATR) };
    check(&path(&closes[..closes.len() - 1]), id, None);
    // Two lows, too young to be sure; the low of this very bar is no third touch.
    check(&path(&zigzag(110.0, &three[..5], 1.0)), id, None);
    // The third low half an ATR below the others is another level.
    let other = [100.0, 106.0, 99.0, 106.0, 101.0, 106.0, 100.0];
    check(&path(&zigzag(110.0, &other, 1.0)), id, None);
    // Two lows are enough once they are old.
    let mut old = vec![100.0, 106.0, 100.0];
    old.extend([106.0, 103.0].repeat(12));
    old.extend([106.0, 100.0]);
    let closes = zigzag(110.0, &old, 1.0);
    let age = f64::from(u32::try_from(closes.len() - 1 - 10).unwrap());
    check(&path(&closes), id, Some(0.2 + 0.3 * age / 200.0));
}

#[test]
fn breakout_of_a_range_compares_volume_with_the_bars_before() {
    let id = "breakout/bullish";
    let calm: Vec<f64> = [100.0, 101.0].repeat(15);
    let then = |last: f64| path(&[&calm[..], &[last]].concat());
    check(&then(102.0), id, Some(0.7 * 0.8));
    // Three times the mean before is all of the volume's share; a mean with this bar in it, 1.1,
    // would take a fifth of that away.
    check_with(&then(102.0), 3.0, id, Some(0.7 * 0.8 + 0.3));
    check_with(&then(102.0), 2.25, id, Some(0.7 * 0.8 + 0.15));
    check_with(&then(102.0), 1.5, id, Some(0.7 * 0.8));
    check(&then(101.5), id, None);
    check(&then(100.0), id, None);
    // A tall range is none.
    let tall = zigzag(100.0, &[107.0, 100.0, 107.0, 100.0, 105.0], 1.0);
    check(&path(&[&tall[..], &[108.0]].concat()), id, None);
}

#[test]
fn breakout_of_a_level_after_three_closes_inside() {
    let id = "breakout/bullish";
    let turns = [106.0, 99.0, 106.0, 99.0, 106.0, 99.0, 106.0];
    let closes = zigzag(96.0, &turns, 1.0);
    let age = f64::from(u32::try_from(closes.len() - 10).unwrap());
    let level = 0.4 + 0.3 * age / 200.0;
    let then = |more: &[f64]| path(&[&closes[..], more].concat());
    check(&then(&[107.0]), id, Some(0.7 * level));
    check(&then(&[106.5]), id, None);
    // The close before was outside already.
    check(&then(&[106.5, 107.0]), id, None);
}

#[test]
fn breakout_of_a_falling_line() {
    let id = "breakout/bullish";
    // Highs at 110.25 and, 16 bars later, at 106.25: the line falls a quarter per bar.
    let closes = zigzag(96.0, &[110.0, 100.0, 106.0, 98.0, 105.0], 1.0);
    let up_to = |close: f64| {
        let last = closes.iter().rposition(|at| (at - close).abs() < 0.1).unwrap();
        path(&closes[..=last])
    };
    check(&up_to(103.0), id, None);
    check(&up_to(104.0), id, Some(0.7 * 0.8));
    check(&up_to(105.0), id, None);
    let at = shown_by(&up_to(104.0), 1.0);
    let level = at.iter().find_map(|pattern| pattern.level).unwrap();
    assert!((level - 102.75).abs() < 1e-9, "the line is at {level}");
}

#[test]
fn trend_reversal() {
    let id = "trend_reversal/bearish";
    // Lows at 99.75 and 101.75, highs at 106.25 and 110.25, then down.
    let turns = [100.0, 106.0, 102.0, 110.0];
    let then = |turn: f64| path(&zigzag(112.0, &[&turns[..], &[turn]].concat(), 1.0));
    check(&then(102.0), id, None);
    check(&then(101.0), id, Some(0.4 + 0.2 * (0.75 / ATR)));
    // Only the first close below it.
    check(&then(100.0), id, None);
    // A lower high before, or a lower low: no rising structure.
    for turns in [[100.0, 110.0, 102.0, 106.0, 101.0], [102.0, 106.0, 100.0, 110.0, 99.0]] {
        check(&path(&zigzag(112.0, &turns, 1.0)), id, None);
    }
}

#[test]
fn divergence() {
    let id = "divergence/bullish";
    let fall = zigzag(130.0, &[90.0], 2.0);
    let closes = |second: f64, step: f64| {
        let mut closes = fall.clone();
        closes.extend_from_slice(&zigzag(90.0, &[94.0], 1.0)[1..]);
        closes.extend_from_slice(&zigzag(94.0, &[second], step)[1..]);
        closes.extend_from_slice(&zigzag(second, &[second + 3.0], 1.0)[1..]);
        path(&closes)
    };
    let found = shown_by(&closes(89.5, 0.75), 1.0);
    let found = found.iter().find(|pattern| pattern.id.to_string() == format!("{id}/4h"));
    assert_eq!(found.and_then(|pattern| pattern.level), Some(89.25));
    let confidence = found.map(|pattern| pattern.confidence);
    // Half a price between lows, at an ATR between those of slow and fast bars.
    assert!(confidence.is_some_and(|c| c > 0.4 + 0.05 / 2.5 && c < 0.4 + 0.05 / 1.25));
    check(&closes(89.5, 0.75), id, confidence);
    // No lower low; known one bar later; more than 20 bars apart.
    check(&closes(90.25, 0.75), id, None);
    let all = closes(89.5, 0.75);
    check(&all[..all.len() - 1], id, None);
    check(&closes(89.5, 0.1875), id, None);
    // The oscillators agree with the lower low.
    let mut agreed = zigzag(100.0, &[120.0], 1.0);
    for (turn, step) in [(116.0, 0.5), (118.0, 0.5), (106.0, 3.0), (109.0, 1.0)] {
        let last = agreed[agreed.len() - 1];
        agreed.extend_from_slice(&zigzag(last, &[turn], step)[1..]);
    }
    check(&path(&agreed), id, None);
}

#[test]
fn weight_halves_every_5_bars_and_ends_after_20() {
    let mut scanner = Scanner::new(Timeframe::H4, &Params::default());
    let mut feed = |n: usize, pin: bool| {
        let (low, high) = if pin { (9.0, 10.5) } else { (9.25, 11.0) };
        let close = if pin { 10.25 } else { 10.0 + 0.5 };
        let volume = Some(1.0);
        let bar = Bar { open_time: time(n), open: 10.0, high, low, close, volume };
        scanner.on_bar(&bar).patterns.clone()
    };
    let seen = feed(0, true)[0];
    assert_eq!((seen.age_bars, seen.id.to_string().as_str()), (0, "pin_bar/bullish/4h"));
    for age in 1..=20 {
        let patterns = feed(age, false);
        assert_eq!(patterns.len(), 1, "age {age}: {patterns:?}");
        let left = patterns[0].weight / seen.confidence;
        let wanted = [(5, 0.5), (10, 0.25), (20, 0.0625)];
        for (_, wanted) in wanted.into_iter().filter(|(at, _)| *at == age) {
            assert!((left - wanted).abs() < 1e-12, "age {age}: {left}");
        }
        assert_eq!((patterns[0].first, patterns[0].last), (time(0), time(0)));
    }
    assert_eq!(feed(21, false), []);
    // Seen again, it is one pattern of age 0, not two.
    feed(22, true);
    feed(23, false);
    let again = feed(24, true);
    assert_eq!((again.len(), again[0].age_bars, again[0].last), (1, 0, time(24)));
}
