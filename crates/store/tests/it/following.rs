//! What rows a store makes, whichever way it came to them.

use proptest::prelude::*;
use store::{Store, Table};
use types::entry::{Body, Mode, ModeCause, ReportEvent, SystemMode};
use types::side::Side;

use crate::support::{Desk, all, csv, money};

/// A day with a trade, a rejected order, a deposit and a change of mode.
fn traded(desk: &mut Desk) {
    desk.close_hour("100");
    let buy = desk.place(Side::Buy, "2");
    desk.report(buy, ReportEvent::Accepted);
    desk.fill(buy, Side::Buy, "0.5", "100");
    desk.fill(buy, Side::Buy, "1.5", "102");
    desk.close_hour("110");
    desk.say(Body::Flow { amount: money("500") });
    let sell = desk.place(Side::Sell, "2");
    desk.fill(sell, Side::Sell, "2", "110");
    desk.report(sell, ReportEvent::Accepted);
    let refused = desk.place(Side::Buy, "0.00000001");
    desk.report(refused, ReportEvent::Rejected("LOT_SIZE: too little".to_owned()));
    let mode = Mode { mode: SystemMode::SafeMode, cause: ModeCause::Operator, latched_until: None };
    desk.say(Body::Mode(mode));
    desk.close_hour("90");
}

fn last_line(text: &str) -> &str {
    text.trim_end().rsplit('\n').next().unwrap_or_default()
}

#[test]
fn a_trade_is_told_by_its_orders_fills_and_figures() {
    let mut desk = Desk::new(1);
    traded(&mut desk);
    let mut store = desk.store();
    let applied = desk.follow(&mut store).unwrap();
    assert_eq!((applied.entries, applied.rebuilt), (applied.seq.0, false));

    assert_eq!(csv(&store, Table::Fills).lines().count(), 4, "a header and three fills");
    let trade = csv(&store, Table::Trades);
    // (110 - 101.5) x 2 less three fees of 0.1.
    assert!(last_line(&trade).ends_with(",2,101.5,110,16.7,0.3,0,main"), "{trade}");
    let orders = csv(&store, Table::Orders);
    let states: Vec<&str> =
        orders.lines().skip(1).map(|row| row.split(',').nth(13).unwrap()).collect();
    assert_eq!(states, ["filled", "filled", "rejected"]);
    assert!(last_line(&orders).ends_with("LOT_SIZE: too little"), "{orders}");
    let positions = csv(&store, Table::Positions);
    assert!(positions.contains("BTCUSDT,0,,,90,0,0,17,0.3,0"), "{positions}");
    let day = csv(&store, Table::Days);
    assert_eq!(last_line(&day), "2024-01-01,0,1516.7,1000,1516.7,1,1,16.7,3,0.3,0,1500,6,0");
    assert!(last_line(&csv(&store, Table::Modes)).contains(",safe_mode,operator,"));
    assert_eq!(csv(&store, Table::Oddities).lines().count(), 1, "nothing is odd");
}

#[test]
fn money_that_comes_in_is_no_profit_and_money_that_goes_is_no_drawdown() {
    let mut desk = Desk::new(1);
    desk.close_hour("100");
    desk.say(Body::Flow { amount: money("-500") });
    desk.close_hour("100");
    let mut store = desk.store();
    desk.follow(&mut store).unwrap();
    let curve = csv(&store, Table::Equity);
    assert!(last_line(&curve).ends_with(",500,500,0,0"), "{curve}");
    assert!(last_line(&csv(&store, Table::Flows)).contains(",withdrawal,,-500,"));
}

#[test]
fn a_report_that_its_order_excludes_is_odd_and_told() {
    let mut desk = Desk::new(1);
    desk.close_hour("100");
    let buy = desk.place(Side::Buy, "1");
    desk.fill(buy, Side::Buy, "1", "100");
    let odd = desk.report(buy, ReportEvent::Cancelled);
    let mut store = desk.store();
    desk.follow(&mut store).unwrap();
    let told = csv(&store, Table::Oddities);
    assert!(last_line(&told).starts_with(&format!("{odd},")), "{told}");
    assert!(told.contains("Filled cannot take event Cancel"), "{told}");
}

#[test]
fn rows_of_another_journal_are_dropped() {
    let (mut one, mut other) = (Desk::new(1), Desk::new(2));
    traded(&mut one);
    let mut store = one.store();
    one.follow(&mut store).unwrap();
    let applied = other.follow(&mut store).unwrap();
    assert!(applied.rebuilt);
    assert_eq!(csv(&store, Table::Trades).lines().count(), 1, "the other has no trade");
    other.close_hour("100");
    assert!(!other.follow(&mut store).unwrap().rebuilt);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(48), ..ProptestConfig::default() })]

    /// Followed at once, or in pieces with the store opened anew for each, or rebuilt: the same rows.
    #[test]
    fn rows_are_a_function_of_the_journal(steps in prop::collection::vec((0_u8..6, any::<bool>()), 1..12)) {
        let mut desk = Desk::new(1);
        let pieces = desk.folder_for("pieces.sqlite");
        for (step, look) in steps {
            match step {
                0 => desk.close_hour("100"),
                1 => desk.pass(30 * crate::support::HOUR),
                2 => {
                    desk.say(Body::Flow { amount: money("7") });
                }
                3 => traded(&mut desk),
                4 => {
                    desk.place(Side::Buy, "1");
                }
                _ => {
                    let order = desk.place(Side::Buy, "1");
                    desk.fill(order, Side::Buy, "0.4", "99.5");
                }
            }
            if look {
                desk.follow(&mut Store::open(&pieces).unwrap()).unwrap();
            }
        }
        let mut whole = desk.store();
        desk.follow(&mut whole).unwrap();
        let mut in_pieces = Store::open(&pieces).unwrap();
        desk.follow(&mut in_pieces).unwrap();
        prop_assert_eq!(all(&whole), all(&in_pieces));
        in_pieces.drop_rows().unwrap();
        desk.follow(&mut in_pieces).unwrap();
        prop_assert_eq!(all(&whole), all(&in_pieces));
    }
}
