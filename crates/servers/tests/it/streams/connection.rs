//! Subscriptions, limits, pulse and ends of a connection.

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::{Value, json};
use servers::venue::socket::SocketLimits;
use tokio_tungstenite::tungstenite::Message;
use types::side::Side;

use super::rig::{Client, Rig};

/// As documented, but for how often a client may speak.
fn patient() -> SocketLimits {
    SocketLimits { messages_per_second: None, ..SocketLimits::streams() }
}

fn trade(rig: &mut Rig, symbol: u16, price: &str) {
    rig.place(symbol, Side::Sell, price, "1");
    rig.place(symbol, Side::Buy, price, "1");
}

async fn price(client: &mut Client) -> String {
    let message = client.next().await;
    message.get("data").unwrap_or(&message)["p"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn streams_are_subscribed_listed_and_left_on_a_live_connection() {
    let mut rig = Rig::with(patient()).await;
    let mut client = rig.connect("/ws").await;
    trade(&mut rig, 0, "1");
    let subscribe = r#"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","bnbbtc@trade"],"id":1}"#;
    assert_eq!(client.ask(subscribe).await, json!({ "result": null, "id": 1 }));
    let list = r#"{"method":"LIST_SUBSCRIPTIONS","id":"uuid-3"}"#;
    let both = json!({ "result": ["bnbbtc@trade", "btcusdt@aggTrade"], "id": "uuid-3" });
    assert_eq!(client.ask(list).await, both);
    trade(&mut rig, 0, "2");
    assert_eq!(price(&mut client).await, "2.00000000");
    // Subscribing twice does not send twice.
    client.ask(subscribe).await;
    trade(&mut rig, 0, "3");
    trade(&mut rig, 1, "4");
    assert_eq!(price(&mut client).await, "3.00000000");
    assert_eq!(price(&mut client).await, "4.00000000");
    let leave = r#"{"method":"UNSUBSCRIBE","params":["bnbbtc@trade","bnbbtc@depth"],"id":312}"#;
    assert_eq!(client.ask(leave).await, json!({ "result": null, "id": 312 }));
    trade(&mut rig, 0, "5");
    client.silent().await;
    assert_eq!(client.ask(list).await["result"], json!(["btcusdt@aggTrade"]));
}

#[tokio::test]
async fn messages_are_wrapped_when_the_connection_says_so() {
    let mut rig = Rig::with(patient()).await;
    let mut raw = rig.connect("/ws/bnbbtc@trade/btcusdt@trade").await;
    let mut combined = rig.connect("/stream?streams=bnbbtc@trade/btcusdt@trade").await;
    trade(&mut rig, 1, "1");
    assert_eq!(raw.next().await["e"], json!("trade"));
    let seen = combined.next().await;
    assert_eq!((&seen["stream"], &seen["data"]["e"]), (&json!("btcusdt@trade"), &json!("trade")));
    let set = r#"{"method":"SET_PROPERTY","params":["combined",true],"id":5}"#;
    assert_eq!(raw.ask(set).await, json!({ "result": null, "id": 5 }));
    let get = r#"{"method":"GET_PROPERTY","params":["combined"],"id":2}"#;
    assert_eq!(raw.ask(get).await, json!({ "result": true, "id": 2 }));
    trade(&mut rig, 0, "2");
    assert_eq!(raw.next().await["stream"], json!("bnbbtc@trade"));
}

#[tokio::test]
async fn errors_are_answered_and_the_connection_lives() {
    let rig = Rig::with(patient()).await;
    let mut client = rig.connect("/ws").await;
    for (request, code) in [
        ("nonsense", 3),
        ("{", 3),
        ("[]", 2),
        (r#"{"method":"SUBSCRIBE","params":["a@b"],"id":1}"#, 2),
        (r#"{"method":"SUBSCRIBE","params":[7],"id":1}"#, 2),
        (r#"{"method":"SUBSCRIBE","params":"bnbbtc@trade","id":1}"#, 2),
        (r#"{"method":"SUBSCRIBE","params":["bnbbtc@trade"]}"#, 2),
        (r#"{"method":"SET_PROPERTY","params":["other",true],"id":1}"#, 0),
        (r#"{"method":"SET_PROPERTY","params":["combined",1],"id":1}"#, 1),
    ] {
        assert_eq!(client.ask(request).await["code"], json!(code), "{request}");
    }
    let list = r#"{"method":"LIST_SUBSCRIPTIONS","id":3}"#;
    assert_eq!(client.ask(list).await, json!({ "result": [], "id": 3 }));
}

#[tokio::test]
async fn the_1025th_stream_is_refused_and_none_of_its_request_added() {
    let rig = Rig::with(patient()).await;
    let mut client = rig.connect("/ws").await;
    let names = |from: usize, to: usize| -> String {
        let names: Vec<_> = (from..to).map(|n| format!("\"s{n}@trade\"")).collect();
        format!(r#"{{"method":"SUBSCRIBE","params":[{}],"id":1}}"#, names.join(","))
    };
    assert_eq!(client.ask(&names(0, 1024)).await["result"], json!(null));
    let seen = client.ask(&names(1023, 1025)).await;
    assert_eq!(seen["code"], json!(2), "{seen}");
    assert_eq!(client.ask(&names(5, 6)).await, json!({ "result": null, "id": 1 }));
    let list = client.ask(r#"{"method":"LIST_SUBSCRIPTIONS","id":3}"#).await;
    assert_eq!(list["result"].as_array().unwrap().len(), 1024);
}

#[tokio::test]
async fn addresses_that_name_no_stream_are_refused() {
    let rig = Rig::new().await;
    let (status, body) = rig.refused("/ws/BTCUSDT@trade").await;
    assert_eq!((status, body.as_str()), (400, "invalid stream `BTCUSDT@trade`"));
    assert_eq!(rig.refused("/stream?streams=a@b").await.0, 400);
    assert_eq!(rig.refused("/stream?timeUnit=week").await.0, 400);
}

#[tokio::test]
async fn the_streams_of_an_unknown_symbol_stay_silent() {
    let mut rig = Rig::new().await;
    let mut client = rig.connect("/ws/nobody@trade/bnbbtc@trade").await;
    trade(&mut rig, 0, "1");
    assert_eq!(client.next().await["s"], json!("BNBBTC"));
}

#[tokio::test]
async fn the_sixth_message_within_a_second_ends_the_connection() {
    let rig = Rig::new().await;
    // The rig itself has asked once.
    let mut client = rig.connect("/ws").await;
    for _ in 0..2 {
        client.send(r#"{"method":"LIST_SUBSCRIPTIONS","id":3}"#).await;
        client.socket.send(Message::Ping("x".into())).await.unwrap();
    }
    client.socket.send(Message::Pong("unsolicited".into())).await.unwrap();
    assert_eq!(client.closed().await, Some((1008, "Too many requests".to_owned())));
}

#[tokio::test]
async fn pings_that_are_answered_keep_the_connection() {
    let limits = SocketLimits {
        ping_every: Duration::from_millis(20),
        pong_within: Duration::from_millis(2_000),
        ..patient()
    };
    let rig = Rig::with(limits).await;
    let mut client = rig.connect("/ws").await;
    let mut payloads = Vec::new();
    while payloads.len() < 5 {
        // The library below answers while it reads.
        if let Some(Message::Ping(payload)) = client.frame().await {
            payloads.push(String::from_utf8(payload.to_vec()).unwrap());
        }
    }
    assert!(payloads.iter().all(|payload| payload.parse::<i64>().is_ok()), "{payloads:?}");
    client.silent_after_pings().await;
}

#[tokio::test]
async fn without_an_answer_to_a_ping_the_connection_ends() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let limits = SocketLimits {
        ping_every: Duration::from_millis(20),
        pong_within: Duration::from_millis(60),
        ..patient()
    };
    let rig = Rig::with(limits).await;
    // A client that speaks just enough to open the connection, and never answers.
    let mut socket = tokio::net::TcpStream::connect(rig.address).await.unwrap();
    let handshake = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    socket.write_all(handshake.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), socket.read_to_end(&mut seen));
    read.await.expect("the venue hangs up").unwrap();
    let text = String::from_utf8_lossy(&seen);
    assert!(text.starts_with("HTTP/1.1 101"), "{text}");
    assert!(text.ends_with("Pong timeout"), "{text}");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_and_nobody_else_notices() {
    let mut rig = Rig::with(SocketLimits { queue_max: 64, ..patient() }).await;
    let mut slow = rig.connect("/ws/bnbbtc@depth20@100ms").await;
    let mut quick = rig.connect("/ws/bnbbtc@depth20@100ms").await;
    for level in 0..20 {
        rig.place_quietly(0, Side::Buy, &format!("{}", 100 - level), "1");
        rig.place_quietly(0, Side::Sell, &format!("{}", 101 + level), "1");
    }
    rig.publish();
    // More than every buffer between the two can hold: 20,000 messages of 1.5 kB.
    for message in 0..20_000 {
        rig.pass(100);
        let seen = quick.next().await;
        assert_eq!(seen["bids"].as_array().unwrap().len(), 20, "{message}");
    }
    let mut read = 0;
    while slow.frame().await.is_some() {
        read += 1;
    }
    assert!(read < 20_000, "nothing was lost in {read} messages");
}

#[tokio::test]
async fn after_its_lifetime_a_connection_is_warned_and_ended() {
    let limits = SocketLimits {
        lifetime: Duration::from_millis(400),
        notice: Duration::from_millis(200),
        ..patient()
    };
    let rig = Rig::with(limits).await;
    let mut raw = rig.connect("/ws").await;
    let mut combined = rig.connect("/stream").await;
    let seen = raw.next().await;
    assert_eq!(seen["e"], json!("serverShutdown"));
    assert!(seen["E"].is_i64());
    let seen = combined.next().await;
    assert_eq!(seen["stream"], json!("!serverShutdown"));
    assert_eq!(seen["data"]["e"], json!("serverShutdown"));
    assert_eq!(raw.closed().await, Some((1001, "Disconnected".to_owned())));
    assert_eq!(combined.closed().await, Some((1001, "Disconnected".to_owned())));
}

#[tokio::test]
async fn when_the_venue_stops_its_clients_are_told() {
    let rig = Rig::new().await;
    let mut client = rig.connect("/ws").await;
    rig.stop.send(true).unwrap();
    assert_eq!(client.next().await["e"], json!("serverShutdown"));
    assert_eq!(client.closed().await, Some((1001, "Disconnected".to_owned())));
}

#[tokio::test]
async fn faults_lose_double_delay_and_swap_messages() {
    let mut rig = Rig::with(patient()).await;
    let mut client = rig.connect("/ws/bnbbtc@trade").await;
    let trade_with = |rig: &mut Rig, price: &str, what: Value| {
        let mut fault = json!({ "name": price, "what": what, "when": { "times": 1 } });
        fault["on"] = json!({ "api": "stream", "endpoint": "bnbbtc@trade" });
        rig.break_it(&fault);
        trade(rig, 0, price);
    };
    trade_with(&mut rig, "1", json!({ "kind": "gap" }));
    trade_with(&mut rig, "2", json!({ "kind": "duplicate" }));
    trade_with(&mut rig, "3", json!({ "kind": "reorder" }));
    trade(&mut rig, 0, "4");
    trade_with(&mut rig, "5", json!({ "kind": "late", "delay": "250ms" }));
    trade(&mut rig, 0, "6");
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(price(&mut client).await);
    }
    assert_eq!(seen.map_first(), ["2", "2", "4", "3", "6"]);
    rig.pass(249);
    client.silent().await;
    rig.pass(1);
    assert_eq!(price(&mut client).await, "5.00000000");
}

#[tokio::test]
async fn a_silent_connection_answers_pings_and_a_half_open_one_nothing() {
    let limits = SocketLimits { ping_every: Duration::from_millis(50), ..patient() };
    let mut rig = Rig::with(limits).await;
    let mut client = rig.connect("/ws/bnbbtc@trade").await;
    rig.break_it(&json!({ "name": "silent", "what": { "kind": "silent" } }));
    trade(&mut rig, 0, "1");
    client.socket.send(Message::Ping("still there".into())).await.unwrap();
    loop {
        match client.frame().await {
            Some(Message::Pong(payload)) => break assert_eq!(payload, "still there"),
            Some(Message::Ping(_)) => {}
            other => panic!("a silent stream said {other:?}"),
        }
    }
    rig.faults.remove("silent").unwrap();
    rig.break_it(&json!({ "name": "half open", "what": { "kind": "half_open" } }));
    // Whatever was under way arrives; then nothing does.
    let mut quiet = 0;
    while quiet < 3 {
        let wait = tokio::time::timeout(Duration::from_millis(200), client.frame()).await;
        match wait {
            Err(_) => quiet += 1,
            Ok(Some(Message::Ping(_))) => quiet = 0,
            Ok(other) => panic!("a half-open connection said {other:?}"),
        }
    }
    rig.faults.remove("half open").unwrap();
    assert_eq!(client.closed().await, None, "it never recovers");
}

trait FirstDigits {
    fn map_first(&self) -> Vec<&str>;
}

impl FirstDigits for Vec<String> {
    fn map_first(&self) -> Vec<&str> {
        self.iter().map(|text| text.trim_end_matches(".00000000")).collect()
    }
}

impl Client {
    /// As [`Client::silent`], with pings between.
    async fn silent_after_pings(&mut self) {
        self.send(r#"{"method":"GET_PROPERTY","params":["combined"],"id":9}"#).await;
        assert_eq!(self.next().await["id"], json!(9));
    }
}
