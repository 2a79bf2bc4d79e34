//! Order lists: OCO in both forms, OTO, OTOCO.

use serde_json::{Value, json};

use super::support::{Desk, MOMENT, has_fields, told};

const LIST: &str = "orderListId contingencyType listStatusType listOrderStatus listClientOrderId transactionTime symbol orders";

/// A market that last traded at 10,000.
async fn at_ten_thousand() -> Desk {
    let desk = Desk::open().await;
    desk.maker(&["buy 10000 5", "sell 10100 5"]);
    desk.ask("POST order symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.001").await.good();
    desk
}

fn reports(list: &Value, fields: &str) -> Vec<String> {
    list["orderReports"].as_array().unwrap().iter().map(|report| told(report, fields)).collect()
}

#[tokio::test]
async fn an_oco_is_one_of_two() {
    let desk = at_ten_thousand().await;
    let oco = "symbol=BTCUSDT&side=SELL&quantity=0.5&aboveType=LIMIT_MAKER&abovePrice=11000&belowType=STOP_LOSS_LIMIT\
               &belowStopPrice=9500&belowPrice=9400&belowTimeInForce=GTC&listClientOrderId=both&aboveClientOrderId=up&belowClientOrderId=down";
    let placed = desk.ask(&format!("POST orderList/oco {oco}")).await.good();
    has_fields(&placed, &format!("{LIST} orderReports"));
    assert_eq!(
        told(
            &placed,
            "orderListId contingencyType listStatusType listOrderStatus listClientOrderId transactionTime"
        ),
        format!("1 OCO EXEC_STARTED EXECUTING both {MOMENT}")
    );
    assert_eq!(
        reports(
            &placed,
            "orderId clientOrderId orderListId status type stopPrice price workingTime"
        ),
        [
            "4 down 1 NEW STOP_LOSS_LIMIT 9500.00000000 9400.00000000 -1".to_owned(),
            format!("5 up 1 NEW LIMIT_MAKER null 11000.00000000 {MOMENT}")
        ]
    );
    assert_eq!(
        placed["orders"][0],
        json!({ "symbol": "BTCUSDT", "orderId": 4, "clientOrderId": "down" })
    );
    let found = desk.ask("GET orderList orderListId=1").await.good();
    has_fields(&found, LIST);
    assert_eq!(desk.ask("GET orderList origClientOrderId=both").await.good(), found);
    assert_eq!(desk.ask("GET openOrderList").await.good(), json!([found]));
    let gone =
        desk.ask("DELETE orderList symbol=BTCUSDT&orderListId=1&newClientOrderId=bye").await.good();
    has_fields(&gone, &format!("{LIST} orderReports"));
    assert_eq!(told(&gone, "listStatusType listOrderStatus"), "ALL_DONE ALL_DONE");
    assert_eq!(
        reports(&gone, "origClientOrderId clientOrderId status"),
        ["down bye CANCELED", "up bye CANCELED"]
    );
    assert_eq!(desk.ask("GET openOrderList").await.good(), json!([]));
    let all = desk.ask("GET allOrderList").await.good();
    assert_eq!(told(&all[0], "orderListId listOrderStatus"), "1 ALL_DONE");
    assert_eq!(desk.ask("GET orderList origClientOrderId=both").await.good()["orderListId"], 1);
    for (request, code) in [
        ("GET orderList", -1102),
        ("GET orderList orderListId=9", -2018),
        ("GET allOrderList fromId=1&startTime=1", -1128),
        ("DELETE orderList symbol=BTCUSDT&orderListId=1", -2011),
        ("DELETE orderList symbol=BTCUSDT", -1102),
    ] {
        assert_eq!(desk.ask(request).await.code(), code, "{request}");
    }
    desk.venue.stop().await;
}

