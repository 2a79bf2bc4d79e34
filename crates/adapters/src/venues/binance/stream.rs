//! One connection with market data, from the subscription to its end.

use std::time::Duration;

use tokio::sync::mpsc;
use types::feed::{LinkEvent, Stream};

use super::decode::{self, StreamMessage, StreamNames};
use crate::error::VenueError;
use crate::feed::{MarketFeed, QUEUE_MAX};
use crate::net::{Frame, Socket};
use crate::outcome::{NotSent, Refused};

/// Number of the one request that is sent.
const SUBSCRIBE: u64 = 1;

/// Connects, subscribes, and reads until the connection or the feed ends.
pub(super) async fn open(
    base: &str,
    streams: &[Stream],
    streams_max: usize,
    connect_timeout: Duration,
) -> Result<MarketFeed, VenueError> {
    if streams.is_empty() || streams.len() > streams_max {
        return Err(NotSent::Refused(Refused::Value {
            what: "streams of one connection",
            seen: streams.len().to_string(),
            wanted: format!("1 to {streams_max}"),
        })
        .into());
    }
    let names = StreamNames::new(streams);
    let url = format!("{}/stream", base.trim_end_matches('/'));
    let mut socket = Socket::connect(&url, connect_timeout)
        .await
        .map_err(|error| NotSent::NoConnection { host: base.to_owned(), why: error.to_string() })?;
    let wanted: Vec<&str> = names.iter().map(|(name, _)| name).collect();
    let request = serde_json::json!({ "method": "SUBSCRIBE", "params": wanted, "id": SUBSCRIBE });
    socket
        .send(request.to_string())
        .await
        .map_err(|error| VenueError::Unanswered(error.to_string()))?;
    let (events, feed) = mpsc::channel(QUEUE_MAX);
    tokio::spawn(pump(socket, names, events));
    Ok(MarketFeed::new(feed))
}

/// Reads until the connection or the feed ends.
async fn pump(mut socket: Socket, names: StreamNames, events: mpsc::Sender<LinkEvent>) {
    let mut why = None;
    if events.send(LinkEvent::Connected).await.is_err() {
        return socket.close().await;
    }
    while why.is_none() {
        let frame = tokio::select! {
            frame = socket.next() => frame,
            () = events.closed() => return socket.close().await,
        };
        let said = match frame {
            Ok(Frame::Text(text)) => on_text(text.as_bytes(), &names),
            Ok(Frame::Binary(len)) => vec![LinkEvent::Malformed {
                stream: None,
                why: format!("{len} bytes that are no text"),
            }],
            Ok(Frame::Alive) => Vec::new(),
            Ok(Frame::Closed(reason)) => {
                why = Some(reason);
                Vec::new()
            }
            Err(error) => {
                why = Some(error.to_string());
                Vec::new()
            }
        };
        for event in said {
            if events.send(event).await.is_err() {
                return socket.close().await;
            }
        }
    }
    let why = why.unwrap_or_default();
    // Nobody reads any more if this fails, which is as good.
    let _ = events.send(LinkEvent::Closed { why }).await;
}

/// Reads one text.
fn on_text(bytes: &[u8], names: &StreamNames) -> Vec<LinkEvent> {
    match decode::stream(bytes, names) {
        Ok(StreamMessage::Event(event)) => vec![LinkEvent::Market(event)],
        Ok(StreamMessage::Reply { id: Some(SUBSCRIBE), refused: None }) => {
            names.iter().map(|(_, stream)| LinkEvent::Subscribed(stream.clone())).collect()
        }
        Ok(StreamMessage::Reply { id: Some(SUBSCRIBE) | None, refused: Some(why) }) => names
            .iter()
            .map(|(_, stream)| LinkEvent::Refused { stream: stream.clone(), why: why.clone() })
            .collect(),
        Ok(StreamMessage::Reply { id, refused: None | Some(_) }) => vec![LinkEvent::Malformed {
            stream: None,
            why: format!("an answer to request {id:?}, which was not sent"),
        }],
        Err(error) => vec![LinkEvent::Malformed { stream: None, why: error.to_string() }],
    }
}
