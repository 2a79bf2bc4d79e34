//! Disks without room: what goes on meanwhile, and where each entry is at any moment.

use types::decision::RefusalCode;
use types::entry::{Body, Entry, IncidentKind};
use types::ids::{Leg, Seq};

use super::engine::enter;
use super::world::{BTC, World};
use crate::system::{Component, ComponentState, Input, OperatorRequest, Reply};

/// A world with an entry for 2 BTC at the venue, not filled yet, and one that is wanted half an hour later.
fn entering() -> World {
    let mut world = World::new(&["BTCUSDT", "ETHUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
        script.plan.insert(World::minute(45), vec![(1, enter("1", "5"))]);
    });
    world.begin();
    world.quarters(1);
    assert_eq!(world.resting(), ["buy 2 \"limit\""]);
    world
}

fn places(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.seq.0).collect()
}

fn journal_state(world: &World) -> ComponentState {
    world.hub.status().components[&Component::Journal].state.clone()
}

/// The command of every order that the venue has is on disk now.
#[track_caller]
fn causes_are_on_disk(world: &World) {
    let on_disk: Vec<_> = world.journal.iter().chain(&world.emergency).collect();
    let commands = on_disk.iter().filter(|entry| matches!(entry.body, Body::Command(_))).count();
    assert!(commands >= world.venue.orders.len(), "{commands} of {}", world.venue.orders.len());
    let kept = places(&world.emergency);
    let wanted: Vec<u64> = (world.journal.len() as u64 + 1..).take(kept.len()).collect();
    assert_eq!(kept, wanted, "what is kept goes on where the journal ends");
}

/// What was kept is in the journal, the same and once; a restart knows all of it.
#[track_caller]
fn all_is_in_the_journal(world: &World, kept: &[Entry]) {
    for entry in kept {
        assert!(world.journal.contains(entry), "{entry:?}");
    }
    let wanted: Vec<u64> = (1..=world.journal.len() as u64).collect();
    assert_eq!(places(&world.journal), wanted);
    world.check_restart();
}

#[test]
fn a_fill_while_the_disk_is_full_has_its_stop_at_once_and_nothing_is_opened() {
    let mut world = entering();
    world.disk_full = true;
    // No time passes between the fill and its stop.
    world.trade(0, "99");
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
    causes_are_on_disk(&world);
    assert!(matches!(journal_state(&world), ComponentState::Failing(_)));
    world.quarters(2);
    let opened = world.venue.orders.values().any(|order| order.request.symbol.0 == 1);
    assert!(!opened, "the entry of 00:45 is not sent");
    causes_are_on_disk(&world);
    let unprotected = world.hub.gateway().unprotected(BTC);
    assert!(unprotected.qty.is_zero());
    let kept = world.room_again();
    let stop = |entry: &Entry| matches!(&entry.body, Body::Command(command) if command.order.leg == Leg::Stop);
    assert!(kept.iter().any(stop));
    all_is_in_the_journal(&world, &kept);
    assert_eq!(journal_state(&world), ComponentState::Working);
    assert!(world.incidents().contains(&IncidentKind::JournalFull));
    let refused = world.journal.iter().any(|entry| {
        matches!(&entry.body, Body::Refused(r) if r.refusal.code == RefusalCode::NotDurable)
    });
    assert!(refused);
}

#[test]
fn without_anything_to_protect_nothing_is_kept_elsewhere() {
    let mut world = World::running(&["BTCUSDT"]);
    world.disk_full = true;
    world.quarters(3);
    assert!(!world.roomless.is_empty());
    assert!(world.emergency.is_empty(), "the room that is set aside is for what protects");
    let kept = world.room_again();
    all_is_in_the_journal(&world, &kept);
}

#[test]
fn an_entry_that_works_when_the_disk_fills_is_cancelled_then() {
    let mut world = entering();
    world.disk_full = true;
    world.wait(1);
    world.feed(Input::JournalFull { waiting: Some(1) });
    world.rest();
    assert_eq!(world.resting(), Vec::<String>::new());
    causes_are_on_disk(&world);
    let kept = world.room_again();
    all_is_in_the_journal(&world, &kept);
}

#[test]
fn operators_are_answered_while_the_disk_is_full_and_only_once_their_order_is_on_disk() {
    let mut world = entering();
    world.trade(0, "99");
    world.disk_full = true;
    for request in [OperatorRequest::Pause, OperatorRequest::Kill, OperatorRequest::Flatten] {
        let reply = world.operator(request);
        let Reply::Done(confirmed) = reply else { panic!("{reply:?}") };
        assert!(confirmed.seq <= world.emergency.last().map(|entry| entry.seq));
    }
    assert_eq!(world.held(BTC), "0");
    causes_are_on_disk(&world);
    // Killed here: the next life begins with what is on disk in either place, and has lost nothing.
    let kept = std::mem::take(&mut world.emergency);
    world.journal.extend(kept);
    world.disk_full = false;
    world.begin();
    assert_eq!(world.held(BTC), "0");
    assert!(world.hub.status().killed);
    world.check_restart();
}

#[test]
fn a_full_disk_that_dies_goes_on_in_the_record_without_a_hole() {
    let mut world = entering();
    world.disk_full = true;
    world.trade(0, "99");
    world.pass(1);
    (world.disk_full, world.disk_works) = (false, false);
    world.roomless.clear();
    world.feed(Input::JournalFailed { why: "input/output error".to_owned() });
    world.rest();
    let reply = world.operator(OperatorRequest::Flatten);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    causes_are_on_disk(&world);
}

#[test]
fn an_end_waits_for_no_room() {
    let mut world = entering();
    world.trade(0, "99");
    world.disk_full = true;
    let ticket = world.ask(OperatorRequest::Stop);
    world.wait(60);
    assert!(world.stopped);
    assert!(matches!(world.last_reply(ticket), Some(Reply::Done(_))));
    let last = world.emergency.last().map(|entry| entry.seq);
    assert_eq!(last, Some(world.hub.last()), "all of it is on disk");
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
}

#[test]
fn what_no_disk_takes_is_not_said_to_be_done() {
    let mut world = World::running(&["BTCUSDT"]);
    world.keeps_nothing = true;
    let ticket = world.ask(OperatorRequest::Kill);
    assert_eq!(world.last_reply(ticket), None);
    world.wait(60 * 60);
    let reply = world.last_reply(ticket);
    let Some(Reply::Unconfirmed(confirmed)) = reply else { panic!("{reply:?}") };
    assert_eq!(confirmed.open, ["it is not on disk yet"]);
}

#[test]
fn what_an_earlier_life_was_without_is_not_told_of_this_one() {
    let mut world = entering();
    (world.disk_full, world.keeps_nothing) = (true, true);
    world.trade(0, "99");
    world.wait(5);
    assert!(world.resting().is_empty(), "nothing leaves before its command is on disk");
    world.keeps_nothing = false;
    world.room_again();
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
    assert!(world.hub.gateway().unprotected(BTC).longest >= 5_000_000_000);
    let snapshot = world.hub.snapshot().expect("it is at rest");
    let place = world.hub.last();
    for (from, place) in [(None, Seq(0)), (Some(&snapshot[..]), place)] {
        world.begin_with(from, place);
        let restart = world.hub.status().restart.expect("it began again");
        assert_eq!((restart.positions, restart.protected), (1, 1));
        assert_eq!(restart.unprotected_nanos, 0, "from a snapshot: {}", from.is_some());
    }
}
