//! What holds whatever the policy: operators, drawdowns, capital that comes and goes, other rules of the venue.

use super::*;
use types::decision::Rule;
use types::entry::{Operator, OperatorAction};
use types::instrument::Market;
use types::num::Price;

fn operator(walk: &mut Walk, action: OperatorAction) -> Vec<(Action, ReasonCode)> {
    let body = Body::Operator(Operator { name: "ada".to_owned(), action, by: None });
    let decided = walk.say(Source::Operator, body);
    decided.into_iter().map(|decision| (decision.action, decision.reason.code)).collect()
}

/// What the account is worth at its marks.
fn equity(walk: &Walk) -> Money {
    walk.state.core().portfolio().equity()
}

#[test]
fn what_is_held_is_closed_when_an_operator_asks_for_it() {
    let mut walk = exits::long();
    assert_eq!(operator(&mut walk, OperatorAction::Pause), [], "that is the hub's to keep");
    let closed = [leave(ReasonCode::ExitEndOfData)];
    assert_eq!(operator(&mut walk, OperatorAction::Flatten), closed);
    walk.trade(Side::Sell, "10", "200");
    assert_eq!(operator(&mut walk, OperatorAction::Flatten), [], "nothing is held");
}

/// 0.02 at 200 is 4, the venue's smallest order 5.
#[test]
fn dust_is_not_sold_and_does_not_stand_in_the_way() {
    let mut walk = null::walk(Market::Spot, 2, 2, 1);
    assert_eq!(walk.close("200").1, ReasonCode::Enter);
    walk.trade(Side::Buy, "0.02", "200");
    walk.end();
    assert_eq!(operator(&mut walk, OperatorAction::Flatten), []);
    assert_eq!(walk.close("200").1, ReasonCode::Enter);
}

#[test]
fn a_drawdown_at_a_close_asks_for_safe_mode_once_and_nothing_is_entered_in_it() {
    let mut walk = null::walk(Market::Spot, 5, 5, 1);
    walk.close("200");
    walk.trade(Side::Buy, "10", "200");
    walk.close("190");
    assert_eq!(walk.account, None, "1 % of 10,000");
    let low = price("110");
    walk.bar(low, low, low);
    let cause = ModeCause::DailyDrawdown;
    assert_eq!(walk.account, Some(Action::RequestSafeMode { cause }), "9 %");
    let mode = Mode { mode: SystemMode::SafeMode, cause, latched_until: None };
    walk.say(Source::Hub, Body::Mode(mode));
    walk.close("110");
    assert_eq!(walk.account, None, "it is on");
    walk.trade(Side::Sell, "10", "110");
    assert_eq!(walk.close("110"), nothing(ReasonCode::Refused));
    let verdict = walk.decided.1.reason.verdict.clone().unwrap();
    assert_eq!(verdict.refusal().map(|check| check.rule), Some(Rule::SafeMode));
}

#[test]
fn capital_that_comes_or_goes_is_no_gain_and_no_loss() {
    let mut walk = exits::long();
    walk.say(Source::Venue, Body::Flow { amount: -Money::from_units(5_000) });
    assert_eq!(equity(&walk), Money::from_units(5_000));
    walk.close("200");
    assert_eq!(walk.account, None, "half of it was taken out, nothing was lost");
    walk.say(Source::Venue, Body::Flow { amount: Money::from_units(1_000) });
    assert_eq!(walk.state.core().equity(), Money::from_units(6_000));
    // 10 that fall by 20 are 3.3 % of 6,000: a loss is measured by what is there now.
    walk.bar(price("180"), price("180"), price("180"));
    assert_eq!((equity(&walk), walk.account), (Money::from_units(5_800), None));
}

#[test]
fn funding_is_paid_from_what_is_there() {
    let mut walk = null::walk(Market::Perp, 0, 0, 1);
    let (rate, qty, amount) = (Ratio::from_bps(1), Qty::ZERO, -Money::from_units(7));
    walk.say(Source::Venue, Body::Funding { symbol: SYMBOL, rate, qty, amount });
    assert_eq!(equity(&walk), Money::from_units(9_993));
}

#[test]
fn steps_that_the_venue_changed_are_followed() {
    let mut walk = null::walk(Market::Spot, 1, 1, 1);
    let (now, coarse) = (walk.state.core().instruments()[0].clone(), "0.3".parse().unwrap());
    walk.say(Source::Venue, Body::Instruments(vec![Instrument { lot: coarse, ..now }]));
    let (action, code) = walk.close("200");
    let Action::Enter { qty, .. } = action else { panic!("{action:?} for {code:?}") };
    assert!(qty.is_positive() && qty.floor_to(coarse) == qty, "{qty}");
}

#[test]
fn bars_of_before_the_start_warm_what_they_would_have_warmed() {
    let mut walk = null::walk(Market::Spot, 1, 1, 1);
    let bars = |from: TsNanos, count: i64| -> Vec<Bar> {
        let close: Price = price("200");
        let (high, low) = (close + REACH, close - REACH);
        let at = |bar: i64| from.plus(bar * Timeframe::H4.nanos());
        (0..count)
            .map(|k| Bar { open_time: at(k), open: close, high, low, close, volume: None })
            .collect()
    };
    let (symbol, timeframe) = (SYMBOL, Timeframe::H4);
    let mut fresh = Walk::new(walk.state.core().config(), timeframe, 1);
    fresh.say(Source::Venue, Body::History { symbol, timeframe, bars: bars(fresh.at, 14) });
    fresh.at = walk.at;
    assert_eq!(fresh.close("200").1, walk.close("200").1);
    assert_eq!(fresh.decided.1.reason.code, ReasonCode::Enter, "its sixteenth bar");
}
