//! The yardstick `trend` over looks one and two days back.

use super::*;
use crate::config::{PolicyName, TrendConfig};
use types::market::Direction;

fn walk(volatility_target: f64, closes: &[&str]) -> Walk {
    let trend = TrendConfig {
        lookback_days: vec![1, 2],
        volatility_target,
        volatility_days: 5,
        rebalance_share: 0.1,
    };
    let config = EngineConfig { policy: PolicyName::Trend, trend, ..EngineConfig::default() };
    let mut walk = Walk::new(&config, Timeframe::D1, 1);
    for close in closes {
        assert_eq!(walk.close(close), nothing(ReasonCode::NotWarm), "{close}");
    }
    walk
}

fn buy(qty: &str) -> (Action, ReasonCode) {
    let qty = qty.parse().unwrap();
    let direction = Direction::Long;
    let action = Action::Enter { direction, qty, limit: None, protection: None, expires: None };
    (action, ReasonCode::Rebalance)
}

#[test]
fn a_calm_rise_is_bought_whole_halved_by_a_first_doubt_and_sold_by_a_second() {
    let mut walk = walk(0.2, &["100", "100.1", "100.2", "100.3", "100.4"]);
    // Above both: all of it, held to 99 % of the cash at 100.5, cut to the lot.
    assert_eq!(walk.close("100.5"), buy("98.507"));
    assert_eq!(walk.compared(), (0.0, 10_000.0), "held and wanted");
    walk.trade(Side::Buy, "98.507", "100.5");
    assert_eq!(
        walk.close("100.6"),
        nothing(ReasonCode::Holding),
        "a hundredth is not worth a trade"
    );
    assert_eq!(walk.price("100.6"), nothing(ReasonCode::NoBar));
    // Below yesterday, above the day before: 10,004.925 x 1/2 of 98.507 x 100.55, over 100.55.
    let half = Action::Reduce { qty: Some("48.756".parse().unwrap()) };
    assert_eq!(walk.close("100.55"), (half, ReasonCode::Rebalance));
    walk.trade(Side::Sell, "48.756", "100.55");
    assert_eq!(walk.close("100.3"), leave(ReasonCode::ExitRule), "below both");
    walk.trade(Side::Sell, "49.751", "100.3");
    assert_eq!(walk.close("100.2"), nothing(ReasonCode::NoSignal));
}

#[test]
fn a_restless_rise_is_bought_in_part() {
    let mut walk = walk(0.4, &["100", "110", "100", "110", "100"]);
    // Log returns +-0.0953 and at last +0.1044; their deviation 0.1061 a day is 2.0275 a year; 0.4 is 19.73 % of it.
    let (action, code) = walk.close("111");
    let Action::Enter { qty, .. } = action else { panic!("{action:?} for {code:?}") };
    let share = crate::border::qty(qty) * 111.0 / 10_000.0;
    assert!((share - 0.1973).abs() < 0.0001, "{share}");
}

#[test]
fn an_order_that_works_is_waited_for() {
    let mut walk = walk(0.2, &["100", "100.1", "100.2", "100.3", "100.4"]);
    assert_eq!(walk.close("100.5"), buy("98.507"));
    assert_eq!(walk.close("100.6"), nothing(ReasonCode::OrderWorking));
}

#[test]
fn a_price_that_stands_still_is_not_bought() {
    let mut walk = walk(0.2, &["100"; 5]);
    assert_eq!(walk.close("100"), nothing(ReasonCode::NoSignal), "nothing to size by");
}
