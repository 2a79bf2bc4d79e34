//! Disks that have no room for a while, or fail for good, under a hub that trades.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::scene::{SYMBOLS, Scene, Stage};
use crate::support::plimsoll;

/// A scene whose journal's disk does what the file `disk` says.
#[track_caller]
#[expect(clippy::print_stdout, reason = "a test that skips itself says so")]
fn scene(test: &str, speed: &'static str) -> Option<Scene> {
    if !cfg!(debug_assertions) {
        println!("SKIPPED {test}: a release build has no disk that fails when told");
        return None;
    }
    let stage = Stage::new().speed(speed);
    let flag = stage.file("disk");
    Some(stage.flags(&["--disk-full-while", &flag, "--check-snapshot"]).trading())
}

fn is(event: &Value, name: &str, component: &str) -> bool {
    event["event"] == name && event["component"] == component
}

#[test]
fn a_disk_that_is_full_for_five_seconds_stops_entries_and_loses_nothing() {
    let name = "a_disk_that_is_full_for_five_seconds_stops_entries_and_loses_nothing";
    let Some(mut scene) = scene(name, "900") else { return };
    let flag = scene.path().join("disk");
    fs::write(&flag, "full").unwrap();
    scene.hub.wait_for(Duration::from_secs(30), |event| is(event, "failing", "journal"));
    // What had left before is at the venue by now; from here on nothing leaves that opens something.
    scene.hub.let_work(Duration::from_millis(500));
    let bought = scene.purchases("");
    scene.hub.let_work(Duration::from_secs(5));
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
    let Some(mut scene) = scene(name, "900") else { return };
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
        assert!(
            !fs::read(&record).unwrap().is_empty(),
            "what was adopted is not on disk as told yet"
        );
    }
    scene.flags(&["--check-snapshot"]);
    scene.start_again();
    scene.hub.wait_for(Duration::from_secs(30), |event| event["event"] == "emergency_adopted");
    assert_eq!(fs::read(&record).unwrap(), b"");
    scene.noted("Operator", &["ada", "Flatten"]);
    scene.noted("Incident", &["EmergencyAdopted"]);
    scene.ends_well();
}

/// Fills the disk between a fill at the venue and the hub's hearing of it, and waits until the stop rests.
#[track_caller]
fn fill_and_fill_the_disk(scene: &mut Scene) {
    let flag = scene.path().join("disk");
    let failing = |event: &Value| is(event, "failing", "journal");
    // A look at the ledger may come too late: then it is tried with the next fill.
    for _ in 0..20 {
        let before = scene.venue.record().fills.len();
        scene.until("fill of a purchase", |record| {
            record.fills[before..].iter().any(|(_, order, _)| record.orders[order].side == "buy")
        });
        fs::write(&flag, "full").unwrap();
        let bare = !scene.venue.record().bare().is_empty();
        scene.hub.wait_for(Duration::from_secs(30), failing);
        if bare {
            scene.until("stop", |record| record.bare().is_empty());
            return;
        }
        fs::remove_file(&flag).unwrap();
        scene.hub.wait_for(Duration::from_secs(30), |event| is(event, "recovered", "journal"));
    }
    panic!("every stop rested before the disk could be filled");
}

#[test]
fn a_fill_while_the_disk_is_full_has_its_stop_and_the_journal_has_all_of_it_once() {
    let name = "a_fill_while_the_disk_is_full_has_its_stop_and_the_journal_has_all_of_it_once";
    let Some(mut scene) = scene(name, "300") else { return };
    // The venue tells of fills a fifth of a second late: time to fill the disk in between.
    scene.venue.fault(&serde_json::json!({
        "name": "late-reports",
        "what": { "kind": "late", "delay": "60s" },
        "on": { "api": "user_stream", "endpoint": "executionReport" },
        "when": {},
    }));
    let flag = scene.path().join("disk");
    let record = scene.state().with_file_name("state.emergency");
    fill_and_fill_the_disk(&mut scene);
    assert!(!fs::read(&record).unwrap().is_empty(), "its command is on disk all the same");
    // An operator is answered, too.
    let state = scene.state().display().to_string();
    let said = plimsoll(&["pause", "--state", &state, "--operator", "ada", "--json"]).ended(0);
    assert_eq!(said.json()["outcome"], "done", "{}", said.out);
    plimsoll(&["resume", "--state", &state, "--operator", "ada"]).ended(0);
    // Room again: the same process takes all of it into its journal, and puts the record aside.
    fs::remove_file(&flag).unwrap();
    scene.hub.wait_for(Duration::from_secs(30), |event| is(event, "recovered", "journal"));
    scene.hub.wait_for(Duration::from_secs(30), |event| event["event"] == "emergency_adopted");
    assert_eq!(fs::read(&record).unwrap(), b"");
    scene.noted("Operator", &["ada", "Pause"]);
    // The same again, and killed while it lasts: the next start has lost nothing.
    fill_and_fill_the_disk(&mut scene);
    scene.hub.kill();
    fs::remove_file(&flag).unwrap();
    scene.start_again();
    scene.noted("Incident", &["EmergencyAdopted"]);
    scene.trades_again("");
    // And stopped while it lasts: that is an end in good order.
    fill_and_fill_the_disk(&mut scene);
    let code = scene.hub.stop();
    assert_eq!(code, Some(0), "{}", scene.hub.last_words(Duration::from_secs(1)).1);
    fs::remove_file(&flag).unwrap();
    scene.start_again();
    scene.ends_well();
}
