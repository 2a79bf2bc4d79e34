//! Seeded worlds: the same seed is the same world, byte for byte, and what the hub does in each of them holds.

use std::cell::RefCell;
use std::rc::Rc;

use sim::world::{Batch, Outcome, Plan, run};

/// Returns the plan of a seed, cut to so many minutes.
fn brief(seed: u64, minutes: u32) -> Plan {
    Plan::draw(seed, 1).cut(minutes)
}

fn play(plan: &Plan) -> Outcome {
    run(plan, None).expect("a plan that was drawn can be played")
}

#[test]
fn a_seed_is_the_same_world_twice() {
    for seed in 1..=20 {
        let plan = brief(seed, 120);
        let (one, other) = (play(&plan), play(&plan));
        assert_eq!(one, other, "seed {seed}");
        assert!(one.trace_lines > 50, "seed {seed}: {} lines", one.trace_lines);
    }
    assert_ne!(play(&brief(1, 120)).trace_hash, play(&brief(2, 120)).trace_hash);
}

#[test]
fn a_plan_that_was_written_down_is_the_same_world() {
    let plan = brief(7, 120);
    let read = Plan::from_toml(&plan.to_toml()).expect("it was written by this build");
    assert_eq!(play(&plan).trace_hash, play(&read).trace_hash);
}

#[test]
fn the_trace_is_told_line_by_line_and_does_not_change_the_world() {
    let plan = brief(3, 60);
    let lines = Rc::new(RefCell::new(0_u64));
    let count = Rc::clone(&lines);
    let told = run(&plan, Some(Box::new(move |_| *count.borrow_mut() += 1)));
    let told = told.expect("it can be played");
    assert_eq!((*lines.borrow(), told.trace_hash), (told.trace_lines, play(&plan).trace_hash));
}

#[test]
fn what_the_hub_does_under_faults_holds() {
    let mut batch = Batch::default();
    for seed in 1..=12 {
        batch.add(&play(&Plan::draw(seed, 1)));
    }
    let batch = batch.finish();
    let failed = serde_json::to_string_pretty(&batch.failed).expect("it has a text form");
    assert_eq!(batch.violations, 0, "plimsoll sim replay --seed N --trace\n{failed}");
    assert_eq!(batch.too_little(), [""; 0], "what little happens says little");
}

/// What worlds found once, made small: each file says what it was.
#[test]
fn plans_that_failed_once_hold() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/plans");
    let files = std::fs::read_dir(folder).expect("it is in the repository");
    let mut paths: Vec<_> = files.map(|file| file.expect("it can be read").path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("it can be read");
        let plan = Plan::from_toml(&text).expect("it is a plan");
        assert_eq!(play(&plan).violations, [], "{}", path.display());
    }
}
