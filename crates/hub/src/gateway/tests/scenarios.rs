//! Scenarios after bugs that real systems had.

use super::desk::{Desk, SYMBOL, qty};
use super::steps::{FILLED, PLACED, bounded, held, touch};

#[test]
fn the_reply_of_an_accepted_order_is_lost() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        // Nobody answers: after 5 s it is unknown, not failed.
        ("wait 5000", "incident OutcomeUnknown entry; look up entry"),
        (
            "found entry filled 3 1:3@100",
            "entry filled 3 at 100; over OutcomeUnknown; place stop sell 3 stop 90; send stop",
        ),
        ("wait 60000", "incident OutcomeUnknown stop; incident Unprotected; look up stop"),
        ("found stop working 0", "stop accepted; over OutcomeUnknown; over Unprotected"),
    ]);
    assert_eq!(desk.held(), "3");
}

#[test]
fn errors_of_the_status_query_are_not_counted_as_not_found() {
    let mut desk = bounded();
    desk.story(&[PLACED, ("reply unknown", "incident OutcomeUnknown entry; look up entry")]);
    for _ in 0..20 {
        desk.story(&[("look-up-failed", ""), ("wait 6000", "look up entry")]);
    }
    desk.story(&[(
        "found entry filled 3 1:3@100",
        "entry filled 3 at 100; over OutcomeUnknown; place stop sell 3 stop 90; send stop",
    )]);
}

#[test]
fn a_question_that_hangs_is_asked_again_within_a_second() {
    bounded().story(&[
        PLACED,
        ("reply unknown", "incident OutcomeUnknown entry; look up entry"),
        ("wait 799", ""),
        ("wait 1", "look up entry"),
        ("wait 800", "look up entry"),
        (
            "found entry filled 3 1:3@100",
            "entry filled 3 at 100; over OutcomeUnknown; place stop sell 3 stop 90; send stop",
        ),
    ]);
}

#[test]
fn a_sale_waits_for_the_end_of_a_halt() {
    let mut desk = held();
    desk.story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("halt", "incident SymbolHalted"),
        (
            "reply accepted rejected",
            "stop cancelled; sale rejected; place stop2 sell 3 stop 90; send stop2",
        ),
        ("reply rejected", "stop2 rejected"),
        // Neither is taken while nothing trades: an hour brings no further try.
        ("wait 5000", "incident Unprotected"),
        ("wait 3600000", ""),
        ("resume", "over SymbolHalted; place sale2 sell 3 market; send sale2"),
        ("reply accepted", "sale2 accepted"),
        ("says sale2 filled 3 2:3@89", "sale2 filled 3 at 89; over Unprotected"),
    ]);
}

#[test]
fn the_end_of_a_halt_ends_the_wait_after_a_rejection() {
    held().story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("halt", "incident SymbolHalted"),
        (
            "reply accepted rejected",
            "stop cancelled; sale rejected; place stop2 sell 3 stop 90; send stop2",
        ),
        ("reply rejected", "stop2 rejected"),
        ("wait 250", ""),
        ("resume", "over SymbolHalted; place sale2 sell 3 market; send sale2"),
    ]);
}

#[test]
fn a_time_out_in_flight_is_not_a_rejection() {
    bounded().story(&[
        PLACED,
        ("wait 5000", "incident OutcomeUnknown entry; look up entry"),
        // The exposure of the unknown order stays reserved, and nothing is entered beside it.
        ("enter 1 stop 10 limit 101", "refused SYMBOL_QUARANTINED"),
        ("not-found", ""),
        // The answer that was given up for lost says no: it is a rejection only now.
        ("says entry rejected", "entry rejected; over OutcomeUnknown"),
    ]);
}

#[test]
fn the_acknowledgement_comes_on_the_stream_before_the_reply() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        ("says entry working 0", "entry accepted"),
        (
            "says entry partly 1 1:1@100",
            "entry filled 1 at 100; place stop sell 1 stop 90; send stop",
        ),
        // The reply to the placement, then that of the stop.
        ("reply accepted", ""),
        ("reply accepted", "stop accepted"),
    ]);
    assert_eq!(desk.gateway.counts().repeated, 2, "the second status and the late reply");
}

