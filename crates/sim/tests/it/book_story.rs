//! The book told as stories: order types, lists, self-trade prevention, the operator's hand.

use sim::exchange::book::VenueLimits;
use types::num::{Money, Ratio};

use super::book_told::{Told, n, plain_rules};

#[test]
fn price_before_time_and_time_before_size() {
    Told::new().hears(&[
        ("anna sell 1 limit 101", "1 new"),
        ("bob sell 5 limit 100.50", "2 new"),
        ("carl sell 2 limit 100.50", "3 new"),
        (
            "cara buy 6 limit 101",
            "4 new; 4 took part 5 at 100.5; 2 made 5 at 100.5; 4 took 1 at 100.5; 3 made part 1 at 100.5",
        ),
        ("cara buy 3 limit 102 ioc", "5 new; 5 took part 1 at 100.5; 3 made 1 at 100.5; 5 took part 1 at 101; 1 made 1 at 101; 5 expired UNFILLED_IOC_QUANTITY_EXPIRED"),
    ]);
}

#[test]
fn a_limit_order_trades_what_it_can_and_rests() {
    let told = Told::new().hears(&[
        ("anna sell 1 limit 100", "1 new"),
        ("bob buy 3 limit 100", "2 new; 2 took part 1 at 100; 1 made 1 at 100"),
        ("anna sell 1 limit 100.01", "3 new"),
        ("anna sell 1 limit 99", "4 new; 4 took 1 at 100; 2 made part 1 at 100"),
        ("bob cancel 2", "2 cancelled"),
        ("bob cancel 2", "rejected UNKNOWN_ORDER"),
        ("bob cancel 3", "rejected UNKNOWN_ORDER"),
        ("bob cancel 77", "rejected UNKNOWN_ORDER"),
    ]);
    assert_eq!(told.has("anna", "BTC"), "97+1");
    assert_eq!(told.has("anna", "USDT"), "10200+0");
    assert_eq!(told.has("bob", "USDT"), "9800+0");
}

#[test]
fn what_a_buy_does_not_pay_is_given_back() {
    let told = Told::new().hears(&[
        ("anna sell 1 limit 90", "1 new"),
        ("bob buy 2 limit 100", "2 new; 2 took part 1 at 90; 1 made 1 at 90"),
    ]);
    assert_eq!(told.has("bob", "USDT"), "9810+100");
    assert_eq!(told.has("bob", "BTC"), "101+0");
}

#[test]
fn a_market_order_takes_the_book_and_the_rest_expires() {
    Told::new().hears(&[
        ("bob buy 1 market", "1 new; 1 expired INSUFFICIENT_LIQUIDITY"),
        ("anna sell 1 limit 100", "2 new"),
        ("anna sell 1 limit 110", "3 new"),
        (
            "bob buy 3 market",
            "4 new; 4 took part 1 at 100; 2 made 1 at 100; 4 took part 1 at 110; 3 made 1 at 110; 4 expired INSUFFICIENT_LIQUIDITY",
        ),
    ]);
}

#[test]
fn a_market_order_beyond_the_balance_is_rejected_whole() {
    Told::new().hears(&[
        ("anna sell 50 limit 100", "1 new"),
        ("anna sell 50 limit 101", "2 new"),
        // 50 x 100 + 49.505 x 101 = 10,000.005
        ("bob buy 99.505 market", "rejected INSUFFICIENT_BALANCE"),
        ("bob buy 99.504 market", "3 new; 3 took part 50 at 100; 1 made 50 at 100; 3 took 49.504 at 101; 2 made part 49.504 at 101"),
        ("anna sell 1 market", "rejected INSUFFICIENT_BALANCE"),
    ]);
}

#[test]
fn a_quote_amount_buys_and_sells_as_close_as_lots_allow() {
    let told = Told::new().hears(&[
        ("bob buy quote 10 market", "rejected NO_LIQUIDITY"),
        ("anna sell 0.5 limit 100", "1 new"),
        ("anna sell 5 limit 101", "2 new"),
        ("bob buy quote 0 market", "rejected ZERO_NOTIONAL"),
        ("bob buy quote 4.99 market", "rejected NOTIONAL"),
        ("bob buy quote 10 limit 99", "rejected UNSUPPORTED_COMBINATION"),
        // 50 for the first half, 50 / 101 = 0.49504 of the next.
        ("bob buy quote 100 market", "3 new; 3 took part 0.5 at 100; 1 made 0.5 at 100; 3 took 0.495 at 101; 2 made part 0.495 at 101"),
        ("carl buy 1 limit 90", "4 new"),
        ("anna sell quote 45.07 market", "5 new; 5 took 0.5 at 90; 4 made part 0.5 at 90"),
        ("anna sell quote 90 market", "6 new; 6 took part 0.5 at 90; 4 made 0.5 at 90; 6 expired INSUFFICIENT_LIQUIDITY"),
        ("bob buy quote 10000 market", "rejected INSUFFICIENT_BALANCE"),
    ]);
    let order = told.order(3);
    assert_eq!((order.qty, order.filled, order.quote), (n("0.995"), n("0.995"), n("99.995")));
}

