//! A drawdown that goes on: what is held is sold in stages, if the configuration wants it.

use types::entry::SystemMode;
use types::num::Ratio;

use super::engine::enter;
use super::world::{BTC, World};
use crate::system::OperatorRequest;

/// A world that holds 2 BTC bought at 99 with a stop at 79, in SAFE_MODE by a drawdown of 8.1 % at minute 30.
fn tripped(bound: Option<Ratio>) -> World {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "20"))]);
        script.trip = Some(World::minute(30));
    });
    world.configure(|config| config.gateway.flatten_on_emergency = bound);
    world.begin();
    world.quarters(1);
    world.trade(0, "99");
    world.quarters(1);
    assert_eq!(world.mode(), SystemMode::SafeMode);
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
    world
}

/// Ten seconds of wall time with quotes, and a moment.
fn ten_seconds(world: &mut World) {
    for _ in 0..5 {
        world.wait(2 * 60);
        world.say_quotes();
        world.rest();
    }
    world.wait(1);
}

const BOUND: Option<Ratio> = Some(Ratio::from_bps(200));

#[test]
fn two_marks_ten_seconds_apart_sell_in_stages() {
    let mut world = tripped(BOUND);
    let from = world.journal.len();
    ten_seconds(&mut world);
    assert_eq!(world.held(BTC), "0", "{:?}", world.told_from(from));
    let told = world.told_from(from);
    assert!(told.contains(&"operator Flatten".to_owned()), "{told:?}");
    let sales = told.iter().filter(|line| line.starts_with("sell") && line.ends_with(" limit"));
    assert_eq!(
        sales.collect::<Vec<_>>(),
        ["sell 1 limit", "sell 0.5 limit", "sell 0.3 limit", "sell 0.1 limit", "sell 0.1 limit"]
    );
    assert!(
        !told.iter().any(|line| line.ends_with(" market")),
        "nothing at whatever price: {told:?}"
    );
    assert!(world.resting().is_empty());
    assert_eq!(world.mode(), SystemMode::SafeMode);
    world.check_restart();
}

#[test]
fn a_tick_that_is_not_confirmed_sells_nothing() {
    let mut world = tripped(BOUND);
    world.wait(5 * 60);
    world.trade(0, "110");
    ten_seconds(&mut world);
    assert_eq!(world.held(BTC), "2");
    // It falls again: the ten seconds begin anew.
    world.trade(0, "99");
    world.wait(9 * 60);
    world.say_quotes();
    world.rest();
    assert_eq!(world.held(BTC), "2");
    ten_seconds(&mut world);
    assert_eq!(world.held(BTC), "0");
}

#[test]
fn without_fresh_quotes_nothing_is_sold() {
    let mut world = tripped(BOUND);
    world.wait(60 * 60);
    assert_eq!(world.held(BTC), "2");
}

#[test]
fn who_has_not_asked_for_it_keeps_what_is_held_behind_its_stop() {
    let mut world = tripped(None);
    ten_seconds(&mut world);
    ten_seconds(&mut world);
    assert_eq!(world.held(BTC), "2");
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
}

#[test]
fn nobody_takes_it_within_the_bound_and_it_is_tried_at_later_prices() {
    let mut world = tripped(BOUND);
    // The book is empty down to 90, and no quote has told so.
    world.wait(10 * 60);
    world.say_quotes();
    world.venue.prices[0] = "90".parse().unwrap();
    world.rest();
    assert!(world.told().contains(&"operator Flatten".to_owned()), "{:?}", world.told());
    assert_eq!(world.held(BTC), "2");
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""], "the stop is back meanwhile");
    world.say_quotes();
    world.rest();
    world.wait(10 * 60);
    assert_eq!(world.held(BTC), "0", "{:?}", world.told());
}

#[test]
fn a_restart_measures_by_the_drawdown_of_before() {
    let mut world = tripped(BOUND);
    world.trade(0, "110");
    world.begin();
    world.say_quotes();
    world.rest();
    ten_seconds(&mut world);
    assert_eq!(world.held(BTC), "2", "it has recovered");
    world.trade(0, "99");
    world.begin();
    ten_seconds(&mut world);
    ten_seconds(&mut world);
    assert_eq!(world.held(BTC), "0", "{:?}", world.told());
}

#[test]
fn a_release_ends_it() {
    let mut world = tripped(BOUND);
    ten_seconds(&mut world);
    world.wait(24 * 60 * 60);
    world.plan(|script| script.trip = None);
    world.begin();
    assert!(matches!(world.operator(OperatorRequest::Release), crate::system::Reply::Done(_)));
    assert_eq!(world.mode(), SystemMode::Running);
    assert!(!world.hub.gateway().is_emergency());
}
