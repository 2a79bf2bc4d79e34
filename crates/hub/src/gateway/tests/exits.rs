//! Stops and sales: who waits for what, and what is left to close a position by itself.

use types::instrument::{Instrument, Market};

use super::desk::{Desk, SYMBOL, instrument, qty};
use super::steps::{FILLED, PLACED, bounded, held, held_list, touch};
use crate::gateway::{Capabilities, EntryStyle, Settings};

fn settings() -> Settings {
    let live = Settings::live("main", Capabilities::binance_spot());
    Settings { entry: EntryStyle::Bounded, ..live }
}

/// A venue where nothing is tried again before something changes, as a backtest has it.
fn untried() -> Desk {
    Desk::new(Settings { protect_again: None, ..settings() })
}

/// A short of 3 at 100 at a venue that lends, whose stops are of these kinds.
fn short(kinds: &str, stop: &str) -> Desk {
    let perp = Instrument { market: Market::Perp, ..instrument("0.1") };
    let mut desk = Desk::trading(settings(), vec![perp]);
    desk.story(&[
        (kinds, ""),
        ("enter 3 stop 10 limit 99 side short", "place entry sell 3 limit 99 ioc; send entry"),
        ("reply accepted", "entry accepted"),
        (
            "says entry filled 3 1:3@100",
            &format!("entry filled 3 at 100; place stop buy 3 {stop}; send stop"),
        ),
        ("reply accepted", "stop accepted"),
    ]);
    desk
}

#[test]
fn while_a_stop_rests_a_rejected_stop_does_not_hasten_the_next_sale() {
    held().story(&[
        ("move 95", "cancel stop; place stop2 sell 3 stop 95; send stop2 for stop"),
        ("reply rejected", "stop2 rejected; look up stop"),
        (
            "found stop working 0",
            "stop not cancelled; cancel stop; place sale sell 3 market; send sale for stop",
        ),
        ("reply rejected", "sale rejected; look up stop"),
        ("found stop working 0", "stop not cancelled"),
        // Each try takes the stop off the book.
        ("wait 4999", ""),
        ("wait 1", "cancel stop; place sale2 sell 3 market; send sale2 for stop"),
    ]);
}

#[test]
fn a_stop_that_trades_is_left_to_close_the_rest() {
    held_list(bounded()).story(&[
        ("says stop partly 1 2:1@90", "stop filled 1 at 90"),
        ("says target expired 0", "target expired"),
        ("wait 500", ""),
        ("wait 60000", ""),
        ("says stop filled 3 3:2@90", "stop filled 2 at 90"),
    ]);
}

#[test]
fn where_nothing_is_tried_again_a_target_that_trades_is_left_to_close_the_rest() {
    held_list(untried()).story(&[
        ("says target partly 1 2:1@120", "target filled 1 at 120"),
        ("says stop expired 0", "stop expired"),
        ("wait 60000", ""),
        ("says target filled 3 3:2@120", "target filled 2 at 120"),
    ]);
}

#[test]
fn a_restart_leaves_a_trailed_stop_where_it_is() {
    held().story(&[
        ("move 95", "cancel stop; place stop2 sell 3 stop 95; send stop2 for stop"),
        ("reply accepted accepted", "stop cancelled; stop2 accepted"),
        ("restart", "look up stop2"),
        ("found stop2 working 0", ""),
        ("wait 60000", ""),
    ]);
}

#[test]
fn where_nothing_is_tried_again_a_stop_is_tried_three_times() {
    untried().story(&[
        PLACED,
        ("reply accepted", "entry accepted"),
        FILLED,
        ("reply not-sent", "stop never accepted"),
        ("wait 125", "place stop#2 sell 3 stop 90; send stop#2"),
        ("reply not-sent", "stop#2 never accepted"),
        ("wait 250", "place stop#3 sell 3 stop 90; send stop#3"),
        ("reply not-sent", "stop#3 never accepted"),
        ("wait 60000", ""),
    ]);
}

#[test]
fn a_sale_takes_the_stead_of_a_list_in_two_steps_where_the_venue_cannot_in_one() {
    held_list(bounded()).story(&[
        ("exit", "cancel stop; send cancel stop"),
        ("reply accepted", "stop cancelled; target cancelled; place sale sell 3 market; send sale"),
    ]);
}

