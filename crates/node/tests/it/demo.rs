//! `plimsoll demo`: all that it claims holds, and it says no where something does not.

use std::fs;

use serde_json::Value;

use crate::judges;
use crate::support::{Folder, plimsoll};

#[test]
fn the_demo_shows_what_it_claims() {
    let folder = Folder::new();
    let kept = folder.path().join("kept");
    let kept = kept.to_str().unwrap();
    let said = plimsoll(&["demo", "--json", "--keep", kept]);
    let told: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"));
    assert_eq!((said.code, &told["holds"]), (0, &true.into()), "{told:#}");
    let steps = told["steps"].as_array().unwrap();
    let names: Vec<&Value> = steps.iter().map(|step| &step["step"]).collect();
    assert_eq!(names, told["wanted"].as_array().unwrap().iter().collect::<Vec<_>>());
    for step in steps {
        assert!(!step["claims"].as_array().unwrap().is_empty(), "{step:#}");
        assert!(step["evidence"].as_array().unwrap().len() >= 2, "{step:#}");
    }
    let figures = &steps[2]["figures"];
    assert_eq!(figures["unknown_found"], 1, "{figures}");
    assert_eq!((&figures["lost"], &figures["doubled"]), (&0.into(), &0.into()), "{figures}");
    assert!(told["seconds"].as_f64().unwrap() < 180.0, "within three minutes: {told:#}");
    // What is kept is a state that can be looked at and gone on with.
    let journal = format!("{kept}/state/journal");
    plimsoll(&["audit", "verify", &journal]).ended(0);
    let state = folder.path().join("kept/state");
    judges::agree("the_demo_shows_what_it_claims", &state.join("journal"), &state.join("ledger"));
    assert!(fs::exists(format!("{kept}/state/ledger/ledger-00000001.txt")).unwrap());
}

#[test]
fn the_demo_keeps_nothing_over_what_is_there() {
    let folder = Folder::new();
    let there = folder.path().to_str().unwrap();
    plimsoll(&["demo", "--keep", there]).ended(1).complains(&["not there yet"]);
}
