//! Where a bar leaves the order of events open, the exchange takes what hurts.

use sim::exchange::{Conventions, EntryFill, GapFill};

use crate::exchange_story::Told;

#[test]
fn an_order_placed_at_a_close_trades_at_the_next_open() {
    Told::spot().hears(&[
        ("bar 90 90 90 90", ""),
        ("buy 1 market", "1 accepted"),
        ("bar 100 110 95 105", "1 bought 1 at 100 (open)"),
        ("sell 1 market", "2 accepted"),
        ("bar 103 104 102 103", "2 sold 1 at 103 (open)"),
    ]);
}

#[test]
fn stop_and_target_in_one_bar_is_the_stop() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", "1 accepted"),
        ("bar 100 101 99 100", "1 bought 1 at 100 (open)"),
        ("sell 1 stop 95 oco sell 1 target 110", "2 accepted; 3 accepted"),
        // The high is closer to the open; the low still comes first.
        ("bar 109 111 94 110", "2 sold 1 at 95 (1/3); 3 expired"),
    ]);
    Told::perp(1).hears(&[
        ("bar 100 100 100 100", ""),
        ("sell 1 market", "1 accepted"),
        ("bar 100 101 99 100", "1 sold 1 at 100 (open)"),
        ("buy 1 stop 105 oco buy 1 target 90", "2 accepted; 3 accepted"),
        ("bar 91 106 89 90", "2 bought 1 at 105 (1/3); 3 expired"),
    ]);
}

#[test]
fn a_target_alone_trades_when_it_is_touched() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", "1 accepted"),
        ("bar 100 101 99 100", "1 bought 1 at 100 (open)"),
        ("sell 1 stop 95 oco sell 1 target 110", "2 accepted; 3 accepted"),
        ("bar 100 109.99 96 100", ""),
        ("bar 100 110 96 100", "3 sold 1 at 110 (2/3); 2 expired"),
    ]);
}

#[test]
fn a_stop_can_be_hit_on_the_bar_its_position_was_opened_on() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", "1 accepted"),
        (
            "bar 100 120 95 110 then sell 1 stop 95",
            "1 bought 1 at 100 (open); 2 accepted; 2 sold 1 at 95 (1/3)",
        ),
    ]);
}

#[test]
fn flat_the_bar_turns_on_the_position_it_opens() {
    // A breakout entry: the high first, so that the low still hits its stop.
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 stop 105", "1 accepted"),
        (
            "bar 100 110 90 100 then sell 1 stop 93",
            "1 bought 1 at 105 (1/3); 2 accepted; 2 sold 1 at 93 (2/3)",
        ),
    ]);
    // A short one: the low first.
    Told::perp(1).hears(&[
        ("bar 100 100 100 100", ""),
        ("sell 1 stop 95", "1 accepted"),
        (
            "bar 100 110 90 100 then buy 1 stop 107",
            "1 sold 1 at 95 (1/3); 2 accepted; 2 bought 1 at 107 (2/3)",
        ),
    ]);
    // A purchase on weakness and its stop lie on the same way down.
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 limit 95", "1 accepted"),
        (
            "bar 100 110 90 100 then sell 1 stop 93",
            "1 bought 1 at 95 (2/3); 2 accepted; 2 sold 1 at 93 (2/3)",
        ),
    ]);
}

#[test]
fn a_target_waits_for_the_extreme_against_a_position_opened_on_the_bar() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 stop 105", "1 accepted"),
        (
            "bar 100 120 90 100 then sell 1 stop 93 oco sell 1 target 108",
            "1 bought 1 at 105 (1/3); 2 accepted; 3 accepted; 2 sold 1 at 93 (2/3); 3 expired",
        ),
    ]);
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 stop 105", "1 accepted"),
        (
            "bar 100 120 99 110 then sell 1 stop 93 oco sell 1 target 108",
            "1 bought 1 at 105 (1/3); 2 accepted; 3 accepted; 3 sold 1 at 108 (close); 2 expired",
        ),
    ]);
}

#[test]
fn a_gapped_stop_trades_at_the_open() {
    let story = |sold: &'static str| {
        [
            ("bar 100 100 100 100", ""),
            ("buy 1 market", "1 accepted"),
            ("bar 100 101 99 100", "1 bought 1 at 100 (open)"),
            ("sell 1 stop 95", "2 accepted"),
            ("bar 90 97 85 96", sold),
        ]
    };
    Told::spot().hears(&story("2 sold 1 at 90 (open)"));
    let other = Conventions { gap_fill: GapFill::Trigger, ..Conventions::default() };
    Told::under(other).hears(&story("2 sold 1 at 95 (open)"));
}

