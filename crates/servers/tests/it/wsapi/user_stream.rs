//! What a user data stream says, for each life of an order.

use serde_json::{Value, json};
use servers::venue::faults::{Fault, Faults};
use types::ids::Asset;
use types::market::TsNanos;

use super::client::{Client, Signer, sign};
use crate::support::{
    BTC, Desk, KEY, MOMENT, OTHER, OTHER_SECRET, SECRET, Setup, has_fields, told,
};

/// Fields that every execution report has.
const ALWAYS: &str = "e E s c S o f q p P F g C x X r i l z L n N T t I w m M O Z Y Q V";

/// A desk with somebody who listens and somebody who trades.
async fn listening() -> (Desk, Client, Client) {
    listening_to(Desk::open().await).await
}

async fn listening_to(desk: Desk) -> (Desk, Client, Client) {
    let mut listener = Client::open(&desk).await;
    let signed = sign(&desk, KEY, &Signer::Hmac(SECRET), json!({}));
    listener.good("userDataStream.subscribe.signature", signed).await;
    let trader = Client::open(&desk).await;
    (desk, listener, trader)
}

fn limit(side: &str, qty: &str, price: &str, more: &Value) -> Value {
    let mut order = json!({
        "symbol": BTC, "side": side, "type": "LIMIT", "timeInForce": "GTC", "quantity": qty,
        "price": price
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        order[name] = value.clone();
    }
    order
}

/// Returns execution type, status, last and cumulative quantity and the trade of the next report.
async fn step(client: &mut Client) -> (String, Value) {
    let event = client.event().await;
    assert_eq!(event["e"], json!("executionReport"), "{event}");
    (told(&event, "x X l z t"), event)
}

/// Takes the balances that follow.
async fn balances(client: &mut Client) -> Value {
    let event = client.event().await;
    has_fields(&event, "e E u B");
    assert_eq!(event["e"], json!("outboundAccountPosition"), "{event}");
    event["B"].clone()
}

#[tokio::test]
async fn an_order_that_rests_trades_in_parts_and_is_filled() {
    let (desk, mut listener, mut trader) = listening().await;
    let order = limit(
        "BUY",
        "1",
        "100.00",
        &json!({ "newClientOrderId": "mine", "strategyId": 7, "strategyType": 1_000_001 }),
    );
    let placed = trader.traded(&desk, "order.place", order).await;
    let (seen, event) = step(&mut listener).await;
    assert_eq!(seen, "NEW NEW 0.00000000 0.00000000 -1");
    has_fields(&event, &format!("{ALWAYS} W j J"));
    let wanted = json!({
        "e": "executionReport", "E": MOMENT, "s": BTC, "c": "mine", "S": "BUY", "o": "LIMIT",
        "f": "GTC", "q": "1.00000000", "p": "100.00000000", "P": "0.00000000",
        "F": "0.00000000", "g": -1, "C": "", "x": "NEW", "X": "NEW", "r": "NONE",
        "i": placed["orderId"], "l": "0.00000000", "z": "0.00000000", "L": "0.00000000",
        "n": "0", "N": null, "T": MOMENT, "t": -1, "I": event["I"], "w": true, "m": false,
        "M": false, "O": MOMENT, "Z": "0.00000000", "Y": "0.00000000", "Q": "0.00000000",
        "W": MOMENT, "V": event["V"], "j": 7, "J": 1_000_001
    });
    assert_eq!(event, wanted);
    let held = balances(&mut listener).await;
    assert_eq!(held, json!([{ "a": "USDT", "f": "99900.00000000", "l": "100.00000000" }]));
    desk.maker(&["sell 100.00 0.4"]);
    let (seen, event) = step(&mut listener).await;
    assert_eq!(seen, "TRADE PARTIALLY_FILLED 0.40000000 0.40000000 1");
    assert_eq!(told(&event, "L Y Z m w N"), "100.00000000 40.00000000 40.00000000 true true BTC");
    balances(&mut listener).await;
    desk.maker(&["sell 99.00 2"]);
    let (seen, event) = step(&mut listener).await;
    assert_eq!(seen, "TRADE FILLED 0.60000000 1.00000000 2");
    assert_eq!(told(&event, "L w"), "100.00000000 false");
    balances(&mut listener).await;
}

#[tokio::test]
async fn an_order_that_takes_is_told_trade_by_trade() {
    let (desk, mut listener, mut trader) = listening().await;
    desk.maker(&["sell 100.00 1", "sell 101.00 1"]);
    let market = json!({ "symbol": BTC, "side": "BUY", "type": "MARKET", "quantity": "1.5" });
    trader.traded(&desk, "order.place", market).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(step(&mut listener).await.0);
    }
    assert_eq!(
        seen,
        [
            "NEW NEW 0.00000000 0.00000000 -1",
            "TRADE PARTIALLY_FILLED 1.00000000 1.00000000 1",
            "TRADE FILLED 0.50000000 1.50000000 2"
        ]
    );
    balances(&mut listener).await;
    // An amount of quote, more than rests there: what is not found expires.
    let quote = json!({ "symbol": BTC, "side": "BUY", "type": "MARKET", "quoteOrderQty": "500" });
    trader.traded(&desk, "order.place", quote).await;
    let (_, event) = step(&mut listener).await;
    assert_eq!(event["Q"], json!("500.00000000"));
    step(&mut listener).await;
    let (seen, event) = step(&mut listener).await;
    assert!(seen.starts_with("EXPIRED EXPIRED 0.00000000 0.50000000"), "{seen}");
    assert_eq!(event["eR"], json!("INSUFFICIENT_LIQUIDITY"));
}

