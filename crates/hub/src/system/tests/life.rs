//! Start, a trade from entry to exit, restarts, the end.

use types::entry::{Body, PermitKind, Stage, SystemMode};
use types::num::Money;

use super::engine::enter;
use super::world::{BTC, MINUTE, World};
use crate::permits::{Profile, Proof};
use crate::system::{Ask, Component, Custody, Event, OperatorRequest, Reply};

#[test]
fn a_fresh_journal_begins_in_order_and_trades() {
    let world = World::running(&["BTCUSDT", "ETHUSDT"]);
    let kinds: Vec<u32> = world.journal.iter().map(|entry| entry.body.kind()).collect();
    // Genesis, Config, Mode, Instruments, Limits, Baseline (100 of 1,000), Flow, History of 2 x 2, Mode.
    let begun: Vec<u32> = kinds.iter().copied().filter(|kind| ![11, 13].contains(kind)).collect();
    assert_eq!(begun, [1, 2, 30, 3, 34, 37, 32, 40, 40, 40, 40, 30]);
    let gates: Vec<Component> =
        world.hub.status().gates.iter().map(|gate| gate.component).collect();
    assert_eq!(gates, Component::GATES);
    assert_eq!(world.hub.engine().history, 80);
    assert!(world.hub.engine().instants.is_empty(), "nothing was decided on history");
    assert!(world.events.contains(&Event::Ready));
    assert_eq!(world.hub.status().cash, Money::from_units(900));
    world.check_restart();
}

#[test]
fn the_stage_is_told_at_the_beginning_and_when_it_is_another() {
    let mut world = World::new(&["BTCUSDT"]);
    // (what the configuration says, how often the journal does)
    for (mode, told) in [("paper", 1), ("paper", 1), ("live", 2), ("paper", 3)] {
        let (mode, venue) = (mode.to_owned(), "here".to_owned());
        let stage = Stage { mode, rung: None, venue };
        world.configure(|config| config.stage = Some(stage.clone()));
        world.begin();
        let stages = world.journal.iter().filter_map(|entry| {
            let Body::Stage(stage) = &entry.body else { return None };
            Some(stage)
        });
        let stages: Vec<&Stage> = stages.collect();
        assert_eq!((stages.len(), stages.last()), (told, Some(&&stage)));
    }
    let kinds: Vec<u32> = world.journal.iter().map(|entry| entry.body.kind()).take(4).collect();
    assert_eq!(kinds, [1, 2, 30, 42], "before anything happens");
    world.check_restart();
}

#[test]
fn instants_close_in_order_and_once() {
    let mut world = World::running(&["BTCUSDT", "ETHUSDT"]);
    let from = world.journal.len();
    world.quarters(4);
    let instants: Vec<_> = (1..=4).map(|n| World::minute(15 * n)).collect();
    assert_eq!(world.hub.engine().instants, instants);
    // Each quarter two bars, at the hour four, and right behind them the instant.
    let bars = |body: &Body| matches!(body, Body::Bar { .. } | Body::InstantClosed { .. });
    let kinds: Vec<u32> = world.journal[from..]
        .iter()
        .filter(|entry| bars(&entry.body))
        .map(|entry| entry.body.kind())
        .collect();
    assert_eq!(kinds, [10, 10, 12, 10, 10, 12, 10, 10, 12, 10, 10, 10, 10, 12]);
    assert!(world.hub.is_idle());
}

#[test]
fn a_trade_is_opened_protected_and_closed() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
    });
    world.begin();
    let from = world.journal.len();
    world.quarters(1);
    assert_eq!(world.told_from(from), ["buy 2 limit", "accepted"]);
    world.trade(0, "99");
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""], "{:?}", world.told_from(from));
    assert_eq!(world.held(BTC), "2");
    let reply = world.operator(OperatorRequest::Flatten);
    let Reply::Done(confirmed) = reply else { panic!("{reply:?}") };
    assert_eq!(confirmed.closed.len(), 1, "{confirmed:?}");
    assert_eq!(confirmed.closed[0].fills, 1);
    assert!(confirmed.open.is_empty() && world.resting().is_empty());
    assert_eq!(world.held(BTC), "0");
    world.check_restart();
}

