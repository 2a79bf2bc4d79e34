//! Answers that lack, and orders that are open when the hub dies.

use serde_json::json;

use super::scene::{Scene, Stage};

#[test]
fn replies_lost_on_accepted_orders_are_found_and_not_sent_again() {
    let mut scene = Scene::trading();
    scene.venue.fault(&json!({
        "name": "lost",
        "what": { "kind": "reply_lost" },
        "on": { "api": "rest", "endpoint": "POST /api/v3/order*" },
        "when": { "every": 2, "times": 6 },
    }));
    scene.until("six lost replies", |record| record.faults.get("lost") == Some(&6));
    scene.quarters(3);
    scene.noted("Incident", &["OutcomeUnknown"]);
    scene.ends_well();
}

#[test]
fn a_restart_with_an_open_entry_order_finds_it_and_ends_it() {
    // Slow enough to meet an entry while it rests at the touch.
    let mut scene = Stage::new().speed("60").start();
    scene.until("an open entry", |record| record.open().iter().any(|order| order.side == "buy"));
    scene.hub.kill();
    let record = scene.venue.record();
    let open: Vec<String> = record
        .open()
        .into_iter()
        .filter(|o| o.side == "buy")
        .map(|o| o.client_id.clone())
        .collect();
    assert!(!open.is_empty(), "the kill came too late: nothing is shown");
    scene.start_again();
    scene.until("the end of each entry, its fills protected", |record| {
        let ended = record.orders.values().all(|o| !open.contains(&o.client_id) || !o.is_open());
        let held = super::scene::SYMBOLS.iter().any(|symbol| record.held(symbol) > 0);
        ended && held && record.bare().is_empty()
    });
    scene.ends_well();
}

#[test]
fn a_time_out_in_flight_is_not_booked_as_a_rejection() {
    let mut scene = Scene::trading();
    // Half of those that time out were carried out, half were not: who asked cannot tell.
    for (name, executed, nth) in [("done", true, 1), ("undone", false, 2)] {
        scene.venue.fault(&json!({
            "name": name,
            "what": { "kind": "error", "error": "timeout", "executed": executed },
            "on": { "api": "rest", "endpoint": "POST /api/v3/order" },
            "when": { "nth": nth, "every": 3, "times": 3 },
        }));
    }
    scene.until("three time-outs of each kind", |record| {
        record.faults.get("done") == Some(&3) && record.faults.get("undone") == Some(&3)
    });
    scene.noted("Incident", &["OutcomeUnknown"]);
    let reported = scene.reported();
    assert!(!reported.contains(&"rejected".to_owned()), "the venue rejected nothing: {reported:?}");
    scene.trades_again("");
    scene.ends_well();
}

#[test]
fn errors_of_status_queries_are_not_counted_as_not_found() {
    let mut scene = Scene::trading();
    // Neither the reply nor the account's stream tells of an accepted order, and the question for it fails four times.
    for fault in [
        json!({
            "name": "cut",
            "what": { "kind": "half_open" },
            "on": { "api": "user_stream" },
            "when": { "for": "30m" },
        }),
        json!({
            "name": "lost",
            "what": { "kind": "reply_lost" },
            "on": { "api": "rest", "endpoint": "POST /api/v3/order" },
            "when": { "times": 2 },
        }),
        json!({
            "name": "unanswered",
            "what": { "kind": "error", "error": "unexpected_response", "executed": false },
            "on": { "api": "rest", "endpoint": "GET /api/v3/order" },
            "when": { "times": 4 },
        }),
    ] {
        scene.venue.fault(&fault);
    }
    scene.until("two lost replies, four failed questions", |record| {
        record.faults.get("lost") == Some(&2) && record.faults.get("unanswered") == Some(&4)
    });
    let unknown = scene.noted("Incident", &["OutcomeUnknown"]);
    scene.over(&unknown);
    scene.quarters(2);
    let reported = scene.reported();
    assert!(!reported.contains(&"never_accepted".to_owned()), "all were accepted: {reported:?}");
    scene.trades_again("");
    scene.ends_well();
}

#[test]
fn an_amend_during_a_disconnect_is_found_and_not_doubled() {
    let mut scene = Scene::trading();
    // Nothing comes out of the account's stream, and the replies of three amends are lost.
    scene.venue.fault(&json!({
        "name": "cut",
        "what": { "kind": "half_open" },
        "on": { "api": "user_stream" },
        "when": { "for": "30m" },
    }));
    scene.venue.fault(&json!({
        "name": "lost",
        "what": { "kind": "reply_lost" },
        "on": { "api": "rest", "endpoint": "POST /api/v3/order/cancelReplace" },
        "when": { "times": 3 },
    }));
    scene.until("three lost replies in the cut", |record| {
        record.faults.contains_key("cut") && record.faults.get("lost") == Some(&3)
    });
    scene.noted("Incident", &["OutcomeUnknown"]);
    scene.noted("Incident", &["UserStreamDown"]);
    scene.quarters(4);
    scene.trades_again("");
    scene.ends_well();
}