#[tokio::test]
async fn orders_end_by_cancellation_by_their_rules_and_by_replacement() {
    let (desk, mut listener, mut trader) = listening().await;
    let order = limit("BUY", "1", "90.00", &json!({ "newClientOrderId": "first" }));
    trader.traded(&desk, "order.place", order).await;
    step(&mut listener).await;
    balances(&mut listener).await;
    let cancel = json!({ "symbol": BTC, "origClientOrderId": "first", "newClientOrderId": "stop" });
    trader.traded(&desk, "order.cancel", cancel).await;
    let (seen, event) = step(&mut listener).await;
    assert_eq!(seen, "CANCELED CANCELED 0.00000000 0.00000000 -1");
    assert_eq!(told(&event, "c C w"), "stop first false");
    balances(&mut listener).await;
    for (tif, reason) in
        [("IOC", "UNFILLED_IOC_QUANTITY_EXPIRED"), ("FOK", "UNFILLED_FOK_ORDER_EXPIRED")]
    {
        let order = limit("BUY", "1", "90.00", &json!({ "timeInForce": tif }));
        trader.traded(&desk, "order.place", order).await;
        step(&mut listener).await;
        let (seen, event) = step(&mut listener).await;
        assert_eq!(seen, "EXPIRED EXPIRED 0.00000000 0.00000000 -1");
        assert_eq!(event["eR"], json!(reason));
        balances(&mut listener).await;
    }
    let order = limit("BUY", "1", "91.00", &json!({ "newClientOrderId": "old" }));
    trader.traded(&desk, "order.place", order).await;
    step(&mut listener).await;
    balances(&mut listener).await;
    let replace = limit(
        "BUY",
        "5000",
        "92.00",
        &json!({
            "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": "old",
            "newClientOrderId": "new"
        }),
    );
    let answer = trader.signed(&desk, "order.cancelReplace", replace).await;
    assert_eq!(answer["status"], json!(409), "{answer}");
    let (seen, _) = step(&mut listener).await;
    assert_eq!(seen, "CANCELED CANCELED 0.00000000 0.00000000 -1");
    let (seen, event) = step(&mut listener).await;
    assert_eq!(seen, "REJECTED REJECTED 0.00000000 0.00000000 -1");
    assert_eq!(told(&event, "c r i"), "new INSUFFICIENT_BALANCES -1");
}

