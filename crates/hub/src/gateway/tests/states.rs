//! Each state of an order against each thing that a venue can say of it: none leaves it open, or asked about, for ever.

use types::entry::{Report, ReportEvent};
use types::ids::OrderId;

use super::desk::Desk;
use super::steps::{self, FILLED, bounded, held, held_at, touch};
use crate::gateway::words::Input;
use crate::gateway::{Capabilities, EntryStyle, Settings};

/// It says nothing that was not known.
const KNOWN: &str = "known";
/// It cannot follow, and that is an incident.
const ODD: &str = "odd";

const PLACED: (&str, &str) =
    ("enter 3 stop 10 limit 101", "place entry buy 3 limit 99; send entry");
const ACCEPTED: (&str, &str) = ("reply accepted", "entry accepted");
const PARTLY: (&str, &str) =
    ("says entry partly 1 1:1@99", "entry filled 1 at 99; place stop sell 1 stop 89; send stop");
const PROTECTED: (&str, &str) = ("reply accepted", "stop accepted");
const CANCELLING: (&str, &str) = ("kill", "cancel entry; send cancel entry");

/// Steps to the state of that name, of an entry of 3 that rests at 99.
fn steps_to(state: &str) -> Vec<(&'static str, &'static str)> {
    let behind = |last: &[(&'static str, &'static str)]| [&[PLACED], last].concat();
    match state {
        "submitted" => behind(&[]),
        "unknown" => behind(&[("reply unknown", "incident OutcomeUnknown entry; look up entry")]),
        "working" => behind(&[ACCEPTED]),
        "partly" => behind(&[ACCEPTED, PARTLY, PROTECTED]),
        "leaving" => behind(&[ACCEPTED, CANCELLING]),
        "partly, leaving" => behind(&[ACCEPTED, PARTLY, PROTECTED, CANCELLING]),
        "filled" => behind(&[
            ACCEPTED,
            (
                "says entry filled 3 1:3@99",
                "entry filled 3 at 99; place stop sell 3 stop 89; send stop",
            ),
            PROTECTED,
        ]),
        "cancelled" => behind(&[
            ACCEPTED,
            CANCELLING,
            ("says entry cancelled 0", "entry cancelled; refused KILLED"),
        ]),
        "rejected" => behind(&[("reply rejected", "entry rejected")]),
        "expired" => behind(&[
            ACCEPTED,
            CANCELLING,
            ("says entry expired 0", "entry expired; refused KILLED"),
        ]),
        "never" => behind(&[("reply not-sent", "entry never accepted")]),
        other => panic!("no state {other}"),
    }
}

/// A desk with an entry in that state, and the entry.
fn entry_in(state: &str) -> (Desk, OrderId) {
    let mut desk = touch();
    desk.story(&[("quote 99 100", "")]);
    desk.story(&steps_to(state));
    let entry = desk.order("entry");
    (desk, entry)
}

/// Lets the venue say something by itself, and returns what became of the order.
fn told(desk: &mut Desk, order: OrderId, event: ReportEvent) -> String {
    let before = (desk.gateway.order_state(order), desk.gateway.counts());
    desk.gateway.handle(Input::Report(Report { order: Some(order), event }), desk.now);
    desk.drain();
    let after = (desk.gateway.order_state(order), desk.gateway.counts());
    let known = after.1.repeated - before.1.repeated;
    let odd = after.1.impossible - before.1.impossible;
    match (known, odd) {
        (0, 0) => format!("{:?}", after.0.expect("it is remembered")),
        (1, 0) if after.0 == before.0 => KNOWN.to_owned(),
        (0, 1) if after.0 == before.0 => ODD.to_owned(),
        counted => panic!("{before:?} {after:?} {counted:?}"),
    }
}

/// An order that has ended takes no exposure and no questions any more, in this life and in the next.
#[track_caller]
fn is_over(desk: &mut Desk, order: OrderId, case: &str) {
    for life in ["", "restart"] {
        if !life.is_empty() {
            desk.act(life);
            desk.drain();
        }
        let gateway = &desk.gateway;
        let open = gateway.ours().iter().any(|ours| ours.order == order);
        let asked = gateway.in_doubt().any(|asked| asked == order);
        let ended = gateway.order_state(order).is_some_and(|state| state.is_terminal());
        assert!(!open && !asked && ended, "{case} {life}: open {open}, asked about {asked}");
    }
}

