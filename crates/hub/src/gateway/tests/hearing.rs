//! What venues say: each fact once, whoever tells it and how often, and nothing of another's orders.

use types::entry::{Body, IncidentKind};
use types::ids::Symbol;
use types::market::TsNanos;
use types::num::Money;
use types::order::{OrderKind, TimeInForce};
use types::side::Side;
use types::venue::{OrderReport, OrderStatus, Progress, ReportedKind, VenueOrderId};

use super::desk::qty;
use super::steps::{PLACED, bounded};
use crate::gateway::words::Input;

/// An order of somebody else on the same account, filled.
fn foreign() -> OrderReport {
    OrderReport {
        symbol: Symbol::new("BTCUSDT").unwrap(),
        client_order_id: "web_1".to_owned(),
        venue_order_id: VenueOrderId("9".to_owned()),
        list_id: None,
        side: Side::Buy,
        kind: ReportedKind::Ours(OrderKind::Market),
        tif: TimeInForce::Gtc,
        progress: Progress {
            qty: qty("1"),
            filled: qty("1"),
            filled_quote: None,
            status: OrderStatus::Filled,
        },
        updated_at: TsNanos::EPOCH,
        fills: Vec::new(),
    }
}

/// Cash after an entry of 3 at 100 whose fill carries such a fee, and what is held then.
fn after_fee(fee: &str) -> (Money, String) {
    let mut desk = bounded();
    let held = if fee.contains('/') { "3" } else { "2.9" };
    desk.story(&[
        PLACED,
        (
            &format!("says entry filled 3 1:3@100-{fee}"),
            &format!("entry filled 3 at 100; place stop sell {held} stop 90; send stop"),
        ),
    ]);
    (desk.gateway.books().cash(), desk.held())
}

#[test]
fn orders_of_others_are_counted_and_change_nothing() {
    let mut desk = bounded();
    for told in 1..=2 {
        desk.gateway.handle(Input::Order(&foreign()), desk.now);
        assert_eq!(desk.drain(), "");
        assert_eq!(desk.gateway.counts().foreign, told);
    }
    assert_eq!(desk.held(), "0");
}

#[test]
fn a_fill_that_is_told_twice_counts_once() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        (
            "says entry partly 1 1:1@100",
            "entry filled 1 at 100; place stop sell 1 stop 90; send stop",
        ),
    ]);
    let before = desk.gateway.counts().repeated;
    desk.story(&[("says entry partly 1 1:1@100", "")]);
    // The fill, and the status behind it.
    assert_eq!((desk.held(), desk.gateway.counts().repeated - before), ("1".to_owned(), 2));
    desk.story(&[("says entry partly 1 1:1@100 1:1@100", "")]);
    assert_eq!((desk.held(), desk.gateway.counts().repeated - before), ("1".to_owned(), 5));
}

#[test]
fn a_fee_is_taken_of_what_it_was_charged_in() {
    let units = Money::from_units;
    // Of what was bought, of what was paid with, of neither: the last is no money of these books.
    assert_eq!(after_fee("0.003"), (units(700), "2.997".to_owned()));
    assert_eq!(after_fee("2/USDT"), (units(698), "3".to_owned()));
    assert_eq!(after_fee("2/BNB"), (units(700), "3".to_owned()));
}

#[test]
fn more_than_was_ordered_is_told_with_both_numbers() {
    let mut desk = bounded();
    desk.story(&[
        PLACED,
        (
            "says entry filled 3 1:3@100",
            "entry filled 3 at 100; place stop sell 3 stop 90; send stop",
        ),
        ("reply accepted", ""),
        ("reply accepted", "stop accepted"),
        (
            "says entry filled 4 2:1@100",
            "entry filled 1 at 100; incident ReportImpossible entry; \
             cancel stop; place stop2 sell 4 stop 90; send stop2 for stop",
        ),
    ]);
    let told = desk.journal.iter().rev().find_map(|entry| {
        let Body::Incident(incident) = &entry.body else { return None };
        Some((incident.kind, incident.seen, incident.wanted))
    });
    let numbers = (IncidentKind::ReportImpossible, Money::from_units(4), Money::from_units(3));
    assert_eq!(told, Some(numbers));
}

#[test]
fn an_order_that_works_was_accepted_whatever_its_reply_says() {
    // Taken for "never accepted", a second entry would be bought beside it.
    for reply in ["reply not-sent", "reply unknown"] {
        bounded().story(&[
            PLACED,
            ("says entry working 0", "entry accepted"),
            (reply, ""),
            ("wait 60000", ""),
        ]);
    }
}

#[test]
fn an_order_that_has_ended_is_not_looked_up() {
    bounded().story(&[
        PLACED,
        ("reply accepted", "entry accepted"),
        ("says entry expired 0", "entry expired"),
        ("missing entry", ""),
    ]);
}