#[test]
fn a_sum_and_the_fills_behind_it_are_counted_once() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        // A status says 3, no fill was seen: it is asked for, not made up.
        ("says entry filled 3", "entry accepted; ask fills of entry"),
        // Meanwhile the stream brings two of the three executions.
        (
            "says entry partly 2 1:1@100 2:1@100",
            "entry filled 1 at 100; place stop sell 1 stop 90; entry filled 1 at 100; send stop",
        ),
        // The answer brings all three.
        ("fills 1:1@100 2:1@100 3:1@100", "entry filled 1 at 100"),
    ]);
    assert_eq!(desk.held(), "3");
}

#[test]
fn an_end_is_told_after_the_fills_before_it() {
    bounded().story(&[
        PLACED,
        ("reply accepted", "entry accepted"),
        ("says entry expired 1", "ask fills of entry"),
        ("no-fills", ""),
        ("wait 200", "ask fills of entry"),
        (
            "fills 1:1@100",
            "entry filled 1 at 100; place stop sell 1 stop 90; entry expired; send stop",
        ),
    ]);
}

#[test]
fn fills_that_cannot_be_had_are_an_incident_and_asked_for_again() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        ("reply accepted", "entry accepted"),
        ("says entry expired 1", "ask fills of entry"),
    ]);
    for _ in 0..4 {
        desk.story(&[("no-fills", ""), ("wait 3000", "ask fills of entry")]);
    }
    desk.story(&[
        ("no-fills", "incident FillsMissing entry; entry expired"),
        ("wait 5000", "ask fills of entry"),
        (
            "fills 1:1@100",
            "entry filled 1 at 100; over FillsMissing; place stop sell 1 stop 90; send stop",
        ),
    ]);
}

#[test]
fn a_replacement_during_a_disconnect() {
    // Both halves are unknown. Cancelled, and the new one was accepted.
    let mut desk = held();
    desk.story(&[
        ("move 95", "cancel stop; place stop2 sell 3 stop 95; send stop2 for stop"),
        ("reply unknown", "incident OutcomeUnknown stop2; look up stop; look up stop2"),
        ("found stop2 working 0", "stop2 accepted; over OutcomeUnknown"),
    ]);
    // The old one still rests, and rests on until it is proven that the new one was never accepted.
    let mut desk = held();
    desk.story(&[
        ("move 95", "cancel stop; place stop2 sell 3 stop 95; send stop2 for stop"),
        ("wait 5000", "incident OutcomeUnknown stop2; look up stop; look up stop2"),
        ("not-found", ""),
        ("found stop working 0", ""),
        ("wait 125", "look up stop2"),
        // The reply that was given up for lost says nothing that a look-up does not.
        ("reply rejected not-sent", ""),
        ("wait 13000", ""),
        ("wait 500", "look up stop2"),
        ("not-found", "stop2 never accepted; over OutcomeUnknown; look up stop"),
        (
            "found stop working 0",
            "stop not cancelled; cancel stop; place stop2#2 sell 3 stop 95; send stop2#2 for stop",
        ),
        ("reply accepted accepted", "stop cancelled; stop2#2 accepted"),
    ]);
    assert_eq!(desk.gateway.unprotected(SYMBOL).longest, 0);
}

#[test]
fn a_stop_that_trades_while_it_is_replaced_is_not_sold_twice() {
    let mut desk = held();
    desk.story(&[
        ("move 95", "cancel stop; place stop2 sell 3 stop 95; send stop2 for stop"),
        // Nothing to cancel: the new one was not attempted.
        ("reply rejected not-sent", "stop2 never accepted; look up stop"),
        ("found stop filled 3 2:3@90", "stop filled 3 at 90"),
        ("wait 60000", ""),
    ]);
    assert_eq!(desk.held(), "0");
}

#[test]
fn a_restart_with_an_open_entry_order() {
    let mut desk = touch();
    desk.story(&[
        ("quote 99 100", ""),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 99; send entry"),
        ("reply accepted", "entry accepted"),
        // It had been accepted: where it is is asked, that it exists is not in doubt.
        ("restart", "look up entry"),
        (
            "found entry partly 1 1:1@99",
            "entry filled 1 at 99; place stop sell 1 stop 89; send stop",
        ),
        ("reply accepted", "stop accepted"),
        // Its patience ran from the decision, not from the restart.
        ("wait 60001", "cancel entry; send cancel entry"),
        ("reply accepted", "entry cancelled; refused DECISION_EXPIRED"),
    ]);
}