#[test]
fn a_limit_trades_only_when_the_price_goes_through_it() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 limit 95", "1 accepted"),
        ("bar 100 101 95 96", ""),
        ("bar 96 97 94.99 96", "1 bought 1 at 95 (2/3)"),
        ("sell 1 limit 98", "2 accepted"),
        ("bar 96 98 95 96", ""),
        ("bar 96 98.01 95 96", "2 sold 1 at 98 (2/3)"),
    ]);
    // The same where another order keeps the bar from being skipped.
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 limit 95", "1 accepted"),
        ("buy 1 limit 97", "2 accepted"),
        ("bar 100 101 95 96", "2 bought 1 at 97 (2/3)"),
        ("sell 0.5 limit 98", "3 accepted"),
        ("sell 0.5 limit 97", "4 accepted"),
        ("bar 96 98 95.5 96", "4 sold 0.5 at 97 (2/3)"),
    ]);
}

#[test]
fn a_gapped_limit_trades_at_the_open() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 limit 95", "1 accepted"),
        ("bar 95 95 95 95", ""),
        ("bar 92 93 91 92", "1 bought 1 at 92 (open)"),
    ]);
}

#[test]
fn a_stop_limit_that_gaps_past_its_limit_rests() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", "1 accepted"),
        ("bar 100 101 99 100", "1 bought 1 at 100 (open)"),
        ("sell 1 stop 95 limit 94", "2 accepted"),
        ("bar 90 93 85 92", ""),
        ("bar 92 94 91 92", ""),
        ("bar 92 96 91 92", "2 sold 1 at 94 (2/3)"),
    ]);
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", "1 accepted"),
        ("bar 100 101 99 100", "1 bought 1 at 100 (open)"),
        ("sell 1 stop 95 limit 94", "2 accepted"),
        ("bar 97 98 90 92", "2 sold 1 at 95 (1/3)"),
    ]);
}

#[test]
fn a_bar_without_volume_trades_nothing_but_touches_triggers() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", "1 accepted"),
        ("bar 101 101 101 101 v 0", ""),
        ("bar 102 102 102 102", "1 bought 1 at 102 (open)"),
        ("sell 1 stop 95", "2 accepted"),
        ("bar 94 94 94 94 v 0", ""),
        ("bar 99 99 99 99", "2 sold 1 at 99 (open)"),
        ("buy 1 limit 120 ioc", "3 accepted"),
        ("bar 100 100 100 100 v 0", "3 expired"),
    ]);
}

#[test]
fn without_a_stop_on_the_entry_bar() {
    let other = Conventions { stop_on_entry_bar: false, ..Conventions::default() };
    Told::under(other).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", "1 accepted"),
        ("bar 100 101 90 100 then sell 1 stop 95", "1 bought 1 at 100 (open); 2 accepted"),
        ("bar 100 101 96 100", ""),
        ("bar 100 101 95 100", "2 sold 1 at 95 (1/3)"),
    ]);
}

#[test]
fn filled_at_the_close_that_caused_it() {
    let other = Conventions { entry_fill: EntryFill::SignalClose, ..Conventions::default() };
    Told::under(other).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", "1 accepted; 1 bought 1 at 100"),
        ("sell 1 stop 95", "2 accepted"),
        ("bar 97 98 96 97", ""),
        ("replace 2 by sell 1 market", "2 cancelled; 3 accepted; 3 sold 1 at 97"),
    ]);
}

#[test]
fn an_exit_replaces_the_stop_in_one_piece() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 market", "1 accepted"),
        (
            "bar 100 101 99 100 then sell 1 stop 95 oco sell 1 target 120",
            "1 bought 1 at 100 (open); 2 accepted; 3 accepted",
        ),
        ("sell 1 market", "4 rejected INSUFFICIENT_BALANCE"),
        ("replace 2 by sell 1 market", "2 cancelled; 3 cancelled; 5 accepted"),
        ("replace 2 by sell 1 stop 90", "6 rejected CANCEL_FAILED"),
        ("bar 90 90 90 90", "5 sold 1 at 90 (open)"),
        ("cancel 5", ""),
    ]);
}

#[test]
fn times_in_force_end() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 limit 95 until 2", "1 accepted"),
        ("buy 1 limit 90 ioc", "2 accepted"),
        ("bar 100 101 99 100", "2 expired"),
        ("bar 100 101 90 100", "1 expired"),
        ("buy 1 limit 95 until 4", "3 accepted"),
        ("bar 94 95 90 94", "3 bought 1 at 94 (open)"),
    ]);
}
