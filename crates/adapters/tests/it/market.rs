//! Messages of the market streams and answers about the market.

use adapters::DecodeError;
use adapters::venues::binance::decode::{self, StreamMessage, StreamNames};
use types::feed::{Channel, MarketEvent, Stream};
use types::market::{Timeframe, TsNanos};
use types::num::{Price, Qty};

use crate::fixtures::*;

fn names() -> StreamNames {
    StreamNames::new(&streams())
}

fn event(stream: &str, data: &str) -> MarketEvent {
    match decode::stream(on(stream, data).as_bytes(), &names()) {
        Ok(StreamMessage::Event(event)) => event,
        other => panic!("{other:?}"),
    }
}

fn price(text: &str) -> Price {
    text.parse().expect("a price")
}

fn qty(text: &str) -> Qty {
    text.parse().expect("a quantity")
}

fn millis(millis: i64) -> TsNanos {
    TsNanos::from_millis(millis).expect("it fits")
}

#[test]
fn a_kline_is_a_bar_that_may_not_have_closed() {
    let MarketEvent::Bar(update) = event("bnbbtc@kline_1m", KLINE) else { panic!("a bar") };
    assert_eq!(update.timeframe, Timeframe::M1);
    assert_eq!(update.bar.open_time, millis(1_672_515_780_000));
    assert_eq!(
        [update.bar.open, update.bar.high, update.bar.low, update.bar.close],
        ["0.0010", "0.0025", "0.0010", "0.0020"].map(price)
    );
    assert_eq!(update.bar.volume, Some(1000.0));
    assert!(!update.closed);
    assert_eq!(update.at, millis(1_672_515_782_136));
    let closed = KLINE.replace("\"x\":false", "\"x\":true");
    let MarketEvent::Bar(update) = event("bnbbtc@kline_1m", &closed) else { panic!("a bar") };
    assert!(update.closed);
}

#[test]
fn trades_quotes_and_depth_keep_every_digit() {
    let MarketEvent::Trade(trade) = event("bnbbtc@trade", TRADE) else { panic!("a trade") };
    assert_eq!((trade.id, trade.price, trade.qty), (12_345, price("0.001"), qty("100")));
    assert!(trade.buyer_is_maker);
    assert_eq!(trade.sent_at, Some(millis(1_672_515_782_136)));

    let MarketEvent::AggTrade(sum) = event("bnbbtc@aggTrade", AGG_TRADE) else { panic!("a sum") };
    assert_eq!((sum.id, sum.first_id, sum.last_id), (12_345, 100, 105));
    assert_eq!(sum.at, millis(1_672_515_782_137));
    assert!(!sum.buyer_is_maker);

    let MarketEvent::Quote(quote) = event("bnbbtc@bookTicker", BOOK_TICKER) else {
        panic!("a quote")
    };
    assert_eq!((quote.bid, quote.bid_qty), (price("25.3519"), qty("31.21")));
    assert_eq!((quote.ask, quote.ask_qty), (price("25.3652"), qty("40.66")));
    assert_eq!((quote.update_id, quote.at), (400_900_217, None));

    let MarketEvent::Depth(diff) = event("bnbbtc@depth@100ms", DEPTH_DIFF) else {
        panic!("a change of depth")
    };
    assert_eq!((diff.first_id, diff.last_id), (157, 160));
    assert_eq!((diff.bids.len(), diff.asks.len()), (1, 2));
    assert_eq!((diff.asks[1].price, diff.asks[1].qty), (price("0.0027"), Qty::ZERO));

    let MarketEvent::DepthTop(top) = event("bnbbtc@depth20@100ms", DEPTH_TOP) else {
        panic!("the top of the book")
    };
    assert_eq!(top.symbol, symbol("BNBBTC"), "the message does not say, its stream does");
    assert_eq!((top.last_id, top.bids[0].price), (160, price("0.0024")));
}

#[test]
fn every_stream_has_the_name_of_the_documentation() {
    let names = names();
    let seen: Vec<_> = names.iter().map(|(name, _)| name).collect();
    assert_eq!(
        seen,
        [
            "bnbbtc@aggTrade",
            "bnbbtc@bookTicker",
            "bnbbtc@depth20@100ms",
            "bnbbtc@depth@100ms",
            "bnbbtc@kline_1m",
            "bnbbtc@trade"
        ]
    );
}

