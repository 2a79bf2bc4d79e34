//! The book's filters: at the line, and one step beyond.

use sim::exchange::book::{LotRule, PriceBand, Stp, SymbolRules, VenueLimits};
use types::instrument::FeeAsset;
use types::market::TsNanos;
use types::num::Ratio;

use super::book_told::{Told, n, plain_rules};

fn with(change: impl FnOnce(&mut SymbolRules)) -> Told {
    let mut rules = plain_rules();
    change(&mut rules);
    Told::with(rules, VenueLimits::default())
}

#[test]
fn price_filter() {
    let told = with(|rules| (rules.min_price, rules.max_price) = (Some(n("10")), Some(n("500"))));
    told.hears(&[
        ("anna buy 1 limit 0", "rejected PRICE_FILTER"),
        ("anna buy 1 limit -1", "rejected PRICE_FILTER"),
        ("anna buy 1 limit 100.001", "rejected PRICE_FILTER"),
        ("anna buy 1 limit 9.99", "rejected PRICE_FILTER"),
        ("anna buy 1 limit 10", "1 new"),
        ("anna sell 1 limit 500", "2 new"),
        ("anna sell 1 limit 500.01", "rejected PRICE_FILTER"),
        ("anna sell 1 stop 500.01", "rejected PRICE_FILTER"),
        ("anna sell 1 stop 20.001 limit 20", "rejected PRICE_FILTER"),
        ("anna sell 1 take 500 limit 499.99", "3 new"),
    ]);
}

#[test]
fn lot_size_and_market_lot_size() {
    let told = with(|rules| {
        let (min, max, step) = (n("0.1"), n("2"), n("0.1"));
        rules.market_lot = Some(LotRule { min, max, step });
    });
    told.hears(&[
        ("anna sell 1000.001 limit 100", "rejected LOT_SIZE"),
        ("anna sell 0 limit 100", "rejected LOT_SIZE"),
        ("anna sell -1 limit 100", "rejected LOT_SIZE"),
        ("anna sell 0.0505 limit 100", "rejected LOT_SIZE"),
        ("anna sell 0.001 limit 5000", "1 new"),
        ("anna sell 10 limit 100", "2 new"),
        ("bob buy 2.1 market", "rejected MARKET_LOT_SIZE"),
        ("bob buy 0.099 market", "rejected MARKET_LOT_SIZE"),
        ("bob buy 0.15 market", "rejected MARKET_LOT_SIZE"),
        ("bob buy 2 market", "3 new; 3 took 2 at 100; 2 made part 2 at 100"),
        ("bob buy quote 201 market", "rejected MARKET_LOT_SIZE"),
        ("bob buy 2.1 limit 100", "4 new; 4 took 2.1 at 100; 2 made part 2.1 at 100"),
    ]);
}

#[test]
fn notional() {
    let told = with(|rules| rules.max_notional = Some(n("1000")));
    told.hears(&[
        ("anna buy 0.499 limit 10", "rejected NOTIONAL"),
        ("anna buy 0.5 limit 10", "1 new"),
        ("anna buy 10 limit 100", "2 new"),
        ("anna buy 10.001 limit 100", "rejected NOTIONAL"),
        ("last 100", ""),
        ("anna sell 0.049 stop 100", "rejected NOTIONAL"),
        // The largest is not asked of market orders here, the smallest is.
        ("anna sell 0.049 market", "rejected NOTIONAL"),
        ("anna cancel all", "1 cancelled; 2 cancelled"),
        ("anna sell 12 market", "3 new; 3 expired INSUFFICIENT_LIQUIDITY"),
    ]);
    with(|rules| rules.min_notional_at_market = false).hears(&[
        ("last 100", ""),
        ("anna sell 0.001 market", "1 new; 1 expired INSUFFICIENT_LIQUIDITY"),
        ("anna sell 0.001 limit 100", "rejected NOTIONAL"),
    ]);
    let told = with(|rules| {
        rules.max_notional = Some(n("1000"));
        rules.max_notional_at_market = true;
    });
    told.hears(&[
        ("last 100", ""),
        ("anna sell 10 market", "1 new; 1 expired INSUFFICIENT_LIQUIDITY"),
        ("anna sell 10.001 market", "rejected NOTIONAL"),
    ]);
}

