//! Order life: answers, look-ups, attempts, entries at the touch.

use super::steps::{bounded, held, touch, with_ids};
use crate::gateway::CidUniqueness;

#[test]
fn an_entry_from_decision_to_stop() {
    bounded().story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply accepted", "entry accepted"),
        (
            "says entry filled 3 1:3@100",
            "entry filled 3 at 100; place stop sell 3 stop 90; send stop",
        ),
        ("reply accepted", "stop accepted"),
        ("says stop filled 3 2:3@90", "stop filled 3 at 90"),
    ]);
}

#[test]
fn an_unknown_outcome_is_looked_up_and_never_sent_twice() {
    bounded().story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply unknown", "incident OutcomeUnknown entry; look up entry"),
        // Too early to be a proof: the request may still be on its way.
        ("not-found", ""),
        ("wait 1000", "look up entry"),
        // An error of the status query says nothing about the order.
        ("look-up-failed", ""),
        ("wait 12000", "look up entry"),
        ("look-up-failed", ""),
        ("wait 6000", "look up entry"),
        // Asked 19 s after it left, 13 s after it can last have been accepted.
        (
            "not-found",
            "entry never accepted; over OutcomeUnknown; \
             place entry#2 buy 3 limit 101 ioc; send entry#2",
        ),
        ("reply accepted", "entry#2 accepted"),
    ]);
}

#[test]
fn after_three_attempts_an_entry_is_given_up() {
    bounded().story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply not-sent", "entry never accepted"),
        ("wait 99", ""),
        ("wait 26", "place entry#2 buy 3 limit 101 ioc; send entry#2"),
        ("reply not-sent", "entry#2 never accepted"),
        ("wait 250", "place entry#3 buy 3 limit 101 ioc; send entry#3"),
        ("reply not-sent", "entry#3 never accepted"),
        ("wait 60000", ""),
    ]);
}

#[test]
fn a_venue_that_takes_an_id_once_is_sent_it_again() {
    let mut desk = with_ids(CidUniqueness::Forever);
    desk.story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply unknown", "incident OutcomeUnknown entry; look up entry"),
        ("not-found", "send entry"),
        // It had arrived: the second copy is the one that is rejected.
        ("reply rejected", "look up entry"),
        ("found entry working 0", "entry accepted; over OutcomeUnknown"),
    ]);
}

#[test]
fn a_venue_without_ids_is_asked_nothing_and_the_symbol_stays_closed() {
    let mut desk = with_ids(CidUniqueness::None);
    desk.story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply unknown", "incident OutcomeUnknown entry"),
        ("wait 60000", ""),
        ("enter 1 stop 10 limit 101", "refused SYMBOL_QUARANTINED"),
        // What it says by itself still counts.
        (
            "says entry filled 3 1:3@100",
            "entry filled 3 at 100; over OutcomeUnknown; place stop sell 3 stop 90; send stop",
        ),
    ]);
}

#[test]
fn an_entry_at_the_touch_is_priced_three_times_and_given_up() {
    touch().story(&[
        ("enter 3 stop 10 limit 101", "refused LIMIT_NOT_EVALUABLE"),
        ("quote 99 100", ""),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 99; send entry"),
        ("reply accepted", "entry accepted"),
        ("wait 19999", ""),
        ("quote 100 101", ""),
        ("wait 1", "cancel entry; send cancel entry"),
        ("reply accepted", "entry cancelled; place entry2 buy 3 limit 100; send entry2"),
        ("reply accepted", "entry2 accepted"),
        // The touch has not moved: it keeps its place in the queue.
        ("quote 100 101", ""),
        ("wait 20000", ""),
        // It moves past the decision's worst price: the order follows to that and no further.
        ("quote 103 104", ""),
        ("wait 1000", "cancel entry2; send cancel entry2"),
        (
            "says entry2 cancelled 1 1:1@100",
            "entry2 filled 1 at 100; place stop sell 1 stop 90; entry2 cancelled; \
             place entry3 buy 2 limit 101; send stop; send entry3",
        ),
        ("reply accepted", ""),
        ("reply accepted", "stop accepted"),
        ("reply accepted", "entry3 accepted"),
        ("wait 19001", "cancel entry3; send cancel entry3"),
        ("reply accepted", "entry3 cancelled; refused DECISION_EXPIRED"),
        ("wait 60000", ""),
    ]);
}