#[test]
fn fill_or_kill_is_whole_or_nothing() {
    Told::new().hears(&[
        ("anna sell 1 limit 100", "1 new"),
        ("anna sell 1 limit 101", "2 new"),
        ("bob buy 2 limit 100.99 fok", "3 new; 3 expired UNFILLED_FOK_ORDER_EXPIRED"),
        ("bob buy 2.001 limit 101 fok", "4 new; 4 expired UNFILLED_FOK_ORDER_EXPIRED"),
        (
            "bob buy 2 limit 101 fok",
            "5 new; 5 took part 1 at 100; 1 made 1 at 100; 5 took 1 at 101; 2 made 1 at 101",
        ),
    ]);
}

#[test]
fn a_limit_maker_never_takes() {
    Told::new().hears(&[
        ("anna sell 1 limit 100", "1 new"),
        ("bob buy 1 maker 100", "rejected LIMIT_MAKER"),
        ("bob buy 1 maker 99.99", "2 new"),
        ("anna sell 1 maker 99.99", "rejected LIMIT_MAKER"),
        ("anna sell 1 maker 100", "3 new"),
        (
            "bob buy 2 limit 100",
            "4 new; 4 took part 1 at 100; 1 made 1 at 100; 4 took 1 at 100; 3 made 1 at 100",
        ),
    ]);
}

#[test]
fn stops_and_targets_wait_for_a_trade_at_their_price() {
    Told::new().hears(&[
        ("last 100", ""),
        ("anna sell 1 stop 100", "rejected STOP_PRICE"),
        ("anna sell 1 take 100", "rejected STOP_PRICE"),
        ("anna buy 1 stop 100", "rejected STOP_PRICE"),
        ("anna buy 1 take 100", "rejected STOP_PRICE"),
        ("anna sell 1 stop 99", "1 new"),
        ("anna sell 1 stop 98 limit 97", "2 new"),
        ("anna sell 1 take 101", "3 new"),
        ("anna sell 1 take 102 limit 103", "4 new"),
        ("bob buy 9 limit 97.50", "5 new"),
        ("bob sell 1 limit 102", "6 new"),
        // A quote alone touches nothing, a trade does.
        ("carl buy 1 limit 102 ioc", "7 new; 7 took 1 at 102; 6 made 1 at 102; 3 triggered; 3 took 1 at 97.5; 5 made part 1 at 97.5; 4 triggered; 1 triggered; 1 took 1 at 97.5; 5 made part 1 at 97.5; 2 triggered; 2 took 1 at 97.5; 5 made part 1 at 97.5"),
        ("carl buy 1 limit 103 ioc", "8 new; 8 took 1 at 103; 4 made 1 at 103"),
    ]);
}

#[test]
fn a_triggered_stop_that_cannot_be_paid_expires() {
    Told::new().hears(&[
        ("last 100", ""),
        ("bob buy 90 stop 110", "1 new"),
        ("anna sell 1 limit 110", "2 new"),
        ("anna sell 90 limit 120", "3 new"),
        (
            "carl buy 1 market",
            "4 new; 4 took 1 at 110; 2 made 1 at 110; 1 triggered; 1 expired REJECTED",
        ),
    ]);
}

#[test]
fn an_order_beyond_the_free_balance_is_rejected() {
    Told::new().hears(&[
        ("bob buy 100 limit 100.01", "rejected INSUFFICIENT_BALANCE"),
        ("bob buy 60 limit 100", "1 new"),
        ("bob buy 40.001 limit 100", "rejected INSUFFICIENT_BALANCE"),
        ("bob buy 40 stop 100", "2 new"),
        ("bob buy 1 limit 5", "rejected INSUFFICIENT_BALANCE"),
        ("bob cancel 1", "1 cancelled"),
        ("bob buy 60 limit 100", "3 new"),
        ("bob sell 100.001 limit 200", "rejected INSUFFICIENT_BALANCE"),
        ("bob sell 100 limit 200", "4 new"),
    ]);
}

