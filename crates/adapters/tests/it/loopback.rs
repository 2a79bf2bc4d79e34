//! The adapter against servers of a few lines on loopback: what is known after each way to fail.

use std::time::Duration;

use adapters::venues::binance::{BinanceConfig, BinanceSpot, Endpoints};
use adapters::{
    AccountEvent, Credentials, Environment, NotSent, Outcome, Refused, Stamp, UnknownOutcome,
    Venue, VenueError,
};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use types::feed::{Answer, Channel, LinkEvent, Query, Stream};
use types::ids::{ClientOrderId, JournalId, Leg, OrderId, Seq};
use types::market::TsNanos;
use types::num::{Price, Qty};
use types::order::{OrderKind, TimeInForce};
use types::side::Side;
use types::venue::NewOrder;

use crate::fixtures::*;

const KEY: &str = "theKeyThatIsShownNowhere";
const SECRET: &str = "theSecretThatIsShownNowhere";

/// What a server does with a request once it has read it.
#[derive(Clone)]
enum Does {
    /// Answers with these bytes.
    Says(String),
    /// Answers nothing and keeps the connection.
    Waits,
    /// Closes the connection.
    Closes,
}

fn answer(status: &str, body: &str) -> Does {
    let length = body.len();
    Does::Says(format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}"))
}

/// Serves one request and returns it as it came.
async fn serve_one(does: Does) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.expect("a connection");
        let request = read_request(&mut tcp).await;
        match does {
            Does::Says(bytes) => tcp.write_all(bytes.as_bytes()).await.expect("it is read"),
            Does::Waits => std::future::pending().await,
            Does::Closes => {}
        }
        request
    });
    (address, task)
}

/// Reads head and body of a request.
async fn read_request(tcp: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4_096];
        let count = tcp.read(&mut chunk).await.expect("bytes");
        if count == 0 && bytes.is_empty() {
            return String::new();
        }
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok()
            })
            .unwrap_or(0);
        if count == 0 || body.len() >= length {
            return text;
        }
    }
}

fn venue_at(rest: &str, sockets: &str) -> BinanceSpot {
    let mut config = BinanceConfig::simulated(Endpoints {
        rest: rest.to_owned(),
        streams: sockets.to_owned(),
        socket_api: format!("{sockets}/ws-api/v3"),
    });
    config.reply_timeout = Duration::from_millis(300);
    config.connect_timeout = Duration::from_secs(5);
    let keys = Credentials::hmac(KEY.into(), SECRET.into()).expect("a key");
    BinanceSpot::new(config, Some(keys)).expect("sound addresses")
}

fn order() -> NewOrder {
    let id = OrderId::first(Seq(1), Leg::Main);
    NewOrder {
        symbol: symbol("BTCUSDT"),
        client_order_id: ClientOrderId::of(JournalId([1; 16]), "main", id),
        side: Side::Buy,
        kind: OrderKind::Limit { price: Price::ONE },
        qty: Qty::ONE,
        tif: TimeInForce::Gtc,
        reduce_only: false,
    }
}

fn stamp(venue: &BinanceSpot) -> Stamp {
    let at = TsNanos::from_millis(1_700_000_000_123).expect("it fits");
    Stamp::new(at, Duration::from_secs(2), venue.capabilities()).expect("a sound window")
}

async fn place(does: Does) -> (Outcome<types::venue::OrderReport>, String) {
    let (address, task) = serve_one(does).await;
    let venue = venue_at(&address, "ws://127.0.0.1:1");
    let outcome = venue.place(&order(), stamp(&venue)).await;
    // A server that waits has no end of its own.
    let request = if task.is_finished() {
        task.await.expect("a request")
    } else {
        tokio::select! {
            request = task => request.expect("a request"),
            () = tokio::time::sleep(Duration::from_millis(50)) => String::new(),
        }
    };
    (outcome, request)
}

#[tokio::test]
async fn connections_are_kept_until_they_are_forgotten() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (told, mut made) = tokio::sync::mpsc::unbounded_channel();
    let server = tokio::spawn(async move {
        loop {
            let (mut tcp, _) = listener.accept().await.expect("a connection");
            told.send(()).expect("the story goes on");
            tokio::spawn(async move {
                let Does::Says(bytes) = answer("200 OK", r#"{"serverTime":1}"#) else { return };
                loop {
                    if read_request(&mut tcp).await.is_empty() {
                        return;
                    }
                    tcp.write_all(bytes.as_bytes()).await.expect("it is read");
                }
            });
        }
    });
    let venue = venue_at(&address, "ws://127.0.0.1:1");
    let mut connections = async || {
        venue.ask(&Query::Time).await.expect("the time");
        std::iter::from_fn(|| made.try_recv().ok()).count()
    };
    assert_eq!([connections().await, connections().await], [1, 0]);
    venue.reset();
    assert_eq!([connections().await, connections().await], [1, 0], "one of its own");
    server.abort();
}

