//! What goes wrong on purpose, as a REST client meets it.

use servers::venue::faults::{Faults, Plan};
use types::market::TsNanos;

use super::support::{Answer, Desk, KEY, MOMENT, SECRET, Setup, hmac_hex, stamped, told};

async fn desk_with(plan: &str) -> Desk {
    let plan = Plan::from_toml(plan, "plan.toml").unwrap();
    let start = TsNanos::from_millis(MOMENT).unwrap();
    let faults = Faults::new(plan, 1, start, None).unwrap();
    Desk::with(Setup { faults, ..Setup::default() }).await
}

const ORDER: &str =
    "POST order symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=9000";

/// Sends the order as it is and returns what came back, if anything did.
async fn send(desk: &Desk, params: &str) -> Option<Answer> {
    let payload = stamped(params, MOMENT);
    let body = format!("{payload}&signature={}", hmac_hex(SECRET, &payload));
    desk.raw("POST", "/api/v3/order", &[("x-mbx-apikey", KEY)], &body).await
}

#[tokio::test]
async fn a_lost_answer_leaves_the_order_in_the_book() {
    let plan = r#"
        [[fault]]
        name = "lost"
        what = { kind = "reply_lost" }
        on = { endpoint = "POST /api/v3/order" }
        when = { times = 1 }
    "#;
    let desk = desk_with(plan).await;
    let params = format!("{}&newClientOrderId=lost-1", ORDER.trim_start_matches("POST order "));
    assert!(send(&desk, &params).await.is_none(), "the connection ends without a byte");
    let found = desk.ask("GET order symbol=BTCUSDT&origClientOrderId=lost-1").await.good();
    assert_eq!(told(&found, "orderId status"), "1 NEW");
    assert_eq!(send(&desk, &params).await.unwrap().code(), -2010);
    desk.venue.stop().await;
}

#[tokio::test]
async fn a_lost_rejection_leaves_nothing() {
    let plan = r#"
        [[fault]]
        name = "lost"
        what = { kind = "reject_lost" }
        on = { endpoint = "POST /api/v3/order" }
        when = { times = 1 }
    "#;
    let desk = desk_with(plan).await;
    let params = format!("{}&newClientOrderId=lost-1", ORDER.trim_start_matches("POST order "));
    assert!(send(&desk, &params).await.is_none());
    assert_eq!(desk.ask("GET order symbol=BTCUSDT&origClientOrderId=lost-1").await.code(), -2013);
    assert_eq!(send(&desk, &params).await.unwrap().status, 200);
    desk.venue.stop().await;
}

/// Fault, HTTP status, code, header `Retry-After`, whether the order is there.
#[tokio::test]
async fn an_error_on_purpose_says_what_the_documentation_says() {
    for (what, status, code, retry_after, placed) in [
        (r#"{ kind = "error", error = "timeout", executed = true }"#, 504, -1007, None, true),
        (r#"{ kind = "error", error = "timeout" }"#, 504, -1007, None, false),
        (r#"{ kind = "error", error = "busy" }"#, 503, -1008, None, false),
        (r#"{ kind = "rate_limited", retry_after = "7s" }"#, 429, -1003, Some("7"), false),
        (r#"{ kind = "banned", retry_after = "120s" }"#, 418, -1003, Some("120"), false),
    ] {
        let plan = format!(
            "[[fault]]\nname = \"f\"\nwhat = {what}\non = {{ endpoint = \"POST /api/v3/order\" }}\n"
        );
        let desk = desk_with(&plan).await;
        let answer = desk.ask(ORDER).await;
        let seen = (answer.status, answer.code(), answer.header("retry-after"));
        assert_eq!(seen, (status, code, retry_after), "{what}");
        let found = desk.ask("GET openOrders").await.good();
        assert_eq!(found.as_array().unwrap().len(), usize::from(placed), "{what}");
        desk.venue.stop().await;
    }
}

#[tokio::test]
async fn balances_can_be_told_wrongly_and_the_venue_be_in_maintenance() {
    let plan = r#"
        [[fault]]
        name = "wrong"
        what = { kind = "wrong_balance", asset = "BTC", by = "-0.5" }
        when = { times = 1 }
    "#;
    let desk = desk_with(plan).await;
    let wrong = desk.ask("GET account").await.good();
    assert_eq!(told(&wrong["balances"][0], "asset free"), "BTC 1.50000000");
    let right = desk.ask("GET account").await.good();
    assert_eq!(told(&right["balances"][0], "asset free"), "BTC 2.00000000");
    desk.venue.stop().await;
    let desk = desk_with("[[fault]]\nname = \"m\"\nwhat = { kind = \"maintenance\" }\n").await;
    let status = desk.get("/sapi/v1/system/status").await.good();
    assert_eq!(told(&status, "status msg"), "1 system_maintenance");
    assert_eq!(desk.get("/api/v3/ping").await.status, 503);
    desk.venue.stop().await;
}