#[test]
fn of_an_oco_one_order_acts() {
    Told::new().hears(&[
        ("last 100", ""),
        (
            "anna oco sell 100 above maker 110 below stop 90 limit 89",
            "1 new; 2 new; list 1 started",
        ),
        ("anna sell 1 limit 120", "rejected INSUFFICIENT_BALANCE"),
        (
            "bob buy 1 limit 110",
            "3 new; 3 took 1 at 110; 2 made part 1 at 110; 1 expired OCO_TRIGGER",
        ),
        ("bob buy 89 limit 110 ioc", "4 new; 4 took 89 at 110; 2 made part 89 at 110"),
        ("anna cancel 2", "2 cancelled; list 1 done"),
    ]);
    Told::new().hears(&[
        ("last 100", ""),
        ("anna oco sell 10 above maker 110 below stop 90 limit 89", "1 new; 2 new; list 1 started"),
        ("bob buy 20 limit 90", "3 new"),
        ("carl sell 1 market", "4 new; 4 took 1 at 90; 3 made part 1 at 90; 2 expired OCO_TRIGGER; 1 triggered; 1 took 10 at 90; 3 made part 10 at 90; list 1 done"),
    ]);
}

#[test]
fn an_oco_ends_together() {
    Told::new().hears(&[
        ("last 100", ""),
        ("anna oco sell 1 above maker 110 below stop 90", "1 new; 2 new; list 1 started"),
        ("anna cancel 2", "2 cancelled; 1 cancelled; list 1 done"),
        ("anna oco buy 1 above stop 110 below take 90", "3 new; 4 new; list 2 started"),
        ("anna cancel list 2", "3 cancelled; 4 cancelled; list 2 done"),
        ("anna cancel list 2", "rejected UNKNOWN_LIST"),
        ("anna oco sell 1 above take 110 limit 109 below stop 90", "5 new; 6 new; list 3 started"),
        ("anna buy 1 limit 50", "7 new"),
        ("bob cancel list 3", "rejected UNKNOWN_LIST"),
        ("anna cancel all", "5 cancelled; 6 cancelled; list 3 done; 7 cancelled"),
        ("anna cancel all", "rejected UNKNOWN_ORDER"),
    ]);
}

#[test]
fn what_cannot_form_an_oco() {
    Told::new().hears(&[
        ("last 100", ""),
        ("anna oco sell 1 above maker 110 below maker 90", "rejected OCO_TYPES"),
        ("anna oco sell 1 above limit 110 below stop 90", "rejected OCO_TYPES"),
        ("anna oco sell 1 above stop 110 below stop 90", "rejected OCO_TYPES"),
        ("anna oco buy 1 above take 110 below take 90", "rejected OCO_TYPES"),
        ("anna oco sell 1 above stop 110 below maker 90", "rejected OCO_PLACES"),
        ("anna oco buy 1 above maker 110 below stop 90", "rejected OCO_PLACES"),
        ("anna oco sell 1 above maker 100 below stop 90", "rejected OCO_PRICES"),
        ("anna oco sell 1 above maker 110 below stop 100", "rejected STOP_PRICE"),
        ("anna oco sell 1 above take 110 limit 100 below stop 90", "rejected OCO_PRICES"),
        ("anna oco sell 1 above maker 110 as x below stop 90 as x", "rejected DUPLICATE_ORDER"),
        ("anna oco buy 101 above stop 110 below maker 90", "rejected INSUFFICIENT_BALANCE"),
        // The dearer of the two counts: 90 x 110, not 90 x 90.
        ("anna oco buy 90 above stop 110 below maker 90", "1 new; 2 new; list 1 started"),
        ("anna buy 1 limit 100", "3 new"),
        ("anna buy 0.1 limit 50", "rejected INSUFFICIENT_BALANCE"),
    ]);
}

#[test]
fn an_oto_places_its_second_order_when_the_first_is_filled() {
    Told::new().hears(&[
        ("anna oto buy 2 limit 100 then sell 2 limit 105", "1 new; 2 pending; list 1 started"),
        ("bob sell 1 limit 100", "3 new; 3 took 1 at 100; 1 made part 1 at 100"),
        ("carl buy 1 limit 105", "4 new"),
        ("bob sell 1 limit 105", "5 new; 5 took 1 at 105; 4 made 1 at 105"),
        ("bob sell 1 limit 100", "6 new; 6 took 1 at 100; 1 made 1 at 100; 2 new; list 1 started"),
        ("carl buy 2 limit 105", "7 new; 7 took 2 at 105; 2 made 2 at 105; list 1 done"),
    ]);
}

