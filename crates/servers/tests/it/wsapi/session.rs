//! Sessions: logging on once instead of signing each request.

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::client::{Client, Signer, sign};
use crate::support::{BTC, Desk, KEY, MOMENT, OTHER, OTHER_SECRET, SECRET, Setup};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

async fn with_ed25519() -> Desk {
    let public = Base64::encode_string(key().verifying_key().as_bytes());
    let accounts = vec![
        format!("{KEY}:{SECRET}:USDT=100000,BTC=2"),
        format!("{OTHER}:{OTHER_SECRET}:USDT=100000"),
        format!("ed:ed25519={public}:USDT=500"),
    ];
    Desk::with(Setup { accounts, ..Setup::default() }).await
}

/// Returns what is free in USDT.
fn usdt(account: &Value) -> Value {
    let balances = account["balances"].as_array().unwrap();
    balances.iter().find(|balance| balance["asset"] == json!("USDT")).unwrap()["free"].clone()
}

#[tokio::test]
async fn after_logon_requests_need_no_signature() {
    let desk = with_ed25519().await;
    let mut client = Client::open(&desk).await;
    let signer = Signer::Ed25519(Box::new(key()));
    let params = sign(&desk, "ed", &signer, json!({}));
    let status = client.good("session.logon", params).await;
    assert_eq!(
        status,
        json!({
            "apiKey": "ed", "authorizedSince": MOMENT, "connectedSince": MOMENT,
            "returnRateLimits": true, "serverTime": MOMENT, "userDataStream": false
        })
    );
    assert_eq!(client.good("session.status", json!({})).await, status);
    let account = client.good("account.status", json!({ "timestamp": MOMENT })).await;
    assert_eq!(usdt(&account), json!("500.00000000"));
    // The time is still asked for.
    assert_eq!(client.ask("account.status", json!({})).await["error"]["code"], json!(-1102));
    let order = json!({
        "symbol": BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1",
        "price": "90.00", "timestamp": MOMENT
    });
    assert_eq!(client.good("order.place", order).await["status"], json!("NEW"));
    // A key that is named goes before the session's.
    let named = sign(&desk, OTHER, &Signer::Hmac(OTHER_SECRET), json!({}));
    let other = client.good("account.status", named).await;
    assert_eq!(usdt(&other), json!("100000.00000000"));
    let out = client.good("session.logout", json!({})).await;
    assert_eq!(out["apiKey"], json!(null));
    let stranger = client.ask("account.status", json!({ "timestamp": MOMENT })).await;
    assert_eq!(stranger["error"]["code"], json!(-2014));
}

#[tokio::test]
async fn only_an_ed25519_key_logs_on() {
    let desk = with_ed25519().await;
    let mut client = Client::open(&desk).await;
    let params = sign(&desk, KEY, &Signer::Hmac(SECRET), json!({}));
    assert_eq!(client.ask("session.logon", params).await["error"]["code"], json!(-1020));
    let wrong = Signer::Ed25519(Box::new(SigningKey::from_bytes(&[8; 32])));
    let params = sign(&desk, "ed", &wrong, json!({}));
    assert_eq!(client.ask("session.logon", params).await["error"]["code"], json!(-1022));
    let status = client.good("session.status", json!({})).await;
    assert_eq!(status["apiKey"], json!(null));
    assert_eq!(
        client.ask("userDataStream.subscribe", json!({})).await["error"]["code"],
        json!(-1002)
    );
}

#[tokio::test]
async fn subscriptions_are_numbered_listed_and_ended() {
    let desk = with_ed25519().await;
    let mut client = Client::open(&desk).await;
    let signer = Signer::Ed25519(Box::new(key()));
    client.good("session.logon", sign(&desk, "ed", &signer, json!({}))).await;
    let first = client.good("userDataStream.subscribe", json!({})).await;
    assert_eq!(first, json!({ "subscriptionId": 0 }));
    let twice = client.ask("userDataStream.subscribe", json!({})).await;
    assert_eq!(twice["error"]["code"], json!(-2035));
    let signed = sign(&desk, KEY, &Signer::Hmac(SECRET), json!({}));
    let second = client.good("userDataStream.subscribe.signature", signed).await;
    assert_eq!(second, json!({ "subscriptionId": 1 }));
    let list = client.good("session.subscriptions", json!({})).await;
    assert_eq!(list, json!([{ "subscriptionId": 0 }, { "subscriptionId": 1 }]));
    // Logging out ends the session's own subscription, not the signed one.
    client.send(r#"{"id":"out","method":"session.logout"}"#).await;
    let ended = json!({
        "subscriptionId": 0, "event": { "e": "eventStreamTerminated", "E": MOMENT }
    });
    let (one, two) = (client.next().await, client.next().await);
    assert!(one == ended || two == ended, "{one} {two}");
    let list = client.good("session.subscriptions", json!({})).await;
    assert_eq!(list, json!([{ "subscriptionId": 1 }]));
    client
        .send(r#"{"id":"un","method":"userDataStream.unsubscribe","params":{"subscriptionId":1}}"#)
        .await;
    let (one, two) = (client.next().await, client.next().await);
    assert!([&one, &two].iter().any(|m| m["subscriptionId"] == json!(1)), "{one} {two}");
    let again = client.ask("userDataStream.unsubscribe", json!({})).await;
    assert_eq!(again["error"]["code"], json!(-2036));
    let status = client.good("session.status", json!({})).await;
    assert_eq!(status["userDataStream"], json!(false));
}