#[test]
fn a_stop_that_the_market_has_passed_is_not_sold_for_before_its_time() {
    bounded().story(&[
        ("kinds market limit stop_limit", ""),
        PLACED,
        ("reply accepted", "entry accepted"),
        (
            "says entry filled 3 1:3@100",
            "entry filled 3 at 100; place stop sell 3 stop 90 limit 89; send stop",
        ),
        ("reply accepted", "stop accepted"),
        ("quote 85 86", ""),
        // Whatever else is looked at meanwhile.
        ("go-on", ""),
        ("wait 1999", ""),
        ("go-on", ""),
        ("wait 1", "cancel stop; place sale sell 3 market; send sale for stop"),
    ]);
}

#[test]
fn a_stop_that_the_market_has_passed_sells_nothing_of_another_symbol() {
    let mut desk = Desk::trading(settings(), vec![instrument("0.1"), instrument("0.1")]);
    desk.story(&[
        ("kinds market limit stop_limit", ""),
        PLACED,
        ("reply accepted", "entry accepted"),
        (
            "says entry filled 3 1:3@100",
            "entry filled 3 at 100; place stop sell 3 stop 90 limit 89; send stop",
        ),
        ("reply accepted", "stop accepted"),
        ("symbol 1", ""),
        ("enter 3 stop 10 limit 101", "place entry2 buy 3 limit 101 ioc; send entry2"),
        ("reply accepted", "entry2 accepted"),
        (
            "says entry2 filled 3 2:3@100",
            "entry2 filled 3 at 100; place stop2 sell 3 stop 90; send stop2",
        ),
        ("reply accepted", "stop2 accepted"),
        ("symbol 0", ""),
        ("quote 85 86", ""),
        ("wait 2000", "cancel stop; place sale sell 3 market; send sale for stop"),
        // Both symbols are looked at.
        ("go-on", ""),
    ]);
}

#[test]
fn a_sale_that_the_venue_cannot_take_is_not_refused_over_and_over() {
    let mut desk = bounded();
    desk.story(&[
        ("kinds limit stop_market", ""),
        PLACED,
        ("reply accepted", "entry accepted"),
        FILLED,
        // Sell at once: but it takes no market order, and nobody decided this.
        ("reply rejected", "stop rejected"),
        ("wait 5000", "incident Unprotected"),
    ]);
    assert_eq!(desk.gateway.unprotected(SYMBOL).qty, qty("3"));
}

#[test]
fn a_short_that_an_operator_closes_is_bought_back_no_further_from_the_market_than_the_collar() {
    short("kinds market limit stop_market", "stop 110").story(&[
        ("quote 99 100", ""),
        ("flatten", ""),
        ("exit", "cancel stop; place sale buy 3 limit 102 ioc; send sale for stop"),
    ]);
}

#[test]
fn a_shorts_stop_with_a_limit_is_passed_when_the_market_is_above_it() {
    short("kinds market limit stop_limit", "stop 110 limit 112").story(&[
        ("quote 108 109", ""),
        ("wait 2000", ""),
        ("quote 109 110", ""),
        ("wait 1999", ""),
        ("wait 1", "cancel stop; place sale buy 3 market; send sale for stop"),
    ]);
}

#[test]
fn an_exit_takes_a_resting_entry_off_the_book_and_nothing_of_it_is_bought_any_more() {
    touch().story(&[
        ("quote 99 100", ""),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 99; send entry"),
        ("reply accepted", "entry accepted"),
        (
            "says entry partly 1 1:1@99",
            "entry filled 1 at 99; place stop sell 1 stop 89; send stop",
        ),
        ("reply accepted", "stop accepted"),
        (
            "exit",
            "cancel entry; cancel stop; place sale sell 1 market; send cancel entry; \
             send sale for stop",
        ),
        // Nothing of it is bought any more.
        ("reply accepted", "entry cancelled; refused STOPPED_OUT"),
        ("reply accepted accepted", "stop cancelled; sale accepted"),
        ("says sale filled 1 2:1@99", "sale filled 1 at 99"),
        ("wait 60000", ""),
    ]);
}

/// The stop was rejected as the market reached its trigger: what the sale in its stead leaves is sold at once, not given a stop.
#[test]
fn what_a_sale_leaves_of_a_position_whose_stop_was_rejected_meanwhile_is_sold_too() {
    held().story(&[
        ("exit", "cancel stop; place sale sell 3 market; send sale for stop"),
        ("says stop rejected 0", "stop rejected"),
        ("reply rejected accepted", "sale accepted"),
        (
            "says sale cancelled 1 2:1@89",
            "sale filled 1 at 89; sale cancelled; place sale2 sell 2 market; send sale2",
        ),
    ]);
}
