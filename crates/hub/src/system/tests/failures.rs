//! What goes wrong: drawdown, drift, lost replies, dead disk, overload, a venue that is away.

use types::decision::RefusalCode;
use types::entry::{Body, IncidentKind, ModeCause, SystemMode};
use types::ids::Leg;
use types::market::TsNanos;
use types::num::Money;
use types::venue::{Balance, ListingStatus};

use super::engine::enter;
use super::venue::asset;
use super::world::{BTC, MINUTE, World, limits};
use crate::permits::Proof;
use crate::system::{
    AccountQuestion, Component, ComponentState, Custody, Event, Input, OperatorRequest, Reply,
};

/// A world that holds 2 BTC bought at 99 with a stop at 94.
fn holding() -> World {
    let mut world = World::new(&["BTCUSDT", "ETHUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
        script.plan.insert(World::minute(45), vec![(1, enter("1", "5"))]);
    });
    world.begin();
    world.quarters(1);
    world.trade(0, "99");
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
    world
}

/// A world that holds 2 BTC bought at 99, where five lay before that are not ours.
pub(super) fn beside_five() -> World {
    beside_five_of(&["BTCUSDT"])
}

/// The same, where more symbols are traded.
pub(super) fn beside_five_of(symbols: &[&'static str]) -> World {
    let mut world = World::new(symbols);
    let five = Balance { free: Money::from_units(5), locked: Money::ZERO };
    world.venue.balances.insert(asset("BTC"), five);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
    });
    world.begin();
    world.quarters(1);
    world.trade(0, "99");
    world
}

#[test]
fn a_drawdown_is_safe_mode_before_the_next_order_and_across_a_restart() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.trip = Some(World::minute(15));
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
        script.plan.insert(World::minute(30), vec![(0, enter("2", "5"))]);
    });
    world.begin();
    let from = world.journal.len();
    world.quarters(2);
    let refused = "refused MODE_FORBIDS";
    let incident = "incident DrawdownLimit";
    assert_eq!(world.told_from(from), ["mode SafeMode", incident, refused, refused]);
    assert!(world.venue.orders.is_empty());
    world.begin();
    assert_eq!(world.mode(), SystemMode::SafeMode, "it outlives the process");
    let reply = world.operator(OperatorRequest::Release);
    assert!(matches!(&reply, Reply::Refused { message, .. } if message.contains("latched")));
    world.wait(24 * 60 * 60);
    let reply = world.operator(OperatorRequest::Release);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    assert_eq!(world.mode(), SystemMode::Running);
}

#[test]
fn a_lost_reply_is_looked_up_and_nothing_is_sent_twice() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
    });
    world.begin();
    world.venue.swallow = 1;
    let from = world.journal.len();
    world.quarters(1);
    assert_eq!(
        world.told_from(from),
        ["buy 2 limit", "incident OutcomeUnknown", "accepted", "over"]
    );
    assert_eq!(world.venue.orders.len(), 1);
}

#[test]
fn coins_that_are_gone_are_safe_mode_and_nothing_is_sold_for_them() {
    let mut world = holding();
    let of_btc = |world: &World| {
        world.venue.orders.values().filter(|order| order.request.symbol == BTC).count()
    };
    let orders = of_btc(&world);
    world.venue.balances.insert(asset("BTC"), Balance::default());
    world.wait(3 * 60 * 60);
    assert!(world.incidents().contains(&IncidentKind::BalanceShort));
    assert_eq!(world.mode(), SystemMode::SafeMode);
    assert_eq!(of_btc(&world), orders);
    // They are back: the incident ends by itself, SAFE_MODE by a person.
    let two = Balance { free: Money::from_units(2), locked: Money::ZERO };
    world.venue.balances.insert(asset("BTC"), two);
    world.wait(3 * 60 * 60);
    assert!(world.hub.status().incidents.is_empty(), "{:?}", world.hub.status().incidents);
    assert_eq!(world.mode(), SystemMode::SafeMode);
    let reply = world.operator(OperatorRequest::Release);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
}

