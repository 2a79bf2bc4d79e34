//! One connection with messages about the account (documentation: *User data stream requests*).

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::decode::{self, AccountMessage};
use super::map::Params;
use super::sign::signed_for_socket;
use crate::error::{DecodeError, VenueError};
use crate::feed::{AccountEvent, QUEUE_MAX, UserFeed};
use crate::net::{Frame, Socket};
use crate::outcome::NotSent;
use crate::secret::Credentials;
use crate::venue::Stamp;

/// Number of the one request that is sent.
const SUBSCRIBE: u64 = 1;

/// Connects, subscribes with a signature, waits for the venue's word, and reads until the end.
pub(super) async fn open(
    url: &str,
    keys: &Credentials,
    stamp: Stamp,
    connect_timeout: Duration,
    reply_timeout: Duration,
) -> Result<UserFeed, VenueError> {
    let mut socket = Socket::connect(url, connect_timeout)
        .await
        .map_err(|error| NotSent::NoConnection { host: url.to_owned(), why: error.to_string() })?;
    socket
        .send(request(keys, stamp))
        .await
        .map_err(|error| VenueError::Unanswered(error.to_string()))?;
    let (events, feed) = mpsc::channel(QUEUE_MAX);
    let subscribed = timeout(reply_timeout, subscription(&mut socket)).await;
    match subscribed {
        Ok(done) => done?,
        Err(_) => {
            let why = format!("no answer to the subscription within {reply_timeout:?}");
            return Err(VenueError::Unanswered(why));
        }
    }
    tokio::spawn(pump(socket, events));
    Ok(UserFeed::new(feed))
}

/// Returns the subscription as it is sent. Numbers are sent as such, everything else as text.
fn request(keys: &Credentials, stamp: Stamp) -> String {
    let params: serde_json::Map<String, serde_json::Value> =
        signed_for_socket(Params::default(), stamp, keys)
            .into_iter()
            .map(|(name, value)| {
                let value = match (name, value.parse::<u64>()) {
                    ("timestamp" | "recvWindow", Ok(number)) => number.into(),
                    _ => value.into(),
                };
                (name.to_owned(), value)
            })
            .collect();
    let method = "userDataStream.subscribe.signature";
    serde_json::json!({ "id": SUBSCRIBE, "method": method, "params": params }).to_string()
}

/// Waits for the answer to the subscription. Nothing else comes before it.
async fn subscription(socket: &mut Socket) -> Result<(), VenueError> {
    loop {
        match socket.next().await {
            Ok(Frame::Text(text)) => match decode::account_message(text.as_bytes())? {
                AccountMessage::Reply { id: _, refused: None } => return Ok(()),
                AccountMessage::Reply { id: _, refused: Some(rejection) } => {
                    return Err(rejection.into());
                }
                AccountMessage::Event(_) => {
                    let why = "an event came before the subscription was answered".to_owned();
                    return Err(DecodeError::Value { field: "account message", why }.into());
                }
            },
            Ok(Frame::Alive) => {}
            Ok(Frame::Binary(len)) => {
                let why = format!("{len} bytes that are no text");
                return Err(DecodeError::Value { field: "account message", why }.into());
            }
            Ok(Frame::Closed(why)) => return Err(VenueError::Unanswered(why)),
            Err(error) => return Err(VenueError::Unanswered(error.to_string())),
        }
    }
}

/// Reads until the connection or the feed ends.
async fn pump(mut socket: Socket, events: mpsc::Sender<AccountEvent>) {
    if events.send(AccountEvent::Subscribed).await.is_err() {
        return socket.close().await;
    }
    loop {
        let frame = tokio::select! {
            frame = socket.next() => frame,
            () = events.closed() => return socket.close().await,
        };
        let event = match frame {
            Ok(Frame::Text(text)) => on_text(text.as_bytes()),
            Ok(Frame::Binary(len)) => AccountEvent::Malformed(DecodeError::Value {
                field: "account message",
                why: format!("{len} bytes that are no text"),
            }),
            Ok(Frame::Alive) => continue,
            Ok(Frame::Closed(why)) => AccountEvent::Closed { why },
            Err(error) => AccountEvent::Closed { why: error.to_string() },
        };
        let last = matches!(event, AccountEvent::Closed { .. });
        if events.send(event).await.is_err() {
            return socket.close().await;
        }
        if last {
            return;
        }
    }
}

/// Reads one text.
fn on_text(bytes: &[u8]) -> AccountEvent {
    match decode::account_message(bytes) {
        Ok(AccountMessage::Event(event)) => AccountEvent::User(event),
        Ok(AccountMessage::Reply { id, refused }) => AccountEvent::Malformed(DecodeError::Value {
            field: "account message",
            why: format!("an answer to request {id:?}, which was not sent: {refused:?}"),
        }),
        Err(error) => AccountEvent::Malformed(error),
    }
}

#[cfg(test)]
mod tests {
    use types::market::TsNanos;

    use super::*;
    use crate::venues::binance::capabilities::capabilities;

    #[test]
    fn the_subscription_is_signed_and_its_numbers_are_numbers() {
        let keys = Credentials::hmac("key".into(), "secret".into()).expect("a key");
        let at = TsNanos::from_millis(1_747_385_641_636).expect("it fits");
        let declared = capabilities(Duration::from_secs(10));
        let stamp = Stamp::new(at, Duration::from_secs(2), &declared).expect("a sound window");
        let sent: serde_json::Value =
            serde_json::from_str(&request(&keys, stamp)).expect("it is JSON");
        assert_eq!(sent["method"], "userDataStream.subscribe.signature");
        assert_eq!(sent["params"]["timestamp"], 1_747_385_641_636_u64);
        assert_eq!(sent["params"]["recvWindow"], 2_000);
        assert_eq!(sent["params"]["apiKey"], "key");
        // HMAC-SHA256 of `apiKey=key&recvWindow=2000&timestamp=1747385641636`, by OpenSSL.
        assert_eq!(
            sent["params"]["signature"],
            "41050c1c1e7c5b9a06eae2c9bf15b41674568203f9810d1d84053a917e600fe1"
        );
    }
}
