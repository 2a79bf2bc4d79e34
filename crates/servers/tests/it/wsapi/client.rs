//! A client of the WebSocket API that signs as documented and knows nothing of the server's types.

use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signer as _, SigningKey};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{Desk, KEY, SECRET, hmac_hex};

/// Longest wait for something that has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a request is signed.
pub(super) enum Signer {
    Hmac(&'static str),
    Ed25519(Box<SigningKey>),
}

impl Signer {
    fn sign(&self, payload: &str) -> String {
        match self {
            Self::Hmac(secret) => hmac_hex(secret, payload),
            Self::Ed25519(key) => Base64::encode_string(&key.sign(payload.as_bytes()).to_bytes()),
        }
    }
}

/// A connection.
pub(super) struct Client {
    pub(super) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    asked: u64,
}

impl Client {
    pub(super) async fn open(desk: &Desk) -> Self {
        Self::at(desk, "/ws-api/v3").await
    }

    pub(super) async fn at(desk: &Desk, path: &str) -> Self {
        let (socket, _) =
            connect_async(format!("ws://{}{path}", desk.venue.address())).await.unwrap();
        Self { socket, asked: 0 }
    }

    pub(super) async fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Returns the next frame, `None` when the connection is gone.
    pub(super) async fn frame(&mut self) -> Option<Message> {
        let next = timeout(PATIENCE, self.socket.next()).await;
        match next.expect("something comes within the patience of a test") {
            Some(Ok(message)) => Some(message),
            Some(Err(_)) | None => None,
        }
    }

    /// Returns the next message.
    pub(super) async fn next(&mut self) -> Value {
        loop {
            match self.frame().await {
                Some(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("wanted a text, saw {other:?}"),
            }
        }
    }

    /// Returns the next event, without the number of its subscription.
    pub(super) async fn event(&mut self) -> Value {
        let mut message = self.next().await;
        assert!(message.get("event").is_some(), "no event: {message}");
        message["event"].take()
    }

    /// Asks without a signature; events that come before the answer are lost.
    pub(super) async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let request = json!({ "id": self.asked, "method": method, "params": params });
        self.send(&request.to_string()).await;
        loop {
            let message = self.next().await;
            if message.get("id").is_some() {
                assert_eq!(message["id"], json!(self.asked));
                return message;
            }
        }
    }

    /// Asks without a signature and returns the result, which has to be good.
    pub(super) async fn good(&mut self, method: &str, params: Value) -> Value {
        let mut answer = self.ask(method, params).await;
        assert_eq!(answer["status"], json!(200), "{answer}");
        answer["result"].take()
    }

    /// Asks with a signature of the first client.
    pub(super) async fn signed(&mut self, desk: &Desk, method: &str, params: Value) -> Value {
        let params = sign(desk, KEY, &Signer::Hmac(SECRET), params);
        self.ask(method, params).await
    }

    /// Asks with a signature of the first client and returns the result, which has to be good.
    pub(super) async fn traded(&mut self, desk: &Desk, method: &str, params: Value) -> Value {
        let mut answer = self.signed(desk, method, params).await;
        assert_eq!(answer["status"], json!(200), "{answer}");
        answer["result"].take()
    }

    /// Returns the code of the close frame that ends the connection, if one does.
    pub(super) async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.frame().await {
                Some(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
                None => return None,
                Some(_) => {}
            }
        }
    }
}

/// Adds key, time (unless there is one) and signature.
pub(super) fn sign(desk: &Desk, key: &str, signer: &Signer, mut params: Value) -> Value {
    params["apiKey"] = json!(key);
    if params.get("timestamp").is_none() {
        params["timestamp"] = json!(desk.venue.shared().clock().now().as_millis());
    }
    let signature = signer.sign(&payload(&params));
    params["signature"] = json!(signature);
    params
}

/// Returns what is signed: sorted by name, `name=value` with `&` between them.
fn payload(params: &Value) -> String {
    let mut pairs: Vec<String> = params
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name}={text}"),
            Value::Number(number) => format!("{name}={number}"),
            Value::Bool(truth) => format!("{name}={truth}"),
            Value::Null | Value::Array(_) | Value::Object(_) => panic!("{name} is not signed here"),
        })
        .collect();
    pairs.sort();
    pairs.join("&")
}
