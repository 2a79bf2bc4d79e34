//! What everybody may ask about the market.

use serde_json::json;

use super::support::{BTC, Desk, MOMENT, has_fields, told};

/// A book of two levels a side and four trades: two by one order at two prices, two later.
async fn traded() -> Desk {
    let desk = Desk::open().await;
    desk.maker(&["sell 10100 1", "sell 10200 2", "buy 10000 1", "buy 9900 3"]);
    desk.ask("POST order symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1.5").await.good();
    desk.wait(60_000);
    desk.ask("POST order symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.5").await.good();
    desk.ask("POST order symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.25").await.good();
    desk
}

#[tokio::test]
async fn the_book_is_told_best_first() {
    let desk = traded().await;
    let book = desk.get("/api/v3/depth?symbol=BTCUSDT").await.good();
    has_fields(&book, "lastUpdateId bids asks");
    assert_eq!(
        book["bids"],
        json!([["10000.00000000", "0.25000000"], ["9900.00000000", "3.00000000"]])
    );
    assert_eq!(book["asks"], json!([["10200.00000000", "1.50000000"]]));
    // Four levels made, one gone, one taken from, one taken from twice.
    assert_eq!(book["lastUpdateId"], 8);
    let one = desk.get("/api/v3/depth?symbol=BTCUSDT&limit=1").await.good();
    assert_eq!(one["bids"].as_array().unwrap().len(), 1);
    assert_eq!(desk.get("/api/v3/depth?symbol=BTCUSDT&symbolStatus=HALT").await.code(), -1220);
    assert_eq!(desk.get("/api/v3/depth?symbol=BTCUSDT&symbolStatus=TRADING").await.code(), 0);
    desk.venue.stop().await;
}

