//! A venue of streams alone: a matching engine, a publisher and a server on a port of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use servers::venue::data::MarketData;
use servers::venue::faults::{Fault, Faults};
use servers::venue::market::{Clock, Speed};
use servers::venue::socket::{SocketLimits, Unsent};
use servers::venue::streams::{Publisher, StreamsState, routes};
use sim::exchange::book::{
    AccountId, MatchingEngine, NewAccount, NewOrder, OrderType, SymbolRules, Tif, VenueLimits,
    VenueOrderId,
};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use types::ids::{Asset, Symbol, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::TsNanos;
use types::num::{Price, Qty};
use types::side::Side;

/// Longest wait for something that has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// The symbols of the rig.
pub(super) const SYMBOLS: [&str; 2] = ["BNBBTC", "BTCUSDT"];

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The venue.
pub(super) struct Rig {
    pub(super) engine: MatchingEngine,
    pub(super) publisher: Arc<Publisher>,
    pub(super) faults: Faults,
    pub(super) address: SocketAddr,
    pub(super) now: TsNanos,
    pub(super) crowd: AccountId,
    pub(super) stop: watch::Sender<bool>,
}

impl Rig {
    pub(super) async fn new() -> Self {
        Self::with(SocketLimits::streams()).await
    }

    pub(super) async fn with(limits: SocketLimits) -> Self {
        let now = TsNanos::from_millis(1_672_515_780_000).unwrap();
        let mut engine = MatchingEngine::new(VenueLimits::default());
        for name in SYMBOLS {
            let (base, quote) = name.split_at(3);
            let symbol = Symbol::new(name).unwrap();
            let [base, quote] = [base, quote].map(|asset| Asset::new(asset).unwrap());
            let instrument = Instrument::unknown(symbol, base, quote, Market::Spot);
            engine.add_symbol(SymbolRules::of(instrument)).unwrap();
        }
        let crowd = engine.open_account(NewAccount::CROWD).unwrap();
        let faults = Faults::none();
        let data = MarketData::new(SYMBOLS.len());
        let publisher = Arc::new(Publisher::new(&engine, data, BTreeMap::new(), now, &faults));
        let clock = Arc::new(Clock::new(now, Speed::REAL));
        let (stop, stopped) = watch::channel(false);
        let state = StreamsState {
            publisher: Arc::clone(&publisher),
            clock,
            faults: faults.clone(),
            limits,
            unsent: Unsent::default(),
            stop: stopped,
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes(state)).await });
        Self { engine, publisher, faults, address, now, crowd, stop }
    }

    /// Lets so many milliseconds of market time pass.
    pub(super) fn pass(&mut self, millis: i64) {
        self.now = self.now.plus(millis * 1_000_000);
        self.publish();
    }

    /// Places an order of the crowd and tells what happened.
    pub(super) fn place(
        &mut self,
        symbol: u16,
        side: Side,
        price: &str,
        qty: &str,
    ) -> VenueOrderId {
        let id = self.place_quietly(symbol, side, price, qty);
        self.publish();
        id
    }

    /// Places an order; what happened is told with the next thing that happens.
    pub(super) fn place_quietly(
        &mut self,
        symbol: u16,
        side: Side,
        price: &str,
        qty: &str,
    ) -> VenueOrderId {
        let price: Price = price.parse().unwrap();
        let qty: Qty = qty.parse().unwrap();
        let order = NewOrder::new(side, OrderType::Limit { price, tif: Tif::Gtc }, qty);
        self.engine.place(self.crowd, SymbolId(symbol), order, self.now).unwrap()
    }

    /// Breaks something: a fault as the control port takes it.
    pub(super) fn break_it(&self, fault: &Value) {
        let fault: Fault = serde_json::from_value(fault.clone()).unwrap();
        self.faults.add(fault, self.now).unwrap();
    }

    /// Tells what the engine has said.
    pub(super) fn publish(&mut self) {
        let events: Vec<_> = self.engine.drain_events().collect();
        self.publisher.publish(self.now, &events);
    }

    pub(super) async fn connect(&self, path: &str) -> Client {
        let url = format!("ws://{}{path}", self.address);
        let (socket, _) = connect_async(url).await.unwrap();
        let mut client = Client { socket };
        // The answer to a question proves that the connection is served and its streams are joined.
        client.ask(r#"{"method":"GET_PROPERTY","params":["combined"],"id":0}"#).await;
        client
    }

    /// Returns the status and the body of a refused handshake.
    pub(super) async fn refused(&self, path: &str) -> (u16, String) {
        let url = format!("ws://{}{path}", self.address);
        match connect_async(url).await {
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                let body = response.body().clone().unwrap_or_default();
                (response.status().as_u16(), String::from_utf8(body).unwrap())
            }
            other => panic!("the handshake went well: {other:?}"),
        }
    }
}

/// A client of the rig.
pub(super) struct Client {
    pub(super) socket: Socket,
}

impl Client {
    pub(super) async fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Sends a request and returns the answer to it; there must be nothing before it.
    pub(super) async fn ask(&mut self, text: &str) -> Value {
        self.send(text).await;
        self.next().await
    }

    /// Returns the next message.
    pub(super) async fn next(&mut self) -> Value {
        serde_json::from_str(&self.text().await).unwrap()
    }

    /// Returns the next message as it came.
    pub(super) async fn text(&mut self) -> String {
        loop {
            match self.frame().await {
                Some(Message::Text(text)) => return text.to_string(),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("wanted a text, saw {other:?}"),
            }
        }
    }

    /// Returns the next frame, `None` when the connection is gone.
    pub(super) async fn frame(&mut self) -> Option<Message> {
        let next = timeout(PATIENCE, self.socket.next()).await;
        match next.expect("something comes within the patience of a test") {
            Some(Ok(message)) => Some(message),
            Some(Err(_)) | None => None,
        }
    }

    /// Returns close code and reason, skipping what comes before.
    pub(super) async fn closed(&mut self) -> Option<(u16, String)> {
        loop {
            match self.frame().await {
                Some(Message::Close(Some(frame))) => {
                    return Some((frame.code.into(), frame.reason.to_string()));
                }
                Some(Message::Close(None)) | None => return None,
                Some(_) => {}
            }
        }
    }

    /// Checks that nothing has come before the answer to a question.
    pub(super) async fn silent(&mut self) {
        let answer = self.ask(r#"{"method":"GET_PROPERTY","params":["combined"],"id":9}"#).await;
        assert_eq!(answer["id"], 9, "something came: {answer}");
    }
}