#[test]
fn an_oto_whose_first_order_is_filled_at_once() {
    Told::new().hears(&[
        ("bob sell 2 limit 100", "1 new"),
        ("carl buy 2 limit 99", "2 new"),
        ("anna oto buy 2 limit 100 then sell 2 market", "3 new; 4 pending; list 1 started; 3 took 2 at 100; 1 made 2 at 100; 4 new; list 1 started; 4 took 2 at 99; 2 made 2 at 99; list 1 done"),
    ]);
}

#[test]
fn an_oto_whose_first_order_ends_takes_the_second_with_it() {
    Told::new().hears(&[
        ("anna oto buy 2 limit 100 then sell 2 limit 105", "1 new; 2 pending; list 1 started"),
        ("anna cancel 1", "1 cancelled; 2 cancelled; list 1 done"),
        ("anna oto buy 2 limit 100 then sell 2 limit 105", "3 new; 4 pending; list 2 started"),
        ("anna cancel 4", "4 cancelled; 3 cancelled; list 2 done"),
        ("anna oto buy 2 limit 100 ioc then sell 2 limit 105", "5 new; 6 pending; list 3 started; 5 expired UNFILLED_IOC_QUANTITY_EXPIRED; 6 expired OTO_PHASE_ONE_EXPIRED; list 3 done"),
        ("anna oto buy 2 stop 100 then sell 2 limit 105", "rejected UNSUPPORTED_COMBINATION"),
        ("anna oto buy 2 limit 100 then sell quote 20 market", "rejected UNSUPPORTED_COMBINATION"),
        // Both orders are set aside for from the start.
        ("anna oto buy 2 limit 100 then sell 101 limit 105", "rejected INSUFFICIENT_BALANCE"),
        ("anna oto buy 50 limit 100 then buy 51 limit 100", "rejected INSUFFICIENT_BALANCE"),
    ]);
}

#[test]
fn a_pending_order_that_would_not_be_taken_expires() {
    Told::new().hears(&[
        ("last 100", ""),
        ("anna oto buy 1 limit 100 then sell 1 stop 99", "1 new; 2 pending; list 1 started"),
        ("bob buy 1 limit 98", "3 new"),
        // The stop that protects the purchase is passed before it stands.
        ("carl sell 2 limit 98", "4 new; 4 took part 1 at 100; 1 made 1 at 100; 4 took 1 at 98; 3 made 1 at 98; 2 expired REJECTED; list 1 done"),
        ("anna oto buy 1 limit 97 then sell 1 maker 98", "5 new; 6 pending; list 2 started"),
        ("bob buy 1 limit 98", "7 new"),
        ("carl sell 2 limit 97", "8 new; 8 took part 1 at 98; 7 made 1 at 98; 8 took 1 at 97; 5 made 1 at 97; 6 new; list 2 started"),
    ]);
}

#[test]
fn an_otoco_places_its_pair_when_the_first_is_filled() {
    Told::new().hears(&[
        ("last 100", ""),
        (
            "anna otoco buy 1 limit 100 then sell 1 above maker 110 below stop 90",
            "1 new; 2 pending; 3 pending; list 1 started",
        ),
        (
            "bob sell 1 limit 100",
            "4 new; 4 took 1 at 100; 1 made 1 at 100; 2 new; 3 new; list 1 started",
        ),
        (
            "bob buy 1 limit 110",
            "5 new; 5 took 1 at 110; 3 made 1 at 110; 2 expired OCO_TRIGGER; list 1 done",
        ),
        (
            "anna otoco buy 1 limit 100 then sell 1 above take 120 below stop 90 limit 89",
            "6 new; 7 pending; 8 pending; list 2 started",
        ),
        (
            "bob sell 1 limit 100",
            "9 new; 9 took 1 at 100; 6 made 1 at 100; 7 new; 8 new; list 2 started",
        ),
        ("anna cancel 8", "8 cancelled; 7 cancelled; list 2 done"),
    ]);
}

