//! The book told as stories.

use sim::exchange::book::{
    Event, Execution, MatchingEngine, NewAccount, NewOrder, OrderType, SymbolRules, Tif,
    VenueLimits,
};
use types::ids::{Asset, Symbol};
use types::instrument::{Instrument, Market};
use types::market::TsNanos;
use types::num::Money;
use types::side::Side;

#[test]
fn two_clients_trade_and_the_rest_rests() {
    let (base, quote) = (Asset::new("BTC").unwrap(), Asset::new("USDT").unwrap());
    let name = Symbol::new("BTCUSDT").unwrap();
    let rules =
        SymbolRules::of(Instrument::unknown(name, base.clone(), quote.clone(), Market::Spot));
    let mut engine = MatchingEngine::new(VenueLimits::default());
    let symbol = engine.add_symbol(rules).unwrap();
    let (one, other) = (
        engine.open_account(NewAccount::CLIENT).unwrap(),
        engine.open_account(NewAccount::CLIENT).unwrap(),
    );
    let now = TsNanos::EPOCH;
    engine.flow(one, &quote, Money::from_units(1_000), now).unwrap();
    engine.flow(other, &base, Money::from_units(1), now).unwrap();
    let limit = |price: &str| OrderType::Limit { price: price.parse().unwrap(), tif: Tif::Gtc };
    let buy = NewOrder::new(Side::Buy, limit("100"), "2".parse().unwrap());
    engine.place(one, symbol, buy, now).unwrap();
    let sell = NewOrder::new(Side::Sell, limit("99"), "0.5".parse().unwrap());
    engine.place(other, symbol, sell, now).unwrap();
    let mut trades = Vec::new();
    for event in engine.drain_events() {
        if let Event::Order(told) = event
            && let Execution::Trade { price, qty, .. } = told.execution
        {
            trades.push(format!("{qty} at {price}"));
        }
    }
    assert_eq!(trades, ["0.5 at 100", "0.5 at 100"]);
    let depth = engine.depth(symbol, 5);
    assert_eq!(depth.bids, [("100".parse().unwrap(), "1.5".parse().unwrap())]);
    assert!(depth.asks.is_empty());
}