#[tokio::test]
async fn lists_and_stops_are_told() {
    let (desk, mut listener, mut trader) = listening().await;
    desk.maker(&["sell 101.00 1", "buy 99.00 1"]);
    let pair = json!({
        "symbol": BTC, "side": "SELL", "quantity": "0.5", "listClientOrderId": "pair",
        "aboveType": "LIMIT_MAKER", "abovePrice": "110.00", "aboveClientOrderId": "above",
        "belowType": "STOP_LOSS", "belowStopPrice": "95.00", "belowClientOrderId": "below"
    });
    trader.traded(&desk, "orderList.place.oco", pair).await;
    let mut kinds = Vec::new();
    for _ in 0..4 {
        let event = listener.event().await;
        if event["e"] == json!("listStatus") {
            has_fields(&event, "e E s g c l L r C T O");
            assert_eq!(told(&event, "c l L r C"), "OCO EXEC_STARTED EXECUTING NONE pair");
            let names: Vec<_> =
                event["O"].as_array().unwrap().iter().map(|o| o["c"].clone()).collect();
            assert_eq!(names.len(), 2, "{event}");
            assert!(names.contains(&json!("above")) && names.contains(&json!("below")));
        }
        if event["e"] == json!("executionReport") {
            assert_ne!(event["g"], json!(-1));
        }
        kinds.push(event["e"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    assert_eq!(
        kinds,
        ["executionReport", "executionReport", "listStatus", "outboundAccountPosition"]
    );
    // A trade at 95 wakes the stop; the other of the pair expires.
    desk.maker(&["buy 95.00 5"]);
    desk.maker(&["sell 95.00 1.5"]);
    let mut seen = Vec::new();
    loop {
        let event = listener.event().await;
        match event["e"].as_str().unwrap() {
            "executionReport" => seen.push(told(&event, "c x X")),
            "listStatus" => seen.push(told(&event, "l L")),
            _ => break,
        }
    }
    seen.sort();
    assert_eq!(
        seen,
        ["ALL_DONE ALL_DONE", "above EXPIRED EXPIRED", "below NEW NEW", "below TRADE FILLED"]
    );
}

#[tokio::test]
async fn self_trade_prevention_is_told_with_its_fields() {
    let (desk, mut listener, mut trader) = listening().await;
    trader.traded(&desk, "order.place", limit("SELL", "1", "100.00", &json!({}))).await;
    step(&mut listener).await;
    balances(&mut listener).await;
    let order =
        limit("BUY", "0.3", "100.00", &json!({ "selfTradePreventionMode": "EXPIRE_TAKER" }));
    trader.traded(&desk, "order.place", order).await;
    step(&mut listener).await;
    let (seen, event) = step(&mut listener).await;
    assert_eq!(seen, "TRADE_PREVENTION EXPIRED_IN_MATCH 0.00000000 0.00000000 -1");
    let stp = "v A B U Cs pl pL pY";
    for name in stp.split(' ') {
        assert!(event.get(name).is_some(), "{name} is absent: {event}");
    }
    assert_eq!(
        told(&event, "A B pl pL pY Cs V"),
        "0.30000000 0.30000000 0.30000000 100.00000000 30.00000000 BTCUSDT EXPIRE_TAKER"
    );
}

#[tokio::test]
async fn deposits_are_told_and_nobody_hears_of_others() {
    let (desk, mut listener, _) = listening().await;
    let mut other = Client::open(&desk).await;
    let signed = sign(&desk, OTHER, &Signer::Hmac(OTHER_SECRET), json!({}));
    other.good("userDataStream.subscribe.signature", signed).await;
    let (done, _) = desk.venue.shared().act(|core| {
        let account = core.keys.key(KEY).unwrap().account;
        let now = core.now();
        let asset = Asset::new("BTC").unwrap();
        let amount = "100".parse::<types::num::Qty>().map(types::num::Money::of_qty).unwrap();
        core.step(now, |engine, at| engine.flow(account, &asset, amount, at))
    });
    done.unwrap();
    let mut events = [listener.event().await, listener.event().await];
    events.sort_by_key(|event| event["e"].to_string());
    let [update, position] = events;
    assert_eq!(
        update,
        json!({
            "e": "balanceUpdate", "E": MOMENT, "a": "BTC", "d": "100.00000000", "T": MOMENT
        })
    );
    assert_eq!(position["B"], json!([{ "a": "BTC", "f": "102.00000000", "l": "0.00000000" }]));
    // Whatever there was for the other client would have come before this answer.
    let answer = other.ask("ping", json!({})).await;
    assert_eq!(answer["result"], json!({}));
}

#[tokio::test]
async fn faults_of_events_and_answers_strike() {
    let faults = Faults::none();
    let break_it = |fault: Value| {
        let fault: Fault = serde_json::from_value(fault).unwrap();
        faults.add(fault, TsNanos::from_millis(MOMENT).unwrap()).unwrap();
    };
    let desk = Desk::with(Setup { faults: faults.clone(), ..Setup::default() }).await;
    let (desk, mut listener, mut trader) = listening_to(desk).await;
    break_it(json!({
        "name": "twice", "what": { "kind": "duplicate" }, "when": { "times": 1 },
        "on": { "api": "user_stream", "endpoint": "executionReport", "account": KEY }
    }));
    let order = limit("BUY", "1", "90.00", &json!({ "newClientOrderId": "kept" }));
    trader.traded(&desk, "order.place", order).await;
    let one = listener.event().await;
    assert_eq!(one, listener.event().await);
    balances(&mut listener).await;
    break_it(json!({
        "name": "lost", "what": { "kind": "reply_lost" }, "when": { "times": 1 },
        "on": { "api": "ws_api", "endpoint": "order.place" }
    }));
    let order = limit("BUY", "1", "91.00", &json!({ "newClientOrderId": "unknown" }));
    let params = sign(&desk, KEY, &Signer::Hmac(SECRET), order);
    let request = json!({ "id": 77, "method": "order.place", "params": params });
    trader.send(&request.to_string()).await;
    assert_eq!(trader.closed().await, None);
    // No answer, and yet it is there.
    let (_, event) = step(&mut listener).await;
    assert_eq!(event["c"], json!("unknown"));
}
