//! Symbols with their filters.

use adapters::venues::binance::decode;
use types::instrument::FeeAsset;
use types::limits::{Limit, LimitKind};
use types::num::{Money, Price, Qty, Ratio};
use types::venue::{ListingStatus, OrderKindName};

use crate::fixtures::*;

fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a number")
}

#[test]
fn a_symbol_with_all_filters_becomes_an_instrument() {
    let info = decode::listings(EXCHANGE_INFO.as_bytes()).expect("exchange information");
    assert_eq!(info.unusable, []);
    let [listing] = &info.listings[..] else { panic!("one symbol") };
    let instrument = &listing.instrument;
    assert_eq!((instrument.base.as_str(), instrument.quote.as_str()), ("ETH", "BTC"));
    assert_eq!(instrument.tick, number::<Price>("0.000001"));
    assert_eq!(instrument.lot, number::<Qty>("0.001"));
    assert_eq!(instrument.min_qty, number::<Qty>("0.001"));
    assert_eq!(instrument.max_qty, number::<Qty>("100000"));
    assert_eq!(instrument.min_notional, Money::from_units(10));
    assert_eq!(instrument.max_orders, 25);
    assert_eq!(instrument.fee_asset, FeeAsset::Received);
    // The narrower of both sides' bands: a price inside passes for a buy and for a sale.
    assert_eq!(instrument.price_band_down, number::<Ratio>("0.8"));
    assert_eq!(instrument.price_band_up, number::<Ratio>("1.2"));
    let band = listing.sell_band.expect("a band");
    assert_eq!((band.down, band.up), (number::<Ratio>("0.8"), number::<Ratio>("5")));
    assert_eq!(listing.status, ListingStatus::Trading);
    assert_eq!(listing.kinds.len(), OrderKindName::ALL.len(), "and one kind we never place");
    assert_eq!(
        (listing.oco, listing.oto, listing.cancel_replace, listing.amend),
        (true, true, true, false)
    );
    assert_eq!(listing.max_notional, Some(Money::from_units(10_000)));
    let market = listing.market_lot.expect("bounds of market orders");
    assert_eq!((market.max, market.step), (number::<Qty>("9000"), Qty::ZERO));
    assert_eq!((listing.max_triggered_orders, listing.max_lists), (Some(5), Some(20)));
    assert_eq!(listing.max_position, Some(Qty::MAX), "beyond what numbers here hold");
    let limit =
        |kind, max, seconds: i64| Limit { kind, max, interval_nanos: seconds * 1_000_000_000 };
    assert_eq!(
        info.limits,
        [limit(LimitKind::Weight, 6_000, 60), limit(LimitKind::Orders, 100, 10)]
    );
}

#[test]
fn a_symbol_that_cannot_be_used_says_why_and_hides_no_other() {
    for (from, to, wanted) in [
        (
            "\"tickSize\":\"0.00000100\"",
            "\"tickSize\":\"0.000000001\"",
            "tickSize is 0.000000001, finer than 0.00000001, the finest step here",
        ),
        (
            "\"stepSize\":\"0.00100000\"",
            "\"stepSize\":\"0.0000000001\"",
            "stepSize is 0.0000000001, finer than 0.00000001",
        ),
        ("\"stepSize\":\"0.00100000\"", "\"other\":\"1\"", "stepSize is absent"),
        ("\"tickSize\":\"0.00000100\"", "\"tickSize\":\"-1\"", "tickSize is -1, wanted 0 or more"),
        ("\"TRADING\"", "\"DREAMING\"", "symbol status is `DREAMING`, wanted one of TRADING"),
        ("\"symbol\":\"ETHBTC\"", "\"symbol\":\"币安USDT\"", "symbol is `币安USDT`"),
        ("\"minNotional\":\"10.00000000\"", "\"minNotional\":\"ten\"", "minNotional: `ten` is not"),
    ] {
        let changed = EXCHANGE_INFO.replace(from, to);
        let info = decode::listings(changed.as_bytes()).expect("exchange information");
        let [(_, why)] = &info.unusable[..] else { panic!("{wanted}: {info:?}") };
        assert!(why.contains(wanted), "{wanted}: {why}");
        assert!(info.listings.is_empty());
    }
    let symbols = EXCHANGE_INFO.find("{\"symbol\":\"ETHBTC\"").expect("a symbol");
    let end = EXCHANGE_INFO.find("],\"sors\"").expect("the end of symbols");
    let sound = &EXCHANGE_INFO[symbols..end];
    let fine = sound.replace("\"tickSize\":\"0.00000100\"", "\"tickSize\":\"0.000000001\"");
    let both = EXCHANGE_INFO.replace(sound, &format!("{fine},{sound}"));
    let info = decode::listings(both.as_bytes()).expect("exchange information");
    assert_eq!((info.listings.len(), info.unusable.len()), (1, 1));
}

#[test]
fn a_step_of_zero_switches_its_rule_off() {
    let info = EXCHANGE_INFO.replace("\"tickSize\":\"0.00000100\"", "\"tickSize\":\"0.00000000\"");
    let info = decode::listings(info.as_bytes()).expect("exchange information");
    assert_eq!(info.listings[0].instrument.tick, Price::STEP);
}

#[test]
fn symbols_that_do_not_trade_are_told_apart() {
    for (word, status) in [
        ("HALT", ListingStatus::Halted),
        ("BREAK", ListingStatus::Closed),
        ("END_OF_DAY", ListingStatus::Closed),
    ] {
        let info = EXCHANGE_INFO.replace("\"TRADING\"", &format!("\"{word}\""));
        let info = decode::listings(info.as_bytes()).expect("exchange information");
        assert_eq!(info.listings[0].status, status);
    }
}
