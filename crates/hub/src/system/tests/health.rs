//! Health: how long checks take, what is too long, and services that are left alone.

use types::entry::{IncidentKind, Part, SystemMode};
use types::market::Timeframe;

use super::engine::enter;
use super::world::World;
use crate::system::{Component, ComponentState, Input, Speed};

/// A second of wall time, in the market's seconds.
const SECOND: i64 = 60;
/// A millisecond of wall time, in nanoseconds of the market.
const MILLI: i64 = 60_000_000;

fn state(world: &World, component: Component) -> ComponentState {
    world.hub.status().components[&component].state.clone()
}

#[test]
fn every_component_that_answers_has_its_times() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
    });
    world.begin();
    world.quarters(1);
    world.trade(0, "99");
    let components = world.hub.status().components;
    for component in [
        Component::Venue,
        Component::History,
        Component::Journal,
        Component::Feed,
        Component::UserStream,
        Component::Reconciliation,
    ] {
        let seen = &components[&component];
        assert_eq!(seen.state, ComponentState::Working, "{component:?}");
        assert!(seen.p50_nanos.is_some() && seen.p99_nanos.is_some(), "{component:?}");
    }
    // What takes time is told in wall time, whatever the market's speed.
    world.keeps_account = true;
    world.feed(Input::UserStreamUp);
    world.rest();
    world.pass(300 * MILLI);
    world.keeps_account = false;
    world.answer_late();
    let round = &world.hub.status().components[&Component::Reconciliation];
    assert_eq!(round.p99_nanos, Some(300_000_000));
}

#[test]
fn a_check_that_takes_longer_than_200_ms_is_degraded() {
    let mut world = World::running(&["BTCUSDT"]);
    let check = |world: &mut World, millis: i64| {
        let (component, trouble) = (Component::Store, None);
        let latency_nanos = millis * 1_000_000;
        world.feed(Input::Health { component, trouble, latency_nanos });
        world.rest();
        state(world, Component::Store)
    };
    let degraded = |millis: i64| {
        let words = format!("its last check took {millis} ms, wanted at most 200 ms");
        ComponentState::Degraded(words)
    };
    for (millis, wanted) in [
        (200, ComponentState::Working),
        (201, degraded(201)),
        (400, degraded(400)),
        (200, ComponentState::Working),
    ] {
        assert_eq!(check(&mut world, millis), wanted, "{millis} ms");
    }
    assert!(world.open_incidents().is_empty(), "slow is not down");
}

#[test]
fn an_answer_that_does_not_come_is_degraded_before_it_is_given_up() {
    let mut world = World::running(&["BTCUSDT"]);
    world.keeps_account = true;
    world.feed(Input::UserStreamUp);
    world.rest();
    world.pass(200 * MILLI);
    assert_eq!(state(&world, Component::Venue), ComponentState::Working);
    world.pass(100 * MILLI);
    let words = "no answer for 300 ms, wanted within 200 ms".to_owned();
    assert_eq!(state(&world, Component::Venue), ComponentState::Degraded(words));
    world.keeps_account = false;
    world.answer_late();
    let words = "its last check took 300 ms, wanted at most 200 ms".to_owned();
    assert_eq!(state(&world, Component::Venue), ComponentState::Degraded(words));
    world.feed(Input::UserStreamUp);
    world.rest();
    assert_eq!(state(&world, Component::Venue), ComponentState::Working);
}

#[test]
fn where_the_market_stands_still_nothing_is_measured() {
    let mut world = World::new(&["BTCUSDT"]);
    world.configure(|config| config.speed = Speed::PACED);
    world.begin();
    let components = world.hub.status().components;
    assert!(components.values().all(|seen| seen.p50_nanos.is_none()), "{components:?}");
}

#[test]
fn a_source_that_answers_nothing_is_left_alone_and_the_venue_is_not() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
    });
    world.begin();
    world.quarters(1);
    world.trade(0, "99");
    world.source_down = true;
    // Bars lack and are asked for, in vain.
    world.left_out.insert((0, Timeframe::M15));
    world.quarters(2);
    let breaker = |world: &World| {
        let open = world.hub.status().incidents;
        let mut open = open.iter().filter(|o| o.incident.kind == IncidentKind::BreakerOpen);
        open.next().map(|open| open.incident.part)
    };
    assert_eq!(breaker(&world), Some(Some(Part::Feed)), "{:?}", world.open_incidents());
    assert!(matches!(state(&world, Component::History), ComponentState::Failing(_)));
    // The account is compared on, and a stop that is gone is placed anew.
    assert_eq!(state(&world, Component::Venue), ComponentState::Working);
    assert!(!world.open_incidents().iter().any(|open| open.starts_with("VenueDown")));
    world.source_down = false;
    world.left_out.clear();
    world.wait(70 * SECOND);
    world.quarters(2);
    assert_eq!(breaker(&world), None, "{:?}", world.open_incidents());
    assert_eq!(state(&world, Component::History), ComponentState::Working);
    assert_eq!(world.mode(), SystemMode::Running);
}