#[test]
fn a_restart_between_command_and_reply() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        ("restart", "incident OutcomeUnknown entry; look up entry"),
        ("not-found", ""),
        // 13 s after the restart, not after the command, which may have left a moment before the crash.
        ("wait 12999", "look up entry"),
        ("not-found", ""),
        ("wait 400", "look up entry"),
        // Proven. But what it saw is too old to act on.
        ("not-found", "entry never accepted; over OutcomeUnknown; refused DECISION_BEFORE_RESTART"),
        ("wait 60000", ""),
    ]);
}

#[test]
fn a_restart_between_fill_and_stop() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        ("reply accepted", "entry accepted"),
        FILLED,
        ("restart", "incident OutcomeUnknown stop; look up stop"),
        ("wait 13000", "incident Unprotected"),
        ("not-found", ""),
        ("wait 200", "look up stop"),
        (
            "not-found",
            "stop never accepted; over OutcomeUnknown; \
             place stop#2 sell 3 stop 90; send stop#2",
        ),
        ("reply accepted", "stop#2 accepted; over Unprotected"),
    ]);
}

#[test]
fn time_without_a_stop_while_no_hub_ran_is_no_incident_of_the_next() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        ("reply accepted", "entry accepted"),
        FILLED,
        ("wait 4000", ""),
        ("restart", "incident OutcomeUnknown stop; look up stop"),
        ("found stop working 0", "stop accepted; over OutcomeUnknown"),
    ]);
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        ("reply accepted", "entry accepted"),
        FILLED,
        ("wait 4000", ""),
        ("restart", "incident OutcomeUnknown stop; look up stop"),
        ("look-up-failed", ""),
        ("wait 4900", "look up stop"),
        ("wait 100", "incident Unprotected"),
    ]);
}

#[test]
fn a_late_new_after_filled() {
    let mut desk = bounded();
    desk.story(&[PLACED, FILLED, ("says entry working 0", ""), ("reply accepted", "")]);
    assert_eq!(desk.gateway.counts().impossible, 0);
}

#[test]
fn a_fill_after_cancel_still_counts() {
    let mut desk = touch();
    desk.story(&[
        ("quote 99 100", ""),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 99; send entry"),
        ("reply accepted", "entry accepted"),
        ("wait 60001", "cancel entry; send cancel entry"),
        ("reply accepted", "entry cancelled; refused DECISION_EXPIRED"),
        (
            "says entry cancelled 1 1:1@99",
            "entry filled 1 at 99; place stop sell 1 stop 89; send stop",
        ),
    ]);
    assert_eq!(desk.held(), "1");
}

#[test]
fn the_first_partial_fill_is_below_the_minimum() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        ("reply accepted", "entry accepted"),
        // 0.2 at a stop of 90 is 18, the venue's smallest order is 20: no stop can rest.
        ("says entry partly 0.2 1:0.2@100", "entry filled 0.2 at 100"),
    ]);
    let read = desk.gateway.unprotected(SYMBOL);
    assert_eq!((read.dust, read.qty), (qty("0.2"), qty("0")), "named dust, not unprotected");
    desk.story(&[(
        "says entry partly 0.5 2:0.3@100",
        "entry filled 0.3 at 100; place stop sell 0.5 stop 90; send stop",
    )]);
    assert_eq!(desk.gateway.unprotected(SYMBOL).dust, qty("0"));
}

