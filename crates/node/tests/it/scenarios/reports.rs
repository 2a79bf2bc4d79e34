//! Reports that come early, late, or in another order than things happened.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::scene::{Scene, word};

/// What the journal says of an order, oldest first.
#[derive(Clone, Debug)]
struct Step {
    seq: u64,
    /// Nanoseconds of market time.
    ts: i64,
    /// The order's id in the journal.
    order: String,
    /// `place`, `cancel`, or the report's word.
    what: String,
}

/// Returns what was commanded and reported from a place on.
fn steps(scene: &Scene, from: u64) -> Vec<Step> {
    let mut steps: Vec<Step> = [("Command", "action"), ("Report", "event")]
        .into_iter()
        .flat_map(|(kind, field)| scene.entries(kind).into_iter().map(move |entry| (entry, field)))
        .map(|(entry, field)| Step {
            seq: entry["seq"].as_u64().unwrap(),
            ts: entry["ts"].as_i64().unwrap(),
            order: entry["body"]["order"].to_string(),
            what: word(&entry["body"][field]),
        })
        .filter(|step| step.seq >= from)
        .collect();
    steps.sort_by_key(|step| step.seq);
    steps
}

/// Returns the place of the newest command or report.
fn place(scene: &Scene) -> u64 {
    steps(scene, 0).last().map_or(0, |step| step.seq)
}

/// Wants that each order is accepted once, and before it trades.
#[track_caller]
fn in_order(steps: &[Step]) {
    let mut said: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.what != "place" && step.what != "cancel") {
        let known = said.entry(&step.order).or_default();
        if step.what == "accepted" {
            assert!(known.is_empty(), "{step:?} behind {known:?}");
        }
        known.insert(&step.what);
    }
}

#[test]
fn an_acknowledgement_on_the_stream_before_the_reply_counts_once() {
    let mut scene = Scene::trading();
    let from = place(&scene);
    // Three minutes of the market are 200 ms: far below the time-out of an answer.
    scene.venue.fault(&json!({
        "name": "slow",
        "what": { "kind": "latency", "delay": "3m" },
        "on": { "api": "rest", "endpoint": "POST /api/v3/order" },
    }));
    scene.until("eight slow replies", |record| record.faults.get("slow") >= Some(&8));
    scene.unfault("slow");
    scene.quarters(1);
    let steps = steps(&scene, from);
    let commanded: BTreeMap<&str, i64> = steps
        .iter()
        .filter(|step| step.what == "place")
        .map(|step| (step.order.as_str(), step.ts))
        .collect();
    let early = steps.iter().filter(|step| {
        let at = commanded.get(step.order.as_str());
        step.what == "accepted" && at.is_some_and(|at| step.ts - at < 180_000_000_000)
    });
    assert!(early.count() >= 4, "the stream was not before the replies: {steps:?}");
    in_order(&steps);
    scene.ends_well();
}

#[test]
fn a_late_new_after_filled_takes_nothing_back() {
    let mut scene = Scene::trading();
    let from = place(&scene);
    // The stream alone tells, and every other report leaves after the one behind it.
    for (name, what, on, when) in [
        (
            "slow",
            json!({ "kind": "latency", "delay": "3m" }),
            json!({ "api": "rest", "endpoint": "POST /api/v3/order" }),
            json!({}),
        ),
        (
            "reordered",
            json!({ "kind": "reorder" }),
            json!({ "api": "user_stream", "endpoint": "executionReport" }),
            json!({ "every": 2 }),
        ),
    ] {
        scene.venue.fault(&json!({ "name": name, "what": what, "on": on, "when": when }));
    }
    scene.until("forty reports out of order", |record| record.faults.get("reordered") >= Some(&40));
    scene.unfault("reordered");
    scene.unfault("slow");
    scene.quarters(1);
    in_order(&steps(&scene, from));
    scene.ends_well();
}

#[test]
fn a_fill_that_was_asked_for_and_is_told_later_counts_once() {
    let mut scene = Scene::trading();
    let from = place(&scene);
    let since = scene.venue.now();
    // For forty minutes the stream tells nothing: what is known of fills comes from answers. Then it tells all of them.
    scene.venue.fault(&json!({
        "name": "late",
        "what": { "kind": "late", "delay": "40m" },
        "on": { "api": "user_stream", "endpoint": "executionReport" },
    }));
    let silent = (since + 60_000) * 1_000_000..(since + 40 * 60_000) * 1_000_000;
    scene.wait("fills that an answer told of", |scene| {
        let steps = steps(scene, from);
        let told = steps.iter().filter(|s| s.what == "filled" && silent.contains(&s.ts)).count();
        (told >= 2).then_some(())
    });
    scene.unfault("late");
    scene.quarters(4);
    in_order(&steps(&scene, from));
    // The checker wants each fill of the venue's ledger once.
    scene.ends_well();
}

#[test]
fn a_fill_after_a_cancel_still_counts() {
    let mut scene = Scene::trading();
    let from = place(&scene);
    // Fills are heard so late that entries are moved, or given up, which have traded already.
    scene.venue.fault(&json!({
        "name": "late",
        "what": { "kind": "late", "delay": "20m" },
        "on": { "api": "user_stream", "endpoint": "executionReport" },
    }));
    scene.wait("fill of an order behind its cancellation", |scene| {
        let steps = steps(scene, from);
        let mut asked = BTreeSet::new();
        let behind = steps.iter().any(|step| {
            if step.what == "cancel" {
                asked.insert(&step.order);
            }
            step.what == "filled" && asked.contains(&step.order)
        });
        behind.then_some(())
    });
    scene.unfault("late");
    scene.quarters(2);
    in_order(&steps(&scene, from));
    // The checker compares fill by fill with the venue's ledger.
    scene.ends_well();
}
