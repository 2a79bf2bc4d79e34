//! Protection: a stop rests for what is held, or what is held is sold.

use super::desk::{Desk, SYMBOL, qty};
use super::steps::{bounded, held, held_list};
use crate::gateway::{Capabilities, EntryStyle, Settings};

/// A venue in this process, as a backtest has it.
fn at_once() -> Desk {
    Desk::new(Settings {
        entry: EntryStyle::Bounded,
        ..Settings::live("main", Capabilities::in_process())
    })
}

#[test]
fn each_fill_of_an_entry_resizes_its_stop_and_never_lowers_it() {
    at_once().story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply accepted", "entry accepted"),
        (
            "says entry partly 1 1:1@100",
            "entry filled 1 at 100; place stop sell 1 stop 90; send stop",
        ),
        ("reply accepted", "stop accepted"),
        // The average is 106, its stop 96.
        (
            "says entry partly 2 2:1@112",
            "entry filled 1 at 112; cancel stop; place stop2 sell 2 stop 96; send stop2 for stop",
        ),
        ("reply accepted accepted", "stop cancelled; stop2 accepted"),
        // The average is 100 again: the stop stays.
        (
            "says entry filled 3 3:1@88",
            "entry filled 1 at 88; cancel stop2; place stop3 sell 3 stop 96; send stop3 for stop2",
        ),
        ("reply accepted accepted", "stop2 cancelled; stop3 accepted"),
    ]);
}

#[test]
fn a_list_is_replaced_in_two_steps_where_the_venue_cannot_in_one() {
    let mut desk = held_list(bounded());
    desk.story(&[
        ("move 95", "cancel stop; send cancel stop"),
        (
            "reply accepted",
            "stop cancelled; target cancelled; place stop2 sell 3 stop 95; \
             place target2 sell 3 target 120; send stop2+target2",
        ),
        ("wait 40", ""),
        ("reply accepted", "stop2 accepted; target2 accepted"),
    ]);
    let unprotected = desk.gateway.unprotected(SYMBOL);
    assert_eq!(unprotected.qty, qty("0"));
    assert_eq!(unprotected.longest, 40_000_000, "measured from the end of the old stop to the new");
}

#[test]
fn a_protective_order_that_trades_in_part_is_left_to_close_the_rest() {
    let mut desk = held_list(bounded());
    desk.story(&[
        ("says target partly 1 2:1@120", "target filled 1 at 120"),
        ("says stop expired 0", "stop expired"),
        ("wait 499", ""),
        ("says target partly 2 3:1@119", "target filled 1 at 119"),
        // It ends with something left: that is guarded again.
        (
            "says target expired 2",
            "target expired; place stop2 sell 1 stop 90; place target2 sell 1 target 120; \
             send stop2+target2",
        ),
    ]);
}

#[test]
fn a_target_that_rests_half_traded_gives_its_rest_a_stop_again() {
    let mut desk = held_list(bounded());
    desk.story(&[
        ("says target partly 1 2:1@120", "target filled 1 at 120"),
        ("says stop expired 0", "stop expired"),
        ("wait 500", "cancel target; send cancel target"),
        (
            "reply accepted",
            "target cancelled; place stop2 sell 2 stop 90; place target2 sell 2 target 120; \
             send stop2+target2",
        ),
    ]);
}

#[test]
fn a_stop_that_the_venue_refuses_means_sell_at_once() {
    let mut desk = bounded();
    desk.story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply accepted", "entry accepted"),
        (
            "says entry filled 3 1:3@100",
            "entry filled 3 at 100; place stop sell 3 stop 90; send stop",
        ),
        ("reply rejected", "stop rejected; place sale sell 3 market; send sale"),
        ("reply accepted", "sale accepted"),
        ("says sale filled 3 2:3@89", "sale filled 3 at 89"),
    ]);
    assert_eq!(desk.held(), "0");
}

#[test]
fn a_sale_that_is_rejected_puts_the_stop_back_and_is_tried_again_after_a_while() {
    let mut desk = held();
    desk.story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        (
            "reply accepted rejected",
            "stop cancelled; sale rejected; place stop2 sell 3 stop 90; send stop2",
        ),
        ("reply accepted", "stop2 accepted"),
        ("wait 4999", ""),
        ("wait 1", "cancel stop2; place sale2 sell 3 market; send sale2 for stop2"),
        ("reply accepted accepted", "stop2 cancelled; sale2 accepted"),
        ("says sale2 filled 3 2:3@89", "sale2 filled 3 at 89"),
    ]);
}

