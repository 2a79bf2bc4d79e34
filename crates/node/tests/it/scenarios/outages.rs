//! A venue that is away, data that does not come.

use std::collections::BTreeMap;

use serde_json::json;

use super::scene::{SYMBOLS, Scene};

#[test]
fn an_hour_without_data_is_replayed_in_order() {
    let mut scene = Scene::trading("900", "");
    let before = scene.purchases("");
    for (name, what, on) in [
        ("silence", json!({ "kind": "silent" }), json!({ "api": "stream" })),
        (
            "no-klines",
            json!({ "kind": "error", "error": "timeout" }),
            json!({ "api": "rest", "endpoint": "GET /api/v3/klines" }),
        ),
    ] {
        scene
            .venue
            .fault(&json!({ "name": name, "what": what, "on": on, "when": { "for": "1h" } }));
    }
    scene.quarters(3);
    // Orders of the close at which it began may still be told.
    let during = scene.purchases("");
    assert!(during <= before + SYMBOLS.len(), "{during} purchases after {before}: data was stale");
    scene.quarters(2);
    // Found and bridged so late that it was an hour: then SAFE_MODE is in force, and its cause is gone.
    if scene.lines("Mode").iter().any(|line| line.contains("DataLost")) {
        scene.released();
    }
    scene.trades_again("");
    scene.quarters(2);
    // Every quarter of an hour of every symbol is there once, in order.
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for entry in scene.entries("Bar") {
        let symbol = entry["symbol"].as_str().unwrap().to_owned();
        let at = entry["ts_event"].as_i64().unwrap();
        if let Some(before) = last.insert(symbol, at) {
            assert_eq!(at - before, 900_000_000_000, "{entry}");
        }
    }
    assert_eq!(last.len(), SYMBOLS.len());
    scene.ends_well();
}