#[test]
fn a_withdrawal_of_half_is_capital_and_no_drawdown() {
    let mut world = holding();
    let half = Money::from_units(351);
    let balance = world.venue.balances.get_mut(&asset("USDT")).unwrap();
    balance.free -= half;
    world.wait(3 * 60 * 60);
    let flows: Vec<Money> = world
        .journal
        .iter()
        .filter_map(
            |entry| if let Body::Flow { amount } = entry.body { Some(amount) } else { None },
        )
        .collect();
    assert_eq!(flows, [Money::from_units(900), -half]);
    assert_eq!(world.mode(), SystemMode::Running);
    assert_eq!(world.hub.status().cash, Money::from_units(900 - 198) - half);
}

/// What is seen once is believed when it is seen again, and that look is not put off for those before it that came to nothing.
#[test]
fn a_flow_is_booked_within_a_minute_of_the_first_look_at_it() {
    let mut world = holding();
    world.unanswered = Some(AccountQuestion::Account);
    world.wait(12 * 60 * 60);
    world.unanswered = None;
    let asked = world.asked;
    let half = Money::from_units(351);
    world.venue.balances.get_mut(&asset("USDT")).unwrap().free -= half;
    while world.asked == asked {
        world.wait(1);
    }
    assert!(!world.incidents().contains(&IncidentKind::FlowSeen), "one look is not believed");
    // A second of the clock is a minute of the market here.
    world.wait(61);
    assert!(world.incidents().contains(&IncidentKind::FlowSeen));
}

#[test]
fn coins_that_were_there_before_are_never_sold() {
    let mut world = beside_five();
    // More come in from outside.
    world.venue.balances.get_mut(&asset("BTC")).unwrap().free += Money::from_units(3);
    world.wait(3 * 60 * 60);
    assert!(world.incidents().contains(&IncidentKind::ForeignBalance));
    let reply = world.operator(OperatorRequest::Flatten);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    assert_eq!(world.venue.balances[&asset("BTC")].total(), Money::from_units(8));
    assert_eq!(world.mode(), SystemMode::Running);
}

#[test]
fn without_a_journal_nothing_is_opened_and_what_lowers_exposure_goes_on() {
    let mut world = holding();
    world.disk_works = false;
    world.quarters(2);
    let opened = world.venue.orders.values().any(|order| order.request.symbol.0 == 1);
    assert!(!opened, "the entry of 00:45 is not sent");
    let refused = world.emergency.iter().any(|entry| {
        matches!(&entry.body, Body::Refused(r) if r.refusal.code == RefusalCode::NotDurable)
    });
    assert!(refused, "for want of a journal, whatever the mode");
    let reply = world.operator(OperatorRequest::Flatten);
    let Reply::Done(confirmed) = reply else { panic!("{reply:?}") };
    assert_eq!(confirmed.closed.len(), 1);
    assert_eq!(world.held(BTC), "0");
    // What is in the emergency record goes on where the journal ended, without a hole.
    let first = world.journal.len() as u64 + 1;
    let places: Vec<u64> = world.emergency.iter().map(|entry| entry.seq.0).collect();
    let wanted: Vec<u64> = (first..first + places.len() as u64).collect();
    assert_eq!(places, wanted);
    // The next life adopts it first.
    world.disk_works = true;
    let emergency = std::mem::take(&mut world.emergency);
    world.journal.extend(emergency);
    world.begin();
    assert_eq!(world.held(BTC), "0");
    world.check_restart();
}

#[test]
fn an_overloaded_queue_is_safe_mode_after_ten_seconds() {
    let mut world = World::running(&["BTCUSDT"]);
    world.feed(Input::QueueDepth(101));
    world.rest();
    // Ten seconds of wall time are ten minutes here.
    world.wait(9 * 60);
    assert_eq!(world.mode(), SystemMode::Running);
    world.wait(2 * 60);
    assert_eq!(world.mode(), SystemMode::SafeMode);
    assert_eq!(world.hub.status().mode_cause, ModeCause::Overloaded);
    let reply = world.operator(OperatorRequest::Release);
    assert!(matches!(reply, Reply::Refused { .. }), "it still holds: {reply:?}");
    world.feed(Input::QueueDepth(0));
    world.wait(1);
    let reply = world.operator(OperatorRequest::Release);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
}

