//! How a position is left, on one that `null` opened: 10 at 200 with its stop at 170, so that R is 30. Each bar's range is 10.

use super::*;
use types::instrument::Market;
use types::market::Direction;

/// A long of 10 at 200.
pub(super) fn long() -> Walk {
    let mut walk = null::walk(Market::Spot, 1, 1, 1);
    let (action, code) = walk.close("200");
    assert!(matches!(action, Action::Enter { direction: Direction::Long, .. }), "{code:?}");
    walk.trade(Side::Buy, "10", "200");
    walk.stop(Side::Sell, "10", price("170"));
    walk
}

/// A short of 10 at 200, its stop at 230, by a seed that draws one.
fn short() -> Walk {
    for seed in 0..100 {
        let mut walk = null::walk(Market::Perp, 1, 1, seed);
        if matches!(walk.close("200").0, Action::Enter { direction: Direction::Short, .. }) {
            walk.trade(Side::Sell, "10", "200");
            walk.stop(Side::Buy, "10", price("230"));
            return walk;
        }
    }
    panic!("a hundred draws of one half");
}

fn to(trigger: &str, code: ReasonCode) -> (Action, ReasonCode) {
    (Action::MoveStop { trigger: price(trigger) }, code)
}

#[test]
fn a_stop_goes_to_entry_plus_costs_at_one_r_and_then_follows_three_ranges_behind_the_best_price() {
    let mut walk = long();
    for close in ["205", "210", "215", "220"] {
        assert_eq!(walk.close(close), nothing(ReasonCode::Holding), "{close}: below 1 R");
    }
    // High 230, 1 R: three ranges behind are 200; a round trip costs twice 3 bps of 200 more.
    assert_eq!(walk.close("225"), to("200.12", ReasonCode::StopBreakeven));
    walk.stop(Side::Sell, "10", price("200.12"));
    assert_eq!(walk.close("230"), to("205", ReasonCode::StopTrail), "high 235");
    walk.stop(Side::Sell, "10", price("205"));
    assert_eq!(walk.close("226"), nothing(ReasonCode::Holding), "the best price stays");
    assert_eq!(walk.compared(), (205.0, 226.0), "where it lies, and the market");
    assert_eq!(walk.instant(), nothing(ReasonCode::NoDecisionClose));
}

#[test]
fn the_stop_of_a_short_comes_down_behind_the_lowest_price() {
    let mut walk = short();
    for close in ["195", "190", "185", "180"] {
        assert_eq!(walk.close(close), nothing(ReasonCode::Holding), "{close}: below 1 R");
    }
    assert_eq!(walk.close("175"), to("199.88", ReasonCode::StopBreakeven), "low 170");
    walk.stop(Side::Buy, "10", price("199.88"));
    assert_eq!(walk.close("170"), to("195", ReasonCode::StopTrail), "low 165");
}

#[test]
fn where_the_market_has_passed_the_place_of_the_stop_the_position_is_closed() {
    let mut walk = long();
    // The average of fourteen ranges goes from 10 to 15 with one of 80: 280 - 45 = 235, and the market is at 201.
    let (high, low) = (price("280"), price("200"));
    assert_eq!(walk.bar(high, low, price("201")), leave(ReasonCode::ExitStopPassed));
    let (wanted, mark) = walk.compared();
    assert!((wanted - 235.0).abs() < 0.01 && near(mark, 201.0), "{wanted} {mark}");
    assert_eq!(
        walk.state.core().portfolio().holding(SYMBOL).unwrap().exit,
        Some(ReasonCode::ExitStopPassed)
    );
}

#[test]
fn what_has_not_made_half_an_r_in_twenty_bars_is_left() {
    let mut walk = long();
    for bar in 1..20 {
        assert_eq!(walk.close("204"), nothing(ReasonCode::Holding), "{bar}");
    }
    assert_eq!(walk.close("204"), leave(ReasonCode::ExitTimeStop));
    let (made, line) = walk.compared();
    assert!(near(made, 4.0 / 30.0) && near(line, 0.5), "{made}");
}

#[test]
fn what_has_made_half_an_r_may_stay() {
    let mut walk = long();
    for close in ["205", "210", "215"] {
        walk.close(close);
    }
    for bar in 4..30 {
        assert_eq!(walk.close("215"), nothing(ReasonCode::Holding), "{bar}: exactly half of R");
    }
}

#[test]
fn an_exit_that_works_is_waited_for() {
    let mut walk = long();
    let qty = "10".parse().unwrap();
    walk.place(Leg::Main, Side::Sell, qty, OrderKind::Market);
    assert_eq!(walk.close("200"), nothing(ReasonCode::OrderWorking));
}