#[test]
fn an_otoco_whose_pair_no_longer_fits_the_market_expires() {
    Told::new().hears(&[
        ("last 100", ""),
        (
            "anna otoco buy 1 limit 100 then sell 1 above maker 110 below stop 99",
            "1 new; 2 pending; 3 pending; list 1 started",
        ),
        ("bob buy 1 limit 98", "4 new"),
        ("carl sell 2 limit 98", "5 new; 5 took part 1 at 100; 1 made 1 at 100; 5 took 1 at 98; 4 made 1 at 98; 2 expired REJECTED; 3 expired OCO_TRIGGER; list 1 done"),
    ]);
}

#[test]
fn names_are_unique_among_open_orders_only() {
    let told = Told::new().hears(&[
        ("anna sell 1 limit 100 as one", "1 new"),
        ("anna sell 1 limit 101 as one", "rejected DUPLICATE_ORDER"),
        ("bob sell 1 limit 101 as one", "2 new"),
        ("carl buy 0.5 limit 100", "3 new; 3 took 0.5 at 100; 1 made part 0.5 at 100"),
        ("anna sell 1 limit 101 as one", "rejected DUPLICATE_ORDER"),
        ("carl buy 0.5 limit 100", "4 new; 4 took 0.5 at 100; 1 made 0.5 at 100"),
        ("anna sell 1 limit 102 as one", "5 new"),
        ("anna cancel one", "5 cancelled"),
        (
            "anna oco sell 1 above maker 110 as one below stop 90 as two",
            "6 new; 7 new; list 1 started",
        ),
        ("anna sell 1 limit 103 as two", "rejected DUPLICATE_ORDER"),
        ("bob cancel two", "rejected UNKNOWN_ORDER"),
        ("anna cancel two", "6 cancelled; 7 cancelled; list 1 done"),
    ]);
    let latest = told.engine.order(
        super::book_told::account("anna"),
        told.symbol,
        sim::exchange::book::OrderRef::ClientId(n("one")),
    );
    assert_eq!(latest.map(|order| order.id.0), Some(7));
}

#[test]
fn a_cancellation_may_ask_how_far_the_order_got() {
    Told::new().hears(&[
        ("anna sell 2 limit 100", "1 new"),
        ("anna cancel 1 if partial", "rejected CANCEL_RESTRICTED"),
        ("bob buy 1 limit 100", "2 new; 2 took 1 at 100; 1 made part 1 at 100"),
        ("anna cancel 1 if new", "rejected CANCEL_RESTRICTED"),
        ("anna cancel 1 if partial", "1 cancelled"),
    ]);
}

#[test]
fn cancel_and_replace() {
    let told = Told::new().hears(&[
        ("anna buy 100 limit 100 as one", "1 new"),
        ("anna replace 1 with buy 50 limit 200 as one", "1 cancelled; 2 new"),
        ("anna replace 1 with buy 1 limit 90", "rejected UNKNOWN_ORDER"),
        ("anna replace 1 or place buy 1 limit 90", "rejected UNKNOWN_ORDER"),
        // Filters come before anything is tried.
        ("anna replace 2 with buy 1 limit 100.001", "rejected PRICE_FILTER"),
        (
            "anna replace 2 with buy 50.001 limit 200",
            "2 cancelled; then rejected INSUFFICIENT_BALANCE",
        ),
        ("anna replace 2 or place buy 1 limit 90", "3 new"),
        ("bob sell 1 limit 95", "4 new"),
        ("anna replace 3 with buy 1 maker 95", "3 cancelled; then rejected LIMIT_MAKER"),
    ]);
    assert_eq!(told.has("anna", "USDT"), "10000+0");
}

#[test]
fn an_amended_order_keeps_its_place() {
    Told::new().hears(&[
        ("anna buy 5 limit 100 as one", "1 new"),
        ("bob buy 5 limit 100", "2 new"),
        ("carl sell 1 limit 100", "3 new; 3 took 1 at 100; 1 made part 1 at 100"),
        ("anna amend 1 to 5", "rejected AMEND_QTY"),
        ("anna amend 1 to 1", "rejected AMEND_QTY"),
        ("anna amend 1 to 2.0005", "rejected LOT_SIZE"),
        ("bob amend 1 to 2", "rejected UNKNOWN_ORDER"),
        ("anna amend 1 to 2 as new", "1 amended to 2"),
        ("anna cancel one", "rejected UNKNOWN_ORDER"),
        ("anna cancel new", "1 cancelled"),
        ("anna buy 5 limit 101", "4 new"),
        ("anna amend 4 to 0.5", "4 amended to 0.5"),
        ("carl sell 1 limit 100", "5 new; 5 took part 0.5 at 101; 4 made 0.5 at 101; 5 took 0.5 at 100; 2 made part 0.5 at 100"),
    ]);
    let told = Told::new().hears(&[
        ("last 100", ""),
        ("anna oco sell 10 above maker 110 below stop 90", "1 new; 2 new; list 1 started"),
        ("anna amend 2 to 4 as x", "2 amended to 4; 1 amended to 4; list 1 updated"),
    ]);
    assert_eq!(told.has("anna", "BTC"), "96+4");
}