#[test]
fn where_the_venue_rejects_sale_and_stop_both_wait() {
    let mut desk = held();
    desk.story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        (
            "reply accepted rejected",
            "stop cancelled; sale rejected; place stop2 sell 3 stop 90; send stop2",
        ),
        ("reply rejected", "stop2 rejected"),
        ("wait 799", ""),
        ("wait 1", "place sale2 sell 3 market; send sale2"),
        // Nothing rests: however often the venue has said no, a yes is not missed by more than that.
        ("reply rejected", "sale2 rejected"),
        ("wait 800", "place sale3 sell 3 market; send sale3"),
        ("reply rejected", "sale3 rejected"),
        ("wait 800", "place sale4 sell 3 market; send sale4"),
        ("reply accepted", "sale4 accepted"),
        ("says sale4 filled 3 2:3@89", "sale4 filled 3 at 89"),
    ]);
}

#[test]
fn while_a_stop_rests_a_sale_that_is_rejected_is_waited_for_ever_longer() {
    let mut desk = held();
    desk.story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("reply rejected", "sale rejected; look up stop"),
        ("found stop working 0", "stop not cancelled"),
        ("wait 4999", ""),
        ("wait 1", "cancel stop; place sale2 sell 3 market; send sale2 for stop"),
        ("reply rejected", "sale2 rejected; look up stop"),
        ("found stop working 0", "stop not cancelled"),
        ("wait 9999", ""),
        ("wait 1", "cancel stop; place sale3 sell 3 market; send sale3 for stop"),
        ("reply accepted accepted", "stop cancelled; sale3 accepted"),
    ]);
    assert_eq!(desk.gateway.unprotected(SYMBOL).longest, 0);
}

#[test]
fn what_became_of_an_earlier_replacement_says_nothing_of_a_cancellation() {
    let mut desk = held();
    desk.story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("reply rejected", "sale rejected; look up stop"),
        ("found stop working 0", "stop not cancelled"),
        ("cancel stop", ""),
        ("missing stop", "look up stop"),
        // It may still come about: the end of what was to take the stead of the stop proves nothing of it.
        ("found stop working 0", ""),
        ("wait 125", "send cancel stop"),
    ]);
}

#[test]
fn what_does_not_leave_takes_no_stop_off_the_book() {
    let mut desk = held();
    desk.story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("reply not-sent", "sale never accepted; look up stop"),
        ("look-up-failed", ""),
        ("wait 125", "look up stop"),
        (
            "found stop working 0",
            "stop not cancelled; cancel stop; place sale#2 sell 3 market; send sale#2 for stop",
        ),
        ("reply accepted accepted", "stop cancelled; sale#2 accepted"),
    ]);
}

#[test]
fn a_stop_that_the_venue_has_cancelled_is_not_believed_to_rest() {
    let mut desk = held();
    desk.story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("reply-first accepted rejected", "sale rejected; look up stop"),
        // The look-up lags.
        ("found stop working 0", ""),
        ("says stop cancelled 0", "stop cancelled; place stop2 sell 3 stop 90; send stop2"),
    ]);
}

#[test]
fn new_rules_end_the_wait_of_what_the_old_ones_spoilt() {
    let mut desk = held();
    desk.story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        // The venue's lot has changed, and we do not know yet.
        (
            "reply accepted rejected",
            "stop cancelled; sale rejected; place stop2 sell 3 stop 90; send stop2",
        ),
        ("reply rejected", "stop2 rejected"),
        ("wait 20", ""),
        ("lot 0.7", "place sale2 sell 2.8 market; send sale2"),
        ("reply accepted", "sale2 accepted"),
        ("says sale2 filled 2.8 2:2.8@89", "sale2 filled 2.8 at 89"),
    ]);
}

#[test]
fn a_stop_moves_towards_profit_or_not_at_all() {
    let mut desk = held();
    desk.story(&[
        ("move 95", "cancel stop; place stop2 sell 3 stop 95; send stop2 for stop"),
        ("reply accepted accepted", "stop cancelled; stop2 accepted"),
        ("move 94", "refused STOP_AWAY_FROM_PROFIT"),
        ("move 96", "cancel stop2; place stop3 sell 3 stop 96; send stop3 for stop2"),
    ]);
}

#[test]
fn a_stop_with_a_limit_is_chased_after_two_seconds() {
    let mut desk = bounded();
    desk.story(&[
        ("kinds market limit stop_limit", ""),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply accepted", "entry accepted"),
        (
            "says entry filled 3 1:3@100",
            "entry filled 3 at 100; place stop sell 3 stop 90 limit 89; send stop",
        ),
        ("reply accepted", "stop accepted"),
        ("quote 90 91", ""),
        ("wait 1000", ""),
        // It comes back: the count begins anew.
        ("quote 91 92", ""),
        ("wait 1500", ""),
        ("quote 85 86", ""),
        ("wait 1999", ""),
        ("wait 1", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("reply accepted accepted", "stop cancelled; sale accepted"),
    ]);
}

#[test]
fn a_stop_that_was_never_accepted_is_a_further_attempt_at_the_same_command() {
    let mut desk = bounded();
    desk.story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply accepted", "entry accepted"),
        (
            "says entry filled 3 1:3@100",
            "entry filled 3 at 100; place stop sell 3 stop 90; send stop",
        ),
        ("reply not-sent", "stop never accepted"),
        ("wait 125", "place stop#2 sell 3 stop 90; send stop#2"),
        ("reply not-sent", "stop#2 never accepted"),
        ("wait 250", "place stop#3 sell 3 stop 90; send stop#3"),
        ("reply not-sent", "stop#3 never accepted"),
        // Three attempts have failed: it goes on as a new command, 800 ms behind the last.
        ("wait 799", ""),
        ("wait 1", "place stop2 sell 3 stop 90; send stop2"),
        ("reply not-sent", "stop2 never accepted"),
        ("wait 3825", "incident Unprotected; place stop2#2 sell 3 stop 90; send stop2#2"),
        ("reply accepted", "stop2#2 accepted; over Unprotected"),
    ]);
}

