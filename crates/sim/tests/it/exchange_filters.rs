//! What the venue refuses, and at which line.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use sim::exchange::{Conventions, CostModel};
use types::instrument::Market;
use types::num::{Money, Ratio};

use crate::exchange_story::{Told, instrument};

fn strict() -> Told {
    let mut rules = instrument(Market::Spot);
    rules.tick = "0.5".parse().unwrap();
    rules.lot = "0.1".parse().unwrap();
    rules.min_qty = "0.2".parse().unwrap();
    rules.max_qty = "50".parse().unwrap();
    rules.min_notional = Money::from_units(50);
    rules.price_band_down = "0.8".parse().unwrap();
    rules.price_band_up = "1.2".parse().unwrap();
    rules.max_orders = 2;
    Told::with(rules, CostModel::none(), Conventions::default())
}

#[test]
fn each_filter_at_its_line() {
    strict().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 limit 90.5", "1 accepted"),
        ("cancel 1", "1 cancelled"),
        ("buy 1 limit 90.4", "2 rejected PRICE_FILTER"),
        ("buy 1 stop 110.1", "3 rejected PRICE_FILTER"),
        ("buy 1 limit 0", "4 rejected PRICE_FILTER"),
        ("buy 0.1 limit 90", "5 rejected LOT_SIZE"),
        ("buy 50.1 limit 90", "6 rejected LOT_SIZE"),
        ("buy 1.05 limit 90", "7 rejected LOT_SIZE"),
        ("buy -1 limit 90", "8 rejected LOT_SIZE"),
        ("buy 0.5 limit 99.5", "9 rejected NOTIONAL"),
        ("buy 0.5 limit 100", "10 accepted"),
        ("cancel 10", "10 cancelled"),
        ("buy 0.4 market", "11 rejected NOTIONAL"),
        ("buy 1 limit 80", "12 accepted"),
        ("buy 1 limit 79.5", "13 rejected PERCENT_PRICE_BY_SIDE"),
        ("buy 1 limit 120", "14 accepted"),
        ("buy 1 limit 120.5", "15 rejected PERCENT_PRICE_BY_SIDE"),
        ("buy 1 limit 90", "16 rejected MAX_NUM_ORDERS"),
    ]);
}

#[test]
fn what_would_happen_at_once_is_refused() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 limit 100.01 maker", "1 rejected LIMIT_MAKER"),
        ("buy 1 limit 100 maker", "2 accepted"),
        ("bar 99.99 99.99 99.99 99.99", "2 bought 1 at 99.99 (open)"),
        ("sell 1 stop 99.99", "3 rejected STOP_PRICE"),
        ("sell 1 target 99.99", "4 rejected STOP_PRICE"),
        ("sell 1 limit 99.98 maker", "5 rejected LIMIT_MAKER"),
        ("sell 1 stop 99.98", "6 accepted"),
    ]);
    Told::perp(1).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 stop 100", "1 rejected STOP_PRICE"),
        ("buy 1 target 100", "2 rejected STOP_PRICE"),
    ]);
}

#[test]
fn no_sale_beyond_the_holding_and_no_order_beyond_the_cash() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("sell 1 market", "1 rejected INSUFFICIENT_BALANCE"),
        ("buy 10.001 market", "2 rejected INSUFFICIENT_BALANCE"),
        ("buy 6 limit 100", "3 accepted"),
        ("buy 4.001 limit 100", "4 rejected INSUFFICIENT_BALANCE"),
        ("buy 4 limit 100", "5 accepted"),
        ("bar 99 99 99 99", "3 bought 6 at 99 (open); 5 bought 4 at 99 (open)"),
        ("sell 6 stop 90 oco sell 6 target 120", "6 accepted; 7 accepted"),
        ("sell 4.001 stop 80", "8 rejected INSUFFICIENT_BALANCE"),
        ("sell 4 stop 80", "9 accepted"),
        ("buy 1 reduce market", "10 rejected REDUCE_ONLY"),
    ]);
}

#[test]
fn what_the_cash_does_not_cover_at_the_open_expires() {
    let told = Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 10 market", "1 accepted"),
        ("bar 110 110 110 110", "1 bought 9.09 at 110 (open); 1 expired"),
    ]);
    assert_eq!(told.exchange.statistics().cut_by_funds, 1);
    assert_eq!(told.exchange.books().cash().to_string(), "0.1");
}

#[test]
fn borrowed_cash_is_counted_where_it_is_allowed() {
    let lends = Conventions { allow_negative_cash: true, ..Conventions::default() };
    let told = Told::under(lends).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 10 market", "1 accepted"),
        ("bar 110 110 110 110", "1 bought 10 at 110 (open)"),
        ("sell 10 market", "2 accepted"),
        ("bar 110 110 110 110", "2 sold 10 at 110 (open)"),
    ]);
    assert_eq!(told.exchange.statistics().cash_below_zero, 1);
}

#[test]
fn a_list_is_on_one_side_and_whole_or_not_at_all() {
    Told::spot().hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 stop 110 oco sell 1 stop 90", "1 rejected ORDER_LIST; 2 rejected ORDER_LIST"),
        ("buy 1 stop 110 oco buy 1 stop 99", "3 rejected STOP_PRICE; 4 rejected STOP_PRICE"),
        ("buy 9 stop 110 oco buy 9 limit 90", "5 accepted; 6 accepted"),
        ("bar 100 100 85 90", "6 bought 9 at 90 (2/3); 5 expired"),
    ]);
}

#[test]
fn a_price_band_of_a_perpetual_and_its_reduce_only_orders() {
    let mut rules = instrument(Market::Perp);
    rules.min_notional = Money::from_units(100);
    rules.price_band_up = Ratio::from_bps(10_500);
    Told::with(rules, CostModel::none(), Conventions::default()).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 1 limit 105.01", "1 rejected PERCENT_PRICE_BY_SIDE"),
        ("buy 0.5 market", "2 rejected NOTIONAL"),
        ("buy 2 market", "3 accepted"),
        ("bar 100 100 100 100", "3 bought 2 at 100 (open)"),
        ("buy 1 reduce market", "4 rejected REDUCE_ONLY"),
        // Below the minimum, as exits may be.
        ("sell 0.5 reduce stop 90", "5 accepted"),
        ("sell 5 reduce market", "6 accepted"),
        ("bar 100 100 100 100", "6 sold 2 at 100 (open); 6 expired; 5 expired"),
    ]);
}
