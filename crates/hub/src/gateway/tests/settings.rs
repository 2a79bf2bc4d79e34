//! What the rules of a backtest, a paper account and an account at a venue promise (spec: "Execution").

use super::desk::Desk;
use crate::gateway::{Capabilities, EntryStyle, Settings};

const SECOND: i64 = 1_000_000_000;

#[test]
fn a_backtest_enters_at_once_waits_for_every_answer_and_needs_no_limits() {
    let mut desk = Desk::new(Settings::backtest());
    desk.story(&[
        // No quote is there, and none is asked for.
        ("enter 3 stop 10 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("wait 86400000", ""),
        ("reply accepted", "entry accepted"),
    ]);
    let backtest = Settings::backtest();
    assert_eq!(backtest.entry, EntryStyle::Bounded);
    assert_eq!(backtest.answer_within, i64::MAX);
    assert_eq!(backtest.protect_again, None);
    assert_eq!(backtest.venue, Capabilities::in_process());
    assert!(!backtest.limits_required);
}

#[test]
fn a_paper_account_is_a_backtest_inside_hard_limits() {
    let paper = Settings::paper("demo");
    assert_eq!((paper.account.as_str(), paper.limits_required), ("demo", true));
    let backtest = Settings::backtest();
    let same = Settings { account: backtest.account.clone(), limits_required: false, ..paper };
    assert_eq!(same, backtest);
}

#[test]
fn at_a_venue_whose_time_passes_faster_waits_are_wall_time_and_patience_is_market_time() {
    let at_venue = Settings::live("main", Capabilities::binance_spot());
    let fast = at_venue.at_pace(60);
    assert_eq!(
        (fast.venue.accepted_within, fast.venue.visible_within),
        (720 * SECOND, 60 * SECOND)
    );
    assert_eq!((fast.quote_age, fast.answer_within), (600 * SECOND, 300 * SECOND));
    assert_eq!((fast.chase_after, fast.protect_again), (120 * SECOND, Some(300 * SECOND)));
    assert_eq!((fast.pace, fast.patience), (60, 60 * SECOND));
    assert_eq!(at_venue.at_pace(1), at_venue);
    // Twice as fast as fast.
    assert_eq!(fast.at_pace(2), at_venue.at_pace(120));
}
