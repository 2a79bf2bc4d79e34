//! Exhaustive small scope: a fixed script with one thing that goes wrong at each place in turn. Here a stated part of it, always the
//! same; `plimsoll sim scope` plays all of it.

use sim::world::{Aim, Line, Mark, Plan, Steps, Walked, run, script, script_of_steps};
#[cfg(debug_assertions)]
use types::defects::{Defect, plant};

/// Of the disk's operations every so manieth.
const EVERY_OPERATION: u64 = 11;
/// Of the messages every so manieth.
const EVERY_MESSAGE: u64 = 5;
/// Of the orders of steps every so manieth: a prime, so that it meets each place of the restart.
const EVERY_STEPS: u64 = 37;

/// Orders of steps in which what a life had sent overtakes the first order of the next one, where that does not keep quiet.
const OVERTAKEN: [&str; 8] = [
    "P1 C1 R P2 F2 F1 C2 P3 F3 C3",
    "R P1 F1 P2 F2 C1 P3 C3 C2 F3",
    "R P1 P2 F1 C1 F2 C2 P3 C3 F3",
    "P1 P2 R F1 P3 C1 F2 C3 F3 C2",
    "R P1 P2 F1 P3 C3 F3 C1 C2 F2",
    "P1 P2 R C2 F2 F1 P3 C1 F3 C3",
    "P1 P2 R F2 F1 C2 P3 C3 F3 C1",
    "R P1 P2 F2 P3 C1 C3 C2 F1 F3",
];

/// Walks lines; returns what came of each and prints it.
fn walk(lines: impl Iterator<Item = Line>) -> Vec<Walked> {
    let walked: Vec<Walked> = lines.map(|line| line.walk(|_| ())).collect();
    for line in &walked {
        #[expect(clippy::print_stdout, reason = "what was enumerated is shown")]
        {
            println!("{}: {} worlds, {} places", line.line, line.runs, line.places);
        }
    }
    let broken = walked.iter().flat_map(|line| &line.failed).next();
    if let Some(broken) = broken {
        let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/scope.toml");
        std::fs::write(path, broken.plan.to_toml()).expect("the folder is of this build");
        let (line, place, violations) = (&broken.line, broken.place, &broken.violations);
        panic!(
            "{line} at {place}: {violations:#?}\nagain   plimsoll sim replay --plan {path} --trace"
        );
    }
    walked
}

#[test]
fn the_script_enters_protects_leaves_and_starts_three_times() {
    let outcome = run(&script(), None).unwrap();
    assert_eq!(outcome.violations, []);
    let counts = &outcome.counts;
    let seen = (counts.lives, counts.orders >= 6, counts.fills >= 4, counts.entries >= 140);
    assert_eq!(seen, (3, true, true, true), "{counts:?}");
    assert_eq!(counts.aimed, None, "nothing is aimed at");
}

#[test]
fn a_plan_with_an_aim_is_read_as_it_was_written() {
    for line in Line::all(1, 1, 1) {
        let plan = line.plan_at(1).expect("every line has a first place");
        assert_eq!(Plan::from_toml(&plan.to_toml()), Ok(plan), "{}", line.name());
    }
}

#[test]
fn a_fault_at_each_operation_of_the_disk_breaks_nothing() {
    let lines = Line::all(EVERY_OPERATION, 1, 1);
    let walked = walk(lines.into_iter().filter(|line| line.is_disk() && !line.is_keys()));
    assert_eq!(walked.len(), 17);
    for line in walked {
        assert!(
            line.runs >= 25 && line.places > 400,
            "{} {} {}",
            line.line,
            line.runs,
            line.places
        );
    }
}

#[test]
fn a_fault_at_each_operation_of_the_disk_of_the_keys_breaks_nothing() {
    let lines = Line::all(EVERY_OPERATION, 1, 1);
    let walked = walk(lines.into_iter().filter(Line::is_keys));
    assert_eq!(walked.len(), 15);
    for line in walked {
        assert!(line.runs >= 2 && line.places > 100, "{} {} {}", line.line, line.runs, line.places);
    }
}

#[test]
fn each_message_lost_doubled_late_and_fatal_breaks_nothing() {
    let lines = Line::all(EVERY_MESSAGE, 1, 1);
    let walked = walk(lines.into_iter().filter(|line| !line.is_disk() && !line.is_steps()));
    assert_eq!(walked.len(), 25);
    for line in walked {
        assert!(line.runs >= 6 && line.places > 20, "{} {} {}", line.line, line.runs, line.places);
    }
}

/// Defects of orders in doubt, and the line on which each shows itself: that a reply is lost is told by the account's stream, and a
/// restart that forgets is mended by reconciliation, so that it takes one thing at an exact place to see them.
#[cfg(debug_assertions)]
const IN_DOUBT: [(Defect, &str); 4] = [
    (Defect::LostReplyIsNever, "reply-lostunheard-15000"),
    (Defect::TimeOutIsRejection, "reply-lostunheard-15000"),
    (Defect::RestartForgetsDoubt, "request-killedbefore"),
    (Defect::AttemptWithoutProof, "request-slow-8000"),
];

/// Only a debug build has defects to plant.
#[cfg(debug_assertions)]
#[test]
fn a_defect_that_needs_one_thing_at_an_exact_place_is_found() {
    for (defect, name) in IN_DOUBT {
        let line = Line::all(1, 1, 1).into_iter().find(|line| line.name() == name).unwrap();
        let holds = |plan: &Plan, planted| {
            plant(planted);
            let outcome = run(plan, None).unwrap();
            plant(None);
            outcome.violations.is_empty()
        };
        let mut plans = (1..60).filter_map(|place| line.plan_at(place));
        let found = plans.find(|plan| !holds(plan, Some(defect)));
        let found = found.unwrap_or_else(|| panic!("{name} does not find {}", defect.word()));
        assert!(holds(&found, None), "{name} is red without {}", defect.word());
    }
}

#[test]
fn three_entries_cancelled_filled_and_restarted_in_each_order_break_nothing() {
    let lines = Line::all(1, EVERY_STEPS, 1);
    let walked = walk(lines.into_iter().filter(Line::is_steps));
    let [line] = walked.as_slice() else { panic!("one line: {}", walked.len()) };
    assert_eq!((line.places, line.runs), (22_400, 22_400_u64.div_ceil(EVERY_STEPS)));
    // The rest cannot come about: a fill behind a cancellation, a cancellation behind a fill that was heard of.
    let (came, all) = line.steps;
    assert!(came * 100 >= all * 70, "{came} of {all} steps at their turn");
}

/// Orders of steps in which a hub that begins at once is overtaken by what the life before had sent.
#[test]
fn a_life_that_begins_at_once_behind_a_kill_is_not_overtaken() {
    let orders = Steps::all().into_iter().filter(|steps| {
        let text = String::from(steps.clone());
        OVERTAKEN.contains(&text.as_str())
    });
    let mut played = 0;
    for steps in orders {
        let plan = Plan { aims: vec![Aim::Steps { steps: steps.clone() }], ..script_of_steps() };
        let outcome = run(&plan, None).unwrap();
        assert_eq!(outcome.violations, [], "{steps:?}");
        assert!(outcome.marks.hits(Mark::KeptQuiet) > 0, "{steps:?}: nothing was waited for");
        played += 1;
    }
    assert_eq!(played, OVERTAKEN.len());
}
