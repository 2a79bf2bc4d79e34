//! `plimsoll run` in real processes: it trades a venue of its own, stops in good order, and goes on where it was.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal};
use serde_json::Value;

use crate::support::{Folder, plimsoll};

/// Starts a run whose events are read.
fn start(state: &Path, more: &[&str]) -> (Child, impl Iterator<Item = Value> + use<>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["run", "--json", "--state"])
        .arg(state)
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let events = lines.map(|line| {
        let line = line.unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    });
    (child, events)
}

fn signal(child: &Child, signal: Signal) {
    rustix::process::kill_process(Pid::from_child(child), signal).unwrap();
}

fn wait_for(events: &mut impl Iterator<Item = Value>, wanted: impl Fn(&Value) -> bool) -> Value {
    events.find(|event| wanted(event)).expect("the run says so before it ends")
}

fn is(name: &'static str) -> impl Fn(&Value) -> bool {
    move |event| event["event"] == name
}

fn stop(mut child: Child) {
    signal(&child, Signal::TERM);
    assert_eq!(child.wait().unwrap().code(), Some(0), "stopped in good order");
}

fn entries(state: &Path) -> u64 {
    let journal = state.join("journal").display().to_string();
    let verified = plimsoll(&["audit", "verify", &journal, "--json"]).ended(0).json();
    verified["entries"].as_u64().unwrap_or_else(|| panic!("{verified}"))
}

#[test]
fn a_run_stops_in_good_order_and_goes_on_where_it_was() {
    let folder = Folder::new();
    let state = folder.path().join("state");
    let (child, mut events) = start(&state, &["--seed", "3"]);
    let ready = wait_for(&mut events, is("ready"));
    assert_eq!(ready["simulated"], true, "{ready}");
    wait_for(&mut events, |event| event["event"] == "mode" && event["mode"] == "running");
    let instant = wait_for(&mut events, is("instant"));

    // One process at a time, and no secret where others can read it.
    let shown = state.display().to_string();
    plimsoll(&["run", "--state", &shown]).ended(78).complains(&["another plimsoll", "--take-over"]);
    let venue = ready["venue"]["pid"].as_u64().unwrap();
    let accounts = fs::read_to_string(state.join("venue.accounts")).unwrap();
    let secret = accounts.split(':').nth(1).unwrap();
    let arguments = fs::read_to_string(format!("/proc/{venue}/cmdline"));
    assert!(
        arguments.is_ok_and(|arguments| !arguments.contains(secret)),
        "a secret on a command line"
    );

    stop(child);
    assert!(!state.join("venue.json").exists(), "the venue is gone");
    let first = entries(&state);
    let ledger = state.join("ledger").display().to_string();
    plimsoll(&["venue", "ledger", &ledger]).ended(0);

    let (child, mut events) = start(&state, &[]);
    wait_for(&mut events, |event| event["event"] == "mode" && event["mode"] == "running");
    let later = wait_for(&mut events, is("instant"));
    assert!(later["at"].as_i64() > instant["at"].as_i64(), "{instant} {later}");
    stop(child);
    assert!(entries(&state) > first);
}

#[test]
fn a_venue_outlives_a_killed_run_and_is_found_again() {
    let folder = Folder::new();
    let state = folder.path().join("state");
    let (mut child, mut events) = start(&state, &[]);
    let ready = wait_for(&mut events, is("ready"));
    wait_for(&mut events, is("instant"));
    child.kill().unwrap();
    child.wait().unwrap();
    let (child, mut events) = start(&state, &[]);
    let again = wait_for(&mut events, is("ready"));
    assert_eq!(ready["venue"], again["venue"], "the same process");
    wait_for(&mut events, |event| event["event"] == "mode" && event["mode"] == "running");
    stop(child);
    entries(&state);
}

#[test]
fn a_share_is_no_capital_at_a_simulated_venue() {
    let folder = Folder::new();
    let config = folder.write("share.toml", "[run]\ncapital = \"50%\"\nsymbols = [\"BTCUSDT\"]\n");
    let state = folder.path().join("state").display().to_string();
    plimsoll(&["run", "--state", &state, "--config", &config])
        .ended(78)
        .complains(&["run.capital is 50%", "write an amount"]);
}
