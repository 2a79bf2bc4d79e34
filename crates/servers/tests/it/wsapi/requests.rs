//! Requests, their envelope and their limits.

use serde_json::{Value, json};
use servers::venue::limits::{Interval, Limit, Limits};
use servers::venue::market::Speed;

use super::client::{Client, Signer, sign};
use crate::support::{BTC, Desk, KEY, MOMENT, SECRET, Setup, has_fields};

/// A limit order far from the market.
fn order(side: &str, price: &str) -> Value {
    json!({
        "symbol": BTC, "side": side, "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1",
        "price": price
    })
}

#[tokio::test]
async fn public_requests_are_answered_in_the_documented_envelope() {
    let desk = Desk::open().await;
    let mut client = Client::open(&desk).await;
    let answer = client.ask("ping", json!({})).await;
    assert_eq!(
        answer,
        json!({
            "id": 1, "status": 200, "result": {},
            "rateLimits": [{
                "rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1,
                "limit": 6000, "count": 3
            }]
        })
    );
    client.send(r#"{"id":"a-1","method":"v3/time"}"#).await;
    let answer = client.next().await;
    assert_eq!(answer["result"], json!({ "serverTime": MOMENT }));
    client.send(r#"{"id":null,"method":"time","params":{"returnRateLimits":false}}"#).await;
    let quiet = json!({ "id": null, "status": 200, "result": { "serverTime": MOMENT } });
    assert_eq!(client.next().await, quiet);
}

#[tokio::test]
async fn rate_limits_and_time_unit_are_chosen_in_the_address() {
    let desk = Desk::open().await;
    let path = "/ws-api/v3?returnRateLimits=false&timeUnit=MICROSECOND";
    let mut client = Client::at(&desk, path).await;
    let answer = client.ask("time", json!({})).await;
    let wanted = json!({ "id": 1, "status": 200, "result": { "serverTime": MOMENT * 1_000 } });
    assert_eq!(answer, wanted);
    let asked = client.ask("time", json!({ "returnRateLimits": true })).await;
    assert!(asked["rateLimits"].is_array());
}

/// The WebSocket API and REST are two doors to one room.
#[tokio::test]
async fn answers_are_those_of_rest() {
    let desk = Desk::open().await;
    desk.maker(&["sell 101.00 1", "sell 102.00 1", "buy 99.00 2"]);
    let mut client = Client::open(&desk).await;
    client.traded(&desk, "order.place", order("BUY", "98.00")).await;
    client.traded(&desk, "order.place", order("BUY", "101.00")).await;
    for (method, params, rest) in [
        ("exchangeInfo", json!({}), "/api/v3/exchangeInfo"),
        ("exchangeInfo", json!({ "symbols": [BTC] }), "/api/v3/exchangeInfo?symbols=[\"BTCUSDT\"]"),
        ("depth", json!({ "symbol": BTC, "limit": 5 }), "/api/v3/depth?symbol=BTCUSDT&limit=5"),
        ("trades.recent", json!({ "symbol": BTC }), "/api/v3/trades?symbol=BTCUSDT"),
        ("trades.historical", json!({ "symbol": BTC }), "/api/v3/historicalTrades?symbol=BTCUSDT"),
        ("trades.aggregate", json!({ "symbol": BTC }), "/api/v3/aggTrades?symbol=BTCUSDT"),
        (
            "klines",
            json!({ "symbol": BTC, "interval": "1m" }),
            "/api/v3/klines?symbol=BTCUSDT&interval=1m",
        ),
        (
            "uiKlines",
            json!({ "symbol": BTC, "interval": "1h" }),
            "/api/v3/uiKlines?symbol=BTCUSDT&interval=1h",
        ),
        ("avgPrice", json!({ "symbol": BTC }), "/api/v3/avgPrice?symbol=BTCUSDT"),
        ("ticker.24hr", json!({ "symbol": BTC }), "/api/v3/ticker/24hr?symbol=BTCUSDT"),
        ("ticker.price", json!({}), "/api/v3/ticker/price"),
        ("ticker.book", json!({ "symbol": BTC }), "/api/v3/ticker/bookTicker?symbol=BTCUSDT"),
    ] {
        let seen = client.good(method, params).await;
        let rest = rest.replace('"', "%22");
        assert_eq!(seen, desk.get(&rest).await.good(), "{method}");
    }
    for (method, params, rest) in [
        ("account.status", json!({}), "GET account"),
        ("account.commission", json!({ "symbol": BTC }), "GET account/commission symbol=BTCUSDT"),
        ("account.rateLimits.orders", json!({}), "GET rateLimit/order"),
        (
            "order.status",
            json!({ "symbol": BTC, "orderId": 4 }),
            "GET order symbol=BTCUSDT&orderId=4",
        ),
        ("openOrders.status", json!({ "symbol": BTC }), "GET openOrders symbol=BTCUSDT"),
        ("allOrders", json!({ "symbol": BTC }), "GET allOrders symbol=BTCUSDT"),
        ("allOrderLists", json!({}), "GET allOrderList"),
        ("openOrderLists.status", json!({}), "GET openOrderList"),
        ("myTrades", json!({ "symbol": BTC }), "GET myTrades symbol=BTCUSDT"),
    ] {
        let seen = client.traded(&desk, method, params).await;
        assert_eq!(seen, desk.ask(rest).await.good(), "{method}");
    }
}

#[tokio::test]
async fn every_way_to_trade_works() {
    let desk = Desk::open().await;
    desk.maker(&["sell 101.00 1", "buy 99.00 1"]);
    let mut client = Client::open(&desk).await;
    assert_eq!(client.traded(&desk, "order.test", order("BUY", "98.00")).await, json!({}));
    let answer = client.signed(&desk, "order.place", order("BUY", "98.00")).await;
    let kinds: Vec<_> = answer["rateLimits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|limit| (limit["rateLimitType"].clone(), limit["count"].clone()))
        .collect();
    assert_eq!(kinds[0], (json!("ORDERS"), json!(1)));
    assert_eq!(kinds[1], (json!("ORDERS"), json!(1)));
    assert_eq!(kinds[2].0, json!("REQUEST_WEIGHT"));
    let id = answer["result"]["orderId"].clone();
    let mut replace = order("BUY", "97.00");
    replace["cancelReplaceMode"] = json!("STOP_ON_FAILURE");
    replace["cancelOrderId"] = id;
    let replaced = client.traded(&desk, "order.cancelReplace", replace).await;
    assert_eq!(replaced["cancelResult"], json!("SUCCESS"));
    let id = replaced["newOrderResponse"]["orderId"].clone();
    let cancelled =
        client.traded(&desk, "order.cancel", json!({ "symbol": BTC, "orderId": id })).await;
    assert_eq!(cancelled["status"], json!("CANCELED"));
    let pair = json!({
        "symbol": BTC, "side": "SELL", "quantity": "0.1",
        "aboveType": "LIMIT_MAKER", "abovePrice": "110.00",
        "belowType": "STOP_LOSS", "belowStopPrice": "90.00"
    });
    let list = client.traded(&desk, "orderList.place.oco", pair).await;
    let list = json!({ "orderListId": list["orderListId"] });
    let status = client.traded(&desk, "orderList.status", list.clone()).await;
    assert_eq!(status["listOrderStatus"], json!("EXECUTING"));
    let mut ended = list;
    ended["symbol"] = json!(BTC);
    let ended = client.traded(&desk, "orderList.cancel", ended).await;
    assert_eq!(ended["listOrderStatus"], json!("ALL_DONE"));
    client.traded(&desk, "order.place", order("BUY", "98.00")).await;
    let all = client.traded(&desk, "openOrders.cancelAll", json!({ "symbol": BTC })).await;
    assert_eq!(all.as_array().unwrap().len(), 1);
}

/// *Public WebSocket API for Binance*, "SIGNED request example (HMAC)", as it stands there.
#[tokio::test]
async fn the_documented_request_is_taken_as_it_stands() {
    let desk = Desk::open().await;
    desk.wait(1_645_423_376_532 - MOMENT);
    desk.maker(&["sell 53000.00 1"]);
    let mut client = Client::open(&desk).await;
    let documented = r#"{"id":"4885f793-e5ad-4c3b-8f6c-55d891472b71","method":"order.place","params":{"symbol":"BTCUSDT","side":"SELL","type":"LIMIT","timeInForce":"GTC","quantity":"0.01000000","price":"52000.00","recvWindow":100,"timestamp":1645423376532,"apiKey":"vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A","signature":"aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"}}"#;
    client.send(documented).await;
    let answer = client.next().await;
    assert_eq!(answer["id"], json!("4885f793-e5ad-4c3b-8f6c-55d891472b71"));
    assert_eq!(answer["status"], json!(200), "{answer}");
    assert_eq!(answer["result"]["price"], json!("52000.00000000"));
    client.send(&documented.replace("52000.00", "52000.01")).await;
    let answer = client.next().await;
    let error = json!({ "code": -1022, "msg": "Signature for this request is not valid." });
    assert_eq!((&answer["status"], &answer["error"]), (&json!(400), &error));
}

#[tokio::test]
async fn errors_are_the_documented_ones() {
    // Only where time runs can a request be too old.
    let desk = Desk::with(Setup { speed: Speed::REAL, ..Setup::default() }).await;
    let mut client = Client::open(&desk).await;
    let stale = json!({ "timestamp": MOMENT - 5_500 });
    let stale = sign(&desk, KEY, &Signer::Hmac(SECRET), stale);
    for (method, params, status, code) in [
        ("nothing.at.all", json!({}), 400, -1020),
        ("depth", json!({}), 400, -1102),
        ("depth", json!({ "symbol": "NOBODY" }), 400, -1121),
        ("depth", json!({ "symbol": BTC, "more": 1 }), 400, -1104),
        ("ping", json!({ "x": 1 }), 400, -1101),
        ("account.status", json!({}), 401, -2014),
        ("account.status", json!({ "apiKey": "nobody" }), 401, -2015),
        ("account.status", json!({ "apiKey": KEY }), 400, -1102),
        ("account.status", stale, 400, -1021),
        ("order.place", sign(&desk, KEY, &Signer::Hmac("wrong"), order("BUY", "1.00")), 400, -1022),
    ] {
        let answer = client.ask(method, params).await;
        let seen = (&answer["status"], &answer["error"]["code"]);
        assert_eq!(seen, (&json!(status), &json!(code)), "{method}: {answer}");
        assert!(answer.get("result").is_none());
    }
    let poor = json!({
        "symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "5000",
        "price": "100.00"
    });
    let answer = client.signed(&desk, "order.place", poor).await;
    let msg = "Account has insufficient balance for requested action.";
    assert_eq!(answer["error"], json!({ "code": -2010, "msg": msg }));
}

#[tokio::test]
async fn who_asks_too_much_is_told_when_to_come_back() {
    let weight = Limit { interval: Interval::Minutes(1), most: 10 };
    let limits = Limits { weight, ..Limits::DOCUMENTED };
    let desk = Desk::with(Setup { limits, ..Setup::default() }).await;
    let mut client = Client::open(&desk).await;
    for _ in 0..8 {
        client.good("ping", json!({})).await;
    }
    let answer = client.ask("ping", json!({})).await;
    assert_eq!((&answer["status"], &answer["error"]["code"]), (&json!(429), &json!(-1003)));
    has_fields(&answer["error"]["data"], "serverTime retryAfter");
    let retry = answer["error"]["data"]["retryAfter"].as_i64().unwrap();
    assert!(retry > MOMENT && retry <= MOMENT + 60_000, "{answer}");
}
