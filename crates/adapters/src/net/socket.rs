//! [`Socket`]: one WebSocket connection, its texts out and in.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use super::tls;

/// Longest message: a depth snapshot of 5,000 levels is about 300 kB.
const MESSAGE_BYTES_MAX: usize = 4 << 20;

/// One WebSocket connection.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What came.
pub(crate) enum Frame {
    /// A message.
    Text(Utf8Bytes),
    /// Bytes where texts were wanted.
    Binary(usize),
    /// A sign of life: a ping, which is answered with the next read, or an answer to ours.
    Alive,
    /// The other side said goodbye.
    Closed(String),
}

/// Why a connection did not come about or broke, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct SocketError(pub(crate) String);

impl Socket {
    /// Connects and shakes hands.
    pub(crate) async fn connect(url: &str, within: Duration) -> Result<Self, SocketError> {
        match timeout(within, Self::shake_hands(url)).await {
            Ok(done) => done,
            Err(_) => Err(SocketError(format!("no connection within {within:?}"))),
        }
    }

    async fn shake_hands(url: &str) -> Result<Self, SocketError> {
        let failed = |error: &dyn std::fmt::Display| SocketError(error.to_string());
        let address = Url::parse(url).map_err(|error| failed(&error))?;
        let host = address.host_str().ok_or_else(|| failed(&"the address names no host"))?;
        let port = address.port().unwrap_or(if address.scheme() == "wss" { 443 } else { 80 });
        let tcp = TcpStream::connect((host, port)).await.map_err(|error| failed(&error))?;
        tcp.set_nodelay(true).map_err(|error| failed(&error))?;
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let connector = Connector::Rustls(std::sync::Arc::new(tls::config()));
        let (stream, _) = client_async_tls_with_config(url, tcp, Some(limits), Some(connector))
            .await
            .map_err(|error| failed(&handshake_words(&error)))?;
        Ok(Self { stream })
    }

    /// Sends a text.
    pub(crate) async fn send(&mut self, text: String) -> Result<(), SocketError> {
        self.stream.send(Message::text(text)).await.map_err(|error| SocketError(error.to_string()))
    }

    /// Returns what comes next.
    pub(crate) async fn next(&mut self) -> Result<Frame, SocketError> {
        match self.stream.next().await {
            None => Ok(Frame::Closed("the connection ended without a goodbye".to_owned())),
            Some(Err(error)) => Err(SocketError(error.to_string())),
            Some(Ok(message)) => Ok(match message {
                Message::Text(text) => Frame::Text(text),
                Message::Binary(bytes) => Frame::Binary(bytes.len()),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Frame::Alive,
                Message::Close(None) => Frame::Closed("goodbye without a reason".to_owned()),
                Message::Close(Some(close)) => {
                    let reason: String = close.reason.chars().take(120).collect();
                    Frame::Closed(format!("goodbye with code {}: {reason}", close.code))
                }
            }),
        }
    }

    /// Says goodbye; whether it arrives does not matter.
    pub(crate) async fn close(mut self) {
        let _ = timeout(Duration::from_secs(1), self.stream.close(None)).await;
    }
}

/// Says why a handshake failed. A refusal's body is not shown: nobody knows what is in it.
fn handshake_words(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::Http(response) => {
            format!("the handshake was answered with status {}", response.status().as_u16())
        }
        tungstenite::Error::ConnectionClosed
        | tungstenite::Error::AlreadyClosed
        | tungstenite::Error::Io(_)
        | tungstenite::Error::Tls(_)
        | tungstenite::Error::Capacity(_)
        | tungstenite::Error::Protocol(_)
        | tungstenite::Error::WriteBufferFull(_)
        | tungstenite::Error::Utf8(_)
        | tungstenite::Error::AttackAttempt
        | tungstenite::Error::Url(_)
        | tungstenite::Error::HttpFormat(_) => error.to_string(),
    }
}
