//! [`Port`]: the simulated venue's control port, which tells and sets the market's time.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use types::market::TsNanos;

use super::speed::Speed;

/// An answer that does not wait for the market is here by then.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest answer that is read: the state of a venue with some hundred accounts.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// Streams are told fifteen times a second at most: beyond real time, documented update speeds would be a flood.
const TOLD_A_SECOND: u32 = 15;

/// Returns how often streams are to be told at a speed, seconds of market time; 0: as documented.
fn tell_every(speed: Speed) -> u32 {
    match speed {
        Speed::Times(n) => n.get() / TOLD_A_SECOND,
        Speed::Max => 900,
    }
}

/// One connection to a control port; made anew when it breaks.
#[derive(Debug)]
pub(crate) struct Port {
    address: SocketAddr,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// How far a paced market came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Came {
    pub(crate) at: TsNanos,
    /// The orders that traded then, by their names; with the first of them it stands still.
    pub(crate) traded: Vec<String>,
}

/// What the venue says of its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Time {
    /// The market's time, milliseconds.
    t: i64,
    /// How fast it runs.
    pub(crate) speed: Speed,
}

impl Time {
    /// Returns the market's time.
    pub(crate) fn at(self) -> TsNanos {
        TsNanos::from_nanos(self.t.saturating_mul(1_000_000))
    }
}

impl Port {
    /// Returns a client of a port; nothing is sent yet.
    ///
    /// # Errors
    /// If it is no `http://` address with a port.
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        let address =
            url.strip_prefix("http://").and_then(|rest| rest.trim_end_matches('/').parse().ok());
        let address = address.with_context(|| {
            format!("the venue's control port is `{url}`, wanted an address such as http://127.0.0.1:9100")
        })?;
        Ok(Self { address, connection: None })
    }

    /// Asks what time it is there.
    pub(crate) async fn time(&mut self) -> anyhow::Result<Time> {
        let told = self.ask(Method::GET, "/time", None, Some(PATIENCE)).await?;
        Ok(serde_json::from_value(told)?)
    }

    /// Asks whether an account is there: whether it is the venue that was started for it.
    pub(crate) async fn has_account(&mut self, key: &str) -> anyhow::Result<bool> {
        let state = self.ask(Method::GET, "/state", None, Some(PATIENCE)).await?;
        let accounts = state["accounts"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(accounts.iter().any(|account| account["account"] == key))
    }

    /// Sets how fast the market runs; returns since when.
    pub(crate) async fn set_speed(&mut self, speed: Speed) -> anyhow::Result<Time> {
        let body = json!({ "speed": speed, "tell_every": tell_every(speed) });
        let told = self.ask(Method::POST, "/speed", Some(&body), Some(PATIENCE)).await?;
        Ok(serde_json::from_value(told)?)
    }

    /// Registers as one who paces the market; returns the number.
    pub(crate) async fn register(&mut self) -> anyhow::Result<u64> {
        let told = self.ask(Method::POST, "/clients", None, Some(PATIENCE)).await?;
        told["client"].as_u64().context("the venue gave no number")
    }

    /// Paces the market no more.
    pub(crate) async fn leave(&mut self, client: u64) -> anyhow::Result<()> {
        let path = format!("/clients/{client}");
        self.ask(Method::DELETE, &path, None, Some(PATIENCE)).await.map(drop)
    }

    /// Lets the market go on up to a moment, or to the first trade of an account's order before it; returns when it is there.
    pub(crate) async fn ready(&mut self, client: u64, until: TsNanos) -> anyhow::Result<Came> {
        // Rounded up: a deadline within a millisecond has come when that is over.
        let until =
            until.as_nanos().div_euclid(1_000_000) + i64::from(until.as_nanos() % 1_000_000 != 0);
        let body = json!({ "client": client, "t": until, "until_trade": true });
        let told = self.ask(Method::POST, "/ready", Some(&body), None).await?;
        let t = told["t"].as_i64().context("the venue told no time")?;
        let traded = serde_json::from_value(told["traded"].clone())?;
        Ok(Came { at: TsNanos::from_nanos(t.saturating_mul(1_000_000)), traded })
    }

    /// Ends the venue in good order.
    pub(crate) async fn shut_down(&mut self) -> anyhow::Result<()> {
        self.ask(Method::POST, "/shutdown", None, Some(PATIENCE)).await.map(drop)
    }

    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        patience: Option<Duration>,
    ) -> anyhow::Result<Value> {
        let asked = self.send(method, path, body);
        let told = match patience {
            Some(patience) => timeout(patience, asked)
                .await
                .unwrap_or_else(|_| Err(anyhow!("no answer within {patience:?}"))),
            None => asked.await,
        };
        if told.is_err() {
            self.connection = None;
        }
        told.with_context(|| format!("{path} of the venue's control port at {}", self.address))
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.to_string())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))?;
        let answer = self.connection().await?.send_request(request).await?;
        let status = answer.status();
        let bytes = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        let bytes = bytes.map_err(|error| anyhow!(error))?.to_bytes();
        let told: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if !status.is_success() {
            bail!("{status}: {}", told["error"].as_str().unwrap_or("no reason given"));
        }
        Ok(told)
    }

    async fn connection(&mut self) -> anyhow::Result<&mut SendRequest<Full<Bytes>>> {
        let usable = match &mut self.connection {
            Some(connection) => connection.ready().await.is_ok(),
            None => false,
        };
        if !usable {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
            // It ends with its sender.
            tokio::spawn(connection);
            self.connection = Some(sender);
        }
        self.connection.as_mut().context("it was just made")
    }
}