#[test]
fn modes_and_limits_refuse_entries_and_never_exits() {
    let mut desk = bounded();
    desk.story(&[
        ("enter 1 stop 10 limit 101", "place entry buy 1 limit 101 ioc; send entry"),
        (
            "says entry filled 1 1:1@100",
            "entry filled 1 at 100; place stop sell 1 stop 90; send stop",
        ),
        ("reply accepted", ""),
        ("reply accepted", "stop accepted"),
        ("mode safe", ""),
        ("enter 1 stop 10 limit 101", "refused MODE_FORBIDS"),
        ("mode maintenance", ""),
        ("enter 1 stop 10 limit 101", "refused MODE_FORBIDS"),
        ("exit", "cancel stop; place sale sell 1 market; send sale for stop"),
        ("reply accepted accepted", "stop cancelled; sale accepted"),
        ("says sale filled 1 2:1@99", "sale filled 1 at 99"),
        ("exit", "refused NOTHING_HELD"),
        ("mode running", ""),
        ("enter 6 stop 10 limit 101", "refused HARD_ORDER_NOTIONAL"),
        ("enter 1 stop 10 limit 103", "refused HARD_PRICE_COLLAR"),
        ("enter 0.05 stop 10 limit 101", "refused BELOW_VENUE_MINIMUM"),
        ("enter 1 stop 10", "refused HARD_PRICE_COLLAR"),
        ("enter 1 stop 10 limit 101 within 0", "place entry2 buy 1 limit 101 ioc; send entry2"),
    ]);
}

/// Money that moved is booked and protected, whatever was ordered; that it cannot be is told.
#[test]
fn a_fill_beyond_its_order_is_booked_protected_and_told() {
    let mut desk = held();
    desk.story(&[(
        "says entry filled 4 2:1@100",
        "entry filled 1 at 100; incident ReportImpossible entry; \
         cancel stop; place stop2 sell 4 stop 90; send stop2 for stop",
    )]);
    assert_eq!((desk.held(), desk.gateway.counts().impossible), ("4".to_owned(), 1));
}

#[test]
fn what_has_ended_does_not_end_another_way_and_that_is_told() {
    let mut desk = bounded();
    desk.story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply accepted", "entry accepted"),
        ("says entry expired 0", "entry expired"),
        ("says entry expired 0", ""),
        ("says entry cancelled 0", "incident ReportImpossible entry"),
    ]);
    assert_eq!((desk.gateway.counts().repeated, desk.gateway.counts().impossible), (1, 1));
}

#[test]
fn a_pause_refuses_entries_until_it_is_over_and_never_exits() {
    bounded().story(&[
        ("pause", ""),
        ("enter 1 stop 10 limit 101", "refused PAUSED"),
        ("go-on", ""),
        ("enter 1 stop 10 limit 101", "place entry buy 1 limit 101 ioc; send entry"),
        (
            "says entry filled 1 1:1@100",
            "entry filled 1 at 100; place stop sell 1 stop 90; send stop",
        ),
        ("reply accepted", ""),
        ("reply accepted", "stop accepted"),
        ("pause", ""),
        ("exit", "cancel stop; place sale sell 1 market; send sale for stop"),
    ]);
}

#[test]
fn what_was_proved_never_to_be_accepted_and_works_after_all_is_told() {
    bounded().story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply not-sent", "entry never accepted"),
        ("says entry working 0", "incident ReportImpossible entry"),
    ]);
}
