//! Orders: placed, looked up, cancelled, replaced, amended.

use serde_json::{Value, json};

use super::support::{Desk, MOMENT, OTHER, OTHER_SECRET, has_fields, told};

const ACK: &str = "symbol orderId orderListId clientOrderId transactTime";
const RESULT: &str = "symbol orderId orderListId clientOrderId transactTime price origQty executedQty \
     origQuoteOrderQty cummulativeQuoteQty status timeInForce type side workingTime selfTradePreventionMode";

#[tokio::test]
async fn an_answer_tells_as_much_as_was_asked_for() {
    let desk = Desk::open().await;
    desk.maker(&["sell 10100 1", "sell 10200 2", "buy 9000 5"]);
    let market = "POST order symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1";
    let ack = desk
        .ask(&format!("{market}&newOrderRespType=ACK&newClientOrderId=6gCrw2kRUAF9CvJDGP16IP"))
        .await
        .good();
    has_fields(&ack, ACK);
    assert_eq!(
        ack,
        json!({ "symbol": "BTCUSDT", "orderId": ack["orderId"], "orderListId": -1, "clientOrderId": "6gCrw2kRUAF9CvJDGP16IP", "transactTime": MOMENT })
    );
    let result = desk.ask(&format!("{market}&newOrderRespType=RESULT")).await.good();
    has_fields(&result, RESULT);
    assert_eq!(
        told(&result, "price origQty executedQty cummulativeQuoteQty status timeInForce type side"),
        "0.00000000 0.10000000 0.10000000 1010.00000000 FILLED GTC MARKET BUY"
    );
    let full = desk.ask("POST order symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1").await.good();
    has_fields(&full, &format!("{RESULT} fills"));
    assert_eq!(
        full["fills"],
        json!([
            { "price": "10100.00000000", "qty": "0.80000000", "commission": "0.00080000", "commissionAsset": "BTC", "tradeId": 3 },
            { "price": "10200.00000000", "qty": "0.20000000", "commission": "0.00020000", "commissionAsset": "BTC", "tradeId": 4 }
        ])
    );
    let by_quote =
        desk.ask("POST order symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=1000").await.good();
    assert_eq!(
        told(&by_quote, "origQuoteOrderQty executedQty cummulativeQuoteQty status"),
        "1000.00000000 0.09803000 999.90600000 FILLED"
    );
    let rests = desk
        .ask("POST order symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.1&price=9500")
        .await
        .good();
    has_fields(&rests, ACK);
    let stop = desk
        .ask("POST order symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=0.1&stopPrice=9200&newOrderRespType=RESULT&strategyId=7&strategyType=1000000")
        .await
        .good();
    has_fields(&stop, &format!("{RESULT} stopPrice strategyId strategyType"));
    assert_eq!(
        told(&stop, "stopPrice workingTime strategyId strategyType"),
        "9200.00000000 -1 7 1000000"
    );
    desk.venue.stop().await;
}

/// What was sent, status, executed quantity, whether it works.
#[tokio::test]
async fn every_type_does_what_it_says() {
    let desk = Desk::open().await;
    desk.maker(&["sell 10100 1", "sell 10200 2", "buy 10000 1"]);
    desk.ask("POST order symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001").await.good();
    for (sent, wanted) in [
        ("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000", "NEW 0.00000000 true"),
        ("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=10100", "FILLED 0.10000000 true"),
        ("side=BUY&type=LIMIT&timeInForce=IOC&quantity=5&price=10100", "EXPIRED 0.89900000 true"),
        ("side=BUY&type=LIMIT&timeInForce=FOK&quantity=3&price=10200", "EXPIRED 0.00000000 true"),
        ("side=BUY&type=LIMIT&timeInForce=FOK&quantity=1&price=10200", "FILLED 1.00000000 true"),
        ("side=SELL&type=LIMIT_MAKER&quantity=0.1&price=10300", "NEW 0.00000000 true"),
        ("side=SELL&type=STOP_LOSS&quantity=0.1&stopPrice=9500", "NEW 0.00000000 false"),
        (
            "side=SELL&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=0.1&stopPrice=9500&price=9400",
            "NEW 0.00000000 false",
        ),
        ("side=SELL&type=TAKE_PROFIT&quantity=0.1&stopPrice=11000", "NEW 0.00000000 false"),
        (
            "side=SELL&type=TAKE_PROFIT_LIMIT&timeInForce=GTC&quantity=0.1&stopPrice=11000&price=11000",
            "NEW 0.00000000 false",
        ),
    ] {
        let test = desk.ask(&format!("POST order/test symbol=BTCUSDT&{sent}")).await.good();
        assert_eq!(test, json!({}), "{sent}");
        let placed = desk
            .ask(&format!("POST order symbol=BTCUSDT&{sent}&newOrderRespType=ACK"))
            .await
            .good();
        let id = placed["orderId"].as_i64().unwrap();
        let found = desk.ask(&format!("GET order symbol=BTCUSDT&orderId={id}")).await.good();
        assert_eq!(told(&found, "status executedQty isWorking"), wanted, "{sent}");
    }
    desk.venue.stop().await;
}

