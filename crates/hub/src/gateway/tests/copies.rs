//! Venues that take a name once: a placement of unknown outcome may be sent again, and is carried out once.

use super::desk::Desk;
use super::steps::{FILLED_LIST, PLACED, PLACED_LIST, with_ids};
use crate::gateway::CidUniqueness;

const UNKNOWN_LIST: (&str, &str) = (
    "reply unknown",
    "incident OutcomeUnknown stop; incident OutcomeUnknown target; look up stop; look up target",
);
const UNKNOWN: (&str, &str) = ("reply unknown", "incident OutcomeUnknown entry; look up entry");

/// An entry whose first copy is lost and whose second is under way.
fn sent_again() -> Desk {
    let mut desk = with_ids(CidUniqueness::Forever);
    desk.story(&[PLACED, UNKNOWN, ("not-found", "send entry")]);
    desk
}

/// An entry of unknown outcome whose second copy waits for the disk.
fn waiting_copy(cid_uniqueness: CidUniqueness) -> Desk {
    let mut desk = with_ids(cid_uniqueness);
    desk.story(&[PLACED, UNKNOWN, ("disk slow", ""), ("mark 100", ""), ("not-found", "")]);
    desk
}

#[test]
fn the_rejection_of_a_second_copy_does_not_end_an_order_that_works() {
    let mut desk = sent_again();
    desk.story(&[
        ("says entry working 0", "entry accepted; over OutcomeUnknown"),
        ("reply rejected", ""),
        (
            "says entry filled 3 1:3@100",
            "entry filled 3 at 100; place stop sell 3 stop 90; send stop",
        ),
    ]);
    // The late reply, and the status behind the fills.
    assert_eq!(desk.gateway.counts().repeated, 2);
}

#[test]
fn a_second_copy_that_did_not_leave_says_nothing_of_the_first() {
    sent_again().story(&[
        // Taken for "never accepted", a second entry would be bought.
        ("reply not-sent", "look up entry"),
        ("found entry working 0", "entry accepted; over OutcomeUnknown"),
    ]);
}

#[test]
fn a_rejected_copy_is_believed_once_the_other_cannot_be_accepted_any_more() {
    let mut desk = sent_again();
    desk.story(&[
        ("reply unknown", "look up entry"),
        ("found entry rejected 0", ""),
        ("wait 12999", "look up entry"),
        ("found entry rejected 0", ""),
        ("wait 1000", "look up entry"),
        ("found entry rejected 0", "entry rejected; over OutcomeUnknown"),
    ]);
    // 13 s after the second copy left, to the nanosecond.
    let mut desk = sent_again();
    desk.story(&[
        ("reply unknown", "look up entry"),
        ("found entry rejected 0", ""),
        ("wait 13000", "look up entry"),
        ("found entry rejected 0", "entry rejected; over OutcomeUnknown"),
    ]);
}

#[test]
fn a_name_is_sent_again_within_the_time_in_which_the_venue_takes_it_once() {
    let half = 500_000_000;
    for (after, sent) in [("wait 499", "send entry"), ("wait 500", ""), ("wait 501", "")] {
        let mut desk = with_ids(CidUniqueness::Window(half));
        desk.story(&[PLACED, UNKNOWN, (after, ""), ("not-found", sent)]);
    }
}

#[test]
fn a_list_is_not_sent_again_once_one_of_its_orders_works_or_was_rejected() {
    for (said, heard) in [
        ("says stop working 0", "stop accepted; over OutcomeUnknown"),
        ("says stop rejected 0", "stop rejected; over OutcomeUnknown"),
    ] {
        with_ids(CidUniqueness::Forever).story(&[
            PLACED_LIST,
            ("reply accepted", "entry accepted"),
            FILLED_LIST,
            UNKNOWN_LIST,
            (said, heard),
            // Of the target.
            ("not-found", ""),
        ]);
    }
}

#[test]
fn a_copy_that_waits_for_the_disk_does_not_leave_once_the_venue_was_heard() {
    for id in [CidUniqueness::Forever, CidUniqueness::Window(60_000_000_000)] {
        let mut desk = waiting_copy(id);
        desk.story(&[
            ("says entry working 0", "entry accepted; over OutcomeUnknown"),
            // Beyond the window the venue would take it for another order.
            ("wait 60000", ""),
            ("disk done", ""),
        ]);
    }
}

#[test]
fn a_copy_that_waits_for_the_disk_does_not_leave_beside_the_next_attempt() {
    waiting_copy(CidUniqueness::Forever).story(&[
        ("wait 13000", "look up entry"),
        // Proven of the first copy: the second must not make it untrue.
        (
            "not-found",
            "entry never accepted; over OutcomeUnknown; place entry#2 buy 3 limit 101 ioc",
        ),
        ("disk done", "send entry#2"),
    ]);
}

#[test]
fn a_copy_that_waits_for_the_disk_does_not_leave_once_its_name_may_be_taken_again() {
    let half = 500_000_000;
    for (wait, sent) in [("wait 499", "send entry"), ("wait 500", "")] {
        let mut desk = waiting_copy(CidUniqueness::Window(half));
        desk.story(&[(wait, "look up entry"), ("look-up-failed", ""), ("disk done", sent)]);
    }
}

#[test]
fn a_list_that_waits_for_the_disk_does_not_leave_again_once_one_of_its_orders_was_heard_of() {
    let mut desk = with_ids(CidUniqueness::Forever);
    desk.story(&[
        PLACED_LIST,
        ("reply accepted", "entry accepted"),
        FILLED_LIST,
        UNKNOWN_LIST,
        ("disk slow", ""),
        ("mark 100", ""),
        ("not-found", ""),
        ("says stop working 0", "stop accepted; over OutcomeUnknown"),
        ("disk done", ""),
    ]);
}
