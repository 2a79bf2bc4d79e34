//! Outcomes by hand, and the way from the prior to a curve.

use super::*;
use analysis::num::abs;

const T: f64 = 1.5;
const A: SymbolId = SymbolId(0);
const B: SymbolId = SymbolId(1);

fn at(hour: i64) -> TsNanos {
    TsNanos::from_nanos(hour * 3_600_000_000_000)
}

fn new() -> Calibration {
    Calibration::new(&CalibrationConfig::default(), T)
}

/// Close 100, stop 10 away.
fn scan(symbol: SymbolId, direction: Direction, score: f64) -> Scan {
    Scan { symbol, direction, score, close: 100.0, stop_distance: 10.0 }
}

fn alone(_: SymbolId) -> f64 {
    0.0
}

/// What a scan came to after these bars (high, low, close), in R; `None` while open.
fn outcome(direction: Direction, bars: &[(f64, f64, f64)]) -> Option<f64> {
    let mut calibration = new();
    calibration.on_scan(at(0), &scan(A, direction, 70.0), alone);
    for (high, low, close) in bars {
        calibration.on_bar(A, *high, *low, *close);
    }
    let row = *calibration.reliability().rows().first()?;
    Some(row.observed * (1.0 + T) - 1.0)
}

fn check(direction: Direction, bars: &[(f64, f64, f64)], wanted: Option<f64>) {
    let seen = outcome(direction, bars);
    let same = match (seen, wanted) {
        (Some(seen), Some(wanted)) => abs(seen - wanted) < 1e-12,
        (seen, wanted) => seen == wanted,
    };
    assert!(same, "{direction:?} {bars:?}: {seen:?}, wanted {wanted:?}");
}

#[test]
fn stop_target_and_time_decide() {
    use Direction::{Long, Short};
    check(Long, &[(114.99, 90.01, 100.0)], None);
    check(Long, &[(114.99, 90.0, 100.0)], Some(-1.0));
    check(Long, &[(115.0, 90.01, 100.0)], Some(1.5));
    check(Short, &[(109.99, 85.01, 100.0)], None);
    check(Short, &[(110.0, 85.01, 100.0)], Some(-1.0));
    check(Short, &[(109.99, 85.0, 100.0)], Some(1.5));
    // Stop and target in one bar is the stop.
    check(Long, &[(120.0, 80.0, 115.0)], Some(-1.0));
    // What a later bar does no longer counts.
    check(Long, &[(116.0, 99.0, 110.0), (116.0, 50.0, 60.0)], Some(1.5));
    let still = (104.0, 96.0, 103.0);
    check(Long, &[still; 19], None);
    check(Long, &[still; 20], Some(0.3));
    check(Short, &[still; 20], Some(-0.3));
}

#[test]
fn bars_of_other_symbols_and_low_scores_do_nothing() {
    let mut calibration = new();
    calibration.on_scan(at(0), &scan(A, Direction::Long, 39.999), alone);
    assert_eq!(calibration.open(), 0);
    calibration.on_scan(at(0), &scan(A, Direction::Long, 40.0), alone);
    calibration.on_bar(B, 200.0, 1.0, 100.0);
    assert_eq!((calibration.open(), calibration.outcomes()), (1, 0.0));
    calibration.on_bar(A, 200.0, 99.0, 100.0);
    assert_eq!((calibration.open(), calibration.outcomes()), (0, 1.0));
}

#[test]
fn scans_that_move_together_share_one_weight() {
    let mut calibration = new();
    let together = |_: SymbolId| 0.71;
    // Two symbols that move together, three closes one after the other: crowds 2 2, 4 4, 6 6.
    for hour in 0..3 {
        calibration.on_scan(at(hour), &scan(A, Direction::Long, 70.0), together);
        calibration.on_scan(at(hour), &scan(B, Direction::Short, 70.0), together);
    }
    for symbol in [A, B] {
        calibration.on_bar(symbol, 300.0, 1.0, 100.0);
    }
    let wanted = 2.0 * (1.0 / 2.0 + 1.0 / 4.0 + 1.0 / 6.0);
    assert!(abs(calibration.outcomes() - wanted) < 1e-12, "{}", calibration.outcomes());

    // At 0.7 they do not: each symbol counts its own only, 1 + 1/2 + 1/3.
    let mut calibration = new();
    for hour in 0..3 {
        for symbol in [A, B] {
            calibration.on_scan(at(hour), &scan(symbol, Direction::Long, 70.0), |_| 0.7);
        }
    }
    for symbol in [A, B] {
        calibration.on_bar(symbol, 300.0, 1.0, 100.0);
    }
    assert!(abs(calibration.outcomes() - 2.0 * (1.0 + 0.5 + 1.0 / 3.0)) < 1e-12);
}

#[test]
fn a_scan_that_ended_before_the_next_began_shares_nothing() {
    let mut calibration = new();
    for hour in 0..3 {
        calibration.on_bar(A, 120.0, 99.0, 100.0);
        calibration.on_scan(at(hour), &scan(A, Direction::Long, 70.0), alone);
    }
    calibration.on_bar(A, 120.0, 99.0, 100.0);
    assert!(abs(calibration.outcomes() - 3.0) < 1e-12);
}

/// Folds outcomes of full weight: (score, wins, losses).
fn fold(calibration: &mut Calibration, outcomes: &[(f64, u32, u32)]) {
    for (score, wins, losses) in outcomes {
        for won in (0..*wins).map(|_| true).chain((0..*losses).map(|_| false)) {
            calibration.on_scan(at(0), &scan(A, Direction::Long, *score), alone);
            let (high, low) = if won { (120.0, 99.0) } else { (101.0, 80.0) };
            calibration.on_bar(A, high, low, 100.0);
        }
    }
    calibration.settle();
}