#[test]
fn a_killed_process_goes_on_where_the_journal_ends() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
    });
    world.begin();
    world.quarters(1);
    // The entry is open; the answer of the stop will be lost, and the process dies with it.
    world.venue.swallow = 1;
    world.trade(0, "99");
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
    let from = world.journal.len();
    world.wait(60);
    world.kill_and_begin();
    assert_eq!(world.mode(), SystemMode::Running);
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""], "none lost, none doubled");
    let told = world.told_from(from);
    let orders = told.iter().filter(|line| line.contains("market") || line.contains("limit"));
    assert_eq!(orders.count(), 0, "nothing was sent again: {told:?}");
    let restart = world.hub.status().restart.expect("it is told");
    assert_eq!((restart.positions, restart.protected), (1, 1));
    assert!(world.events.iter().any(|event| matches!(event, Event::Restarted(_))));
    world.check_restart();
}

#[test]
fn symbols_without_an_unknown_order_do_not_wait_for_those_with_one() {
    let mut world = World::new(&["BTCUSDT", "ETHUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
        script.plan.insert(World::minute(30), vec![(0, enter("1", "5")), (1, enter("1", "5"))]);
    });
    world.begin();
    // The order is lost on its way, and the process dies.
    let next = World::minute(15).since(world.now()) / 1_000_000_000;
    world.wait(next);
    world.close_bars();
    world.venue.down = true;
    world.rest();
    world.venue.down = false;
    let from = world.journal.len();
    world.kill_and_begin();
    assert_eq!(world.mode(), SystemMode::Running);
    let seconds = world.now().since(World::minute(15)) / 1_000_000_000;
    assert!(seconds < 2 * 60, "two seconds of wall time, {seconds} s of market time");
    assert_eq!(world.hub.gateway().unknown().len(), 1, "{:?}", world.told_from(from));
    world.quarters(1);
    assert!(world.resting().contains(&"buy 1 \"limit\"".to_owned()), "{:?}", world.told());
    // Thirteen seconds of wall time after it can have left, and a look-up later.
    world.wait(10 * 60);
    assert!(world.told_from(from).contains(&"never accepted".to_owned()));
    assert!(world.hub.gateway().unknown().is_empty());
}

#[test]
fn a_snapshot_and_the_tail_know_what_the_whole_journal_says() {
    let mut world = World::new(&["BTCUSDT", "ETHUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
        script.plan.insert(World::minute(45), vec![(1, enter("2", "5"))]);
    });
    world.begin();
    world.quarters(1);
    world.trade(0, "99");
    world.quarters(1);
    let snapshot = world.hub.snapshot().expect("it is at rest");
    let place = world.hub.last();
    world.quarters(1);
    world.trade(0, "98");
    world.begin_with(Some(&snapshot), place);
    let short = world.hub.snapshot().expect("it is at rest");
    let (begun, now) = (world.journal.clone(), world.now());
    assert_eq!(world.mode(), SystemMode::Running);
    assert_eq!(world.held(BTC), "2");
    assert!(world.resting().contains(&"sell 2 \"stop_market\"".to_owned()));
    // The same entries folded from the first one give the same bytes.
    world.journal = begun;
    assert_eq!(world.now(), now);
    assert!(world.folded_anew() == short, "the same bytes");
    world.check_restart();
    // Bytes of another build, or of nothing, are refused.
    for bytes in [&[][..], &[9][..], &snapshot[..snapshot.len() / 2]] {
        assert!(world.of_snapshot(bytes).is_err());
    }
}

#[test]
fn an_entry_decided_before_a_restart_is_not_caught_up_on() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
    });
    world.begin();
    world.quarters(1);
    assert_eq!(world.resting(), ["buy 2 \"limit\""]);
    world.kill_and_begin();
    world.wait(1);
    let told = world.told();
    assert!(
        told.ends_with(&["cancelled".to_owned(), "refused DECISION_BEFORE_RESTART".to_owned()])
            || told.contains(&"refused MODE_FORBIDS".to_owned()),
        "{told:?}"
    );
    assert!(world.resting().is_empty(), "{told:?}");
}

/// Returns a world in which an entry of each of two symbols was just sent.
fn entering_both() -> World {
    let mut world = World::new(&["BTCUSDT", "ETHUSDT"]);
    world.plan(|script| {
        let both = vec![(0, enter("2", "5")), (1, enter("2", "5"))];
        script.plan.insert(World::minute(15), both);
    });
    world.begin();
    world.quarters(1);
    world
}