#[tokio::test]
async fn an_order_leaves_signed_in_its_body_with_the_key_in_its_header() {
    let (outcome, request) = place(answer("200 OK", ORDER_FULL)).await;
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    let (head, body) = request.split_once("\r\n\r\n").expect("a request");
    assert!(head.starts_with("POST /api/v3/order HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("x-mbx-apikey: {KEY}")), "{head}");
    assert!(!head.contains("signature"), "what is signed stays out of the lines that servers note");
    let (payload, signature) = body.split_once("&signature=").expect("a signature");
    assert!(payload.ends_with("&newOrderRespType=FULL&recvWindow=2000&timestamp=1700000000123"));
    assert_eq!(signature.len(), 64);
}

#[tokio::test]
async fn a_connection_that_never_came_about_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let venue = venue_at(&address, "ws://127.0.0.1:1");
    let outcome = venue.place(&order(), stamp(&venue)).await;
    assert!(matches!(outcome, Outcome::NotSent(NotSent::NoConnection { .. })), "{outcome:?}");
}

#[tokio::test]
async fn everything_after_the_first_byte_is_unknown() {
    let cut = Does::Says("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"symbol\":".to_owned());
    for (does, wanted) in [
        (Does::Closes, "lost"),
        (cut, "lost"),
        (Does::Says("no HTTP at all\r\n\r\n".to_owned()), "lost"),
        (Does::Waits, "timed out"),
        (answer("503 Service Unavailable", ""), "unsure"),
        (answer("200 OK", "{}"), "unreadable"),
    ] {
        let (outcome, _) = place(does).await;
        let Outcome::Unknown(why) = outcome else { panic!("{wanted}: {outcome:?}") };
        let seen = match why {
            UnknownOutcome::TimedOut { .. } => "timed out",
            UnknownOutcome::ConnectionLost { .. } => "lost",
            UnknownOutcome::VenueUnsure { .. } => "unsure",
            UnknownOutcome::Unreadable(_) => "unreadable",
        };
        assert_eq!(seen, wanted);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let moved = "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/x\r\n\
                 content-length: 0\r\n\r\n";
    let (outcome, _) = place(Does::Says(moved.to_owned())).await;
    let Outcome::Unknown(UnknownOutcome::VenueUnsure { status, .. }) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(status, 307);
}

#[tokio::test]
async fn neither_key_nor_signature_is_in_what_is_shown() {
    for does in [Does::Closes, Does::Waits, answer("500 Oops", "<html>"), answer("200 OK", "{}")] {
        let (address, _task) = serve_one(does).await;
        let venue = venue_at(&address, "ws://127.0.0.1:1");
        let error = venue.account(stamp(&venue)).await.expect_err("no account comes");
        let shown = format!("{error} {error:?} {} {:?}", venue.status(), venue.status());
        for hidden in [KEY, SECRET, "signature=", "timestamp="] {
            assert!(!shown.contains(hidden), "{hidden} in {shown}");
        }
    }
}

#[tokio::test]
async fn what_a_rule_of_ours_refuses_does_not_leave() {
    let venue = venue_at("http://127.0.0.1:1", "ws://127.0.0.1:1");
    let mut gtd = order();
    gtd.tif = TimeInForce::Gtd(TsNanos::EPOCH);
    let outcome = venue.place(&gtd, stamp(&venue)).await;
    assert!(matches!(outcome, Outcome::NotSent(NotSent::Refused(Refused::NotOffered { .. }))));
    let at = TsNanos::EPOCH;
    for window in [Duration::ZERO, Duration::from_secs(61)] {
        assert!(Stamp::new(at, window, venue.capabilities()).is_err(), "{window:?}");
    }
}

#[tokio::test]
async fn the_market_needs_no_key_and_nothing_else_works_without() {
    let (address, task) = serve_one(answer("200 OK", r#"{"serverTime":1499827319559}"#)).await;
    let endpoints = Endpoints {
        rest: address,
        streams: "ws://127.0.0.1:1".to_owned(),
        socket_api: "ws://127.0.0.1:1".to_owned(),
    };
    let venue = BinanceSpot::new(BinanceConfig::simulated(endpoints), None).expect("sound");
    let time = venue.ask(&Query::Time).await;
    assert!(matches!(time, Ok(Answer::Time(_))), "{time:?}");
    assert!(!task.await.expect("a request").to_ascii_lowercase().contains("apikey"));
    let refused = venue.account(stamp(&venue)).await;
    assert!(matches!(refused, Err(VenueError::NotSent(NotSent::Refused(Refused::NoKey { .. })))));
    let outcome = venue.place(&order(), stamp(&venue)).await;
    assert!(matches!(outcome, Outcome::NotSent(NotSent::Refused(Refused::NoKey { .. }))));
    let status = venue.status();
    assert_eq!(status.environment, Environment::Simulated);
    assert!(status.to_string().starts_with("SIMULATED Binance spot at 127.0.0.1:"));
    assert!(status.to_string().ends_with(", market data only"));
}

#[tokio::test]
async fn the_test_network_does_not_say_what_a_key_may_do() {
    let keys = Credentials::hmac(KEY.into(), SECRET.into()).expect("a key");
    let venue = BinanceSpot::new(BinanceConfig::testnet(), Some(keys)).expect("sound");
    let rights = venue.key_rights(stamp(&venue)).await.expect("nothing is asked");
    assert_eq!(rights, adapters::KeyRights::NotCheckable);
    assert!(venue.status().to_string().starts_with("TESTNET Binance spot at testnet.binance"));
}

/// Serves one WebSocket connection: reads the request, sends texts, says goodbye.
async fn serve_socket(texts: Vec<String>) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("ws://{}", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.expect("a connection");
        let mut socket = tokio_tungstenite::accept_async(tcp).await.expect("a handshake");
        let request = socket.next().await.expect("a request").expect("a request");
        socket.send(Message::Ping("now".into())).await.expect("it is read");
        for text in texts {
            socket.send(Message::text(text)).await.expect("it is read");
        }
        let answered = socket.next().await.expect("an answer").expect("an answer");
        assert!(matches!(&answered, Message::Pong(bytes) if bytes.as_ref() == b"now"));
        socket.close(None).await.expect("it is read");
        request.into_text().expect("a text").to_string()
    });
    (address, task)
}

#[tokio::test]
async fn a_feed_says_everything_that_came_in_order_and_why_it_ended() {
    let texts = vec![
        r#"{"result":null,"id":1}"#.to_owned(),
        on("bnbbtc@trade", TRADE),
        "no JSON".to_owned(),
        on("bnbbtc@trade", TRADE),
    ];
    let (address, task) = serve_socket(texts).await;
    let venue = venue_at("http://127.0.0.1:1", &address);
    let trades = Stream::new(symbol("BNBBTC"), Channel::Trades);
    let mut feed = venue.stream(std::slice::from_ref(&trades)).await.expect("a feed");
    let mut heard = Vec::new();
    while let Some(event) = feed.next().await {
        heard.push(match event {
            LinkEvent::Connected => "connected".to_owned(),
            LinkEvent::Subscribed(stream) => format!("subscribed {stream}"),
            LinkEvent::Market(event) => format!("market {}", event.stream()),
            LinkEvent::Malformed { .. } => "malformed".to_owned(),
            LinkEvent::Refused { why, .. } => format!("refused {why}"),
            LinkEvent::Closed { why } => format!("closed {why}"),
        });
    }
    assert_eq!(
        heard,
        [
            "connected",
            "subscribed BNBBTC trades",
            "market BNBBTC trades",
            "malformed",
            "market BNBBTC trades",
            "closed goodbye without a reason"
        ]
    );
    let request = task.await.expect("a request");
    assert!(request.contains("\"SUBSCRIBE\"") && request.contains("bnbbtc@trade"), "{request}");
}

#[tokio::test]
async fn a_user_stream_opens_with_the_venues_word_and_not_without() {
    let yes = account_messages()[6].clone();
    let (address, task) = serve_socket(vec![yes, subscribed(EXECUTION)]).await;
    let venue = venue_at("http://127.0.0.1:1", &address);
    let mut feed = venue.user_stream(stamp(&venue)).await.expect("a feed");
    assert_eq!(feed.next().await, Some(AccountEvent::Subscribed));
    assert!(matches!(feed.next().await, Some(AccountEvent::User(_))));
    assert!(matches!(feed.next().await, Some(AccountEvent::Closed { .. })));
    assert_eq!(feed.next().await, None);
    assert!(task.await.expect("a request").contains("userDataStream.subscribe.signature"));

    let no = account_messages()[7].clone();
    let (address, _task) = serve_socket(vec![no]).await;
    let venue = venue_at("http://127.0.0.1:1", &address);
    let refused = venue.user_stream(stamp(&venue)).await.map(|_| ());
    assert!(matches!(&refused, Err(VenueError::Rejected(no)) if no.code == -2015), "{refused:?}");
}