#[test]
fn a_venue_that_is_away_for_ten_minutes_is_left_alone_and_found_again() {
    let mut world = holding();
    world.venue.down = true;
    // Ten minutes of wall time.
    world.wait(600 * 60);
    assert!(world.incidents().contains(&IncidentKind::NotReconciled));
    assert!(world.incidents().contains(&IncidentKind::BreakerOpen));
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
    world.venue.down = false;
    world.wait(5 * 60 * 60);
    let open: Vec<_> = world.hub.status().incidents;
    assert!(open.is_empty(), "{open:?}");
    assert!(world.events.iter().any(|event| matches!(event, Event::Recovered { .. })));
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
    // Nobody has to release what came back by itself.
    assert_eq!(world.hub.status().mode, SystemMode::Running);
}

#[test]
fn a_stop_that_was_lost_in_an_outage_rests_as_soon_as_the_venue_is_back() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| {
        script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
    });
    world.begin();
    world.quarters(1);
    world.venue.down = true;
    world.trade(0, "99");
    // Ten seconds of wall time: the breaker is open for fifty more.
    world.wait(10 * 60);
    assert!(world.incidents().contains(&IncidentKind::BreakerOpen));
    assert_eq!(world.resting(), Vec::<String>::new());
    world.venue.down = false;
    world.wait(20 * 60);
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
}

/// Found by a seeded world: a stop that a hand had cancelled in an outage was missed for 48 s behind it.
#[test]
fn the_accounts_stream_shows_that_the_venue_answers_again() {
    let mut world = holding();
    world.feed(Input::UserStreamDown { why: "cut".to_owned() });
    world.venue.down = true;
    world.wait(70 * 60);
    world.venue.down = false;
    let is_open = |world: &World, kind| {
        world.hub.status().incidents.iter().any(|line| line.incident.kind == kind)
    };
    world.wait(60);
    assert!(is_open(&world, IncidentKind::NotReconciled), "nothing shows it yet");
    world.feed(Input::UserStreamUp);
    world.wait(60);
    assert!(!is_open(&world, IncidentKind::NotReconciled), "{:?}", world.hub.status().incidents);
}

#[test]
fn a_process_that_is_given_up_is_safe_mode() {
    let mut world = holding();
    let why = "its process ended five times".to_owned();
    world.feed(Input::GivenUp { component: Component::Venue, why });
    world.rest();
    assert!(world.incidents().contains(&IncidentKind::ComponentGivenUp));
    assert_eq!(world.hub.status().mode, SystemMode::SafeMode);
    assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
}

#[test]
fn a_limit_below_what_is_held_sells_nothing_and_opens_nothing() {
    let mut world = holding();
    let orders = world.venue.orders.len();
    let mut lower = limits();
    (lower.version, lower.gross_exposure) = (2, Money::from_units(100));
    let reply = world.operator(OperatorRequest::Limits { limits: lower, proof: Proof::default() });
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    assert!(world.incidents().contains(&IncidentKind::AboveLimit));
    let from = world.journal.len();
    world.quarters(2);
    assert!(world.told_from(from).contains(&"refused HARD_GROSS_EXPOSURE".to_owned()));
    assert_eq!(world.venue.orders.len(), orders);
    assert_eq!(world.held(BTC), "2");
}

#[test]
fn a_halted_symbol_takes_no_entries_and_comes_back() {
    let mut world = holding();
    world.venue.status = ListingStatus::Halted;
    world.wait(61 * 60);
    assert!(world.incidents().contains(&IncidentKind::SymbolHalted));
    world.venue.status = ListingStatus::Trading;
    world.wait(61 * 60);
    assert!(world.hub.status().incidents.is_empty(), "{:?}", world.hub.status().incidents);
}