#[test]
fn percent_price_around_the_average() {
    let (up, down) = (n::<Ratio>("1.1"), n::<Ratio>("0.9"));
    let told = with(|rules| {
        rules.price_band = PriceBand::Same { up, down };
        rules.average_minutes = 1;
    });
    told.hears(&[
        ("anna buy 1 limit 1", "rejected NOTIONAL"),
        ("anna sell 1 limit 100", "1 new"),
        ("bob buy 1 limit 100", "2 new; 2 took 1 at 100; 1 made 1 at 100"),
        ("anna sell 1 limit 110.01", "rejected PERCENT_PRICE"),
        ("anna sell 1 limit 89.99", "rejected PERCENT_PRICE"),
        ("anna sell 3 limit 110", "3 new"),
        ("bob buy 3 limit 110", "4 new; 4 took 3 at 110; 3 made 3 at 110"),
        // (100 + 3 x 110) / 4 = 107.5
        ("anna sell 1 limit 118.26", "rejected PERCENT_PRICE"),
        ("anna sell 1 limit 118.25", "5 new"),
        // The first second has left the window; nothing traded in it: the last price, 110.
        ("wait 120", ""),
        ("anna sell 1 limit 121.01", "rejected PERCENT_PRICE"),
        ("anna sell 1 limit 121", "6 new"),
        // A touch price is not judged, a market order has none.
        ("anna sell 1 stop 50 limit 100", "7 new"),
        ("anna buy 1 stop 500", "8 new"),
    ]);
    let told = with(|rules| {
        let (bid_up, bid_down) = (n("1.1"), n("0.5"));
        let (ask_up, ask_down) = (n("2"), n("0.9"));
        rules.price_band = PriceBand::BySide { bid_up, bid_down, ask_up, ask_down };
        rules.average_minutes = 0;
    });
    told.hears(&[
        ("last 100", ""),
        ("anna buy 1 limit 110.01", "rejected PERCENT_PRICE_BY_SIDE"),
        ("anna buy 1 limit 49.99", "rejected PERCENT_PRICE_BY_SIDE"),
        ("anna buy 1 limit 50", "1 new"),
        ("anna sell 1 limit 200", "2 new"),
        ("anna sell 1 limit 200.01", "rejected PERCENT_PRICE_BY_SIDE"),
        ("anna sell 1 limit 89.99", "rejected PERCENT_PRICE_BY_SIDE"),
        ("anna buy 1 limit 110", "3 new"),
    ]);
}

#[test]
fn counts_of_open_orders() {
    let told = with(|rules| {
        rules.instrument.max_orders = 4;
        (rules.max_algo_orders, rules.max_order_lists) = (Some(2), Some(1));
    });
    told.hears(&[
        ("last 100", ""),
        ("anna oco sell 1 above take 110 below stop 90", "1 new; 2 new; list 1 started"),
        ("anna sell 1 stop 80", "rejected MAX_NUM_ALGO_ORDERS"),
        ("anna oco sell 1 above maker 110 below stop 90", "rejected MAX_NUM_ORDER_LISTS"),
        ("anna sell 1 limit 120", "3 new"),
        ("anna sell 1 limit 121", "4 new"),
        ("anna sell 1 limit 122", "rejected MAX_NUM_ORDERS"),
        ("bob sell 1 limit 122", "5 new"),
        ("anna cancel list 1", "1 cancelled; 2 cancelled; list 1 done"),
        ("anna sell 1 stop 80", "6 new"),
        ("anna oco sell 1 above maker 110 below stop 90", "rejected MAX_NUM_ORDERS"),
        ("anna cancel 6", "6 cancelled"),
        ("anna oto buy 1 limit 90 then sell 1 limit 100", "7 new; 8 pending; list 2 started"),
        ("anna sell 1 limit 122", "rejected MAX_NUM_ORDERS"),
    ]);
    let limits =
        VenueLimits { max_orders: Some(2), max_algo_orders: Some(1), max_order_lists: Some(1) };
    Told::with(plain_rules(), limits).hears(&[
        ("last 100", ""),
        ("anna oco sell 1 above maker 110 below stop 90", "1 new; 2 new; list 1 started"),
        ("anna sell 1 limit 120", "rejected EXCHANGE_MAX_NUM_ORDERS"),
        ("anna oco sell 1 above maker 110 below stop 90", "rejected EXCHANGE_MAX_NUM_ORDER_LISTS"),
        ("anna cancel 1", "1 cancelled; 2 cancelled; list 1 done"),
        ("anna sell 1 stop 90", "3 new"),
        ("anna sell 1 stop 89", "rejected EXCHANGE_MAX_NUM_ALGO_ORDERS"),
    ]);
}

