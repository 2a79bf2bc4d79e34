//! Operators: each action under a name, each answer what the venue confirmed.

use types::entry::{Body, PermitKind, SystemMode};
use types::hard_limits::HardLimits;
use types::num::Money;
use types::venue::ListingStatus;

use super::engine::enter;
use super::world::{BTC, World, limits};
use crate::permits::Proof;
use crate::system::{Ask, Input, OperatorRequest, Reply, ReplyTicket};

/// A world that holds 2 BTC with a stop, and has an entry for ETH on the book.
fn busy() -> World {
    let mut world = World::new(&["BTCUSDT", "ETHUSDT"]);
    world.plan(|script| {
        let both = vec![(0, enter("2", "5")), (1, enter("2", "5"))];
        script.plan.insert(World::minute(15), both);
        script.plan.insert(World::minute(30), vec![(1, enter("1", "5"))]);
        script.plan.insert(World::minute(105), vec![(1, enter("1", "5"))]);
    });
    world.begin();
    world.quarters(1);
    world.trade(0, "99");
    let mut resting = world.resting();
    resting.sort();
    assert_eq!(resting, ["buy 2 \"limit\"", "sell 2 \"stop_market\""]);
    world
}

fn done(reply: Reply) -> crate::system::Confirmed {
    let Reply::Done(confirmed) = reply else { panic!("{reply:?}") };
    confirmed
}

#[test]
fn safe_mode_is_not_released_before_the_start_is_over() {
    let mut world = World::running(&["BTCUSDT"]);
    let reply = world.operator(OperatorRequest::SafeMode);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    world.venue.down = true;
    world.begin();
    for request in [OperatorRequest::Release, OperatorRequest::MaintenanceOff] {
        let reply = world.operator(request);
        let early = matches!(&reply, Reply::Refused { code, .. } if code == "NOT_BEGUN");
        assert!(early, "the gates are not passed: {reply:?}");
    }
    world.venue.down = false;
    world.wait(60 * 60);
    assert_eq!(world.mode(), SystemMode::SafeMode);
    let reply = world.operator(OperatorRequest::Release);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    assert_eq!(world.mode(), SystemMode::Running);
}

#[test]
fn kill_cancels_entries_leaves_stops_and_is_released_after_its_delay() {
    let mut world = busy();
    let confirmed = done(world.operator(OperatorRequest::Kill));
    assert_eq!((confirmed.cancelled.len(), confirmed.resting.len()), (1, 1), "{confirmed:?}");
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
    let from = world.journal.len();
    world.quarters(1);
    assert_eq!(world.told_from(from), ["refused KILLED"]);
    // It outlives a restart.
    world.begin();
    assert!(world.hub.status().killed);
    // Asked a second after the quarter, an hour is not over at the fourth from here.
    world.wait(1);
    let ask =
        |proof| OperatorRequest::Permit { kind: PermitKind::ReleaseKill, step: Ask::Ask, proof };
    let refused = world.operator(ask(Proof::default()));
    assert!(matches!(refused, Reply::Refused { .. }), "no code: {refused:?}");
    let proof = Proof { totp: true, typed: Some(Money::from_units(900)) };
    let asked = done(world.operator(ask(proof)));
    assert_eq!(asked.notes.len(), 1);
    world.quarters(4);
    assert!(world.hub.status().killed, "an hour is not over");
    world.wait(60);
    assert!(!world.hub.status().killed);
    world.quarters(1);
    assert!(world.resting().contains(&"buy 1 \"limit\"".to_owned()), "{:?}", world.told());
}

#[test]
fn pause_holds_entries_until_resumed() {
    let mut world = busy();
    let confirmed = done(world.operator(OperatorRequest::Pause));
    assert_eq!(confirmed.cancelled.len(), 1);
    let from = world.journal.len();
    world.quarters(1);
    assert_eq!(world.told_from(from), ["refused PAUSED"]);
    assert!(world.hub.status().paused && world.mode() == SystemMode::Running);
    done(world.operator(OperatorRequest::Resume));
    world.quarters(5);
    assert!(world.resting().contains(&"buy 1 \"limit\"".to_owned()), "{:?}", world.told());
}