/// Found by a seeded world: the connection was made anew every 30 s for all symbols, and no restart came to its end.
#[test]
fn a_symbol_that_is_gone_holds_up_no_other_and_no_start() {
    let mut world = World::running(&["BTCUSDT", "ETHUSDT"]);
    world.quarters(1);
    world.venue.gone.insert(1);
    // The venue's rules are asked for each hour at this pace.
    world.quarters(5);
    let connection = world.connected();
    world.quarters(9);
    assert_eq!(world.connected(), connection, "{:?}", world.incidents());
    world.begin();
    assert_eq!(world.mode(), SystemMode::Running, "{:?}", world.hub.status().gates);
    world.quarters(5);
    let kept_off = world.hub.status().no_entries;
    assert_eq!(kept_off.get(&world.venue.symbols[0]).map(Vec::len), Some(0), "{kept_off:?}");
}

#[test]
fn asked_for_safe_mode_in_the_last_breath_is_in_force_in_the_next_life() {
    let mut world = World::new(&["BTCUSDT"]);
    world.plan(|script| script.trip = Some(World::minute(15)));
    world.begin();
    world.quarters(1);
    // The commit was cut between the decision and the mode.
    let place = world.journal.iter().rposition(|entry| matches!(entry.body, Body::Decision(_)));
    world.journal.truncate(place.expect("it was decided") + 1);
    world.plan(|script| script.trip = Some(TsNanos::MAX));
    world.begin();
    assert_eq!(world.mode(), SystemMode::SafeMode);
    let _ = MINUTE;
}

#[test]
fn a_stream_of_the_account_that_is_away_keeps_entries_off_and_is_reconciled_when_back() {
    let mut world = holding();
    world.wait(60);
    world.feed(Input::UserStreamDown { why: "cut".to_owned() });
    world.rest();
    // What happens now is not told.
    world.venue.trade(0, "93");
    world.venue.events.clear();
    world.quarters(2);
    assert!(world.told().contains(&"refused MARKET_DATA_NOT_GOOD".to_owned()));
    let asked = world.asked;
    world.feed(Input::UserStreamUp);
    world.rest();
    assert_eq!(world.asked, asked + 1, "it is compared at once");
    assert_eq!(world.held(BTC), "0", "the stop has traded: {:?}", world.told());
    world.wait(60 * 60);
    assert!(world.hub.status().incidents.is_empty(), "{:?}", world.hub.status().incidents);
}

#[test]
fn what_is_wanted_while_answers_are_awaited_is_compared_behind_them() {
    let mut world = holding();
    world.wait(60);
    let asked = world.asked;
    world.keeps_account = true;
    world.feed(Input::UserStreamUp);
    world.rest();
    assert_eq!(world.asked, asked + 1);
    // What came back between may not be in the answer that is under way.
    world.feed(Input::UserStreamUp);
    world.rest();
    assert_eq!(world.asked, asked + 1, "one round at a time");
    world.keeps_account = false;
    world.answer_late();
    assert_eq!(world.asked, asked + 2, "at once behind it");
    world.wait(60);
    assert_eq!(world.asked, asked + 2, "once");
}

#[test]
fn an_order_that_came_and_went_between_question_and_answer_is_no_dead_one() {
    let mut world = holding();
    world.quarters(1);
    world.keeps_orders = true;
    world.feed(Input::UserStreamUp);
    world.rest();
    world.quarters(1);
    assert_eq!(world.resting().len(), 2, "the stop, and an entry since: {:?}", world.resting());
    world.look_at_orders();
    world.trade(1, "99");
    world.keeps_orders = false;
    world.answer_late();
    assert_eq!(world.incidents(), [], "{:?}", world.told());
}