#[tokio::test]
async fn trades_are_told_one_by_one_and_by_order() {
    let desk = traded().await;
    let trades = desk.get("/api/v3/trades?symbol=BTCUSDT&limit=2").await.good();
    assert_eq!(trades.as_array().unwrap().len(), 2);
    assert_eq!(
        trades[0],
        json!({ "id": 3, "price": "10000.00000000", "qty": "0.50000000", "quoteQty": "5000.00000000", "time": MOMENT + 60_000, "isBuyerMaker": true, "isBestMatch": true })
    );
    let older = desk.get("/api/v3/historicalTrades?symbol=BTCUSDT&fromId=2&limit=1").await.good();
    assert_eq!(told(&older[0], "id price qty isBuyerMaker"), "2 10200.00000000 0.50000000 false");
    let all = desk.get("/api/v3/aggTrades?symbol=BTCUSDT").await.good();
    assert_eq!(
        all[0],
        json!({ "a": 1, "p": "10100.00000000", "q": "1.00000000", "f": 1, "l": 1, "T": MOMENT, "m": false, "M": true })
    );
    assert_eq!(all.as_array().unwrap().len(), 4);
    let ids = |query: String| {
        let desk = &desk;
        async move {
            let rows = desk.get(&format!("/api/v3/aggTrades?symbol=BTCUSDT&{query}")).await.good();
            rows.as_array()
                .unwrap()
                .iter()
                .map(|row| row["a"].as_i64().unwrap())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(ids("fromId=3".to_owned()).await, [3, 4]);
    assert_eq!(ids(format!("endTime={MOMENT}&limit=1")).await, [2]);
    assert_eq!(ids(format!("startTime={}", MOMENT + 1)).await, [3, 4]);
    let both =
        desk.get(&format!("/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&startTime={MOMENT}")).await;
    assert_eq!(both.code(), -1128);
    desk.venue.stop().await;
}

#[tokio::test]
async fn bars_have_twelve_columns() {
    let desk = traded().await;
    let minute = MOMENT - MOMENT % 60_000;
    let bars = desk.get("/api/v3/klines?symbol=BTCUSDT&interval=1m").await.good();
    assert_eq!(
        bars[0],
        json!([
            minute,
            "10100.00000000",
            "10200.00000000",
            "10100.00000000",
            "10200.00000000",
            "1.50000000",
            minute + 59_999,
            "15200.00000000",
            2,
            "1.50000000",
            "15200.00000000",
            "0"
        ])
    );
    assert_eq!(
        bars[1],
        json!([
            minute + 60_000,
            "10000.00000000",
            "10000.00000000",
            "10000.00000000",
            "10000.00000000",
            "0.75000000",
            minute + 119_999,
            "7500.00000000",
            2,
            "0.00000000",
            "0.00000000",
            "0"
        ])
    );
    let ui = desk.get("/api/v3/uiKlines?symbol=BTCUSDT&interval=1m").await.good();
    assert_eq!(ui, bars);
    let later = desk
        .get(&format!("/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime={}", minute + 1))
        .await
        .good();
    assert_eq!(later.as_array().unwrap().len(), 1);
    let zoned = desk.get("/api/v3/klines?symbol=BTCUSDT&interval=1d&timeZone=8").await.good();
    assert_eq!(zoned[0][0].as_i64().unwrap().rem_euclid(86_400_000), 16 * 3_600_000);
    for (query, code) in [
        ("interval=7m", -1120),
        ("", -1102),
        ("interval=1m&timeZone=15", -1130),
        ("interval=1m&timeZone=-12:01", -1130),
        ("interval=1m&timeZone=05:45", 0),
        ("interval=1m&startTime=yesterday", -1100),
        ("interval=1m&limit=0", -1130),
    ] {
        let answer = desk.get(&format!("/api/v3/klines?symbol=BTCUSDT&{query}")).await;
        assert_eq!(answer.code(), code, "{query}");
    }
    desk.venue.stop().await;
}

#[tokio::test]
async fn tickers_say_where_the_market_is() {
    let desk = traded().await;
    let average = desk.get("/api/v3/avgPrice?symbol=BTCUSDT").await.good();
    // 22,700 USDT for 2.25 BTC.
    assert_eq!(
        average,
        json!({ "mins": 5, "price": "10088.88888888", "closeTime": MOMENT + 60_000 })
    );
    let price = desk.get("/api/v3/ticker/price?symbol=BTCUSDT").await.good();
    assert_eq!(price, json!({ "symbol": BTC, "price": "10000.00000000" }));
    let prices = desk.get("/api/v3/ticker/price").await.good();
    assert_eq!(prices[1], json!({ "symbol": "LTCBTC", "price": "0.00000000" }));
    let book = desk.get("/api/v3/ticker/bookTicker?symbols=%5B%22BTCUSDT%22%5D").await.good();
    assert_eq!(
        book,
        json!([{ "symbol": BTC, "bidPrice": "10000.00000000", "bidQty": "0.25000000", "askPrice": "10200.00000000", "askQty": "1.50000000" }])
    );
    let day = desk.get("/api/v3/ticker/24hr?symbol=BTCUSDT").await.good();
    has_fields(
        &day,
        "symbol priceChange priceChangePercent weightedAvgPrice prevClosePrice lastPrice lastQty bidPrice bidQty \
         askPrice askQty openPrice highPrice lowPrice volume quoteVolume openTime closeTime firstId lastId count",
    );
    assert_eq!(
        told(
            &day,
            "priceChange priceChangePercent weightedAvgPrice lastPrice openPrice volume firstId lastId count"
        ),
        "-100.00000000 -0.990 10088.88888888 10000.00000000 10100.00000000 2.25000000 1 4 4"
    );
    let mini = desk.get("/api/v3/ticker/24hr?symbol=BTCUSDT&type=MINI").await.good();
    has_fields(
        &mini,
        "symbol openPrice highPrice lowPrice lastPrice volume quoteVolume openTime closeTime firstId lastId count",
    );
    let minute = desk.get("/api/v3/ticker?symbol=BTCUSDT&windowSize=1m").await.good();
    has_fields(
        &minute,
        "symbol priceChange priceChangePercent weightedAvgPrice openPrice highPrice lowPrice lastPrice volume \
         quoteVolume openTime closeTime firstId lastId count",
    );
    assert_eq!(minute["openTime"].as_i64().unwrap() % 60_000, 0);
    let today = desk.get("/api/v3/ticker/tradingDay?symbol=BTCUSDT&type=MINI").await.good();
    assert_eq!(today["openTime"], MOMENT - MOMENT % 86_400_000);
    assert_eq!(today["closeTime"], MOMENT - MOMENT % 86_400_000 + 86_399_999);
    for (target, code) in [
        ("ticker?windowSize=1d", -1102),
        ("ticker?symbol=BTCUSDT&windowSize=60m", -1130),
        ("ticker?symbol=BTCUSDT&windowSize=8d", -1130),
        ("ticker?symbol=BTCUSDT&windowSize=7d", 0),
        ("ticker/24hr?symbol=BTCUSDT&type=HUGE", -1139),
        ("ticker/24hr?symbol=BTCUSDT&symbols=%5B%22BTCUSDT%22%5D", -1128),
        ("ticker/price?symbols=%5B%22BTCUSDT%22,%22BTCUSDT%22%5D", -1151),
        ("ticker/price?symbol=BTCUSDT&symbolStatus=BREAK", -1220),
        ("ticker/price?symbol=NOSUCH", -1121),
    ] {
        assert_eq!(desk.get(&format!("/api/v3/{target}")).await.code(), code, "{target}");
    }
    desk.venue.stop().await;
}
