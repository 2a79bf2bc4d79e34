//! What others see of the gateway, and what they are told when.

use types::entry::{Body, Operator, OperatorAction, Source};
use types::market::TsNanos;
use types::num::Money;

use super::desk::{Desk, SYMBOL, price, qty};
use super::steps::{bounded, held};
use crate::gateway::state::EMERGENCY;
use crate::gateway::{Answer, LookUp, OrderView, Outcome, Settings};

fn units(units: i64) -> Option<Money> {
    Some(Money::from_units(units))
}

fn views(desk: &Desk) -> Vec<OrderView> {
    desk.gateway.orders().collect()
}

/// Something an operator, or the hub itself, does.
fn operate(
    desk: &mut Desk,
    source: Source,
    name: &str,
    action: OperatorAction,
    by: Option<TsNanos>,
) {
    let operator = Operator { name: name.to_owned(), action, by };
    desk.append(source, Body::Operator(operator));
}

#[test]
fn equity_is_cash_and_what_is_held_at_its_mark() {
    let mut desk = held();
    assert_eq!((desk.gateway.equity(), desk.gateway.day_start()), (units(1_000), units(1_000)));
    desk.story(&[("mark 110", "")]);
    assert_eq!((desk.gateway.equity(), desk.gateway.day_start()), (units(1_030), units(1_000)));
    // The first entry of the next day finds what the day begins with.
    desk.story(&[("later 86400000", ""), ("mark 120", "")]);
    assert_eq!((desk.gateway.equity(), desk.gateway.day_start()), (units(1_060), units(1_030)));
    assert_eq!(desk.gateway.instruments()[0].min_qty, qty("0.1"));
}

#[test]
fn an_entry_is_neither_its_stop_nor_its_sale() {
    let mut desk = bounded();
    desk.story(&[("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry")]);
    assert!(views(&desk)[0].is_entry());
    let mut desk = held();
    assert!(!views(&desk)[0].is_entry());
    desk.story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("reply accepted accepted", "stop cancelled; sale accepted"),
    ]);
    let views = views(&desk);
    assert!(views.len() == 1 && !views[0].is_entry(), "{views:?}");
}

#[test]
fn what_cannot_be_sold_is_flat() {
    let mut desk = bounded();
    assert!(desk.gateway.is_flat(SYMBOL));
    desk.story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply accepted", "entry accepted"),
        // 0.2 at a stop of 90 is 18, the venue's smallest order is 20.
        ("says entry partly 0.2 1:0.2@100", "entry filled 0.2 at 100"),
    ]);
    assert!(desk.gateway.is_flat(SYMBOL));
    assert!(!held().gateway.is_flat(SYMBOL));
}

#[test]
fn an_order_that_only_waits_for_its_proof_holds_nothing_up() {
    let mut desk = bounded();
    let waits = |desk: &Desk| desk.gateway.waits_for_proof_alone();
    let asked = |desk: &Desk| desk.gateway.in_doubt().count();
    desk.story(&[("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry")]);
    assert!(!waits(&desk));
    desk.story(&[("reply unknown", "incident OutcomeUnknown entry; look up entry")]);
    assert!(!waits(&desk) && asked(&desk) == 1, "not asked yet");
    desk.story(&[("look-up-failed", "")]);
    assert!(waits(&desk) && desk.gateway.unknown().len() == 1);
    desk.story(&[("due", "look up entry")]);
    assert!(waits(&desk), "asked once more");
    desk.act("says entry working 0");
    assert!(!waits(&desk), "something was heard");
    desk.story(&[("later 0", "entry accepted; over OutcomeUnknown")]);
    assert_eq!(asked(&desk), 0);
}

#[test]
fn a_deposit_moves_the_line_of_the_day() {
    let mut desk = held();
    desk.append(Source::Venue, Body::Flow { amount: Money::from_units(100) });
    // 10 % of 1,000 may be lost: the line is at 1,100 - 100, with 800 in cash three have to be worth 200.
    assert!(desk.gateway.crosses(SYMBOL, price("66")));
    assert!(!desk.gateway.crosses(SYMBOL, price("67")));
}

#[test]
fn an_entry_that_was_handed_out_may_not_leave_once_entries_are_forbidden() {
    let handed = |desk: &Desk| desk.gateway.sent.values().next().unwrap().0.clone();
    let mut desk = bounded();
    desk.story(&[("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry")]);
    let entry = handed(&desk);
    assert!(desk.gateway.may_leave(&entry));
    desk.act("kill");
    assert!(!desk.gateway.may_leave(&entry));
    let mut desk = held();
    desk.story(&[
        ("kill", ""),
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
    ]);
    assert!(desk.gateway.may_leave(&handed(&desk)));
}

#[test]
fn what_operators_did_is_seen() {
    let mut desk = bounded();
    assert!(!desk.gateway.is_paused() && desk.gateway.winding().is_none());
    desk.story(&[("pause", "")]);
    assert!(desk.gateway.is_paused());
    desk.story(&[("go-on", ""), ("halt", "incident SymbolHalted")]);
    assert!(!desk.gateway.is_paused());
    assert_eq!(desk.gateway.incidents().len(), 1);
    assert!(desk.gateway.state.is_quarantined(SYMBOL));

    let by = desk.now.plus(60_000_000_000);
    operate(&mut desk, Source::Operator, "ada", OperatorAction::WindDown, Some(by));
    assert_eq!(desk.gateway.winding(), Some(by));
    // A stop before its date leaves it in force for the next start.
    operate(&mut desk, Source::Operator, "ada", OperatorAction::Stop, None);
    assert_eq!(desk.gateway.winding(), Some(by));
    desk.now = by;
    operate(&mut desk, Source::Operator, "ada", OperatorAction::Stop, None);
    assert_eq!(desk.gateway.winding(), None);
}

#[test]
fn an_emergency_is_the_hubs_own_word() {
    for (source, name, wanted) in [
        (Source::Operator, EMERGENCY, false),
        (Source::Hub, "ada", false),
        (Source::Hub, EMERGENCY, true),
    ] {
        let mut desk = bounded();
        operate(&mut desk, source, name, OperatorAction::Flatten, None);
        assert_eq!(desk.gateway.is_emergency(), wanted, "{source:?} {name}");
    }
}

#[test]
fn other_settings_are_in_force_at_once() {
    let mut desk = bounded();
    desk.story(&[("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry")]);
    let settings = desk.gateway.settings.clone();
    let second = 1_000_000_000;
    assert_eq!(desk.gateway.next_deadline(), Some(desk.now.plus(5 * second)));
    desk.gateway.set_settings(Settings { answer_within: 7 * second, ..settings });
    assert_eq!(desk.gateway.next_deadline(), Some(desk.now.plus(7 * second)));
}

#[test]
fn a_placement_is_rejected_where_the_venue_said_no_to_it() {
    let no = Outcome::Rejected("no".to_owned());
    let replaced = |cancel: &Outcome, place: &Outcome| Answer::Replaced {
        cancel: cancel.clone(),
        place: place.clone(),
    };
    for (answer, wanted) in [
        (Answer::Done(no.clone()), true),
        (Answer::Done(Outcome::Accepted), false),
        (Answer::Done(Outcome::Unknown), false),
        (Answer::Done(Outcome::NotSent), false),
        (replaced(&Outcome::Accepted, &no), true),
        (replaced(&no, &Outcome::NotSent), false),
        (Answer::LookUp(LookUp::NotFound), false),
        (Answer::Fills(None), false),
    ] {
        assert_eq!(answer.is_placing_rejected(), wanted, "{answer:?}");
    }
}
