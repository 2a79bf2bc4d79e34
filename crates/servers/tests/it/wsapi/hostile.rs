//! What no honest client of the WebSocket API sends.

use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::client::Client;
use crate::support::Desk;

#[tokio::test]
async fn what_is_no_request_gets_an_error_and_the_connection_lives() {
    let desk = Desk::open().await;
    let mut client = Client::open(&desk).await;
    let deep = format!(r#"{{"id":1,"method":"ping","params":{}"#, "[".repeat(60_000));
    for text in ["", "nonsense", "[]", "{\"id\":1", "{}", "null", deep.as_str()] {
        client.send(text).await;
        let answer = client.next().await;
        assert_eq!((&answer["id"], &answer["status"]), (&json!(null), &json!(400)), "{text:.40}");
        assert_eq!(answer["error"]["code"], json!(-1135));
    }
    client.good("ping", json!({})).await;
}

#[tokio::test]
async fn frames_that_have_no_place_here_end_the_connection() {
    let desk = Desk::open().await;
    let mut client = Client::open(&desk).await;
    client.socket.send(Message::Binary(vec![1, 2, 3].into())).await.unwrap();
    assert_eq!(client.closed().await, Some(1003));
    let mut client = Client::open(&desk).await;
    // It may be cut while it is still being sent.
    let _ = client.socket.send(Message::text("x".repeat(1_000_000))).await;
    assert!(client.closed().await.is_none_or(|code| code == 1009));
    Client::open(&desk).await.good("ping", json!({})).await;
}
