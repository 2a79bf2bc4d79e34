//! The default policy in markets that are plain to see: one that rises, one that falls, one that turns.
//!
//! Each climbs by 0.60 a bar of four hours and swings by 3 within twelve of them; each bar's range is 10. Two hundred
//! bars are needed before anything is said. A rise then scores up to 66, above the threshold of 60, first at bar 205.

use super::*;
use crate::policies::{Policies, ScanStats};
use types::decision::{Protection, Protective, Rule};
use types::instrument::Market;
use types::market::{Direction, Regime};

/// The first bar whose score is above the threshold in a rise, counted from 0.
const STRONG: i64 = 205;

/// The swing around the climb, in hundredths.
const SWING: [i64; 12] = [0, 150, 250, 300, 250, 150, 0, -150, -250, -300, -250, -150];

/// A price in hundredths.
fn hundredths(price: i64) -> Price {
    Price::from_raw(price * 1_000_000)
}

fn rise(bar: i64) -> Price {
    let swing = SWING[usize::try_from(bar.rem_euclid(12)).unwrap()];
    hundredths(20_000 + 60 * bar + swing)
}

fn fall(bar: i64) -> Price {
    hundredths(100_000) - rise(bar)
}

/// Rises for three hundred bars, then falls half as fast again.
fn turn(bar: i64) -> Price {
    let turned = (bar - 300).max(0);
    rise(bar) - hundredths(150 * turned)
}

fn walk(market: Market, change: impl Fn(&mut EngineConfig)) -> Walk {
    let timeframes = Some(vec![Timeframe::H4]);
    let mut config = EngineConfig { market, timeframes, ..EngineConfig::default() };
    change(&mut config);
    Walk::new(&config, Timeframe::H4, 1)
}

/// Closes the bars of a market from one to another, that one excluded; returns the words that were said.
fn words(walk: &mut Walk, market: fn(i64) -> Price, from: i64, to: i64) -> Vec<ReasonCode> {
    let mut codes: Vec<_> = (from..to).map(|bar| walk.at_price(market(bar)).1).collect();
    codes.dedup();
    codes
}

impl Walk {
    fn at_price(&mut self, close: Price) -> (Action, ReasonCode) {
        self.bar(close + REACH, close - REACH, close)
    }
}

#[test]
fn nothing_is_decided_before_two_hundred_bars_were_seen() {
    let mut walk = walk(Market::Spot, |_| {});
    for bar in 0..199 {
        assert_eq!(walk.at_price(rise(bar)), nothing(ReasonCode::NotWarm), "{bar}");
    }
    assert_eq!(walk.compared(), (199.0, 200.0), "seen and needed");
    assert_eq!(walk.at_price(rise(199)), nothing(ReasonCode::BelowThreshold));
}

#[test]
fn a_strong_rise_is_bought_with_a_stop_three_ranges_away_and_all_reasons_beside_it() {
    let mut walk = walk(Market::Spot, |_| {});
    words(&mut walk, rise, 0, STRONG);
    let (action, code) = walk.at_price(rise(STRONG));
    assert_eq!(code, ReasonCode::Enter);
    // The close is 324.50; a quarter of a range beyond it may be paid.
    let protection = Protection { stop: Protective::Distance(price("30")), target: None };
    // 0.5 % of 10,000, a quarter of it without outcomes to go by, over 30 with costs: 12.5 / 30.09, cut to the lot.
    let wanted = Action::Enter {
        direction: Direction::Long,
        qty: "0.415".parse().unwrap(),
        limit: Some(price("327")),
        protection: Some(protection),
        expires: None,
    };
    assert_eq!(action, wanted);
    let reason = &walk.decided.1.reason;
    let (score, odds) = (reason.score.as_deref().unwrap(), reason.odds.as_deref().unwrap());
    assert!(score.score.get() >= 60.0 && score.regime == Regime::Bull, "{score:?}");
    let points: f64 = score.contributions.iter().map(|part| part.points).sum();
    assert!(near(points, score.score.get()), "its parts add up to it: {points}");
    // Twice 3 bps of 324.50 over 30.
    assert!(odds.uncalibrated && near(odds.cost, 0.006_49), "{odds:?}");
    let verdict = reason.verdict.as_deref().unwrap();
    assert_eq!(verdict.binding, Some(Rule::RiskPerTrade));
    assert_eq!(walk.at_price(rise(206)), nothing(ReasonCode::OrderWorking));
    let Policies::Confluence(policy) = walk.state.policy() else { panic!("the default") };
    assert_eq!(policy.stats(), [ScanStats { closes: 8, entries: 1 }], "199 to 206");
}

