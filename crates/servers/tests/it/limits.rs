//! How much may be asked and ordered.

use serde_json::json;
use servers::venue::limits::{Interval, Limit, Limits};

use super::support::{Answer, Desk, OTHER, OTHER_SECRET, Setup, told};

/// Request, weight: as the documentation tells them for each endpoint.
#[tokio::test]
async fn each_request_weighs_what_it_should() {
    let desk = Desk::open().await;
    let mut used = 0;
    for (request, weight) in [
        ("GET ping", 1),
        ("GET time", 1),
        ("GET exchangeInfo", 20),
        ("GET depth?symbol=BTCUSDT", 5),
        ("GET depth?symbol=BTCUSDT&limit=500", 25),
        ("GET depth?symbol=BTCUSDT&limit=1000", 50),
        ("GET depth?symbol=BTCUSDT&limit=5000", 250),
        ("GET trades?symbol=BTCUSDT", 25),
        ("GET historicalTrades?symbol=BTCUSDT", 25),
        ("GET aggTrades?symbol=BTCUSDT", 4),
        ("GET klines?symbol=BTCUSDT&interval=1m", 2),
        ("GET uiKlines?symbol=BTCUSDT&interval=1m", 2),
        ("GET avgPrice?symbol=BTCUSDT", 2),
        ("GET ticker/24hr?symbol=BTCUSDT", 2),
        ("GET ticker/24hr", 80),
        ("GET ticker/tradingDay?symbol=BTCUSDT", 4),
        ("GET ticker/price?symbol=BTCUSDT", 2),
        ("GET ticker/price", 4),
        ("GET ticker/bookTicker", 4),
        ("GET ticker?symbols=%5B%22BTCUSDT%22,%22LTCBTC%22%5D", 8),
        (
            "signed POST order symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000",
            1,
        ),
        (
            "signed POST order/test symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000",
            1,
        ),
        ("signed GET order symbol=BTCUSDT&orderId=1", 4),
        ("signed GET openOrders symbol=BTCUSDT", 6),
        ("signed GET openOrders", 80),
        ("signed GET allOrders symbol=BTCUSDT", 20),
        ("signed GET account", 20),
        ("signed GET account/commission symbol=BTCUSDT", 20),
        ("signed GET myTrades symbol=BTCUSDT", 20),
        ("signed GET myTrades symbol=BTCUSDT&orderId=1", 5),
        ("signed GET rateLimit/order", 40),
        ("signed GET allOrderList", 20),
        ("signed GET openOrderList", 6),
        ("signed GET myPreventedMatches symbol=BTCUSDT&orderId=1", 20),
        ("signed GET myFilters symbol=BTCUSDT", 40),
        ("signed PUT order/amend/keepPriority symbol=BTCUSDT&orderId=1&newQty=0.05", 4),
        ("signed DELETE order symbol=BTCUSDT&orderId=1", 1),
    ] {
        let answer = match request.strip_prefix("signed ") {
            Some(request) => desk.ask(request).await,
            None => desk.get(&format!("/api/v3/{}", &request[4..])).await,
        };
        assert_eq!(answer.status, 200, "{request}: {}", answer.text);
        used += weight;
        let shown = used.to_string();
        assert_eq!(answer.header("x-mbx-used-weight-1m"), Some(shown.as_str()), "{request}");
        assert_eq!(answer.header("x-mbx-used-weight"), Some(shown.as_str()), "{request}");
    }
    desk.wait(60_000);
    assert_eq!(desk.get("/api/v3/ping").await.header("x-mbx-used-weight-1m"), Some("1"));
    desk.venue.stop().await;
}

#[tokio::test]
async fn who_asks_too_much_is_told_to_wait_and_then_banned() {
    let weight = Limit { interval: Interval::Minutes(1), most: 10 };
    let limits = Limits { weight, patience: 2, ..Limits::DOCUMENTED };
    let desk = Desk::with(Setup { limits, ..Setup::default() }).await;
    for _ in 0..2 {
        assert_eq!(desk.get("/api/v3/depth?symbol=BTCUSDT").await.status, 200);
    }
    // 19.559 seconds into the minute.
    for _ in 0..2 {
        let answer = desk.get("/api/v3/ping").await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
        assert_eq!(
            answer.json(),
            json!({ "code": -1003, "msg": "Too much request weight used; current limit is 10 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API." })
        );
    }
    let banned = desk.get("/api/v3/ping").await;
    assert_eq!(
        (banned.status, banned.header("retry-after"), banned.code()),
        (418, Some("120"), -1003)
    );
    let msg = banned.json()["msg"].as_str().unwrap().to_owned();
    assert!(
        msg.starts_with("Way too much request weight used; IP banned until 1499827439559."),
        "{msg}"
    );
    // Signed requests come from the same address.
    assert_eq!(desk.ask("GET account").await.status, 418);
    desk.wait(119_999);
    assert_eq!(desk.get("/api/v3/ping").await.status, 418);
    desk.wait(1);
    assert_eq!(desk.get("/api/v3/ping").await.status, 200);
    desk.venue.stop().await;
}