#[test]
fn each_state_takes_each_report_or_says_that_it_cannot_follow() {
    use ReportEvent as E;
    let events = [
        E::Accepted,
        E::Rejected("no".to_owned()),
        E::Cancelled,
        E::Expired,
        E::NeverAccepted,
        E::CancelRejected,
    ];
    #[rustfmt::skip]
    let table = [
        // Accepted, rejected, cancelled, expired, never accepted, not cancelled.
        ("submitted",       ["Working", "Rejected", "Cancelled", "Expired", "Rejected", KNOWN]),
        ("unknown",         ["Working", "Rejected", "Cancelled", "Expired", "Rejected", KNOWN]),
        ("working",         [KNOWN,     "Rejected", "Cancelled", "Expired", KNOWN,      KNOWN]),
        ("partly",          [KNOWN,     "Rejected", "Cancelled", "Expired", KNOWN,      KNOWN]),
        // A cancellation that is under way keeps nothing from happening. What did not come about by itself: asked for again.
        ("leaving",         [KNOWN,     "Rejected", "Cancelled", "Expired", KNOWN,      "CancelPending"]),
        ("partly, leaving", [KNOWN,     "Rejected", "Cancelled", "Expired", KNOWN,      "CancelPending"]),
        ("filled",          [KNOWN,     ODD,        ODD,         ODD,       KNOWN,      KNOWN]),
        ("cancelled",       [KNOWN,     ODD,        KNOWN,       ODD,       KNOWN,      KNOWN]),
        // An acceptance that the rejection at its trigger has overtaken says as little.
        ("rejected",        [KNOWN,     KNOWN,      ODD,         ODD,       KNOWN,      KNOWN]),
        ("expired",         [KNOWN,     ODD,        ODD,         KNOWN,     KNOWN,      KNOWN]),
        ("never",           [ODD,       KNOWN,      ODD,         ODD,       KNOWN,      KNOWN]),
    ];
    for (state, wanted) in table {
        for (event, wanted) in events.iter().zip(wanted) {
            let case = format!("{state}, told {event:?}");
            let (mut desk, entry) = entry_in(state);
            assert_eq!(told(&mut desk, entry, event.clone()), wanted, "{case}");
            if desk.gateway.order_state(entry).is_some_and(|state| state.is_terminal()) {
                is_over(&mut desk, entry, &case);
            }
        }
    }
}

#[test]
fn whatever_a_look_up_finds_settles_what_was_asked() {
    let ends = ["rejected", "cancelled", "expired"];
    // What makes it be looked up, if it is not yet; what of it had traded.
    for (state, asks, filled) in [
        ("submitted", "missing entry", "0"),
        ("unknown", "", "0"),
        ("working", "missing entry", "0"),
        ("partly", "missing entry", "1"),
        ("leaving", "reply unknown", "0"),
        ("partly, leaving", "reply unknown", "1"),
    ] {
        for found in ends.into_iter().chain(["working"]) {
            let case = format!("{state}, {asks}, found {found}");
            let (mut desk, entry) = entry_in(state);
            if !asks.is_empty() {
                desk.act(asks);
                assert_eq!(desk.drain(), "look up entry", "{case}");
            }
            desk.act(&format!("found entry {found} {filled}"));
            desk.drain();
            let asked = desk.gateway.in_doubt().any(|asked| asked == entry);
            assert!(!asked, "{case}: nobody asks any more, and it counts as being looked up");
            if found != "working" {
                is_over(&mut desk, entry, &case);
            }
        }
    }
}

/// The stop is told to have been rejected while another is to take its stead: as the market reached its trigger.
#[test]
fn a_stop_that_is_rejected_while_it_is_being_moved_leaves_nothing_bare() {
    let mut desk = held();
    desk.story(&[
        ("move 95", "cancel stop; place stop2 sell 3 stop 95; send stop2 for stop"),
        ("reply rejected not-sent", "stop2 never accepted; look up stop"),
        ("found stop rejected 0", "stop rejected; place sale sell 3 market; send sale"),
        ("reply accepted", "sale accepted"),
        ("says sale filled 3 2:3@94", "sale filled 3 at 94"),
    ]);
    assert_eq!(desk.held(), "0");
}

/// The same where cancelling and placing are two requests.
#[test]
fn a_stop_that_is_rejected_while_it_is_being_cancelled_leaves_nothing_bare() {
    let venue = Capabilities { replace: false, ..Capabilities::binance_spot() };
    let live = Settings::live("main", venue);
    let mut desk = held_at(Desk::new(Settings { entry: EntryStyle::Bounded, ..live }));
    desk.story(&[
        ("move 95", "cancel stop; send cancel stop"),
        ("says stop rejected 0", "stop rejected; place sale sell 3 market; send sale"),
        // Of the cancellation: there was nothing left to cancel.
        ("reply rejected", ""),
        ("reply accepted", "sale accepted"),
        ("says sale filled 3 2:3@94", "sale filled 3 at 94"),
    ]);
    assert_eq!(desk.held(), "0");
}

/// A reconciliation asks for an order whose reply is still to come, and that never comes.
#[test]
fn a_stop_that_was_asked_for_before_its_reply_was_lost_can_be_moved() {
    bounded().story(&[
        steps::PLACED,
        ("reply accepted", "entry accepted"),
        FILLED,
        ("missing stop", "look up stop"),
        ("found stop working 0", "stop accepted"),
        ("reply unknown", ""),
        ("move 95", "cancel stop; place stop2 sell 3 stop 95; send stop2 for stop"),
    ]);
}
