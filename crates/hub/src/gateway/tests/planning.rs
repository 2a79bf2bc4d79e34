//! What is due: which entries are too old, how many orders they bring, what lies without a stop and is told in time.

use types::bar::Bar;
use types::entry::{Body, Source};
use types::market::{Timeframe, TsNanos};

use super::desk::{Desk, SYMBOL, price, qty};
use super::steps::{FILLED, PLACED, bounded, held};
use crate::gateway::Settings;

#[test]
fn an_entry_that_the_life_before_did_not_command_is_not_sent_by_the_next() {
    let mut desk = bounded();
    desk.act("enter 3 stop 10 limit 101");
    desk.story(&[("restart", "refused DECISION_BEFORE_RESTART"), ("wait 60000", ""), PLACED]);
}

#[test]
fn an_entry_counts_with_its_stop_and_its_target_against_the_open_orders() {
    const WHOLE: &str = "place entry buy 3 limit 101 ioc; send entry";
    for (limit, entry, then) in [
        ("orders 3", "enter 3 stop 10 target 20 limit 101", WHOLE),
        ("orders 2", "enter 3 stop 10 target 20 limit 101", "refused HARD_OPEN_ORDERS"),
        ("orders 2", "enter 3 stop 10 limit 101", WHOLE),
        ("orders 1", "enter 3 stop 10 limit 101", "refused HARD_OPEN_ORDERS"),
        ("orders 1", "enter 3 limit 101", WHOLE),
        ("orders 0", "enter 3 limit 101", "refused HARD_OPEN_ORDERS"),
    ] {
        bounded().story(&[(limit, ""), (entry, then)]);
    }
}

#[test]
fn an_entry_on_an_old_instant_is_refused_with_its_age() {
    let mut desk = bounded();
    let (now, timeframe) = (desk.now, Timeframe::M15);
    let open = now.plus(-timeframe.nanos());
    let (at, volume) = (price("100"), None);
    let bar = Bar { open_time: open, open: at, high: at, low: at, close: at, volume };
    desk.append(Source::Venue, Body::Bar { symbol: SYMBOL, timeframe, bar });
    desk.append(Source::Hub, Body::InstantClosed { at: now });
    // Twice the shortest timeframe, and a second more.
    desk.story(&[("wait 1801000", ""), ("enter 3 stop 10 limit 101", "refused DATA_TOO_OLD")]);
    assert_eq!(desk.refused(), ("1801".to_owned(), "1800".to_owned()));
}

#[test]
fn a_stop_away_from_profit_is_refused_with_both_prices() {
    let mut desk = held();
    desk.story(&[("move 89", "refused STOP_AWAY_FROM_PROFIT")]);
    assert_eq!(desk.refused(), ("89".to_owned(), "90".to_owned()));
}

#[test]
fn what_lies_without_a_stop_is_dust_while_its_price_makes_it_so() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        ("reply accepted", "entry accepted"),
        // 0.3 at 90 is 27, the venue's smallest order is 20.
        (
            "says entry partly 0.3 1:0.3@100",
            "entry filled 0.3 at 100; place stop sell 0.3 stop 90; send stop",
        ),
    ]);
    for (mark, open, dust) in [("mark 60", "0", "0.3"), ("mark 100", "0.3", "0")] {
        desk.story(&[(mark, "")]);
        let read = desk.gateway.unprotected(SYMBOL);
        assert_eq!((read.qty, read.dust), (qty(open), qty(dust)), "{mark}");
    }
}

#[test]
fn a_position_that_was_to_have_no_stop_is_not_told_to_be_without_one() {
    let mut desk = bounded();
    desk.story(&[
        ("enter 3 limit 101", "place entry buy 3 limit 101 ioc; send entry"),
        ("reply accepted", "entry accepted"),
        ("says entry filled 3 1:3@100", "entry filled 3 at 100"),
        ("wait 60000", ""),
    ]);
    assert_eq!(desk.gateway.unprotected(SYMBOL).qty, qty("0"));
}

#[test]
fn what_was_sold_before_its_purchase_is_told_needs_no_stop() {
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
        ("says sale filled 2 3:2@91", "sale filled 2 at 91"),
    ]);
    // 2 bought, 3 sold: nothing is held, the third is still to be told.
    assert_eq!((desk.held(), desk.gateway.unprotected(SYMBOL).qty), ("-1".to_owned(), qty("0")));
}

#[test]
fn a_position_without_a_stop_is_told_in_time_though_nothing_else_happens() {
    let mut desk = held();
    desk.story(&[
        ("wait 5000", ""),
        ("delist", "incident Delisted"),
        ("says stop expired 0", "stop expired"),
    ]);
    assert_eq!(desk.gateway.next_deadline(), Some(desk.now.plus(5_000_000_000)));
    desk.story(&[("due", "incident Unprotected")]);
}

#[test]
fn a_backtest_asks_to_be_woken_for_nothing_while_its_stop_is_on_its_way() {
    let mut desk = Desk::new(Settings::backtest());
    desk.story(&[PLACED, ("reply accepted", "entry accepted"), FILLED]);
    // It waits for every answer however long that takes.
    assert_eq!(desk.gateway.next_deadline(), Some(TsNanos::MAX));
    desk.story(&[("reply accepted", "stop accepted")]);
    assert_eq!(desk.gateway.next_deadline(), None);
}