#[test]
fn a_fall_is_sold_short_on_a_perpetual_and_left_alone_on_spot() {
    let mut spot = walk(Market::Spot, |_| {});
    let said = words(&mut spot, fall, 199, 500);
    assert!(!said.contains(&ReasonCode::Enter), "{said:?}");
    let mut perp = walk(Market::Perp, |_| {});
    words(&mut perp, fall, 0, 199);
    let mut bars = 199..500;
    let short =
        bars.find_map(|bar| Some(perp.at_price(fall(bar)).0).filter(|a| *a != Action::Nothing));
    assert!(matches!(short, Some(Action::Enter { direction: Direction::Short, .. })), "{short:?}");
}

#[test]
fn what_costs_too_much_is_not_bought_however_strong() {
    let mut walk = walk(Market::Spot, |config| config.expected_costs.slippage_bps = 100.0);
    words(&mut walk, rise, 0, STRONG);
    assert_eq!(walk.at_price(rise(STRONG)), nothing(ReasonCode::CostTest));
    // Twice 101 bps of 324.50 over 30.
    let (cost, line) = walk.compared();
    assert!(near(cost, 6.5549 / 30.0) && near(line, 0.15), "{cost}");
}

#[test]
fn conservative_mode_asks_for_more_than_this_rise_has() {
    let mut walk = walk(Market::Spot, |config| config.flags.conservative_mode = true);
    words(&mut walk, rise, 0, STRONG);
    assert_eq!(walk.at_price(rise(STRONG)), nothing(ReasonCode::BelowThreshold));
    let (score, line) = walk.compared();
    assert!((60.0..75.0).contains(&score) && near(line, 75.0), "{score}");
}

#[test]
fn the_top_tenth_of_volatility_is_not_entered_unless_that_is_asked_for() {
    let said = |asked: bool| {
        let mut walk = walk(Market::Spot, |config| config.flags.high_risk_trades = asked);
        words(&mut walk, rise, 0, 195);
        // Bars that reach further and further.
        let mut codes = Vec::new();
        for bar in 195..220 {
            let (close, reach) = (rise(bar), hundredths(500 + 40 * (bar - 195)));
            codes.push(walk.bar(close + reach, close - reach, close).1);
        }
        codes
    };
    let (careful, bold) = (said(false), said(true));
    assert!(careful.contains(&ReasonCode::HighVolatility) && !careful.contains(&ReasonCode::Enter));
    assert!(bold.contains(&ReasonCode::Enter) && !bold.contains(&ReasonCode::HighVolatility));
}

#[test]
fn a_long_is_left_when_a_signal_to_the_other_side_is_born() {
    // Nothing but that ends it: no trail, no breakeven, no time stop.
    let mut walk = walk(Market::Spot, |config| {
        config.exit.trail_atr = Some(0.0);
        config.exit.breakeven = Some(false);
        config.exit.time_stop_bars = Some(0);
    });
    words(&mut walk, turn, 0, STRONG);
    assert_eq!(walk.at_price(turn(STRONG)).1, ReasonCode::Enter);
    walk.trade(Side::Buy, "0.415", "324.5");
    walk.stop(Side::Sell, "0.415", price("294.5"));
    assert_eq!(words(&mut walk, turn, STRONG + 1, 300), [ReasonCode::Holding]);
    let mut bars = 300..450;
    let end = bars.find(|bar| walk.at_price(turn(*bar)) != nothing(ReasonCode::Holding));
    assert_eq!(walk.decided.1.reason.code, ReasonCode::ExitOpposite, "{end:?}");
    assert_eq!(walk.decided.1.action, Action::Reduce { qty: None });
}