#[test]
fn a_late_answer_is_of_the_round_that_asked() {
    let mut world = holding();
    world.wait(60);
    let asked = world.asked;
    world.keeps_account = true;
    world.venue.down = true;
    world.feed(Input::UserStreamUp);
    world.rest();
    world.venue.down = false;
    // Ten seconds of wall time: open orders were not to be had, the account is still on its way.
    world.wait(10 * 60);
    assert_eq!((world.asked, world.kept.len()), (asked, 1), "{:?}", world.incidents());
    world.keeps_account = false;
    world.answer_late();
    world.wait(2 * 60);
    assert_eq!(world.asked, asked + 1);
    assert!(world.hub.status().incidents.is_empty(), "{:?}", world.hub.status().incidents);
}

#[test]
fn an_exchange_in_this_process_is_found_again() {
    let mut world = World::new(&["BTCUSDT"]);
    world.configure(|config| {
        config.custody = Custody::InProcess { walks: types::market::Timeframe::M15 }
    });
    world.begin();
    assert_eq!(world.mode(), SystemMode::Running, "{:?}", world.hub.status().gates);
    let state = |world: &World| world.hub.status().components[&Component::Venue].state.clone();
    // The rules of the symbols are all that is asked there for itself, each minute of wall time.
    world.unanswered = Some(AccountQuestion::Listings);
    world.wait(60 * 60);
    assert!(matches!(state(&world), ComponentState::Failing(_)), "{:?}", state(&world));
    world.unanswered = None;
    world.wait(2 * 60);
    assert_eq!(state(&world), ComponentState::Working);
    assert!(!world.incidents().contains(&IncidentKind::BreakerOpen), "by the listings alone");
}

/// Between the venue's return and the stop's command lies a second at most, however long the venue was away.
#[test]
fn a_stop_follows_the_end_of_an_outage_within_a_second() {
    // A second of wall time is a minute here.
    let second = 60;
    for (outage, refuses) in [10, 61, 600, 3_600].into_iter().flat_map(|o| [(o, false), (o, true)])
    {
        let mut world = World::new(&["BTCUSDT"]);
        world.plan(|script| {
            script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
        });
        world.begin();
        world.quarters(1);
        assert_eq!(world.resting(), ["buy 2 \"limit\""]);
        (world.venue.down, world.refuses_connections, world.feed_works) = (true, refuses, false);
        world.feed(Input::UserStreamDown { why: "gone".to_owned() });
        world.rest();
        // It trades while nobody can be told.
        world.venue.trade(0, "99");
        world.venue.events.clear();
        world.wait(outage * second);
        assert_eq!(world.held(BTC), "0", "nobody knows of it");
        let back = world.now();
        world.venue.down = false;
        world.wait(second);
        let stop = world.journal.iter().find(
            |entry| matches!(&entry.body, Body::Command(command) if command.order.leg == Leg::Stop),
        );
        let after = stop.map(|entry| entry.ts.since(back));
        assert!(
            after.is_some_and(|after| after <= second * 1_000_000_000),
            "{outage} s of outage, refusing: {refuses}: {after:?} {:?}",
            world.told()
        );
        assert_eq!(world.resting(), ["sell 2 \"stop_market\""]);
    }
}

/// The same where the stop itself was under way when the venue went away.
#[test]
fn a_stop_that_an_outage_swallowed_is_placed_within_a_second_of_its_end() {
    let second = 60;
    for (outage, refuses) in [20, 600].into_iter().flat_map(|o| [(o, false), (o, true)]) {
        let mut world = World::new(&["BTCUSDT"]);
        world.plan(|script| {
            script.plan.insert(World::minute(15), vec![(0, enter("2", "5"))]);
        });
        world.begin();
        world.quarters(1);
        (world.venue.down, world.refuses_connections) = (true, refuses);
        world.trade(0, "99");
        assert_eq!(world.held(BTC), "2", "its fill was told");
        assert!(world.resting().is_empty(), "its stop was not taken");
        world.wait(outage * second);
        world.venue.down = false;
        world.wait(second);
        assert_eq!(world.resting(), ["sell 2 \"stop_market\""], "{outage} {refuses}");
    }
}