#[test]
fn what_is_left_of_an_earlier_trade_does_not_hold_the_next_stop_up() {
    at_once().story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply accepted", "entry accepted"),
        // 0.2 at a stop of 90 is 18, the venue's smallest order is 20: no stop rests at 90.
        ("says entry partly 0.2 1:0.2@100", "entry filled 0.2 at 100"),
        ("says entry expired 0.2", "entry expired"),
        ("mark 60", ""),
        ("enter 3 stop 10 limit 61", "place entry2 buy 3 limit 61 ioc; send entry2"),
        ("reply accepted", "entry2 accepted"),
        // The average of all is 62.5, a tick 1. A stop at 90 would lie above the market: everything would be sold at once.
        (
            "says entry2 filled 3 2:3@60",
            "entry2 filled 3 at 60; place stop sell 3.2 stop 52; send stop",
        ),
    ]);
}

/// A sale by an operator has a bound, the next trade's has none.
#[test]
fn what_an_operator_wanted_closed_is_forgotten_with_the_position() {
    let mut desk = held();
    desk.story(&[
        ("flatten", ""),
        ("exit", "cancel stop; place sale sell 3 limit 98 ioc; send sale for stop"),
        ("reply accepted accepted", "stop cancelled; sale accepted"),
        ("says sale filled 3 2:3@99", "sale filled 3 at 99"),
        ("enter 3 stop 10 limit 101", "place entry2 buy 3 limit 101 ioc; send entry2"),
        ("reply accepted", "entry2 accepted"),
        (
            "says entry2 filled 3 3:3@100",
            "entry2 filled 3 at 100; place stop2 sell 3 stop 90; send stop2",
        ),
        ("reply accepted", "stop2 accepted"),
        ("exit", "cancel stop2; place sale2 sell 3 market; send sale2 for stop2"),
    ]);
}

#[test]
fn a_sale_in_the_stead_of_a_rejected_stop_is_asked_for_once() {
    let mut desk = bounded();
    desk.story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply accepted", "entry accepted"),
        (
            "says entry filled 3 1:3@100",
            "entry filled 3 at 100; place stop sell 3 stop 90; send stop",
        ),
        ("reply rejected", "stop rejected; place sale sell 3 market; send sale"),
        ("reply accepted", "sale accepted"),
        ("says sale cancelled 0", "sale cancelled; place stop2 sell 3 stop 90; send stop2"),
        ("reply accepted", "stop2 accepted"),
        ("wait 60000", ""),
    ]);
}

#[test]
fn a_sale_that_was_decided_before_an_operator_wanted_it_closed_is_not_carried_on() {
    let mut desk = held();
    desk.story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("reply accepted accepted", "stop cancelled; sale accepted"),
        ("flatten", ""),
        ("says sale cancelled 0", "sale cancelled; place stop2 sell 3 stop 90; send stop2"),
        ("reply accepted", "stop2 accepted"),
        ("wait 60000", ""),
    ]);
}

#[test]
fn only_an_entry_brings_its_protection_with_its_fills() {
    let mut desk = bounded();
    let entry = |desk: &Desk| desk.gateway.open_orders().next().unwrap();
    let brings = |desk: &Desk| desk.gateway.state.orders.get(entry(desk)).unwrap().protection;
    desk.story(&[("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry")]);
    assert!(brings(&desk).is_some());
    let mut desk = held();
    assert!(brings(&desk).is_none());
    desk.story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("reply accepted accepted", "stop cancelled; sale accepted"),
    ]);
    assert!(brings(&desk).is_none());
}

/// It is the purchase that is still to be told: nothing is bought back, and nothing lacks a stop.
#[test]
fn what_was_sold_before_it_was_told_to_be_bought_lacks_no_stop() {
    let mut desk = held();
    desk.story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("says stop partly 1 2:1@90", "stop filled 1 at 90"),
        ("says stop cancelled 1", "stop cancelled"),
        ("says sale filled 3 3:3@90", "sale filled 3 at 90"),
    ]);
    assert_eq!(desk.held(), "-1");
    assert_eq!(desk.gateway.unprotected(SYMBOL).qty, qty("0"));
}