#[tokio::test]
async fn cancelling_one_order_of_a_list_ends_the_list() {
    let desk = at_ten_thousand().await;
    let old = "POST order/oco symbol=BTCUSDT&side=SELL&quantity=0.5&price=11000&stopPrice=9500&stopLimitPrice=9400&stopLimitTimeInForce=GTC";
    let placed = desk.ask(old).await.good();
    assert_eq!(
        reports(&placed, "type price status"),
        ["STOP_LOSS_LIMIT 9400.00000000 NEW", "LIMIT_MAKER 11000.00000000 NEW"]
    );
    let gone = desk.ask("DELETE order symbol=BTCUSDT&orderId=4").await.good();
    assert_eq!(told(&gone, "orderListId listOrderStatus"), "1 ALL_DONE");
    assert_eq!(desk.ask("GET openOrders").await.good(), json!([]));
    let plain = "POST order/oco symbol=BTCUSDT&side=BUY&quantity=0.5&price=9000&stopPrice=11000";
    let placed = desk.ask(plain).await.good();
    assert_eq!(reports(&placed, "type side"), ["STOP_LOSS BUY", "LIMIT_MAKER BUY"]);
    let all = desk.ask("DELETE openOrders symbol=BTCUSDT").await.good();
    assert_eq!(told(&all[0], "orderListId listStatusType"), "2 ALL_DONE");
    for (change, code) in [
        ("&stopLimitPrice=1", -1102),
        ("&stopLimitTimeInForce=GTC", -1106),
        ("&trailingDelta=10", -1013),
        ("&limitIcebergQty=0.1", -1013),
    ] {
        assert_eq!(desk.ask(&format!("{plain}{change}")).await.code(), code, "{change}");
    }
    desk.venue.stop().await;
}

/// What follows the working order: side, above, below, code.
#[tokio::test]
async fn the_two_of_a_pair_have_their_places() {
    let desk = at_ten_thousand().await;
    let prices = |place: &str, word: &str| match word {
        "LIMIT_MAKER" => {
            format!("&{place}Price={}", if place == "above" { "11000" } else { "9000" })
        }
        "LIMIT" | "MARKET" => String::new(),
        _ if word.ends_with("LIMIT") => {
            let price = if place == "above" { "11000" } else { "9000" };
            format!("&{place}Price={price}&{place}StopPrice={price}&{place}TimeInForce=GTC")
        }
        _ => format!("&{place}StopPrice={}", if place == "above" { "11000" } else { "9000" }),
    };
    for (side, above, below, code) in [
        ("SELL", "LIMIT_MAKER", "STOP_LOSS", 0),
        ("SELL", "TAKE_PROFIT", "STOP_LOSS_LIMIT", 0),
        ("SELL", "TAKE_PROFIT_LIMIT", "STOP_LOSS", 0),
        ("BUY", "STOP_LOSS", "LIMIT_MAKER", 0),
        ("BUY", "STOP_LOSS_LIMIT", "TAKE_PROFIT", 0),
        ("SELL", "LIMIT_MAKER", "LIMIT_MAKER", -1168),
        ("BUY", "LIMIT_MAKER", "STOP_LOSS", -1165),
        ("SELL", "STOP_LOSS", "LIMIT_MAKER", -1166),
        ("BUY", "STOP_LOSS", "STOP_LOSS", -1196),
        ("SELL", "STOP_LOSS", "STOP_LOSS", -1197),
        ("BUY", "TAKE_PROFIT", "TAKE_PROFIT", -1198),
        ("SELL", "TAKE_PROFIT", "TAKE_PROFIT", -1199),
        ("SELL", "LIMIT", "STOP_LOSS", -1158),
        ("SELL", "LIMIT_MAKER", "MARKET", -1158),
        ("SELL", "SIDEWAYS", "STOP_LOSS", -1116),
    ] {
        let (up, down) = (prices("above", above), prices("below", below));
        let request = format!(
            "POST orderList/oco symbol=BTCUSDT&side={side}&quantity=0.1&aboveType={above}&belowType={below}{up}{down}"
        );
        let answer = desk.ask(&request).await;
        assert_eq!(answer.code(), code, "{request} {}", answer.text);
    }
    let wrong = "POST orderList/oco symbol=BTCUSDT&side=SELL&quantity=0.1&aboveType=LIMIT_MAKER&abovePrice=11000&belowType=STOP_LOSS&belowStopPrice=10500";
    let answer = desk.ask(wrong).await;
    assert_eq!(answer.code(), -2010);
    desk.venue.stop().await;
}