#[tokio::test]
async fn an_order_is_found_by_number_and_by_name() {
    let desk = Desk::open().await;
    let order =
        "POST order symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000";
    desk.ask(&format!("{order}&newClientOrderId=myOrder1")).await.good();
    desk.wait(1_000);
    desk.ask(order).await.good();
    let found = desk.ask("GET order symbol=BTCUSDT&origClientOrderId=myOrder1").await.good();
    has_fields(
        &found,
        "symbol orderId orderListId clientOrderId price origQty executedQty cummulativeQuoteQty status timeInForce type side \
         stopPrice icebergQty time updateTime isWorking workingTime origQuoteOrderQty selfTradePreventionMode",
    );
    assert_eq!(
        told(
            &found,
            "orderId price origQty status stopPrice icebergQty time updateTime isWorking workingTime"
        ),
        format!(
            "1 9000.00000000 0.10000000 NEW 0.00000000 0.00000000 {MOMENT} {MOMENT} true {MOMENT}"
        )
    );
    for (query, code) in [
        ("orderId=1", 0),
        ("orderId=1&origClientOrderId=myOrder1", 0),
        ("orderId=2&origClientOrderId=myOrder1", -2039),
        ("orderId=99", -2013),
        ("origClientOrderId=nothing", -2013),
        ("", -1102),
    ] {
        assert_eq!(
            desk.ask(&format!("GET order symbol=BTCUSDT&{query}")).await.code(),
            code,
            "{query}"
        );
    }
    let theirs = desk.ask_as((OTHER, OTHER_SECRET), "GET order symbol=BTCUSDT&orderId=1").await;
    assert_eq!(theirs.code(), -2013);
    let ids = |rows: Value| -> Vec<i64> {
        rows.as_array().unwrap().iter().map(|row| row["orderId"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids(desk.ask("GET openOrders symbol=BTCUSDT").await.good()), [1, 2]);
    assert_eq!(ids(desk.ask("GET openOrders").await.good()), [1, 2]);
    assert_eq!(ids(desk.ask("GET openOrders symbol=LTCBTC").await.good()), [0_i64; 0]);
    desk.ask("DELETE order symbol=BTCUSDT&orderId=1").await.good();
    assert_eq!(ids(desk.ask("GET openOrders").await.good()), [2]);
    assert_eq!(ids(desk.ask("GET allOrders symbol=BTCUSDT").await.good()), [1, 2]);
    assert_eq!(ids(desk.ask("GET allOrders symbol=BTCUSDT&limit=1").await.good()), [2]);
    assert_eq!(ids(desk.ask("GET allOrders symbol=BTCUSDT&orderId=1&limit=1").await.good()), [1]);
    let until = format!("GET allOrders symbol=BTCUSDT&endTime={MOMENT}");
    assert_eq!(ids(desk.ask(&until).await.good()), [1]);
    let since = format!("GET allOrders symbol=BTCUSDT&startTime={}", MOMENT + 1);
    assert_eq!(ids(desk.ask(&since).await.good()), [2]);
    let long =
        format!("GET allOrders symbol=BTCUSDT&startTime={MOMENT}&endTime={}", MOMENT + 86_400_001);
    assert_eq!(desk.ask(&long).await.code(), -1127);
    desk.venue.stop().await;
}

#[tokio::test]
async fn a_name_is_taken_among_open_orders_only() {
    let desk = Desk::open().await;
    let order = "POST order symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000&newClientOrderId=once";
    desk.ask(order).await.good();
    let again = desk.ask(order).await;
    assert_eq!(again.json(), json!({ "code": -2010, "msg": "Duplicate order sent." }));
    desk.ask("DELETE order symbol=BTCUSDT&origClientOrderId=once").await.good();
    let second = desk.ask(order).await.good();
    assert_eq!(second["orderId"], 2);
    let found = desk.ask("GET order symbol=BTCUSDT&origClientOrderId=once").await.good();
    assert_eq!(told(&found, "orderId status"), "2 NEW");
    desk.venue.stop().await;
}

#[tokio::test]
async fn a_cancelled_order_is_told_with_both_names() {
    let desk = Desk::open().await;
    let order =
        "POST order symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000";
    desk.ask(&format!("{order}&newClientOrderId=myOrder1")).await.good();
    let gone = desk
        .ask("DELETE order symbol=BTCUSDT&origClientOrderId=myOrder1&newClientOrderId=cancelMyOrder1")
        .await
        .good();
    has_fields(
        &gone,
        "symbol origClientOrderId orderId orderListId clientOrderId transactTime price origQty executedQty \
         origQuoteOrderQty cummulativeQuoteQty status timeInForce type side selfTradePreventionMode",
    );
    assert_eq!(
        told(&gone, "origClientOrderId clientOrderId status"),
        "myOrder1 cancelMyOrder1 CANCELED"
    );
    for (query, code) in [
        ("orderId=1", -2011),
        ("origClientOrderId=myOrder1", -2011),
        ("", -1102),
        ("orderId=1&cancelRestrictions=SOMETIMES", -1145),
    ] {
        let answer = desk.ask(&format!("DELETE order symbol=BTCUSDT&{query}")).await;
        assert_eq!(answer.code(), code, "{query}");
    }
    desk.ask(order).await.good();
    let partly = desk
        .ask("DELETE order symbol=BTCUSDT&orderId=2&cancelRestrictions=ONLY_PARTIALLY_FILLED")
        .await;
    assert_eq!(partly.json()["msg"], "Order was not canceled due to cancel restrictions.");
    desk.ask(order).await.good();
    let all = desk.ask("DELETE openOrders symbol=BTCUSDT").await.good();
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!(told(&all[0], "orderId status"), "2 CANCELED");
    assert_eq!(desk.ask("DELETE openOrders symbol=BTCUSDT").await.code(), -2011);
    desk.venue.stop().await;
}

/// Mode, which order is to go, what price the new one has: HTTP status, code, both results.
#[tokio::test]
async fn cancel_replace_tells_both_halves() {
    let desk = Desk::open().await;
    desk.maker(&["sell 10100 1"]);
    let order =
        "POST order symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000";
    for (mode, gone, price, status, code, wanted) in [
        ("STOP_ON_FAILURE", true, "9100", 200, 0, "SUCCESS SUCCESS"),
        ("STOP_ON_FAILURE", false, "9100", 400, -2022, "FAILURE NOT_ATTEMPTED"),
        ("STOP_ON_FAILURE", true, "10100", 409, -2021, "SUCCESS FAILURE"),
        ("ALLOW_FAILURE", false, "9100", 409, -2021, "FAILURE SUCCESS"),
        ("ALLOW_FAILURE", false, "10100", 400, -2022, "FAILURE FAILURE"),
        ("ALLOW_FAILURE", true, "10100", 409, -2021, "SUCCESS FAILURE"),
    ] {
        let open = desk.ask(order).await.good()["orderId"].as_i64().unwrap();
        let cancel = if gone { open } else { 999_999 };
        let request = format!(
            "POST order/cancelReplace symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.1&price={price}\
             &cancelReplaceMode={mode}&cancelOrderId={cancel}&newOrderRespType=RESULT"
        );
        let answer = desk.ask(&request).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{request} {}", answer.text);
        let json = answer.json();
        let data = if status == 200 { &json } else { &json["data"] };
        has_fields(data, "cancelResult newOrderResult cancelResponse newOrderResponse");
        assert_eq!(told(data, "cancelResult newOrderResult"), wanted, "{request}");
        if data["cancelResult"] == "SUCCESS" {
            assert_eq!(told(&data["cancelResponse"], "orderId status"), format!("{open} CANCELED"));
        } else {
            assert_eq!(
                data["cancelResponse"],
                json!({ "code": -2011, "msg": "Unknown order sent." })
            );
        }
        match data["newOrderResult"].as_str().unwrap() {
            "SUCCESS" => has_fields(&data["newOrderResponse"], RESULT),
            "FAILURE" => assert_eq!(
                data["newOrderResponse"],
                json!({ "code": -2010, "msg": "Order would immediately match and take." })
            ),
            _ => assert_eq!(data["newOrderResponse"], Value::Null),
        }
    }
    for (query, wanted) in [
        ("cancelReplaceMode=PERHAPS&cancelOrderId=1", -1130),
        ("cancelOrderId=1", -1102),
        ("cancelReplaceMode=ALLOW_FAILURE", -1102),
    ] {
        let request = format!(
            "POST order/cancelReplace symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.1&price=9000&{query}"
        );
        assert_eq!(desk.ask(&request).await.code(), wanted, "{query}");
    }
    desk.venue.stop().await;
}

#[tokio::test]
async fn an_amended_order_keeps_its_number() {
    let desk = Desk::open().await;
    let order = "POST order symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.5&price=9000&newClientOrderId=a";
    desk.ask(order).await.good();
    let amended = desk
        .ask("PUT order/amend/keepPriority symbol=BTCUSDT&orderId=1&newQty=0.4&newClientOrderId=b")
        .await
        .good();
    has_fields(&amended, "transactTime executionId amendedOrder");
    has_fields(
        &amended["amendedOrder"],
        "symbol orderId orderListId origClientOrderId clientOrderId price qty executedQty preventedQty quoteOrderQty \
         cumulativeQuoteQty status timeInForce type side workingTime selfTradePreventionMode",
    );
    assert_eq!(
        told(&amended["amendedOrder"], "orderId origClientOrderId clientOrderId qty status"),
        "1 a b 0.40000000 NEW"
    );
    let history = desk.ask("GET order/amendments symbol=BTCUSDT&orderId=1").await.good();
    assert_eq!(
        history,
        json!([{ "symbol": "BTCUSDT", "orderId": 1, "executionId": amended["executionId"], "origClientOrderId": "a", "newClientOrderId": "b", "origQty": "0.50000000", "newQty": "0.40000000", "time": MOMENT }])
    );
    for (query, code) in [
        ("orderId=1&newQty=0.4", -2038),
        ("orderId=1&newQty=0.6", -2038),
        ("orderId=9&newQty=0.1", -2038),
        ("orderId=1", -1102),
    ] {
        let answer =
            desk.ask(&format!("PUT order/amend/keepPriority symbol=BTCUSDT&{query}")).await;
        assert_eq!(answer.code(), code, "{query}: {}", answer.text);
    }
    desk.venue.stop().await;
}

#[tokio::test]
async fn self_trade_prevention_leaves_a_trace() {
    let desk = Desk::open().await;
    let order = "POST order symbol=BTCUSDT&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000&newOrderRespType=RESULT&selfTradePreventionMode=EXPIRE_MAKER";
    desk.ask(&format!("{order}&side=BUY")).await.good();
    let taker = desk.ask(&format!("{order}&side=SELL")).await.good();
    assert_eq!(
        told(&taker, "status executedQty selfTradePreventionMode"),
        "NEW 0.00000000 EXPIRE_MAKER"
    );
    let maker = desk.ask("GET order symbol=BTCUSDT&orderId=1").await.good();
    assert_eq!(
        told(&maker, "status preventedMatchId preventedQuantity"),
        "EXPIRED_IN_MATCH 0 0.10000000"
    );
    let matches = desk.ask("GET myPreventedMatches symbol=BTCUSDT&orderId=1").await.good();
    has_fields(
        &matches[0],
        "symbol preventedMatchId takerOrderId makerSymbol makerOrderId tradeGroupId selfTradePreventionMode price \
         makerPreventedQuantity transactTime",
    );
    assert_eq!(
        told(
            &matches[0],
            "preventedMatchId takerOrderId makerOrderId price makerPreventedQuantity"
        ),
        "0 2 1 9000.00000000 0.10000000"
    );
    for (query, code) in
        [("preventedMatchId=0", 0), ("", -1128), ("preventedMatchId=0&orderId=1", -1128)]
    {
        let answer = desk.ask(&format!("GET myPreventedMatches symbol=BTCUSDT&{query}")).await;
        assert_eq!(answer.code(), code, "{query}");
    }
    let wrong = desk.ask(&format!("{order}&side=BUY").replace("EXPIRE_MAKER", "PERHAPS")).await;
    assert_eq!(wrong.code(), -1130);
    desk.venue.stop().await;
}