#[test]
fn a_first_part_below_one_lot_is_dust_while_its_entry_works() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        ("reply accepted", "entry accepted"),
        // A lot is 0.1, and the fee is taken of it.
        ("says entry partly 0.1 1:0.1@100-0.001", "entry filled 0.1 at 100"),
    ]);
    let read = |desk: &Desk| {
        let read = desk.gateway.unprotected(SYMBOL);
        (read.qty, read.dust)
    };
    assert_eq!(read(&desk), (qty("0"), qty("0.099")), "named dust, not protected");
    // Whatever the price, and in the next life.
    desk.story(&[("mark 110", ""), ("restart", "look up entry")]);
    assert_eq!(read(&desk), (qty("0"), qty("0.099")));
    desk.story(&[(
        "says entry partly 0.5 2:0.4@100",
        "entry filled 0.4 at 100; place stop sell 0.4 stop 90; send stop",
    )]);
    assert_eq!(read(&desk), (qty("0.4"), qty("0")));
    desk.story(&[("reply accepted", "stop accepted")]);
    assert_eq!(read(&desk), (qty("0"), qty("0")));
}

#[test]
fn a_fee_in_base_leaves_a_rest_that_cannot_be_sold() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        ("reply accepted", "entry accepted"),
        // 3 - 0.003 = 2.997: 2.9 can be sold in lots of 0.1.
        (
            "says entry filled 3 1:3@100-0.003",
            "entry filled 3 at 100; place stop sell 2.9 stop 90; send stop",
        ),
        ("reply accepted", "stop accepted"),
        ("exit", "cancel stop; place sale sell 2.9 market; send sale for stop"),
        ("reply accepted accepted", "stop cancelled; sale accepted"),
        ("says sale filled 2.9 2:2.9@100", "sale filled 2.9 at 100"),
        // Less than a lot is left: no stop, no sale, no loop.
        ("wait 60000", ""),
    ]);
    assert_eq!(desk.held(), "0.097");
}

#[test]
fn a_limit_is_lowered_below_what_is_held() {
    let mut desk = held();
    desk.story(&[
        ("gross 200", "incident AboveLimit"),
        // Nothing is sold for it; what protects and what reduces goes on, entries do not.
        ("enter 1 stop 10 limit 101", "refused HARD_GROSS_EXPOSURE"),
        ("move 95", "cancel stop; place stop2 sell 3 stop 95; send stop2 for stop"),
        ("reply accepted accepted", "stop cancelled; stop2 accepted"),
        ("exit 1.5", "cancel stop2; place sale sell 1.5 market; send sale for stop2"),
        ("reply accepted accepted", "stop2 cancelled; sale accepted"),
        (
            "says sale filled 1.5 2:1.5@100",
            "sale filled 1.5 at 100; over AboveLimit; place stop3 sell 1.5 stop 95; send stop3",
        ),
    ]);
}

#[test]
fn open_orders_of_unknown_outcome_count_as_filled() {
    let mut desk = touch();
    desk.story(&[
        ("quote 99 100", ""),
        ("gross 350", ""),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 99; send entry"),
        ("reply unknown", "incident OutcomeUnknown entry; look up entry"),
        ("found entry working 0", "entry accepted; over OutcomeUnknown"),
    ]);
    // 3 are open at 100: one more makes 400.
    desk.story(&[("enter 1 stop 10 limit 101", "refused ENTRY_UNDER_WAY")]);
}

#[test]
fn the_kill_switch_cancels_entries_and_leaves_stops() {
    let mut desk = touch();
    desk.story(&[
        ("quote 99 100", ""),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 99; send entry"),
        ("reply accepted", "entry accepted"),
        (
            "says entry partly 1 1:1@99",
            "entry filled 1 at 99; place stop sell 1 stop 89; send stop",
        ),
        ("reply accepted", "stop accepted"),
        ("kill", "cancel entry; send cancel entry"),
        ("reply accepted", "entry cancelled; refused KILLED"),
        ("enter 1 stop 10 limit 101", "refused KILLED"),
        // It holds over a restart; what only reduces goes on.
        ("restart", "look up stop"),
        ("found stop working 0", ""),
        ("enter 1 stop 10 limit 101", "refused KILLED"),
        ("exit", "cancel stop; place sale sell 1 market; send sale for stop"),
        ("reply accepted accepted", "stop cancelled; sale accepted"),
        ("says sale filled 1 2:1@98", "sale filled 1 at 98"),
        ("open-again", ""),
        ("quote 99 100", ""),
        ("enter 1 stop 10 limit 101", "place entry2 buy 1 limit 99; send entry2"),
    ]);
}

