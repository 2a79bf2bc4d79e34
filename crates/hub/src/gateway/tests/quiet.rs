//! How long the next life keeps quiet, by what the life before has left unanswered.

use super::desk::Desk;
use super::steps::{bounded, touch};

/// Milliseconds the next life keeps quiet if it begins now.
fn quiet_ms(desk: &Desk) -> i64 {
    desk.gateway.quiet_for(desk.now) / 1_000_000
}

#[test]
fn a_request_without_an_answer_is_waited_for_and_nothing_else() {
    let mut desk = touch();
    for (step, then, quiet) in [
        ("quote 99 100", "", 0),
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 99; send entry", 12_000),
        ("wait 1999", "", 10_001),
        ("reply accepted", "entry accepted", 0),
        // A cancellation, too, until the venue has told where the order ended.
        ("pause", "cancel entry; send cancel entry", 12_000),
        ("wait 3000", "", 9_000),
        ("says entry cancelled 0", "entry cancelled; refused PAUSED", 0),
        ("wait 60000", "", 0),
    ] {
        desk.story(&[(step, then)]);
        assert_eq!(quiet_ms(&desk), quiet, "{step}");
    }
}

#[test]
fn what_stays_unknown_is_waited_for_until_it_cannot_be_accepted_any_more() {
    let mut desk = bounded();
    for (step, then, quiet) in [
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry", 12_000),
        ("wait 1999", "", 10_001),
        ("reply unknown", "incident OutcomeUnknown entry; look up entry", 10_001),
        ("look-up-failed", "", 10_001),
        ("wait 10000", "look up entry", 1),
        ("look-up-failed", "", 1),
        ("wait 1", "", 0),
    ] {
        desk.story(&[(step, then)]);
        assert_eq!(quiet_ms(&desk), quiet, "{step}");
    }
}

#[test]
fn a_clock_that_was_set_back_says_nothing_and_the_whole_time_is_waited() {
    let mut desk = bounded();
    desk.story(&[
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("wait 4000", ""),
    ]);
    assert_eq!(quiet_ms(&desk), 8_000);
    for back_ms in [4_001, 3_600_000] {
        assert_eq!(desk.gateway.quiet_for(desk.now.plus(-back_ms * 1_000_000)), 12_000_000_000);
    }
    desk.story(&[("reply accepted", "entry accepted")]);
    let before = desk.now.plus(-3_600_000_000_000);
    assert_eq!(desk.gateway.quiet_for(before), 0, "nothing is unanswered");
}
