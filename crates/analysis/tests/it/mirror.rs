//! Properties of the score over generated markets: mirrored, bounded, adding up, and both ends met.

use std::cell::Cell;

use analysis::{Bar, Components, Confluence, Params, Scanner, ScoreHistory, combine, score};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use types::market::{Component, Contribution, Direction, Regime, Timeframe};

use crate::market::{market, mirrored};
use crate::support::at_least;

const BARS: usize = 250;

/// What a market showed at each decision close after the warm-up.
struct Shown {
    score: Confluence,
    components: Vec<Components>,
    regime: Regime,
    sums: Vec<f64>,
}

/// The smallest history that ranks, so that both ways to score are met in a short market.
fn params() -> Params {
    let mut params = Params::default();
    params.confluence.history_needed = analysis::Period::new(20).unwrap();
    params
}

/// Feeds one market on two timeframes, bar by bar in step, as if their closes coincided: what
/// combines them does not look at times.
fn watch(bars: &[Vec<Bar>; 2], timeframes: [Timeframe; 2]) -> Vec<Shown> {
    let params = params();
    let mut scanners = timeframes.map(|timeframe| Scanner::new(timeframe, &params));
    let mut history = ScoreHistory::new(&params.confluence);
    let mut shown = Vec::new();
    for (a, b) in bars[0].iter().zip(&bars[1]) {
        let decision = scanners[0].on_bar(a).clone();
        let other = scanners[1].on_bar(b);
        let (Some(regime), Some(first), Some(second)) =
            (&decision.regime, &decision.components, &other.components)
        else {
            continue;
        };
        let views = [(decision.timeframe, first), (other.timeframe, second)];
        let sum = combine(&params, regime, &views);
        let at = decision.close_time;
        shown.push(Shown {
            score: score(&mut history, at, &sum),
            components: vec![*first, *second],
            regime: regime.regime,
            sums: timeframes.map(|timeframe| sum.of(timeframe).unwrap()).to_vec(),
        });
    }
    shown
}

fn generated() -> impl Strategy<Value = (u64, f64, [Timeframe; 2])> {
    let timeframes = prop_oneof![
        Just([Timeframe::H4, Timeframe::D1]),
        Just([Timeframe::H4, Timeframe::M15]),
        Just([Timeframe::H1, Timeframe::H4]),
    ];
    (any::<u64>(), (4_i32..=15).prop_map(|power| f64::from(1 << power)), timeframes)
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(at_least(cases))
}

fn check_bounds(shown: &Shown) {
    for components in &shown.components {
        for component in Component::ALL {
            if let Some(value) = components.get(component) {
                assert!((-1.0..=1.0).contains(&value), "{component:?} is {value}");
            }
        }
    }
    let score = &shown.score;
    assert!((-1.0..=1.0).contains(&score.s));
    assert_eq!(score.direction, Direction::of(score.s));
    let points = |list: &[Contribution]| list.iter().map(|part| part.points).sum::<f64>();
    let off = (points(&score.contributions) - score.score.get()).abs();
    assert!(off <= 1e-9, "points are off by {off}");
    let weight: f64 = score.contributions.iter().map(|part| part.weight).sum();
    assert!((weight - 1.0).abs() < 1e-12);
}

/// Equal but for the sign, to the last bit; a zero has no sign.
fn check_odd(ours: f64, theirs: f64, what: &str) {
    assert_eq!((ours + 0.0).to_bits(), (-theirs + 0.0).to_bits(), "{what}: {ours} and {theirs}");
}

fn check_mirrored(ours: &Shown, theirs: &Shown) {
    for (ours, theirs) in ours.components.iter().zip(&theirs.components) {
        for component in Component::ALL {
            match (ours.get(component), theirs.get(component)) {
                (Some(ours), Some(theirs)) => check_odd(ours, theirs, component.name()),
                (ours, theirs) => assert_eq!(ours, theirs),
            }
        }
    }
    for (ours, theirs) in ours.sums.iter().zip(&theirs.sums) {
        check_odd(*ours, *theirs, "sum");
    }
    check_odd(ours.score.s, theirs.score.s, "s");
    assert_eq!(ours.score.direction, theirs.score.direction.map(Direction::opposite));
    assert!((ours.score.score.get() - theirs.score.score.get()).abs() <= 1e-9);
    let flipped = match theirs.regime {
        Regime::Bull => Regime::Bear,
        Regime::Bear => Regime::Bull,
        Regime::Sideways => Regime::Sideways,
    };
    assert_eq!(ours.regime, flipped);
}

#[test]
fn a_mirrored_market_has_the_opposite_direction_and_the_same_score() {
    let (lowest, highest, long, short) =
        (Cell::new(100.0), Cell::new(0.0), Cell::new(0_u64), Cell::new(0_u64));
    let ranked = Cell::new((false, false));
    let check = |(seed, centre, timeframes): (u64, f64, [Timeframe; 2])| {
        let bars =
            [0, 1].map(|n: u64| market(seed.wrapping_add(n << 32), BARS, centre, Timeframe::H4));
        let flipped = bars
            .clone()
            .map(|bars| bars.iter().map(|bar| mirrored(bar, centre)).collect::<Vec<Bar>>());
        let (ours, theirs) = (watch(&bars, timeframes), watch(&flipped, timeframes));
        assert_eq!((ours.len(), theirs.len()), (BARS - 199, BARS - 199));
        for (n, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            check_bounds(ours);
            check_mirrored(ours, theirs);
            let score = ours.score.score.get();
            if score < lowest.get() {
                lowest.set(score);
            }
            if score > highest.get() {
                highest.set(score);
            }
            if n > 20 && ours.score.direction.is_some() {
                let (low, high) = ranked.get();
                ranked.set((low || score <= 0.0, high || score >= 100.0));
            }
            match ours.score.direction {
                Some(Direction::Long) => long.set(long.get() + 1),
                Some(Direction::Short) => short.set(short.get() + 1),
                None => {}
            }
        }
        Ok(())
    };
    runner(10_000).run(&generated(), check).unwrap();
    assert!(lowest.get() <= 0.0 && highest.get() >= 100.0, "{lowest:?} to {highest:?}");
    assert_eq!(ranked.get(), (true, true), "both ends of the ranks are met");
    let share = 100 * long.get() / (long.get() + short.get());
    assert!((40..=60).contains(&share), "{share} % of directions were long");
}