#[test]
fn self_trade_prevention_by_the_arriving_order() {
    // Scenarios B to G of the FAQ, with quantities above the minimum here.
    let book: [(&str, &str); 3] = [
        ("anna buy 12 limit 1.2", "1 new"),
        ("anna buy 13 limit 1.1", "2 new"),
        ("anna buy 81 limit 1", "3 new"),
    ];
    Told::new().hears(&book).hears(&[(
        "anna sell 30 limit 1 stp ExpireMaker",
        "4 new; 1 prevented 12 #0 EXPIRED_IN_MATCH; 2 prevented 13 #1 EXPIRED_IN_MATCH; 3 prevented 81 #2 EXPIRED_IN_MATCH",
    )]);
    Told::new().hears(&book).hears(&[(
        "anna sell 30 limit 1 stp ExpireTaker",
        "4 new; 4 prevented 30 #0 EXPIRED_IN_MATCH",
    )]);
    Told::new().hears(&book).hears(&[(
        "anna sell 30 limit 1 stp ExpireBoth",
        "4 new; 4 prevented 30 #0 EXPIRED_IN_MATCH; 1 prevented 12 #0 EXPIRED_IN_MATCH",
    )]);
    Told::new().hears(&book).hears(&[(
        "anna sell 20 limit 1 stp Decrement",
        "4 new; 4 prevented 12 #0 NEW; 1 prevented 12 #0 EXPIRED_IN_MATCH; 4 prevented 20 #1 EXPIRED_IN_MATCH; 2 prevented 8 #1 NEW",
    )]);
    Told::new().hears(&book).hears(&[(
        "anna sell 20 limit 1 stp Transfer",
        "4 new; 4 prevented 12 #0 NEW; 1 prevented 12 #0 EXPIRED_IN_MATCH; 4 prevented 20 #1 EXPIRED_IN_MATCH; 2 prevented 8 #1 NEW",
    )]);
    Told::new()
        .hears(&book)
        .hears(&[("anna sell 12 limit 1.2 stp None", "4 new; 4 took 12 at 1.2; 1 made 12 at 1.2")]);
    Told::new().hears(&[
        ("anna buy 10 limit 1", "1 new"),
        (
            "anna sell 10 market stp ExpireMaker",
            "2 new; 1 prevented 10 #0 EXPIRED_IN_MATCH; 2 expired INSUFFICIENT_LIQUIDITY",
        ),
    ]);
}

#[test]
fn self_trade_prevention_within_a_group_and_of_whole_orders() {
    Told::new().hears(&[
        ("carl buy 10 limit 1 stp ExpireMaker", "1 new"),
        ("cara sell 10 limit 1 stp ExpireTaker", "2 new; 2 prevented 10 #0 EXPIRED_IN_MATCH"),
        ("anna sell 10 limit 1 stp ExpireTaker", "3 new; 3 took 10 at 1; 1 made 10 at 1"),
    ]);
    // A FOK that would meet its own account is not filled whole, and prevents nothing.
    Told::new().hears(&[
        ("anna buy 10 limit 1", "1 new"),
        ("bob buy 10 limit 1", "2 new"),
        ("anna sell 20 limit 1 fok stp ExpireMaker", "3 new; 3 expired UNFILLED_FOK_ORDER_EXPIRED"),
        ("anna sell 10 limit 1 fok stp ExpireTaker", "4 new; 4 expired UNFILLED_FOK_ORDER_EXPIRED"),
        (
            "anna sell 10 limit 1 fok stp ExpireMaker",
            "5 new; 1 prevented 10 #0 EXPIRED_IN_MATCH; 5 took 10 at 1; 2 made 10 at 1",
        ),
    ]);
    // A leg of a pair that is prevented takes the other with it.
    Told::new().hears(&[
        ("last 100", ""),
        ("anna oco sell 1 above maker 110 below stop 90", "1 new; 2 new; list 1 started"),
        (
            "anna buy 1 limit 110 stp ExpireMaker",
            "3 new; 2 prevented 1 #0 EXPIRED_IN_MATCH; 1 expired OCO_TRIGGER; list 1 done",
        ),
    ]);
}