#[test]
fn a_symbol_is_halted() {
    let mut desk = held();
    desk.story(&[
        ("halt", "incident SymbolHalted"),
        ("enter 1 stop 10 limit 101", "refused SYMBOL_NOT_TRADING"),
        ("resume", "over SymbolHalted"),
        ("enter 1 stop 10 limit 101", "place entry2 buy 1 limit 101 ioc; send entry2"),
    ]);
}

#[test]
fn the_stop_of_a_halted_symbol_is_neither_moved_nor_sold_for() {
    let mut desk = held();
    desk.story(&[
        ("halt", "incident SymbolHalted"),
        // The venue would take the cancellation, and reject what comes in its stead.
        ("move 95", ""),
        ("wait 60000", ""),
        (
            "resume",
            "over SymbolHalted; cancel stop; place stop2 sell 3 stop 95; send stop2 for stop",
        ),
        ("reply accepted accepted", "stop cancelled; stop2 accepted"),
        ("halt", "incident SymbolHalted"),
        ("exit", ""),
        ("wait 60000", ""),
        (
            "resume",
            "over SymbolHalted; cancel stop2; place sale sell 3 market; send sale for stop2",
        ),
    ]);
}

#[test]
fn a_stop_rests_when_its_replacement_meets_a_halt_that_was_not_known() {
    let mut desk = held();
    desk.story(&[
        ("move 95", "cancel stop; place stop2 sell 3 stop 95; send stop2 for stop"),
        ("reply rejected", "stop2 rejected; look up stop"),
        (
            "found stop working 0",
            "stop not cancelled; cancel stop; place sale sell 3 market; send sale for stop",
        ),
        ("reply rejected", "sale rejected; look up stop"),
        ("found stop working 0", "stop not cancelled"),
        ("halt", "incident SymbolHalted"),
        ("wait 60000", ""),
        (
            "resume",
            "over SymbolHalted; cancel stop; place sale2 sell 3 market; send sale2 for stop",
        ),
    ]);
}

#[test]
fn a_symbol_is_delisted_with_a_position_open() {
    let mut desk = held();
    desk.story(&[
        ("delist", "incident Delisted"),
        ("enter 1 stop 10 limit 101", "refused SYMBOL_NOT_TRADING"),
        // The venue takes no order: an exit is refused before sending, and says so.
        ("exit", "refused ORDER_TYPE_UNSUPPORTED"),
        // It cancels what rested.
        ("says stop expired 0", "stop expired"),
        ("wait 5000", "incident Unprotected"),
    ]);
    assert_eq!(desk.held(), "3");
}

#[test]
fn what_was_delisted_or_halted_is_so_after_a_restart_until_the_venue_says_otherwise() {
    let mut desk = held();
    desk.story(&[
        ("delist", "incident Delisted"),
        ("says stop expired 0", "stop expired"),
        // Nothing is sold where nothing trades, and nothing is over.
        ("restart", ""),
        ("resume", "over Delisted; place stop2 sell 3 stop 90; send stop2"),
    ]);
    let mut desk = held();
    desk.story(&[
        ("halt", "incident SymbolHalted"),
        ("restart", "look up stop"),
        ("resume", "over SymbolHalted"),
    ]);
}

#[test]
fn the_lot_size_changes_under_a_working_order() {
    let mut desk = held();
    desk.story(&[
        // 3 is no multiple of 0.7: the stop is resized to what can be sold.
        ("lot 0.7", "cancel stop; place stop2 sell 2.8 stop 90; send stop2 for stop"),
        ("reply accepted accepted", "stop cancelled; stop2 accepted"),
        ("exit", "cancel stop2; place sale sell 2.8 market; send sale for stop2"),
    ]);
}

