//! Market data: late bars, outages, quotes, clocks.

use types::entry::{Body, Entry, IncidentKind, SystemMode};
use types::feed::LinkEvent;
use types::market::Timeframe;

use super::engine::enter;
use super::world::{BTC, World};
use crate::system::{Event, Input};

fn cut(world: &mut World) {
    world.feed_works = false;
    let (source, number) = (types::feed::SourceId(0), world.connected());
    let event = LinkEvent::Closed { why: "cut".to_owned() };
    world.feed(Input::Link { source, number, event });
    world.rest();
}

#[test]
fn a_symbol_whose_bar_is_late_is_not_scanned_and_its_bar_comes_behind() {
    let mut world = World::running(&["BTCUSDT", "ETHUSDT"]);
    world.left_out.insert((1, Timeframe::M15));
    world.venue.no_bars = true;
    let from = world.journal.len();
    world.quarters(1);
    assert!(world.hub.engine().instants.is_empty(), "it is waited for");
    assert!(!world.hub.is_idle());
    world.wait(3 * 60);
    assert_eq!(world.hub.engine().instants, [World::minute(15)]);
    assert!(world.incidents().contains(&IncidentKind::BarLate));
    assert!(world.events.iter().any(|event| matches!(event, Event::BarsLate { .. })));
    // The bar that was asked for comes in the end, by itself.
    world.venue.no_bars = false;
    world.wait(10 * 60);
    let bars = |body: &Body| matches!(body, Body::Bar { .. } | Body::InstantClosed { .. });
    let kinds: Vec<u32> = world.journal[from..]
        .iter()
        .filter(|entry| bars(&entry.body))
        .map(|entry| entry.body.kind())
        .collect();
    assert_eq!(kinds, [10, 12, 10]);
}

/// Both symbols are bought at these minutes, if they may be.
fn both_are_bought(world: &mut World, at: &[i64]) {
    world.plan(|script| {
        for &minutes in at {
            script
                .plan
                .insert(World::minute(minutes), vec![(0, enter("1", "5")), (1, enter("1", "5"))]);
        }
    });
}

#[test]
fn a_symbol_without_history_is_not_traded_and_keeps_nobody_waiting() {
    let mut world = World::new(&["BTCUSDT", "ETHUSDT"]);
    both_are_bought(&mut world, &[15]);
    world.venue.listed.insert(1, World::minute(15));
    world.left_out.extend([(1, Timeframe::M15), (1, Timeframe::H1)]);
    world.begin();
    assert_eq!(world.mode(), SystemMode::Running, "{:?}", world.hub.status().gates);
    assert_eq!(world.hub.engine().history, 40, "of the one symbol that has any");
    let reasons: Vec<String> =
        world.hub.status().no_entries.values().map(|reasons| reasons.join(" ")).collect();
    assert_eq!(reasons, ["", "FILLING WARMING_UP FILLING WARMING_UP"]);
    let from = world.journal.len();
    world.quarters(1);
    assert_eq!(world.hub.engine().instants, [World::minute(15)], "nobody waits for its bar");
    assert_eq!(world.told_from(from), ["buy 1 limit", "refused MARKET_DATA_NOT_GOOD", "accepted"]);
    assert_eq!(world.incidents(), []);
    // Its bars begin, but its first hour lasts until 02:00.
    world.left_out.remove(&(1, Timeframe::M15));
    let from = world.journal.len();
    world.quarters(6);
    let bars_of_it = |world: &World| {
        let of_it =
            |entry: &&Entry| matches!(&entry.body, Body::Bar { symbol, .. } if symbol.0 == 1);
        world.journal[from..].iter().filter(of_it).count()
    };
    assert_eq!((bars_of_it(&world), world.hub.engine().instants.len()), (0, 7));
    world.left_out.clear();
    world.quarters(1);
    world.wait(60);
    assert_eq!((bars_of_it(&world), world.hub.engine().instants.len()), (7 + 1, 8));
    assert_eq!(world.incidents(), [IncidentKind::GapUnfilled], "and no bar was late");
    world.check_restart();
}

#[test]
fn a_symbol_whose_history_is_not_answered_keeps_the_gate_shut() {
    let mut world = World::new(&["BTCUSDT", "ETHUSDT"]);
    both_are_bought(&mut world, &[15, 105]);
    world.venue.bars_fail = Some(1);
    world.begin();
    world.quarters(1);
    assert_eq!(world.mode(), SystemMode::Initializing, "{:?}", world.hub.status().gates);
    assert!(world.hub.engine().instants.is_empty() && world.resting().is_empty());
    assert_eq!(world.hub.engine().history, 0);
    world.venue.bars_fail = None;
    // It is left alone for a minute of wall time, an hour here.
    world.wait(80 * 60);
    assert_eq!(world.mode(), SystemMode::Running, "{:?}", world.hub.status().no_entries);
    assert_eq!(world.hub.engine().history, 86, "with what closed meanwhile");
    world.quarters(1);
    assert_eq!(world.resting().len(), 2, "{:?}", world.told());
    world.check_restart();
}