#[test]
fn max_position_counts_what_is_held_and_what_is_bought() {
    with(|rules| rules.max_position = Some(n("102"))).hears(&[
        ("anna sell 50 limit 200", "1 new"),
        ("anna buy 1.5 limit 10", "2 new"),
        ("anna buy 0.501 limit 10", "rejected MAX_POSITION"),
        ("bob sell 10 limit 12", "3 new"),
        ("anna buy quote 6.012 market", "rejected MAX_POSITION"),
        ("anna buy 0.5 limit 10", "4 new"),
        ("anna sell 50 limit 200", "5 new"),
    ]);
}

#[test]
fn amendments_and_modes_have_their_limits() {
    let told = with(|rules| {
        rules.max_amends = Some(1);
        rules.allowed_stp = vec![Stp::None, Stp::ExpireTaker];
    });
    told.hears(&[
        ("anna buy 1 limit 10", "1 new"),
        ("anna amend 1 to 0.499", "rejected NOTIONAL"),
        ("anna amend 1 to 0.6", "1 amended to 0.6"),
        ("anna amend 1 to 0.5", "rejected MAX_NUM_ORDER_AMENDS"),
        ("anna buy 1 limit 10 stp ExpireMaker", "rejected STP_MODE"),
        ("anna buy 1 limit 10 stp ExpireTaker", "2 new"),
    ]);
}

#[test]
fn changed_rules_hold_for_what_comes() {
    let mut told = with(|_| {});
    told.hear("anna buy 1 limit 10.01");
    let mut rules = plain_rules();
    rules.instrument.tick = n("0.5");
    told.engine.set_rules(told.symbol, rules.clone(), TsNanos::EPOCH).unwrap();
    assert_eq!(told.hear("bob buy 1 limit 10.01"), "rejected PRICE_FILTER");
    assert_eq!(told.hear("bob sell 1 limit 10"), "2 new; 2 took 1 at 10.01; 1 made 1 at 10.01");
    told.hear("anna buy 1 limit 10");
    let mut set = |rules: SymbolRules| {
        let done = told.engine.set_rules(told.symbol, rules, TsNanos::EPOCH);
        done.map_err(|rejection| rejection.name())
    };
    rules.instrument.maker_fee = Ratio::from_bps(5);
    assert_eq!(set(rules.clone()), Ok(()));
    rules.instrument.fee_asset = FeeAsset::Quote;
    assert_eq!(set(rules.clone()), Err("BAD_REQUEST"), "set aside for an open order");
    rules.instrument.fee_asset = FeeAsset::Received;
    rules.instrument.quote = rules.instrument.base.clone();
    assert_eq!(set(rules), Err("BAD_REQUEST"));
}

#[test]
fn a_test_order_is_judged_by_filters_and_not_placed() {
    Told::new().hears(&[
        ("anna test buy 1 limit 100.001", "rejected PRICE_FILTER"),
        ("anna test buy 900 limit 100", ""),
        ("anna buy 1 limit 100", "1 new"),
    ]);
}

#[test]
fn numbers_at_the_edge_are_answers() {
    with(|rules| {
        rules.instrument.max_qty = types::num::Qty::MAX;
        rules.instrument.lot = types::num::Qty::STEP;
        rules.instrument.tick = types::num::Price::STEP;
        rules.instrument.fee_asset = FeeAsset::Quote;
        rules.instrument.taker_fee = Ratio::from_bps(10);
    })
    .hears(&[
        ("anna buy 92233720368.54775807 limit 92233720368.54775807", "rejected INSUFFICIENT_BALANCE"),
        ("anna sell 92233720368.54775807 limit 1", "rejected INSUFFICIENT_BALANCE"),
        ("crowd sell 92233720368.54775807 limit 92233720368.54775807", ""),
        ("crowd sell 92233720368.54775807 limit 92233720368.54775807", ""),
        ("crowd sell 92233720368.54775807 limit 92233720368.54775807", ""),
        ("anna buy 92233720368.54775807 market", "rejected INSUFFICIENT_BALANCE"),
        ("anna buy quote 1000000000 market", "rejected INSUFFICIENT_BALANCE"),
        ("anna otoco buy 92233720368.54775807 limit 92233720368.54775807 then buy 92233720368.54775807 above stop 92233720368.54775807 below maker 92233720368.54775806", "rejected INSUFFICIENT_BALANCE"),
    ]);
}
