//! The reference rule over averages of two and three bars.
//!
//! | close | fast | slow | gap |
//! | --- | --- | --- | --- |
//! | 98 | 98.5 | 99 | -0.5 |
//! | 97 | 97.5 | 98 | -0.5 |
//! | 101 | 99.83 | 99.5 | +0.33 |
//! | 102 | 101.28 | 100.75 | +0.53 |
//! | 97 | 98.43 | 98.88 | -0.45 |

use super::*;
use crate::config::{EmaCrossConfig, PolicyName, StopFrom};
use types::decision::{Protection, Protective};
use types::market::Direction;

fn walk(risk_share: f64, stop_from: StopFrom) -> Walk {
    let ema_cross =
        EmaCrossConfig { fast: 2, slow: 3, atr: 2, stop_atr: 2.0, risk_share, stop_from };
    let config =
        EngineConfig { policy: PolicyName::EmaCross, ema_cross, ..EngineConfig::default() };
    let mut walk = Walk::new(&config, Timeframe::H1, 1);
    for close in ["100", "99", "98"] {
        assert_eq!(walk.close(close), nothing(ReasonCode::NotWarm), "{close}");
    }
    assert_eq!(walk.close("97"), nothing(ReasonCode::NoSignal));
    walk
}

fn entry(qty: &str, stop: Protective) -> (Action, ReasonCode) {
    let action = Action::Enter {
        direction: Direction::Long,
        qty: qty.parse().unwrap(),
        limit: None,
        protection: Some(Protection { stop, target: None }),
        expires: None,
    };
    (action, ReasonCode::Enter)
}

#[test]
fn long_on_the_cross_upwards_and_flat_on_the_one_downwards() {
    let mut walk = walk(0.01, StopFrom::Fill);
    // 1 % of 10,000 over two ranges of 10.
    assert_eq!(walk.close("101"), entry("5", Protective::Distance(price("20"))));
    walk.trade(Side::Buy, "5", "101");
    assert_eq!(walk.close("102"), nothing(ReasonCode::Holding));
    assert_eq!(walk.price("102"), nothing(ReasonCode::NoBar));
    assert_eq!(walk.close("97"), leave(ReasonCode::ExitRule));
    let (gap, line) = walk.compared();
    assert!((gap + 0.449).abs() < 0.001 && line == 0.0, "{gap}");
    walk.trade(Side::Sell, "5", "97");
    assert_eq!(walk.close("97"), nothing(ReasonCode::NoSignal), "below, and not crossing");
}

#[test]
fn the_stop_lies_below_the_close_of_the_signal_where_that_is_asked_for() {
    let mut walk = walk(0.01, StopFrom::SignalClose);
    assert_eq!(walk.close("101"), entry("5", Protective::At(price("81"))));
}

#[test]
fn a_purchase_is_no_larger_than_equity_pays_for() {
    let mut walk = walk(1.0, StopFrom::Fill);
    // 500 by risk, 10,000 / 101 by equity, cut to the lot.
    assert_eq!(walk.close("101"), entry("99.009", Protective::Distance(price("20"))));
}
