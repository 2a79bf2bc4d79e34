//! `plimsoll sim` from outside: many seeded worlds hold, and a seed is the same world in every process.

use serde_json::Value;

use crate::support::{Said, plimsoll};

/// One-day seeds without `PLIMSOLL_SIM_SEEDS`.
const SEEDS: &str = "200";

/// What a run tells, at least.
const FIELDS: [&str; 12] = [
    "seeds",
    "simulated_days",
    "entries",
    "faults_injected",
    "orders",
    "fills",
    "violations",
    "marks_hit",
    "marks_missed",
    "seconds",
    "a_day",
    "verdict",
];

fn run(args: &[&str]) -> Said {
    plimsoll(&[&["sim", "run"], args].concat())
}

/// The plan of a seed that fails stays behind, so that it can be played again.
#[test]
fn seeded_worlds_hold() {
    #[expect(clippy::disallowed_methods, reason = "more seeds are asked for from outside")]
    let seeds = std::env::var("PLIMSOLL_SIM_SEEDS").unwrap_or_else(|_| SEEDS.to_owned());
    let plans = concat!(env!("CARGO_TARGET_TMPDIR"), "/sim");
    let said = run(&["--seeds", &seeds, "--plans", plans]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
}

#[test]
fn two_processes_play_the_same_worlds() {
    let traces = |jobs| {
        let said = run(&["--seeds", "6", "--jobs", jobs, "--json"]).ended(0).json();
        for field in FIELDS {
            assert!(!said[field].is_null(), "{field}");
        }
        said["traces"].as_object().unwrap().clone()
    };
    let (one, other) = (traces("1"), traces("2"));
    assert_eq!(one.len(), 6);
    assert_eq!(one, other);
    let replayed: Value = plimsoll(&["sim", "replay", "--seed", "3", "--json"]).ended(0).json();
    assert_eq!(replayed["trace_hash"], one["3"]);
}

/// A release build has none to plant, but for the one of `make mutants`, which plays the same worlds.
#[cfg(debug_assertions)]
#[test]
fn planted_defects_are_found_in_the_worlds_that_were_recorded() {
    let said = run_mutants(&["--recorded", "--json"]).ended(0).json();
    let total = said["total"].as_u64().unwrap();
    assert!(total >= 40 && said["caught"].as_u64() == Some(total), "{said}");
    let refused = run_mutants(&["--only", "nothing"]).ended(64);
    refused.complains(&["saw the defect `nothing`", "fill_twice"]);
}

#[cfg(debug_assertions)]
fn run_mutants(args: &[&str]) -> Said {
    plimsoll(&[&["sim", "mutants"], args].concat())
}