/// What happens, orders without a fill in ten seconds after it.
#[tokio::test]
async fn orders_count_until_they_trade() {
    let desk = Desk::open().await;
    let buy =
        "POST order symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000";
    let count = |answer: &Answer| {
        let count = answer.header("x-mbx-order-count-10s").map(str::to_owned);
        assert_eq!(answer.header("x-mbx-order-count-1d").map(str::to_owned), count);
        count
    };
    for n in 1..=6 {
        assert_eq!(count(&desk.ask(buy).await).as_deref(), Some(n.to_string().as_str()));
    }
    // A rejected order does not count, a cancellation changes nothing and tells nothing.
    let rejected = desk.ask(&buy.replace("quantity=0.1", "quantity=100")).await;
    assert_eq!((rejected.code(), count(&rejected)), (-2010, None));
    let gone = desk.ask("DELETE order symbol=BTCUSDT&orderId=6").await;
    assert_eq!((gone.status, count(&gone)), (200, None));
    let usage = desk.ask("GET rateLimit/order").await.good();
    assert_eq!(
        usage[0],
        json!({ "rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100, "count": 6 })
    );
    assert_eq!(told(&usage[1], "interval intervalNum limit count"), "DAY 1 200000 6");
    // A first fill as maker gives five back, as taker one.
    desk.maker(&["sell 9000 0.1"]);
    assert_eq!(desk.ask("GET rateLimit/order").await.good()[0]["count"], 1);
    desk.maker(&["sell 9500 1"]);
    let took = desk.ask("POST order symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1").await;
    assert_eq!(count(&took).as_deref(), Some("1"));
    let list = "POST order/oco symbol=BTCUSDT&side=SELL&quantity=0.1&price=11000&stopPrice=9000";
    assert_eq!(count(&desk.ask(list).await).as_deref(), Some("3"));
    let theirs = desk.ask_as((OTHER, OTHER_SECRET), buy).await;
    assert_eq!(count(&theirs).as_deref(), Some("1"));
    desk.venue.stop().await;
}

#[tokio::test]
async fn orders_past_the_limit_wait() {
    let short = Limit { interval: Interval::Seconds(10), most: 2 };
    let orders = [short, Limits::DOCUMENTED.orders[1]];
    let desk =
        Desk::with(Setup { limits: Limits { orders, ..Limits::DOCUMENTED }, ..Setup::default() })
            .await;
    let buy =
        "POST order symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000";
    desk.ask(buy).await.good();
    let list = "POST order/oco symbol=BTCUSDT&side=SELL&quantity=0.1&price=11000&stopPrice=9000";
    assert_eq!(desk.ask(list).await.status, 429, "a list is two orders");
    desk.ask(buy).await.good();
    let past = desk.ask(buy).await;
    // 9.559 seconds into the ten.
    assert_eq!((past.status, past.header("retry-after")), (429, Some("1")));
    assert_eq!(
        past.json(),
        json!({ "code": -1015, "msg": "Too many new orders; current limit is 2 orders per 10 SECOND." })
    );
    let replace = "POST order/cancelReplace symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.1&price=9100&cancelReplaceMode=STOP_ON_FAILURE&cancelOrderId=1";
    assert_eq!(desk.ask(replace).await.code(), -1015);
    let cancelled = desk.ask(&format!("{replace}&orderRateLimitExceededMode=CANCEL_ONLY")).await;
    assert_eq!((cancelled.status, cancelled.code()), (429, -2021));
    assert_eq!(told(&cancelled.json()["data"], "cancelResult newOrderResult"), "SUCCESS FAILURE");
    assert_eq!(cancelled.json()["data"]["newOrderResponse"]["code"], -1015);
    let nothing = desk.ask(&format!("{replace}&orderRateLimitExceededMode=CANCEL_ONLY")).await;
    assert_eq!((nothing.status, nothing.code()), (429, -2022));
    desk.wait(441);
    desk.ask(buy).await.good();
    desk.venue.stop().await;
}
