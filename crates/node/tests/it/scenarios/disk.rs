//! Disks that have no room for a while, or fail for good, under a hub that trades.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::scene::{SYMBOLS, Scene, Stage};
use crate::support::plimsoll;

/// A scene whose journal's disk does what the file `disk` says.
#[track_caller]
#[expect(clippy::print_stdout, reason = "a test that skips itself says so")]
fn scene(test: &str) -> Option<Scene> {
    if !cfg!(debug_assertions) {
        println!("SKIPPED {test}: a release build has no disk that fails when told");
        return None;
    }
    let stage = Stage::new();
    let flag = stage.file("disk");
    Some(stage.flags(&["--disk-full-while", &flag, "--check-snapshot"]).trading())
}

fn is(event: &Value, name: &str, component: &str) -> bool {
    event["event"] == name && event["component"] == component
}

#[test]
fn a_disk_that_is_full_for_five_seconds_stops_entries_and_loses_nothing() {
    let name = "a_disk_that_is_full_for_five_seconds_stops_entries_and_loses_nothing";
    let Some(mut scene) = scene(name) else { return };
    let flag = scene.path().join("disk");
    // In the middle of a quarter of an hour: a fill of the moment the disk fills would wait for its stop until there is room.
    scene.quarters(1);
    scene.hub.let_work(Duration::from_millis(500));
    fs::write(&flag, "full").unwrap();
    scene.hub.wait_for(Duration::from_secs(30), |event| is(event, "failing", "journal"));
    // What had left before is at the venue by now; from here on nothing leaves.
    scene.hub.let_work(Duration::from_millis(500));
    let (orders, bought) = (scene.venue.record().orders.len(), scene.purchases(""));
    scene.hub.let_work(Duration::from_secs(5));
    assert_eq!(scene.venue.record().orders.len(), orders, "orders without a journal");
    assert_eq!(scene.purchases(""), bought);
    fs::remove_file(&flag).unwrap();
    scene.hub.wait_for(Duration::from_secs(30), |event| is(event, "recovered", "journal"));
    scene.trades_again("");
    let full = scene.noted("Incident", &["JournalFull"]);
    scene.over(&full);
    scene.restart();
    scene.ends_well();
}

#[test]
fn what_a_hub_does_without_its_journal_is_in_the_journal_after_the_next_start() {
    let name = "what_a_hub_does_without_its_journal_is_in_the_journal_after_the_next_start";
    let Some(mut scene) = scene(name) else { return };
    let flag = scene.path().join("disk");
    fs::write(&flag, "fails").unwrap();
    scene.hub.wait_for(Duration::from_secs(30), |event| is(event, "failing", "journal"));
    scene.hub.let_work(Duration::from_millis(500));
    let bought = scene.purchases("");
    let state = scene.state().display().to_string();
    let flat = plimsoll(&["flatten", "--state", &state, "--operator", "ada", "--json"]).ended(0);
    assert_eq!(flat.json()["outcome"], "done", "{}", flat.out);
    scene.hub.let_work(Duration::from_secs(2));
    assert_eq!(scene.purchases(""), bought, "nothing is opened without a journal");
    for symbol in SYMBOLS {
        assert_eq!(scene.venue.record().held(symbol), 0, "{symbol} after flatten");
    }
    scene.hub.kill();
    fs::remove_file(&flag).unwrap();
    let record = scene.state().with_file_name("state.emergency");
    assert!(fs::read_to_string(&record).unwrap().lines().count() > 1);
    // Killed before it can say so, and again.
    scene.flags(&["--fail-point", "after_durable"]);
    for _ in 0..2 {
        scene.start_to_die();
        assert!(record.exists(), "what was adopted is not on disk as told yet");
    }
    scene.flags(&["--check-snapshot"]);
    scene.start_again();
    scene.hub.wait_for(Duration::from_secs(30), |event| event["event"] == "emergency_adopted");
    assert!(!record.exists());
    scene.noted("Operator", &["ada", "Flatten"]);
    scene.noted("Incident", &["EmergencyAdopted"]);
    scene.ends_well();
}