#[test]
fn modes_go_by_the_table_and_say_why_not() {
    let mut world = busy();
    done(world.operator(OperatorRequest::MaintenanceOn));
    assert_eq!(world.mode(), SystemMode::Maintenance);
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
    assert!(matches!(world.operator(OperatorRequest::Release), Reply::Refused { .. }));
    done(world.operator(OperatorRequest::MaintenanceOff));
    let confirmed = done(world.operator(OperatorRequest::SafeMode));
    assert_eq!(confirmed.mode, Some(SystemMode::SafeMode));
    done(world.operator(OperatorRequest::Release));
    assert_eq!(world.mode(), SystemMode::Running);
    // Each is an entry under the operator's name; what was refused is none.
    let entered = world
        .journal
        .iter()
        .filter(|entry| matches!(&entry.body, Body::Operator(operator) if operator.name == "ada"));
    assert_eq!(entered.count(), 4);
}

#[test]
fn flatten_closes_all_and_takes_entries_off_the_book() {
    let mut world = busy();
    let ticket = world.ask(OperatorRequest::Flatten);
    let confirmed = done(world.last_reply(ticket).unwrap());
    assert_eq!((confirmed.cancelled.len(), confirmed.closed.len()), (1, 1), "{confirmed:?}");
    assert_eq!(confirmed.closed[0].realised, Money::ZERO, "sold where it was bought");
    assert!(world.resting().is_empty());
    assert_eq!(world.held(BTC), "0");
}

#[test]
fn flatten_sells_no_further_from_the_market_than_the_collar_and_tries_later_prices() {
    let mut world = busy();
    world.say_quotes();
    world.rest();
    // It falls by nine percent, and no quote has told so: the collar is two.
    world.venue.prices[0] = "90".parse().unwrap();
    let from = world.journal.len();
    let ticket = world.ask(OperatorRequest::Flatten);
    let told = world.told_from(from);
    assert!(told.contains(&"sell 2 limit".to_owned()), "{told:?}");
    assert!(!told.iter().any(|line| line.ends_with(" market")), "at whatever price: {told:?}");
    assert_eq!(world.held(BTC), "2");
    assert!(matches!(world.last_reply(ticket), Some(Reply::Progress(_))), "not yet");
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""], "the stop is back meanwhile");
    world.begin();
    world.say_quotes();
    world.rest();
    world.wait(10 * 60);
    assert_eq!(world.held(BTC), "0", "{:?}", world.told_from(from));
    let told = world.told_from(from);
    assert!(!told.iter().any(|line| line.ends_with(" market")), "nor later: {told:?}");
    world.check_restart();
}

#[test]
fn what_the_venue_does_not_confirm_is_said() {
    let mut world = busy();
    world.venue.down = true;
    let ticket = world.ask(OperatorRequest::Flatten);
    assert!(world.last_reply(ticket).is_none(), "not yet");
    // Twenty-five seconds of wall time.
    world.wait(26 * 60);
    let Some(Reply::Unconfirmed(confirmed)) = world.last_reply(ticket) else {
        panic!("{:?}", world.replies)
    };
    assert!(confirmed.open.iter().any(|line| line.contains("still held")), "{confirmed:?}");
    world.venue.down = false;
    world.wait(4 * 60 * 60);
    assert_eq!(world.held(BTC), "0", "it goes on until it is done: {:?}", world.told());
    assert!(world.resting().is_empty(), "{:?}", world.resting());
}

#[test]
fn a_wind_down_ends_flat_at_its_date() {
    let mut world = busy();
    let early = world.operator(OperatorRequest::WindDown { by: World::minute(1) });
    assert!(matches!(early, Reply::Refused { .. }));
    done(world.operator(OperatorRequest::WindDown { by: World::minute(60) }));
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""], "no entries from now on");
    // It outlives a restart.
    world.begin();
    assert_eq!(world.hub.status().winding_down, Some(World::minute(60)));
    world.quarters(2);
    assert!(!world.stopped);
    world.quarters(1);
    assert!(world.stopped, "{:?}", world.told());
    assert_eq!(world.held(BTC), "0");
    assert!(world.resting().is_empty());
    assert_eq!(world.mode(), SystemMode::Shutdown);
}