/// Bars of an hour, four of which make one of four hours.
struct Hours(Walk);

impl Hours {
    /// In a market that rises, up to its first strong signal, with what each trade is expected to cost.
    fn up_to_a_signal(slippage_bps: f64) -> Self {
        let timeframes = Some(vec![Timeframe::H1, Timeframe::H4]);
        let mut config = EngineConfig { timeframes, ..EngineConfig::default() };
        config.expected_costs.slippage_bps = slippage_bps;
        let mut hours = Self(Walk::new(&config, Timeframe::H1, 1));
        for bar in 0..STRONG {
            let (from, to) = (rise(bar - 1), rise(bar));
            for hour in 1..4 {
                hours.hour(Price::from_raw(from.raw() + (to.raw() - from.raw()) * hour / 4));
            }
            hours.fourth(to);
        }
        hours
    }

    fn hour(&mut self, close: Price) -> (Action, ReasonCode) {
        let reach = price("2");
        self.0.bar(close + reach, close - reach, close)
    }

    /// The hour with which a bar of four hours closes.
    fn fourth(&mut self, close: Price) -> (Action, ReasonCode) {
        let (walk, reach) = (&mut self.0, price("2"));
        for (timeframe, reach) in [(Timeframe::H1, reach), (Timeframe::H4, REACH)] {
            let closes_at =
                if timeframe == Timeframe::H1 { walk.at.plus(timeframe.nanos()) } else { walk.at };
            let open_time = closes_at.plus(-timeframe.nanos());
            let (high, low) = (close + reach, close - reach);
            let bar = Bar { open_time, open: close, high, low, close, volume: None };
            walk.at = closes_at;
            walk.say(Source::Venue, Body::Bar { symbol: SYMBOL, timeframe, bar });
        }
        walk.instant()
    }
}

#[test]
fn a_signal_that_became_an_entry_is_used_up_though_the_entry_came_to_nothing() {
    let Hours(mut walk) = Hours::up_to_a_signal(2.0);
    assert_eq!(walk.decided.1.reason.code, ReasonCode::Enter, "a bar earlier than without hours");
    walk.end();
    assert_eq!(Hours(walk).hour(rise(STRONG - 1)), nothing(ReasonCode::NoDecisionClose));
}

#[test]
fn a_signal_waits_four_hours_for_its_price() {
    let mut hours = Hours::up_to_a_signal(100.0);
    let signal = rise(STRONG - 1);
    assert_eq!(hours.0.decided.1.reason.code, ReasonCode::CostTest, "live, and not used up");
    assert_eq!(hours.hour(signal + price("6")), nothing(ReasonCode::WaitPriceAway));
    assert_eq!(hours.0.compared(), (6.0, 5.0), "half a range is in reach");
    assert_eq!(hours.hour(signal + price("5")), nothing(ReasonCode::CostTest), "in reach again");
    assert_eq!(hours.hour(signal - price("8")), nothing(ReasonCode::WaitShortOpposite));
    let (hourly, line) = hours.0.compared();
    assert!(hourly < 0.0 && line == 0.0, "the hours speak against it: {hourly}");
    assert_eq!(hours.fourth(signal - price("12")), nothing(ReasonCode::WaitShortOpposite));
    assert_eq!(hours.hour(signal), nothing(ReasonCode::SignalExpired));
    assert_eq!(hours.hour(signal), nothing(ReasonCode::NoDecisionClose));
}
