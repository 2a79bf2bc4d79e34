//! [`SocketLimits`]: what one connection may do and how long it lives.

use std::time::Duration;

/// Limits of one connection. Where nothing else is said they are the documented ones (*Web Socket
/// Streams for Binance*, "General WSS information" and "Websocket Limits").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketLimits {
    /// The server pings so often. Wall time.
    pub ping_every: Duration,
    /// A ping has to be answered, with its payload, within this. Wall time.
    pub pong_within: Duration,
    /// Pings, pongs and requests that a connection may send within one second of wall time; `None`:
    /// as many as it likes.
    pub messages_per_second: Option<usize>,
    /// The connection ends after this. The client's time: N times as much market time at speed N, never at `max`.
    pub lifetime: Duration,
    /// `serverShutdown` is said so long before; the same time. The documents name no figure.
    pub notice: Duration,
    /// Messages that wait for a client that does not read. The exchange documents no figure either:
    /// at 2,000 messages a second, which is 20 symbols with 100 updates each, this is four seconds.
    pub queue_max: usize,
    /// Largest request in bytes: 1024 streams of the longest names fit.
    pub request_bytes_max: usize,
}

impl SocketLimits {
    /// Those of market streams.
    #[must_use]
    pub fn streams() -> Self {
        Self {
            ping_every: Duration::from_secs(20),
            pong_within: Duration::from_secs(60),
            messages_per_second: Some(5),
            lifetime: Duration::from_secs(24 * 3600),
            notice: Duration::from_secs(600),
            queue_max: 8192,
            request_bytes_max: 128 * 1024,
        }
    }

    /// Those of the WebSocket API: it counts weights instead of messages.
    #[must_use]
    pub fn api() -> Self {
        Self { messages_per_second: None, ..Self::streams() }
    }
}