#[test]
fn nearly_an_hour_of_outage_is_caught_up_in_order_and_opens_nothing_old() {
    let mut world = World::new(&["BTCUSDT", "ETHUSDT"]);
    world.plan(|script| {
        for minutes in [15, 75] {
            script.plan.insert(World::minute(minutes), vec![(0, enter("1", "5"))]);
        }
    });
    world.configure(|config| config.feed.backoff_max_nanos = config.feed.backoff_first_nanos);
    world.begin();
    cut(&mut world);
    let from = world.journal.len();
    world.wait(56 * 60);
    assert!(world.hub.engine().instants.is_empty(), "nothing is made up while it is away");
    world.feed_works = true;
    world.wait(3 * 60);
    let instants: Vec<_> = (1..=3).map(|n| World::minute(15 * n)).collect();
    assert_eq!(world.hub.engine().instants, instants);
    let told: Vec<String> =
        world.told_from(from).into_iter().filter(|line| line.starts_with("refused")).collect();
    assert_eq!(told, ["refused DATA_TOO_OLD"]);
    assert!(world.resting().is_empty());
    assert_eq!(world.mode(), SystemMode::Running);
    world.quarters(2);
    assert_eq!(world.resting(), ["buy 1 \"limit\""], "the next instant decides again");
    world.check_restart();
}

#[test]
fn an_hour_without_any_market_data_is_safe_mode() {
    let mut world = World::running(&["BTCUSDT"]);
    cut(&mut world);
    world.wait(59 * 60);
    assert_eq!(world.mode(), SystemMode::Running);
    world.wait(2 * 60);
    assert_eq!(world.mode(), SystemMode::SafeMode);
}

#[test]
fn quotes_become_marks_at_a_bounded_rate_and_at_once_across_a_line() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("4", "20"))]);
    });
    world.begin();
    world.quarters(1);
    world.trade(0, "99");
    assert_eq!(world.held(BTC), "4");
    let marks = |world: &World| {
        world.journal.iter().filter(|entry| matches!(entry.body, Body::Mark { .. })).count()
    };
    // A second of wall time is a minute here.
    world.wait(60);
    world.say_quotes();
    world.rest();
    let before = marks(&world);
    for _ in 0..100 {
        world.say_quotes();
        world.rest();
    }
    assert_eq!(marks(&world), before, "within a second there is one");
    // 10 % of 900 lost: the line of the day.
    for price in (76..97).rev().step_by(2).map(|price: i64| price.to_string()) {
        world.venue.prices[0] = price.parse().unwrap();
        world.say_quotes();
        world.rest();
    }
    assert_eq!(marks(&world), before + 1);
}

#[test]
fn a_clock_that_jumps_forward_or_back_doubles_nothing() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
    });
    world.begin();
    world.quarters(1);
    world.trade(0, "99");
    let orders = world.venue.orders.len();
    for hours in [1, -1] {
        let then = world.now();
        world.venue.now = then.plus(hours * 60 * super::world::MINUTE);
        world.feed(Input::Wake);
        world.rest();
        if hours < 0 {
            world.venue.now = then;
        }
        world.wait(120);
    }
    let stamps: Vec<_> = world.journal.iter().map(|entry| entry.ts).collect();
    assert!(stamps.is_sorted(), "time never goes back in the journal");
    assert_eq!(world.venue.orders.len(), orders, "nothing was sent for it");
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
    world.quarters(2);
    world.check_restart();
}

#[test]
fn a_venue_that_waits_for_us_goes_from_close_to_close_without_a_hurry() {
    let mut world = World::new(&["BTCUSDT", "ETHUSDT"]);
    world.configure(|config| config.speed = crate::system::Speed::PACED);
    world.begin();
    assert_eq!(world.mode(), SystemMode::Running, "{:?}", world.hub.status().gates);
    let mut steps = 0;
    while world.now() < World::minute(3 * 24 * 60) {
        assert!(world.hub.is_idle(), "at {}", world.now());
        let close = world.hub.next_close().expect("something is watched");
        let next = world.hub.next_deadline().map_or(close, |at| at.min(close));
        world.venue.now = next;
        world.feed(Input::Wake);
        if next == close {
            world.close_bars();
        }
        world.rest();
        steps += 1;
    }
    assert_eq!(world.hub.engine().instants.len(), 3 * 96);
    assert!(steps < 4 * 96, "{steps} steps for {} closes", 3 * 96);
    assert!(world.hub.status().incidents.is_empty());
}
