//! A venue on loopback with a maker on the other side of each book, and a plain HTTP client.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use servers::venue::faults::Faults;
use servers::venue::limits::Limits;
use servers::venue::market::{CROWD, Clock, Speed};
use servers::venue::{ListedSymbol, Quiet, Venue, VenueConfig};
use sha2::Sha256;
use sim::exchange::book::{NewOrder, OrderType, SymbolRules, Tif, VenueLimits};
use sim::instruments::Catalogue;
use tokio::net::TcpStream;
use types::ids::{Asset, Symbol};
use types::instrument::{FeeAsset, Instrument, Market};
use types::market::TsNanos;
use types::num::Ratio;
use types::side::Side;

/// Key and secret of the documentation's HMAC examples.
pub(crate) const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
pub(crate) const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
/// The moment of the documentation's HMAC examples, in milliseconds.
pub(crate) const MOMENT: i64 = 1_499_827_319_559;
/// A second client.
pub(crate) const OTHER: &str = "other";
pub(crate) const OTHER_SECRET: &str = "other-secret";
/// The symbol that most tests trade: tick 0.01, lot 0.00001, at least 5 USDT.
pub(crate) const BTC: &str = "BTCUSDT";

/// How a test's venue differs from the usual one.
pub(crate) struct Setup {
    pub(crate) speed: Speed,
    pub(crate) limits: Limits,
    pub(crate) faults: Faults,
    pub(crate) accounts: Vec<String>,
    pub(crate) venue_limits: VenueLimits,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            // Time stands still: answers are the same in each run.
            speed: Speed::Max,
            limits: Limits::DOCUMENTED,
            faults: Faults::none(),
            accounts: vec![
                format!("{KEY}:{SECRET}:USDT=100000,BTC=2,LTC=10"),
                format!("{OTHER}:{OTHER_SECRET}:USDT=100000,BTC=2"),
            ],
            venue_limits: VenueLimits::default(),
        }
    }
}

/// A running venue.
pub(crate) struct Desk {
    pub(crate) venue: Venue,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// Returns the JSON of an answer that has to be good.
    pub(crate) fn good(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    pub(crate) fn code(&self) -> i64 {
        if self.status == 200 { 0 } else { self.json()["code"].as_i64().unwrap() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Says that a JSON object has these fields, in any order, and no others.
#[track_caller]
pub(crate) fn has_fields(value: &Value, wanted: &str) {
    let mut seen: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let mut wanted: Vec<&str> = wanted.split_whitespace().collect();
    seen.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(seen, wanted);
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let btc = Catalogue::embedded().lookup(&Symbol::new(BTC).unwrap(), Market::Spot).instrument;
        let asset = |name| Asset::new(name).unwrap();
        let ltc = Instrument {
            maker_fee: Ratio::ZERO,
            taker_fee: Ratio::ZERO,
            fee_asset: FeeAsset::Received,
            ..Instrument::unknown(
                Symbol::new("LTCBTC").unwrap(),
                asset("LTC"),
                asset("BTC"),
                Market::Spot,
            )
        };
        let listed = [btc, ltc].map(|instrument| ListedSymbol {
            rules: SymbolRules::of(instrument),
            reference: None,
            history: Vec::new(),
        });
        let config = VenueConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            symbols: listed.to_vec(),
            venue_limits: setup.venue_limits,
            accounts: setup.accounts.iter().map(|account| account.parse().unwrap()).collect(),
            limits: setup.limits,
            clock: Arc::new(Clock::new(TsNanos::from_millis(MOMENT).unwrap(), setup.speed)),
            driver: Box::new(Quiet),
            recorder: None,
            kept: None,
            faults: setup.faults,
        };
        let venue = Venue::start(config).await.unwrap();
        Self { venue }
    }

    /// Lets the maker do something: `sell 100.00 1`, `buy 99.00 2`.
    pub(crate) fn maker(&self, story: &[&str]) {
        for line in story {
            let words: Vec<&str> = line.split_whitespace().collect();
            let side = if words[0] == "buy" { Side::Buy } else { Side::Sell };
            let kind = OrderType::Limit { price: words[1].parse().unwrap(), tif: Tif::Gtc };
            let order = NewOrder::new(side, kind, words[2].parse().unwrap());
            let symbol = Symbol::new(words.get(3).unwrap_or(&BTC)).unwrap();
            let (placed, _) = self.venue.shared().act(|core| {
                let now = core.now();
                core.step(now, |engine, at| {
                    let symbol = engine.symbol(&symbol).unwrap();
                    engine.place(CROWD, symbol, order, at)
                })
            });
            placed.unwrap();
        }
    }

    /// Moves a clock that stands still on by milliseconds.
    pub(crate) fn wait(&self, millis: i64) {
        let clock = self.venue.shared().clock();
        clock.set(clock.now().plus(millis * 1_000_000));
    }

    /// Sends one request as it is; `None` if the connection ended without an answer.
    pub(crate) async fn raw(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Answer> {
        let stream = TcpStream::connect(self.venue.address()).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        let mut request = hyper::Request::builder()
            .method(method)
            .uri(target)
            .header("host", "127.0.0.1")
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        let response = sender.send_request(request).await.ok()?;
        let (parts, body) = response.into_parts();
        let text = body.collect().await.ok()?.to_bytes();
        connection.abort();
        let header = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
            (name.as_str().to_owned(), value.to_str().unwrap().to_owned())
        };
        Some(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers.iter().map(header).collect(),
            text: String::from_utf8(text.to_vec()).unwrap(),
        })
    }

    /// Asks without a key.
    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.raw("GET", target, &[], "").await.unwrap()
    }

    /// Asks as the first client, signed: `POST order symbol=BTCUSDT&...`.
    pub(crate) async fn ask(&self, request: &str) -> Answer {
        self.ask_as((KEY, SECRET), request).await
    }

    pub(crate) async fn ask_as(&self, (key, secret): (&str, &str), request: &str) -> Answer {
        let (method, rest) = request.split_once(' ').unwrap();
        let (path, params) = rest.split_once(' ').unwrap_or((rest, ""));
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/api/v3/{path}") };
        let payload = stamped(params, self.venue.shared().clock().now().as_millis());
        let signed = format!("{payload}&signature={}", hmac_hex(secret, &payload));
        let headers = [("x-mbx-apikey", key)];
        self.raw(method, &format!("{path}?{signed}"), &headers, "").await.unwrap()
    }
}

pub(crate) fn stamped(params: &str, millis: i64) -> String {
    let before = if params.is_empty() { "" } else { "&" };
    format!("{params}{before}timestamp={millis}")
}

pub(crate) fn hmac_hex(secret: &str, payload: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(payload.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn ed25519(key: &SigningKey, payload: &str) -> String {
    let base64 = Base64::encode_string(&key.sign(payload.as_bytes()).to_bytes());
    form_urlencoded::byte_serialize(base64.as_bytes()).collect()
}

/// Returns the texts of some fields, joined.
pub(crate) fn told(value: &Value, fields: &str) -> String {
    let field = |name: &str| match &value[name] {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value[name].to_string()
        }
    };
    fields.split_whitespace().map(field).collect::<Vec<_>>().join(" ")
}