#[test]
fn a_clean_stop_takes_entries_off_the_book_and_leaves_stops() {
    let mut world = entering_both();
    world.trade(0, "99");
    assert_eq!(world.resting().len(), 2, "{:?}", world.resting());
    let reply = world.operator(OperatorRequest::Stop);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    assert!(world.stopped && world.hub.undone().is_empty());
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
    assert_eq!(world.mode(), SystemMode::Shutdown);
    // The next life finds a clean end.
    world.begin();
    assert_eq!(world.mode(), SystemMode::Running);
    assert!(!world.incidents().contains(&types::entry::IncidentKind::UncleanStop));
}

#[test]
fn a_stop_that_the_venue_does_not_confirm_ends_in_five_seconds_and_says_what_is_open() {
    let mut world = entering_both();
    world.venue.down = true;
    // The stop for what trades now cannot be placed.
    world.trade(0, "99");
    let ticket = world.ask(OperatorRequest::Stop);
    // A second of wall time is a minute here.
    world.wait(4 * 60);
    assert!(!world.stopped, "its time is not over");
    world.wait(2 * 60);
    assert!(world.stopped);
    let Some(Reply::Unconfirmed(confirmed)) = world.last_reply(ticket) else {
        panic!("{:?}", world.last_reply(ticket))
    };
    assert_eq!(confirmed.open, world.hub.undone());
    let [entry, bare, unanswered] = &confirmed.open[..] else { panic!("{:?}", confirmed.open) };
    assert!(entry.starts_with("entry order ") && entry.contains("on ETHUSDT is"), "{entry}");
    assert_eq!(bare, "2 BTCUSDT is held without a stop");
    assert_eq!(unanswered, "the venue has not answered everything that it was sent");
}

#[test]
fn what_cannot_go_on_is_said_and_nothing_trades() {
    let mut world = World::running(&["BTCUSDT"]);
    world.configure(|config| config.engine = "policy = \"other\"\n".to_owned());
    world.begin();
    assert_eq!(world.mode(), SystemMode::Initializing);
    let gate = &world.hub.status().gates[0];
    assert!(
        matches!(&gate.state, crate::system::ComponentState::Failing(why) if why.contains("another configuration"))
    );

    let mut poor = World::new(&["BTCUSDT"]);
    poor.venue.balances.clear();
    poor.begin();
    assert_eq!(poor.mode(), SystemMode::Initializing);
    let said = poor.events.iter().any(|event| {
        matches!(event, Event::GateFailed { component: Component::Venue, why } if why.contains("holds no USDT"))
    });
    assert!(said, "{:?}", poor.events);
}

#[test]
fn a_journal_that_ends_behind_its_instrument_table_is_provided_for() {
    let mut world = World::new(&["BTCUSDT"]);
    world.configure(|config| {
        config.custody = Custody::InProcess { walks: types::market::Timeframe::M15 }
    });
    world.begin();
    let table = world.journal.iter().position(|entry| matches!(entry.body, Body::Instruments(_)));
    world.journal.truncate(table.expect("it was told") + 1);
    world.begin();
    assert_eq!(world.mode(), SystemMode::Running, "{:?}", world.hub.status().gates);
    assert_eq!(world.hub.status().cash, Money::from_units(900));
    let count = |kind| world.journal.iter().filter(|entry| entry.body.kind() == kind).count();
    // Instruments, limits, flow: once each, and the limits before anything trades.
    assert_eq!([3, 34, 32].map(count), [1, 1, 1]);
    assert_eq!(world.hub.gateway().limits(), Some(&super::world::limits()));
}

#[test]
fn a_snapshot_says_nothing_that_the_configuration_says() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| script.trip = Some(World::minute(150)));
    world.begin();
    assert!(matches!(world.operator(OperatorRequest::Kill), Reply::Done(_)));
    let proof = Proof { totp: true, typed: Some(Money::from_units(900)) };
    let (kind, step) = (PermitKind::ReleaseKill, Ask::Ask);
    let reply = world.operator(OperatorRequest::Permit { kind, step, proof });
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    let snapshot = world.hub.snapshot().expect("it is at rest");
    let place = world.hub.last();
    let day = 24 * 60 * MINUTE;
    world.configure(|config| {
        (config.profile, config.safe_mode_cooldown) = (Profile::Team, 2 * day);
    });
    world.begin_with(Some(&snapshot), place);
    world.quarters(9);
    assert!(world.hub.status().killed, "a team needs two persons, however long it waits");
    world.quarters(1);
    assert_eq!(world.mode(), SystemMode::SafeMode);
    assert_eq!(world.hub.status().latched_until, Some(world.now().plus(2 * day)));
}
