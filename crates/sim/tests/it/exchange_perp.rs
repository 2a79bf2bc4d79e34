//! Perpetuals: margin, mark, funding, liquidation.

use types::ids::SymbolId;
use types::num::Money;

use crate::exchange_story::Told;

#[test]
fn margin_is_set_aside_when_a_position_is_opened_and_freed_when_it_is_closed() {
    let told = Told::perp(5).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 50.001 market", "1 rejected INSUFFICIENT_MARGIN"),
        ("buy 30 market", "2 accepted"),
        ("bar 100 100 100 100", "2 bought 30 at 100 (open)"),
    ]);
    assert_eq!(told.exchange.margin(SymbolId(0)), Money::from_units(600));
    assert_eq!(told.exchange.free(), Money::from_units(400));
    let told = told.hears(&[
        ("sell 10 market", "3 accepted"),
        ("bar 102 102 102 102", "3 sold 10 at 102 (open)"),
    ]);
    assert_eq!(told.exchange.margin(SymbolId(0)), Money::from_units(400));
    assert_eq!(told.exchange.free(), Money::from_units(620));
    // Through zero: 20 close, 5 open.
    let told = told.hears(&[
        ("sell 25 market", "4 accepted"),
        ("bar 100 100 100 100", "4 sold 25 at 100 (open)"),
    ]);
    assert_eq!(told.exchange.margin(SymbolId(0)), Money::from_units(100));
    assert_eq!(told.exchange.free(), Money::from_units(920));
}

/// Long 10 at 100 with a margin of 100 and 0.4 %: liquidated at 900 / 9.96 = 90.36, bankrupt at 90.
#[test]
fn a_position_is_liquidated_on_the_mark_and_loses_its_margin() {
    let told = Told::perp(10).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 10 market", "1 accepted"),
        ("bar 100 101 99 100", "1 bought 10 at 100 (open)"),
        ("sell 10 reduce stop 85", "2 accepted"),
        // The last price goes there, the mark does not.
        ("bar 100 100 90 95 mark 100 100 90.4 95", ""),
        ("bar 95 96 94 95 mark 95 96 90.36 95", "venue sold 10 at 90 (1/3); 2 cancelled"),
    ]);
    assert_eq!(told.exchange.books().wallet(), Money::from_units(900));
    assert_eq!(told.exchange.statistics().liquidations, 1);
    assert_eq!(told.exchange.books().position(SymbolId(0)).qty().raw(), 0);
}

#[test]
fn without_a_mark_the_last_price_is_judged() {
    let told = Told::perp(10).hears(&[
        ("bar 100 100 100 100", ""),
        ("sell 10 market", "1 accepted"),
        ("bar 100 101 99 100", "1 sold 10 at 100 (open)"),
        ("bar 100 112 99 100", "venue bought 10 at 110 (1/3)"),
    ]);
    assert_eq!(told.exchange.books().wallet(), Money::from_units(900));
}

#[test]
fn a_stop_before_the_liquidation_price_saves_the_rest_of_the_margin() {
    Told::perp(10).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 10 market", "1 accepted"),
        ("bar 100 101 99 100 then sell 10 reduce stop 95", "1 bought 10 at 100 (open); 2 accepted"),
        ("bar 100 100 80 90", "2 sold 10 at 95 (1/3)"),
    ]);
}

#[test]
fn a_gap_beyond_the_bankruptcy_price_costs_the_margin_and_no_more() {
    let told = Told::perp(10).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 10 market", "1 accepted"),
        ("bar 100 101 99 100 then sell 10 reduce stop 95", "1 bought 10 at 100 (open); 2 accepted"),
        ("bar 70 75 60 70", "venue sold 10 at 90 (open); 2 cancelled"),
    ]);
    assert_eq!(told.exchange.books().wallet(), Money::from_units(900));
    // The same where the mark lags and the stop would trade beyond it.
    let told = Told::perp(10).hears(&[
        ("bar 100 100 100 100", ""),
        ("buy 10 market", "1 accepted"),
        ("bar 100 101 99 100 then sell 10 reduce stop 95", "1 bought 10 at 100 (open); 2 accepted"),
        ("bar 70 75 60 70 mark 95 95 95 95", "venue sold 10 at 90 (open); 2 cancelled"),
    ]);
    assert_eq!(told.exchange.books().wallet(), Money::from_units(900));
}

#[test]
fn funding_is_paid_on_the_mark_and_wears_the_margin_down() {
    let told = Told::perp(10).hears(&[
        ("bar 100 100 100 100", ""),
        ("funding 0.0001", ""),
        ("buy 10 market", "1 accepted"),
        ("bar 100 100 100 100 mark 99 99 99 99", "1 bought 10 at 100 (open)"),
        ("funding 0.0001", "funding -0.099"),
        ("funding -0.0003", "funding 0.297"),
    ]);
    assert_eq!(told.exchange.margin(SymbolId(0)).to_string(), "100.198");
    assert_eq!(told.exchange.free(), Money::from_units(900));
    told.hears(&[
        ("funding 0.096", "funding -95.04"),
        ("bar 99 100 98 99", "venue sold 10 at 99.49 fee 0.058 (open)"),
    ]);
}