#[test]
fn a_prevented_trade_of_two_accounts_may_change_hands() {
    // Scenario H of the FAQ with 30 times the price, to be above the minimum here.
    let told = Told::new().hears(&[
        ("carl buy 0.6 limit 60 stp Transfer", "1 new"),
        (
            "cara sell 0.2 limit 60 stp Transfer",
            "2 new; 2 prevented 0.2 #0 EXPIRED_IN_MATCH; 1 prevented 0.2 #0 NEW",
        ),
    ]);
    assert_eq!(told.has("carl", "BTC"), "100.2+0");
    assert_eq!(told.has("carl", "USDT"), "9964+24");
    assert_eq!(told.has("cara", "BTC"), "99.8+0");
    assert_eq!(told.has("cara", "USDT"), "10012+0");
    let told = Told::new().hears(&[
        ("carl buy 0.6 limit 60 stp ExpireBoth", "1 new"),
        (
            "cara sell 0.2 limit 60 stp Transfer",
            "2 new; 2 prevented 0.2 #0 EXPIRED_IN_MATCH; 1 prevented 0.2 #0 NEW",
        ),
    ]);
    assert_eq!(told.has("carl", "BTC"), "100+0");
    assert_eq!(told.has("carl", "USDT"), "9976+24");
}

#[test]
fn what_changes_hands_in_a_prevented_trade_has_to_be_there() {
    Told::new().hears(&[
        ("cara sell 50 limit 100 stp Transfer", "1 new"),
        ("cara sell 50 limit 101 stp Transfer", "2 new"),
        // 50 x 100 + 49.505 x 101 = 10,000.005
        ("carl buy 99.505 market stp Transfer", "rejected INSUFFICIENT_BALANCE"),
        (
            "carl buy 60 market stp Transfer",
            "3 new; 3 prevented 50 #0 NEW; 1 prevented 50 #0 EXPIRED_IN_MATCH; \
             3 prevented 60 #1 EXPIRED_IN_MATCH; 2 prevented 10 #1 NEW",
        ),
    ]);
}

#[test]
fn the_crowd_trades_without_being_told() {
    let told = Told::new().hears(&[
        ("crowd sell 2000 limit 100", ""),
        ("crowd buy 2000 limit 99", ""),
        ("crowd buy 1 limit 100", ""),
        ("anna buy 1 market", "4 new; 4 took 1 at 100"),
        ("anna sell 1 limit 100", "5 new"),
        ("crowd buy 2000 limit 100", "5 made 1 at 100"),
        ("crowd buy 1 limit 100.001", "rejected PRICE_FILTER"),
        ("crowd buy 0.0001 limit 100", "rejected LOT_SIZE"),
    ]);
    assert_eq!(told.engine.trades(told.symbol).count(), 4);
    assert_eq!(
        told.engine.remaining(told.symbol, sim::exchange::book::VenueOrderId(2)),
        Some(n("2000"))
    );
    assert_eq!(told.engine.remaining(told.symbol, sim::exchange::book::VenueOrderId(1)), None);
}

#[test]
fn fees_are_taken_from_what_is_received() {
    let mut rules = plain_rules();
    (rules.instrument.maker_fee, rules.instrument.taker_fee) =
        (Ratio::from_bps(10), Ratio::from_bps(20));
    let told = Told::with(rules, VenueLimits::default()).hears(&[
        ("anna sell 1 limit 100", "1 new"),
        ("bob buy 1 limit 100", "2 new; 2 took 1 at 100; 1 made 1 at 100"),
    ]);
    assert_eq!(told.has("anna", "USDT"), "10099.9+0");
    assert_eq!(told.has("bob", "BTC"), "100.998+0");
    assert_eq!(told.has("bob", "USDT"), "9900+0");
    let usdt = told.engine.asset_id(&types::ids::Asset::new("USDT").unwrap()).unwrap();
    assert_eq!(told.engine.fees(usdt), n::<Money>("0.1"));
}

