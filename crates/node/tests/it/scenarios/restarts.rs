//! What a start makes of a journal: the same from a snapshot as from all of it, and the same decisions when they are made again.

use std::time::Duration;

use super::scene::{Scene, Stage};
use crate::support::plimsoll;

/// A scene each of whose starts is held against the whole journal.
#[track_caller]
fn scene() -> Scene {
    Stage::new().flags(&["--check-snapshot"]).trading()
}

#[test]
fn a_run_replays_equal_after_a_kill_and_a_stop() {
    let mut scene = scene();
    scene.restart();
    scene.trades_again("");
    assert_eq!(scene.hub.stop(), Some(0));
    // A clean stop takes a snapshot: the next start folds what follows, here nothing, and says so.
    scene.start_again();
    let restored = scene.restored();
    assert!(restored["snapshot"].as_u64() > Some(10), "{restored}");
    assert_eq!(restored["passed_over"].as_array().map(Vec::len), Some(0), "{restored}");
    scene.trades_again("");
    // Behind it a tail that a kill has left.
    scene.restart();
    let restored = scene.restored();
    assert!(restored["folded"].as_u64() > Some(10) && restored["snapshot"].is_u64(), "{restored}");
    scene.quarters(4);
    let journal = scene.journal();
    assert_eq!(scene.hub.stop(), Some(0));
    scene.judge();
    let replayed = plimsoll(&["replay", &journal, "--json"]).ended(0).json();
    assert_eq!(replayed["equal"], true, "{replayed}");
    assert!(replayed["decisions"].as_u64() > Some(10), "{replayed}");
    let snapshots = replayed["snapshots"].as_array().unwrap();
    assert!(!snapshots.is_empty(), "{replayed}");
    assert!(snapshots.iter().all(|found| found["found"] == "same_engine"), "{replayed}");
}

#[test]
fn a_kill_while_a_snapshot_is_written_leaves_none_that_is_broken() {
    let mut scene = scene();
    scene.hub.stop();
    scene.flags(&["--check-snapshot", "--fail-point", "in_snapshot"]);
    scene.start_again();
    scene.trades_again("");
    // It dies while it writes the snapshot of its end.
    scene.hub.signal(rustix::process::Signal::TERM);
    assert!(scene.hub.ended_within(Duration::from_secs(60)), "it dies as it stops");
    let unfinished = std::fs::read_dir(scene.state().join("journal/snapshots")).unwrap();
    let names = unfinished.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().any(|name| name.ends_with(".new")), "it was killed in the middle");
    scene.flags(&["--check-snapshot"]);
    scene.start_again();
    let restored = scene.restored();
    assert_eq!(restored["passed_over"].as_array().map(Vec::len), Some(0), "{restored}");
    assert!(restored["snapshot"].is_u64() && restored["folded"].as_u64() > Some(0), "{restored}");
    scene.ends_well();
}