#[test]
fn a_wind_down_that_is_over_does_not_stop_the_next_start() {
    let mut world = busy();
    let by = world.now().plus(20 * 60 * 1_000_000_000);
    done(world.operator(OperatorRequest::WindDown { by }));
    world.wait(21 * 60);
    assert!(world.stopped, "{:?}", world.told());
    world.begin();
    world.wait(60);
    assert!(!world.stopped);
    assert_eq!(world.hub.status().winding_down, None);
    assert_eq!(world.hub.gateway().winding(), None);
    assert_eq!(world.mode(), SystemMode::Running);
    // One whose date is still to come goes on.
    let by = world.now().plus(3_600 * 1_000_000_000);
    done(world.operator(OperatorRequest::WindDown { by }));
    done(world.operator(OperatorRequest::Stop));
    world.begin();
    assert_eq!(world.hub.status().winding_down, Some(by));
}

#[test]
fn a_wind_down_ends_beside_what_cannot_be_sold() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
    });
    // Charged in coins: 0.05 is below the lot of 0.1.
    world.venue.fee = "0.05".parse().unwrap();
    world.begin();
    world.quarters(1);
    world.trade(0, "99");
    assert_eq!(world.held(BTC), "1.95");
    assert_eq!(world.resting(), ["sell 1.9 \"stop_market\""]);
    done(world.operator(OperatorRequest::WindDown { by: World::minute(30) }));
    world.wait(16 * 60);
    assert_eq!(world.held(BTC), "0.05");
    assert!(world.stopped, "{:?}", world.told());
}

#[test]
fn a_wind_down_asks_again_where_an_exit_came_to_nothing() {
    let mut world = busy();
    world.venue.status = ListingStatus::Halted;
    done(world.operator(OperatorRequest::WindDown { by: World::minute(90) }));
    world.venue.rejects_sales = true;
    world.wait(80 * 60);
    assert!(!world.stopped, "it waits for what is held");
    world.venue.status = ListingStatus::Trading;
    world.venue.rejects_sales = false;
    world.wait(3 * 60 * 60);
    assert!(world.stopped, "{:?}", world.told());
    assert_eq!(world.held(BTC), "0");
}

#[test]
fn what_closes_the_system_needs_nothing_else_to_be_up() {
    let mut world = World::new(&["BTCUSDT", "ETHUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(120), vec![(0, enter("2", "5"))]);
    });
    world.venue.down = true;
    world.begin();
    assert_eq!(world.mode(), SystemMode::Initializing);
    let flatten = world.operator(OperatorRequest::Flatten);
    assert!(matches!(&flatten, Reply::Refused { code, .. } if code == "NOT_BEGUN"), "{flatten:?}");
    done(world.operator(OperatorRequest::Kill));
    assert!(world.hub.status().killed);
    world.venue.down = false;
    // A minute of wall time later the breaker lets a question pass.
    world.quarters(6);
    assert_eq!(world.mode(), SystemMode::Running, "{:?}", world.hub.status().gates);
    world.quarters(2);
    assert!(world.told().contains(&"refused KILLED".to_owned()), "{:?}", world.told());
    world.check_restart();

    let mut world = World::new(&["BTCUSDT"]);
    world.venue.down = true;
    world.begin();
    done(world.operator(OperatorRequest::Stop));
    assert!(world.stopped);
    world.venue.down = false;
    world.begin();
    assert_eq!(world.mode(), SystemMode::Running, "{:?}", world.hub.status().gates);
}

