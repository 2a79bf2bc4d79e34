//! A venue that is away, data that does not come.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use serde_json::json;

use super::scene::{SYMBOLS, Scene, Stage};
use crate::processes::LOT;
use crate::support::plimsoll;

#[test]
fn ten_minutes_of_maintenance_end_by_themselves() {
    let mut scene = Stage::new().speed("300").trading();
    scene.venue.fault(&json!({
        "name": "maintenance",
        "what": { "kind": "maintenance" },
        "when": { "for": "10m" },
    }));
    scene.until("maintenance that was met", |record| record.faults.contains_key("maintenance"));
    let until = scene.venue.now() + 600_000;
    scene.wait("end of the maintenance", |scene| (scene.venue.now() >= until).then_some(()));
    scene.trades_again("");
    let modes = scene.lines("Mode");
    assert!(!modes.iter().any(|line| line.contains("SafeMode")), "nobody is called: {modes:?}");
    scene.ends_well();
}

#[test]
fn a_venue_that_answers_nothing_has_its_connections_made_anew_once() {
    let mut scene = Stage::new().speed("300").trading();
    scene.venue.fault(&json!({
        "name": "mute",
        "what": { "kind": "error", "error": "timeout" },
        "on": { "api": "rest" },
        "when": { "for": "40m" },
    }));
    scene.noted("Incident", &["BreakerOpen"]);
    scene.trades_again("");
    let reset = scene.hub.told.iter().filter(|told| told.event["event"] == "reset");
    assert_eq!(reset.count(), 1, "once in an outage");
    scene.ends_well();
}

#[test]
fn an_hour_without_data_is_replayed_in_order() {
    let mut scene = Scene::trading();
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

/// The server's clock is an hour off for three minutes, again and again: what is sent then is turned away by its
/// timestamp, whoever is right.
#[track_caller]
fn jumps(by: &str) {
    let mut scene = Scene::trading();
    let turned_away = |scene: &Scene| {
        let told = scene.hub.told.iter();
        told.filter(|told| told.event.to_string().contains("-1021")).count()
    };
    let mut jumps = 0;
    while turned_away(&scene) < 3 {
        jumps += 1;
        let name = format!("jump-{jumps}");
        scene.venue.fault(&json!({
            "name": name,
            "what": { "kind": "clock_skew", "by": by },
            "when": { "for": "3m" },
        }));
        scene.until("a jump of the clock", |record| record.faults.contains_key(&name));
        let until = scene.venue.now() + 300_000;
        scene.wait("end of the jump", |scene| (scene.venue.now() >= until).then_some(()));
        assert!(jumps < 100, "no request met one of {jumps} jumps");
    }
    scene.trades_again("");
    scene.quarters(1);
    scene.ends_well();
}

#[test]
fn a_clock_that_jumps_an_hour_ahead_doubles_nothing() {
    jumps("1h");
}

#[test]
fn a_clock_that_jumps_an_hour_back_doubles_nothing() {
    jumps("-1h");
}

#[test]
fn a_machine_that_is_too_slow_is_safe_mode_and_what_is_held_keeps_its_stop() {
    // More timeframes: more to hear.
    let config = LOT.replace("[\"15m\"]", "[\"1m\", \"5m\", \"15m\"]");
    let stage = Stage::of(&config);
    let slow = stage.file("slow");
    let mut scene = stage.flags(&["--fail-point", &format!("slow_while:{slow}")]).trading();
    // What becomes of four orders is some forty inputs, one behind the other.
    fs::write(&slow, "6").unwrap();
    let incident = scene.noted("Incident", &["QueueOverloaded"]);
    // Either by this or, at 900x, by a stop that came late.
    scene.noted("Mode", &["SafeMode"]);
    let before = scene.purchases("");
    scene.hub.let_work(Duration::from_secs(2));
    assert_eq!(scene.purchases(""), before, "nothing is bought in SAFE_MODE");
    // An operator does not wait behind the market.
    let state = scene.state().display().to_string();
    plimsoll(&["status", "--state", &state]).ended(0);
    fs::remove_file(&slow).unwrap();
    scene.over(&incident);
    scene.released();
    scene.trades_again("");
    scene.ends_well();
}
