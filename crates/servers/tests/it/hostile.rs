//! Bytes and values that nobody should send: an error each time, and the venue goes on.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;
use servers::venue::api::{Asked, Endpoint, Params, TimeUnit, perform};
use servers::venue::keys::{Caller, Rights};
use servers::venue::limits::Limits;
use sim::exchange::book::AccountId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::support::{Desk, MOMENT, Setup};

async fn wide() -> Desk {
    Desk::with(Setup { limits: Limits::DOCUMENTED.times(10_000), ..Setup::default() }).await
}

/// Values that numbers, names, lists and times may not have, or only just have.
const VALUES: [&str; 22] = [
    "",
    "0",
    "-1",
    "1e9",
    "0.00000001",
    "92233720368.54775807",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999",
    "1.",
    ".1",
    "%00",
    "%FF%FE",
    "%2B1",
    "NaN",
    "null",
    "[]",
    "%5B%22%22%5D",
    "%5B%22BTCUSDT%22",
    "%F0%9F%92%A3",
    "BTCUSDT",
    "true",
];

/// Every parameter that any endpoint reads.
const NAMES: [&str; 38] = [
    "symbol",
    "symbols",
    "side",
    "type",
    "timeInForce",
    "quantity",
    "quoteOrderQty",
    "price",
    "stopPrice",
    "newClientOrderId",
    "origClientOrderId",
    "orderId",
    "orderListId",
    "listClientOrderId",
    "fromId",
    "startTime",
    "endTime",
    "limit",
    "interval",
    "timeZone",
    "windowSize",
    "permissions",
    "symbolStatus",
    "recvWindow",
    "timestamp",
    "signature",
    "aboveType",
    "belowType",
    "abovePrice",
    "belowStopPrice",
    "workingPrice",
    "workingQuantity",
    "pendingQuantity",
    "cancelOrderId",
    "newQty",
    "trailingDelta",
    "strategyType",
    "omitZeroBalances",
];

/// Asked without sockets, as the WebSocket API does with a session: 34,000 requests.
#[tokio::test]
async fn every_parameter_of_every_endpoint_takes_any_value() {
    let desk = wide().await;
    desk.maker(&["buy 9900 1", "sell 10000 1"]);
    let good = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=9000";
    let session = Caller { account: AccountId(1), rights: Rights::default() };
    let clock = desk.venue.shared().clock();
    for &endpoint in Endpoint::ALL {
        for name in NAMES {
            for value in VALUES {
                let text = format!("timestamp={MOMENT}&{good}&{name}={value}");
                let decoded = form_urlencoded::parse(text.as_bytes()).into_owned();
                let mut pairs: Vec<(String, String)> = decoded.collect();
                let last = pairs.len() - 1;
                let names: Vec<String> = pairs[..last].iter().map(|pair| pair.0.clone()).collect();
                if let Some(twice) = names.iter().position(|known| known == name) {
                    pairs.remove(twice);
                }
                let params = Params::new(pairs).unwrap();
                let asked = Asked {
                    endpoint,
                    params: &params,
                    payload: b"",
                    key: None,
                    session: Some(session),
                    address: IpAddr::V4(Ipv4Addr::LOCALHOST),
                    unit: TimeUnit::Milli,
                    moment: clock.server_now(),
                    wrong_balances: &[],
                    maintenance: false,
                };
                let (done, _) = desk.venue.shared().act(|core| perform(core, &asked));
                match done.result {
                    Ok(json) => {
                        assert!(serde_json::from_str::<Value>(&json).is_ok(), "{text}: {json}");
                    }
                    Err(error) => assert!(
                        [400, 401, 409, 429].contains(&error.status) && error.code < -1_000,
                        "{} {text}: {error}",
                        endpoint.name()
                    ),
                }
            }
        }
    }
    assert_eq!(desk.get("/api/v3/ping").await.status, 200);
    desk.venue.stop().await;
}

#[tokio::test]
async fn orders_of_any_size_and_price_leave_the_books_whole() {
    let desk = wide().await;
    // A symbol without price bands: what cannot be paid is refused, whatever it comes to.
    for price in ["0.00000001", "1", "92233720368.54775807", "46116860184.27387903"] {
        for qty in ["0.00000001", "1", "92233720368.54775807", "3.99999999"] {
            for side in ["BUY", "SELL"] {
                for rest in [
                    format!("type=LIMIT&timeInForce=GTC&quantity={qty}&price={price}"),
                    format!("type=LIMIT&timeInForce=IOC&quantity={qty}&price={price}"),
                    format!("type=MARKET&quantity={qty}"),
                    format!("type=MARKET&quoteOrderQty={qty}"),
                    format!(
                        "type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity={qty}&price={price}&stopPrice={price}"
                    ),
                ] {
                    let request = format!("POST order symbol=LTCBTC&side={side}&{rest}");
                    let answer = desk.ask(&request).await;
                    assert!([200, 400].contains(&answer.status), "{request}: {}", answer.text);
                }
            }
        }
    }
    let account = desk.ask("GET account").await.good();
    for balance in account["balances"].as_array().unwrap() {
        for part in ["free", "locked"] {
            assert!(!balance[part].as_str().unwrap().starts_with('-'), "{balance}");
        }
    }
    desk.venue.stop().await;
}

#[tokio::test]
async fn bytes_that_are_no_request_end_the_connection_and_nothing_else() {
    let desk = wide().await;
    let long = format!("GET /api/v3/ping?{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(1_000_000));
    for bytes in [
        long.as_bytes(),
        &b"\x00\x01\x02\x03\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET /api/v3/ping HTTP/9.9\r\n\r\n",
        b"GET /api/v3/ping HTTP/1.1\r\nhost: a\r\ncontent-length: -5\r\n\r\n",
        b"POST /api/v3/order HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nZZZ\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let mut stream = TcpStream::connect(desk.venue.address()).await.unwrap();
        // The venue may hang up before it has read all of it.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        // An error of the connection is as good as a 400.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{answer:?}");
    }
    assert_eq!(desk.get("/api/v3/ping").await.status, 200);
    desk.venue.stop().await;
}