#[test]
fn limits_that_are_lowered_are_not_raised_by_what_was_asked_before() {
    let mut world = busy();
    let gross = |units| {
        let mut new = limits();
        (new.version, new.gross_exposure) = (2, Money::from_units(units));
        new
    };
    let typed = Some(Money::from_units(5_000));
    let proof = Proof { totp: true, typed };
    done(world.operator(OperatorRequest::Limits { limits: gross(5_000), proof }));
    let (lower, proof) = (gross(600), Proof::default());
    let confirmed = done(world.operator(OperatorRequest::Limits { limits: lower, proof }));
    assert_eq!(confirmed.notes.len(), 2, "{confirmed:?}");
    world.wait(25 * 60 * 60);
    let held = world.hub.gateway().limits().map(|limits| limits.gross_exposure);
    assert_eq!(held, Some(Money::from_units(600)));
    // Asked for by itself it would say nothing of what may rise.
    let (kind, step) = (PermitKind::RaiseLimits, Ask::Ask);
    let proof = Proof { totp: true, typed: Some(Money::from_units(600)) };
    let refused = world.operator(OperatorRequest::Permit { kind, step, proof });
    assert!(matches!(&refused, Reply::Refused { code, .. } if code == "PERMIT"), "{refused:?}");
}

#[test]
fn what_the_ladder_lowers_stays_low_through_restarts_until_people_raise_it() {
    let mut world = busy();
    let units = Money::from_units;
    let minimal = HardLimits { gross_exposure: units(200), order_notional: units(150), ..limits() };
    let request = OperatorRequest::Limits { limits: minimal, proof: Proof::default() };
    let (ticket, name) = (ReplyTicket(u64::MAX), "ladder".to_owned());
    world.feed(Input::Operator { ticket, name, request });
    world.rest();
    let gross = |world: &World| world.hub.gateway().limits().map(|limits| limits.gross_exposure);
    assert_eq!(gross(&world), Some(units(200)));
    assert_eq!(world.held(BTC), "2", "nothing is sold for it");
    // The configuration is the old one, with the limits of a higher rung.
    world.begin();
    assert_eq!(gross(&world), Some(units(200)));
    let from = world.journal.len();
    world.quarters(6);
    let told = world.told_from(from);
    assert!(told.iter().any(|line| line == "refused HARD_GROSS_EXPOSURE"), "{told:?}");
    let typed = Some(units(900));
    let proof = Proof { totp: true, typed };
    let higher = HardLimits { version: 2, ..limits() };
    done(world.operator(OperatorRequest::Limits { limits: higher, proof }));
    assert_eq!(gross(&world), Some(units(200)), "people have to wait for it");
    world.wait(24 * 60 * 60);
    assert_eq!(gross(&world), Some(units(900)));
    world.check_restart();
}

#[test]
fn higher_limits_are_shown_while_they_wait_and_a_refused_rise_is_no_entry() {
    let mut world = busy();
    let mut higher = limits();
    (higher.version, higher.gross_exposure) = (2, Money::from_units(5_000));
    let ask = |proof| OperatorRequest::Limits { limits: higher.clone(), proof };
    let entries = world.journal.len();
    let refused = world.operator(ask(Proof::default()));
    assert!(matches!(&refused, Reply::Refused { code, .. } if code == "PERMIT"), "{refused:?}");
    assert_eq!(world.journal.len(), entries);
    assert!(world.hub.status().permits.is_empty());
    let proof = Proof { totp: true, typed: Some(Money::from_units(5_000)) };
    let asked = done(world.operator(ask(proof)));
    assert_eq!(asked.notes.len(), 1, "{asked:?}");
    // It outlives a restart, with the moment of its grant.
    world.begin();
    let status = world.hub.status();
    let [line] = &status.permits[..] else { panic!("{:?}", status.permits) };
    assert_eq!((line.kind, line.limits.as_ref()), (PermitKind::RaiseLimits, Some(&higher)));
    assert_eq!(status.limits, Some(limits()), "not yet");
    world.wait(25 * 60 * 60);
    let status = world.hub.status();
    assert_eq!((status.limits, status.permits.len()), (Some(higher.clone()), 0));
}