#[test]
fn a_message_that_is_not_its_streams_is_an_error() {
    for (stream, data, wanted) in [
        ("ethbtc@trade", TRADE.to_owned(), "stream: `ethbtc@trade`, which was not subscribed to"),
        ("bnbbtc@trade", AGG_TRADE.replace("\"a\"", "\"t\""), "event type: `aggTrade`"),
        ("bnbbtc@trade", TRADE.replace("BNBBTC", "ETHBTC"), "symbol: `ETHBTC`"),
        ("bnbbtc@kline_1m", KLINE.replace("\"1m\"", "\"5m\""), "interval: `5m`"),
        (
            "bnbbtc@kline_1m",
            KLINE.replace("1672515780000", "1672515780001"),
            "kline time: 1672515780001 to 1672515839999 is no bar of 1m",
        ),
        (
            "bnbbtc@depth@100ms",
            DEPTH_DIFF.replace("\"U\":157", "\"U\":161"),
            "update ids: first 161 is above last 160",
        ),
        ("bnbbtc@depth@100ms", DEPTH_DIFF.replace("\"10\"", "\"-10\""), "bids: -10 at 0.0024"),
        ("bnbbtc@trade", TRADE.replace("\"0.001\"", "0.001"), "a decimal number in quotes"),
        ("bnbbtc@trade", TRADE.replace("\"0.001\"", "\"0.0000000001\""), "more than 8 decimals"),
        ("bnbbtc@trade", TRADE.replace("\"p\":\"0.001\",", ""), "missing field `p`"),
        ("bnbbtc@trade", TRADE.replace("1672515782136", "9223372036854775807"), "trade time"),
    ] {
        let seen = decode::stream(on(stream, &data).as_bytes(), &names()).map(|_| ());
        let text = seen.expect_err(wanted).to_string();
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}

#[test]
fn an_answer_to_a_subscription_says_yes_or_why_not() {
    for (text, id, refused) in [
        (r#"{"result":null,"id":1}"#, Some(1), None),
        (
            r#"{"error":{"code":2,"msg":"Invalid request"},"id":1}"#,
            Some(1),
            Some("code 2: Invalid request"),
        ),
        (r#"{"code":3,"msg":"Invalid JSON"}"#, None, Some("code 3: Invalid JSON")),
    ] {
        let seen = decode::stream(text.as_bytes(), &names());
        let wanted = StreamMessage::Reply { id, refused: refused.map(str::to_owned) };
        assert_eq!(seen, Ok(wanted), "{text}");
    }
    let seen = decode::stream(b"{}", &names());
    assert!(matches!(seen, Err(DecodeError::Form { .. })), "{seen:?}");
}

#[test]
fn what_is_new_in_a_message_is_ignored() {
    let data = TRADE.replace("\"m\":true", "\"m\":true,\"Z9\":{\"new\":[1,2]}");
    assert!(matches!(event("bnbbtc@trade", &data), MarketEvent::Trade(_)));
    let longer = KLINES.replace("\"0\"]", "\"0\",\"new\",{}]");
    assert_eq!(decode::bars(longer.as_bytes(), Timeframe::M1).map(|bars| bars.len()), Ok(1));
}

#[test]
fn answers_about_the_market() {
    let bars = decode::bars(KLINES.as_bytes(), Timeframe::M1).expect("bars");
    assert_eq!(bars.len(), 1);
    assert_eq!(bars[0].high, price("0.8"));
    assert_eq!(bars[0].volume, Some(148_976.114_278_15));
    assert!(decode::bars(KLINES.as_bytes(), Timeframe::M5).is_err(), "a minute is no five");

    let depth = decode::depth(DEPTH.as_bytes()).expect("the book");
    assert_eq!((depth.last_id, depth.asks[0].qty), (1_027_024, qty("12")));

    let trades = decode::trades(TRADES.as_bytes(), &symbol("BNBBTC")).expect("trades");
    assert_eq!((trades[0].id, trades[0].sent_at), (28_457, None));

    let time = decode::server_time(br#"{"serverTime":1499827319559}"#);
    assert_eq!(time, Ok(millis(1_499_827_319_559)));
}

#[test]
fn a_stream_of_another_symbol_of_the_same_connection_is_told_apart() {
    let both = [
        Stream::new(symbol("BNBBTC"), Channel::Trades),
        Stream::new(symbol("ETHBTC"), Channel::Trades),
    ];
    let names = StreamNames::new(&both);
    let data = TRADE.replace("BNBBTC", "ETHBTC");
    let seen = decode::stream(on("ethbtc@trade", &data).as_bytes(), &names);
    let Ok(StreamMessage::Event(MarketEvent::Trade(trade))) = seen else { panic!("{seen:?}") };
    assert_eq!(trade.symbol, symbol("ETHBTC"));
}