#[tokio::test]
async fn one_order_triggers_another() {
    let desk = at_ten_thousand().await;
    let oto = "POST orderList/oto symbol=BTCUSDT&workingType=LIMIT&workingSide=BUY&workingPrice=9000&workingQuantity=0.1\
               &workingTimeInForce=GTC&pendingType=MARKET&pendingSide=SELL&pendingQuantity=0.1";
    let placed = desk.ask(oto).await.good();
    assert_eq!(told(&placed, "contingencyType listOrderStatus"), "OTO EXECUTING");
    assert_eq!(
        reports(&placed, "status type side price"),
        ["NEW LIMIT BUY 9000.00000000", "PENDING_NEW MARKET SELL 0.00000000"]
    );
    assert_eq!(placed["orderReports"][1]["workingTime"], -1);
    // Filled at once: the answer still shows the pending order waiting.
    let at_once = desk
        .ask(
            &oto.replace("workingPrice=9000", "workingPrice=10100")
                .replace("pendingType=MARKET", "pendingType=LIMIT_MAKER&pendingPrice=12000"),
        )
        .await
        .good();
    assert_eq!(reports(&at_once, "status type"), ["FILLED LIMIT", "PENDING_NEW LIMIT_MAKER"]);
    let id = at_once["orders"][1]["orderId"].as_i64().unwrap();
    let pending = desk.ask(&format!("GET order symbol=BTCUSDT&orderId={id}")).await.good();
    assert_eq!(told(&pending, "status isWorking"), "NEW true");
    for (from, to, code) in [
        ("workingType=LIMIT&", "workingType=MARKET&", -1116),
        ("workingType=LIMIT&", "", -1102),
        ("&workingTimeInForce=GTC", "", -1102),
        ("pendingQuantity=0.1", "pendingQuoteOrderQty=5", -1014),
        ("pendingSide=SELL", "pendingSide=AWAY", -1117),
    ] {
        let answer = desk.ask(&oto.replace(from, to)).await;
        assert_eq!(answer.code(), code, "{from} -> {to}: {}", answer.text);
    }
    desk.venue.stop().await;
}

#[tokio::test]
async fn one_order_triggers_a_pair() {
    let desk = at_ten_thousand().await;
    let otoco = "POST orderList/otoco symbol=BTCUSDT&workingType=LIMIT&workingSide=BUY&workingPrice=10100&workingQuantity=0.1\
                 &workingTimeInForce=GTC&pendingSide=SELL&pendingQuantity=0.09&pendingAboveType=LIMIT_MAKER\
                 &pendingAbovePrice=12000&pendingBelowType=STOP_LOSS&pendingBelowStopPrice=9000&newOrderRespType=FULL";
    let placed = desk.ask(otoco).await.good();
    assert_eq!(told(&placed, "contingencyType listOrderStatus"), "OTO EXECUTING");
    assert_eq!(
        reports(&placed, "status type origQty"),
        [
            "FILLED LIMIT 0.10000000",
            "PENDING_NEW STOP_LOSS 0.09000000",
            "PENDING_NEW LIMIT_MAKER 0.09000000"
        ]
    );
    assert_eq!(placed["orderReports"][0]["fills"][0]["qty"], "0.10000000");
    assert_eq!(desk.ask("GET openOrders").await.good().as_array().unwrap().len(), 2);
    desk.venue.stop().await;
}