#[test]
fn below_200_outcomes_the_mean_is_shrunk_to_the_prior() {
    let mut calibration = new();
    assert!(abs(calibration.odds(90.0).p - 0.4) < 1e-15);
    fold(&mut calibration, &[(70.2, 60, 39), (45.0, 40, 60)]);
    // 100 wins of 199, prior 0.4 worth 100.
    let wanted = (100.0 + 40.0) / 299.0;
    for score in [40.0, 70.0, 100.0] {
        assert!(abs(calibration.odds(score).p - wanted) < 1e-12);
    }
    assert_eq!(calibration.method(), Method::Mean);
    fold(&mut calibration, &[(70.2, 1, 0)]);
    assert_eq!(calibration.method(), Method::Platt);
    assert!(calibration.odds(70.0).p > calibration.odds(45.0).p);
}

#[test]
fn from_200_a_sigmoid_of_the_score_that_keeps_the_mean() {
    let mut calibration = new();
    fold(&mut calibration, &[(45.5, 60, 90), (80.5, 90, 60)]);
    // Two scores, two parameters: the fit goes through both shrunk means.
    // (60 + 100 x 0.4 / 2) / (150 + 50) = 0.4 and (90 + 20) / 200 = 0.55.
    assert!(abs(calibration.odds(45.5).p - 0.4) < 1e-9);
    assert!(abs(calibration.odds(80.5).p - 0.55) < 1e-9);
}

#[test]
fn scores_that_rank_the_wrong_way_get_one_probability() {
    let mut calibration = new();
    fold(&mut calibration, &[(45.5, 90, 60), (80.5, 60, 90)]);
    assert_eq!(calibration.method(), Method::Platt);
    assert!(abs(calibration.odds(45.5).p - calibration.odds(80.5).p) < 1e-12);
}

#[test]
fn from_1000_a_step_function_that_does_not_fall() {
    let mut calibration = new();
    fold(&mut calibration, &[(45.5, 200, 300), (60.5, 90, 110), (62.5, 80, 120), (90.9, 70, 30)]);
    assert_eq!(calibration.method(), Method::Isotonic);
    // Each mean y moves to (1000 y + 40) / 1100; 0.45 and 0.40 pool to 0.425.
    let shrunk = |y: f64| (1_000.0 * y + 40.0) / 1_100.0;
    for (score, y) in [
        (40.0, 0.4),
        (45.0, 0.4),
        (60.0, 0.425),
        (62.9, 0.425),
        (75.0, 0.425),
        (90.0, 0.7),
        (100.0, 0.7),
    ] {
        let p = calibration.odds(score).p;
        assert!(abs(p - shrunk(y)) < 1e-12, "{score}: {p}");
    }
}

#[test]
fn a_higher_score_is_never_worth_less() {
    let mut state = 5_u64;
    let mut draw = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 33).unwrap()) / f64::from(1_u32 << 31)
    };
    for size in [100, 300, 900, 1_500] {
        let mut calibration = new();
        for _ in 0..size {
            let score = 40.0 + 60.0 * draw();
            let wins = u32::from(draw() < 0.2 + score / 250.0);
            fold(&mut calibration, &[(score, wins, 1 - wins)]);
        }
        let mut last = 0.0;
        for score in 0..=1_000 {
            let estimate = calibration.odds(f64::from(score) / 10.0);
            assert!(estimate.p >= last && estimate.p <= 1.0);
            last = estimate.p;
        }
    }
}

#[test]
fn what_was_said_at_the_time_is_what_is_judged() {
    let mut calibration = new();
    // Said at the prior, 0.4: one win, one loss. Brier (0.36 + 0.16) / 2.
    fold(&mut calibration, &[(72.0, 1, 1)]);
    let reliability = calibration.reliability();
    let rows = reliability.rows();
    assert_eq!(rows.len(), 1);
    // Without a settle in between both were said at the prior.
    assert!(abs(rows[0].predicted - 0.4) < 1e-12 && abs(rows[0].observed - 0.5) < 1e-12);
    assert!(abs(reliability.brier().unwrap() - 0.26) < 1e-12);
    assert!(abs(reliability.brier_of_prior().unwrap() - 0.26) < 1e-12);
    fold(&mut calibration, &[(72.0, 1, 0)]);
    // Now said at (1 + 40) / 102, and it was a win.
    let said = 41.0 / 102.0;
    let wanted = (0.52 + (said - 1.0) * (said - 1.0)) / 3.0;
    assert!(abs(calibration.reliability().brier().unwrap() - wanted) < 1e-12);
    assert_eq!((rows[0].score, rows[0].scans), (70.0, 2));
}

#[test]
fn rows_are_ten_points_wide_and_the_last_holds_100() {
    let mut calibration = new();
    fold(
        &mut calibration,
        &[(40.0, 1, 0), (49.999, 1, 0), (50.0, 1, 0), (90.0, 1, 0), (100.0, 1, 0)],
    );
    let rows: Vec<_> =
        calibration.reliability().rows().iter().map(|row| (row.score, row.scans)).collect();
    assert_eq!(rows, [(40.0, 2), (50.0, 1), (90.0, 2)]);
    assert!(abs(calibration.reliability().outcomes() - 5.0) < 1e-12);
}
