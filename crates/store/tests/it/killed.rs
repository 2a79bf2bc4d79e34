//! `kill -9` of a process that follows a journal, in the middle of its steps.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use types::entry::{Incident, IncidentKind};
use types::side::Side;

use crate::support::{Desk, all, follower};

/// Holds the folder; without it the child has nothing to do.
const FOLDER: &str = "PLIMSOLL_STORE_FOLDER";

/// Rounds of one journal; `PLIMSOLL_KILLS` asks for more.
const ROUNDS: u64 = 12;

/// Entries that the child writes in one step: few, so that a kill comes between any two of them.
const STEP: u64 = 3;

/// Follows the folder it was told, step by step, until it is killed. A test that is run as such does nothing.
#[test]
#[expect(clippy::disallowed_methods, reason = "how a child is told what to do")]
fn child_that_follows() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let mut follower = follower(&folder.join("journal"), &folder.join("live.sqlite"));
    loop {
        let step = follower.step_of(STEP).unwrap();
        println!("step {}", step.seq);
        if !step.is_behind() {
            println!("done");
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a person may ask for more rounds")]
fn rows_survive_kill_9_of_who_makes_them() {
    let asked = std::env::var("PLIMSOLL_KILLS").ok().and_then(|rounds| rounds.parse().ok());
    let mut desk = Desk::new(1);
    let mut met = 0;
    for round in 0..asked.unwrap_or(ROUNDS) {
        for _ in 0..8 {
            desk.close_hour("100");
            let order = desk.place(Side::Buy, "0.1");
            desk.fill(order, Side::Buy, "0.1", "100");
            desk.incident(Incident::word(IncidentKind::VenueDown));
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::child_that_follows", "--nocapture"])
            .env(FOLDER, desk.journal_path().parent().unwrap())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // After another number of steps each time: a step or two later it is in the middle of one.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut steps = 0;
        while steps <= round % 7 {
            let line = lines.next().expect("it goes on until it is killed").unwrap();
            steps += u64::from(line.contains("step "));
            if line.contains("done") {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let reached = desk.follower("live.sqlite").store().seq().unwrap().0;
        met += u64::from(reached < desk.head());
    }
    assert!(met > ROUNDS / 3, "INVALID: {met} kills came before the end was reached");
    let mut survived = desk.follower("live.sqlite");
    while survived.step().unwrap().is_behind() {}
    let mut whole = desk.store();
    desk.follow(&mut whole).unwrap();
    assert_eq!(all(&whole), all(survived.store()));
}