#[test]
fn a_fee_rounds_up_and_is_never_more_than_what_is_received() {
    let mut rules = plain_rules();
    rules.instrument.maker_fee = n("0.00000001");
    rules.instrument.taker_fee = n("0.00000001");
    let told = Told::with(rules, VenueLimits::default()).hears(&[
        ("anna sell 0.1 limit 50.01", "1 new"),
        ("bob buy 0.1 limit 50.01", "2 new; 2 took 0.1 at 50.01; 1 made 0.1 at 50.01"),
    ]);
    // 0.1 x 1e-8 = 1e-9 and 5.001 x 1e-8 = 5.001e-8: up to 1e-8 and 6e-8.
    assert_eq!(told.has("bob", "BTC"), "100.09999999+0");
    assert_eq!(told.has("anna", "USDT"), "10005.00099994+0");
    let mut rules = plain_rules();
    rules.instrument.min_notional = Money::ZERO;
    (rules.instrument.tick, rules.instrument.lot) = (n("0.00000001"), n("0.00000001"));
    rules.instrument.min_qty = n("0.00000001");
    (rules.instrument.maker_fee, rules.instrument.taker_fee) = (n("0.01"), n("0.01"));
    let told = Told::with(rules, VenueLimits::default()).hears(&[
        ("anna sell 0.00000001 limit 0.00000001", "1 new"),
        (
            "bob buy 0.00000001 limit 0.00000001",
            "2 new; 2 took 0.00000001 at 0.00000001; 1 made 0.00000001 at 0.00000001",
        ),
    ]);
    assert_eq!(
        (told.has("anna", "USDT"), told.has("bob", "BTC")),
        ("10000+0".to_owned(), "100+0".to_owned())
    );
}

#[test]
fn fees_in_quote_are_set_aside_with_the_price() {
    let mut rules = plain_rules();
    rules.instrument.fee_asset = types::instrument::FeeAsset::Quote;
    (rules.instrument.maker_fee, rules.instrument.taker_fee) =
        (Ratio::from_bps(10), Ratio::from_bps(20));
    let mut told = Told::with(rules, VenueLimits::default()).hears(&[
        ("bob buy 100 limit 99.81", "rejected INSUFFICIENT_BALANCE"),
        ("bob buy 100 limit 99.80", "1 new"),
    ]);
    assert_eq!(told.has("bob", "USDT"), "0.04+9999.96");
    told.hear("anna sell 50 limit 99.80");
    assert_eq!(told.has("bob", "USDT"), "5.03+4999.98");
    told.hear("bob cancel 1");
    assert_eq!(told.has("bob", "USDT"), "5005.01+0");
    assert_eq!(told.has("anna", "USDT"), "14980.02+0");
    told.hears(&[
        ("anna sell 10 limit 100", "3 new"),
        ("carl buy 10 market", "4 new; 4 took 10 at 100; 3 made 10 at 100"),
    ]);
}

#[test]
fn nothing_trades_in_a_halt_and_nothing_survives_a_delisting() {
    Told::new().hears(&[
        ("last 100", ""),
        ("anna buy 1 limit 100", "1 new"),
        ("anna oco sell 1 above maker 110 below stop 90", "2 new; 3 new; list 1 started"),
        ("anna oto buy 1 limit 90 then sell 1 limit 100", "4 new; 5 pending; list 2 started"),
        ("halt", ""),
        ("bob sell 1 limit 100", "rejected MARKET_CLOSED"),
        ("bob oco sell 1 above maker 110 below stop 90", "rejected MARKET_CLOSED"),
        ("anna replace 1 with buy 1 limit 99", "rejected MARKET_CLOSED"),
        ("anna cancel 1", "1 cancelled"),
        ("trade", ""),
        ("anna buy 1 limit 100", "6 new"),
        ("delist", "2 expired EXCHANGE_CANCELED; 3 expired EXCHANGE_CANCELED; list 1 done; 4 expired EXCHANGE_CANCELED; 5 expired EXCHANGE_CANCELED; list 2 done; 6 expired EXCHANGE_CANCELED"),
        ("trade", "rejected MARKET_CLOSED"),
        ("anna buy 1 limit 100", "rejected MARKET_CLOSED"),
    ]);
}

#[test]
fn money_comes_and_goes() {
    let told = Told::new().hears(&[
        ("bob deposit 5 USDT", "flow 5"),
        ("bob deposit 0 USDT", "rejected BAD_REQUEST"),
        ("bob buy 100 limit 100", "1 new"),
        ("bob deposit -5.01 USDT", "rejected INSUFFICIENT_BALANCE"),
        ("bob deposit -5 USDT", "flow -5"),
        ("bob deposit 1 ETH", "flow 1"),
    ]);
    assert_eq!(told.has("bob", "USDT"), "0+10000");
    assert_eq!(told.has("bob", "ETH"), "1+0");
}