#[test]
fn a_sale_is_told_before_the_purchase_that_it_sold() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        (
            "says entry partly 1 1:1@100",
            "entry filled 1 at 100; place stop sell 1 stop 90; send stop",
        ),
        ("says stop filled 1 3:1@90", "stop filled 1 at 90"),
        // The gateway knew of 1; another life, or a person, sold the second.
        ("exit", "refused NOTHING_HELD"),
        (
            "says entry filled 3 2:2@100",
            "entry filled 2 at 100; place stop2 sell 2 stop 90; send stop2",
        ),
    ]);
    // Told: a sale of 2, with only 2 of the 3 bought known before.
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        (
            "says entry partly 2 1:2@100",
            "entry filled 2 at 100; place stop sell 2 stop 90; send stop",
        ),
        ("reply accepted", ""),
        ("reply accepted", "stop accepted"),
        ("exit", "cancel stop; place sale sell 2 market; send sale for stop"),
        ("says stop partly 1 2:1@90", "stop filled 1 at 90"),
        ("says stop cancelled 1", "stop cancelled"),
        // 1 - 2: below zero, which spot cannot be. Nothing is bought back.
        ("says sale filled 2 3:2@91", "sale filled 2 at 91"),
        ("exit", "refused NOTHING_HELD"),
        ("says entry filled 3 4:1@100", "entry filled 1 at 100"),
    ]);
    assert_eq!(desk.held(), "0");
}

#[test]
fn an_order_that_was_proven_dead_trades_after_all() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        ("reply not-sent", "entry never accepted"),
        (
            "says entry filled 3 1:3@100",
            "entry filled 3 at 100; incident DeadOrderLives entry; \
             place stop sell 3 stop 90; send stop",
        ),
    ]);
    assert_eq!(desk.held(), "3", "what the venue did is what is true");
}

#[test]
fn an_order_that_the_venue_does_not_list_is_asked_for() {
    let mut desk = held();
    assert!(desk.gateway.is_settled());
    desk.story(&[("missing stop", "look up stop")]);
    assert!(!desk.gateway.is_settled(), "no balance is compared meanwhile");
    // Reconnected after its stop had traded.
    desk.story(&[("found stop filled 3 2:3@90", "stop filled 3 at 90")]);
    assert_eq!(desk.held(), "0");
}

#[test]
fn the_venue_forgets_an_order_that_it_had_accepted() {
    let mut desk = held();
    desk.story(&[
        ("restart", "look up stop"),
        ("not-found", "incident OrderLost stop"),
        ("wait 6000", "look up stop"),
        ("found stop working 0", "over OrderLost"),
    ]);
}

#[test]
fn an_entry_that_waits_for_the_disk_does_not_leave_once_entries_are_forbidden() {
    // Its command is appended and may reach the disk, or the emergency record, at any moment.
    for (forbids, code) in [
        ("disk full", "JOURNAL_NOT_WRITTEN"),
        ("disk dead", "JOURNAL_NOT_WRITTEN"),
        ("mode safe", "MODE_FORBIDS"),
        ("kill", "KILLED"),
    ] {
        let refused = format!("entry never accepted; refused {code}");
        bounded().story(&[
            ("disk slow", ""),
            ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc"),
            (forbids, &refused),
            ("disk done", ""),
            ("wait 60000", ""),
        ]);
    }
}

#[test]
fn an_order_that_waits_for_the_disk_is_not_buried_because_the_venue_does_not_list_it() {
    let mut desk = held();
    desk.story(&[
        ("disk slow", ""),
        ("exit", "cancel stop; place sale sell 3 market"),
        // A reconciliation finds it nowhere. Looked up, it would count as never accepted after 13 s, and leave then.
        ("missing sale", ""),
        ("wait 60000", ""),
        ("disk done", "send sale for stop"),
        ("reply accepted accepted", "stop cancelled; sale accepted"),
        ("says sale filled 3 2:3@99", "sale filled 3 at 99"),
    ]);
    assert_eq!(desk.held(), "0");
}

#[test]
fn a_full_disk_refuses_entries_and_room_lets_them_pass_again() {
    let mut desk = bounded();
    desk.story(&[
        ("disk full", ""),
        ("disk slow", ""),
        ("enter 3 stop 10 limit 101", "refused JOURNAL_NOT_WRITTEN"),
        ("disk done", ""),
        ("disk roomy", ""),
        PLACED,
        ("reply accepted", "entry accepted"),
        // What protects is commanded whatever the disk says, and leaves as soon as that is durable.
        ("disk full", ""),
        ("disk slow", ""),
        ("says entry filled 3 1:3@100", "entry filled 3 at 100; place stop sell 3 stop 90"),
        ("disk roomy", ""),
        ("disk done", "send stop"),
    ]);
}
