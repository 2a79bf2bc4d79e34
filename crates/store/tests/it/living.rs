//! Followers beside a journal that is being written.

use proptest::prelude::*;
use store::Store;
use types::entry::{Body, Incident, IncidentKind, ReportEvent};
use types::ids::SymbolId;
use types::side::Side;

use crate::support::{Desk, HOUR, all, money};

#[test]
fn a_step_brings_what_is_new_and_no_step_is_needed_without() {
    let mut desk = Desk::new(1);
    desk.close_hour("100");
    let mut follower = desk.follower("live.sqlite");
    let step = follower.step().unwrap();
    assert_eq!((step.seq.0, step.entries, step.is_behind()), (desk.head(), desk.head(), false));
    let step = follower.step().unwrap();
    assert_eq!((step.seq.0, step.entries), (desk.head(), 0));
    desk.say(Body::Flow { amount: money("5") });
    assert_eq!(follower.step().unwrap().entries, 1);
}

#[test]
fn steps_are_bounded_and_say_that_they_are_behind() {
    let mut desk = Desk::new(1);
    for _ in 0..5 {
        desk.close_hour("100");
    }
    let mut follower = desk.follower("live.sqlite");
    let step = follower.step_of(4).unwrap();
    assert_eq!((step.seq.0, step.entries, step.is_behind()), (4, 4, true));
    while follower.step_of(4).unwrap().is_behind() {}
    assert_eq!(follower.store().seq().unwrap().0, desk.head());
}

#[test]
fn a_follower_may_be_there_before_its_journal() {
    let desk = Desk::new(1);
    let mut early =
        crate::support::follower(&desk.folder_for("later"), &desk.folder_for("early.sqlite"));
    let step = early.step().unwrap();
    assert_eq!((step.seq.0, step.entries, step.busy), (0, 0, false));
    std::fs::rename(desk.journal_path(), desk.folder_for("later")).unwrap();
    assert_eq!(early.step().unwrap().seq.0, desk.head());
}

/// `plimsoll export` beside a running system: both follow into one file.
#[test]
fn two_followers_of_one_file_make_the_rows_once() {
    let mut desk = Desk::new(1);
    let mut one = desk.follower("live.sqlite");
    let mut other = desk.follower("live.sqlite");
    for round in 0..6 {
        desk.close_hour("100");
        let order = desk.place(Side::Buy, "1");
        desk.fill(order, Side::Buy, "1", "100");
        let (first, second) =
            if round % 2 == 0 { (&mut one, &mut other) } else { (&mut other, &mut one) };
        assert!(first.step().unwrap().entries > 0);
        let step = second.step().unwrap();
        assert_eq!((step.entries, step.seq.0, step.rebuilt), (0, desk.head(), false));
    }
    let mut whole = desk.store();
    desk.follow(&mut whole).unwrap();
    assert_eq!(all(&whole), all(one.store()));
}

#[test]
fn a_file_that_somebody_else_writes_is_left_for_the_next_step() {
    let mut desk = Desk::new(1);
    let mut follower = desk.follower("live.sqlite");
    follower.step().unwrap();
    desk.say(Body::Flow { amount: money("5") });
    let other = rusqlite::Connection::open(desk.folder_for("live.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let step = follower.step().unwrap();
    assert_eq!((step.busy, step.entries, step.seq.0), (true, 0, desk.head() - 1));
    other.execute_batch("ROLLBACK").unwrap();
    let step = follower.step().unwrap();
    assert_eq!((step.busy, step.entries), (false, 1));
}

/// What fails in the middle of a step leaves the rows of the step before, and the next one begins from there.
#[test]
fn a_step_that_fails_changes_nothing_and_is_made_again() {
    let mut desk = Desk::new(1);
    let mut follower = desk.follower("live.sqlite");
    follower.step().unwrap();
    let before = all(follower.store());
    desk.close_hour("100");
    let order = desk.place(Side::Buy, "1");
    let fill = desk.fill(order, Side::Buy, "1", "100");
    desk.close_hour("100");
    // A row that is in the way of the fill's.
    let other = rusqlite::Connection::open(desk.folder_for("live.sqlite")).unwrap();
    let in_the_way = "INSERT INTO fills VALUES
        (?1, '', 'X', 'buy', 1.0, 1.0, 1.0, 0.0, 'X', 0.0, 'maker', 1, NULL, NULL, NULL)";
    other.execute(in_the_way, [fill.cast_signed()]).unwrap();
    follower.step().unwrap_err();
    follower.step().unwrap_err();
    other.execute("DELETE FROM fills", []).unwrap();
    assert_eq!(all(follower.store()), before, "nothing of the step is there");
    follower.step().unwrap();
    let mut whole = desk.store();
    desk.follow(&mut whole).unwrap();
    assert_eq!(all(&whole), all(follower.store()));
}

/// A commit that was read and then lost by a power cut: the same places hold other entries, of a later term.
#[test]
fn entries_that_the_journal_lost_leave_no_rows() {
    let mut desk = Desk::new(1);
    desk.close_hour("100");
    let kept = desk.folder_for("kept");
    copy(&desk.journal_path(), &kept);
    desk.say(Body::Flow { amount: money("111") });
    desk.say(Body::Flow { amount: money("222") });
    let mut follower = desk.follower("live.sqlite");
    follower.step().unwrap();
    drop(follower);
    // The folder stays, its files are those of before.
    let files = std::fs::read_dir(kept.join("segments")).unwrap();
    for file in files.map(|file| file.unwrap()) {
        std::fs::copy(file.path(), desk.journal_path().join("segments").join(file.file_name()))
            .unwrap();
    }
    let mut desk = desk.reopen();
    while desk.head() < 10 {
        desk.say(Body::Flow { amount: money("7") });
    }
    let mut follower = desk.follower("live.sqlite");
    assert!(follower.step().unwrap().rebuilt);
    let flows = crate::support::csv(follower.store(), store::Table::Flows);
    assert!(!flows.contains("111") && flows.contains(",7,"), "{flows}");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap().map(|file| file.unwrap()) {
        let target = to.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            copy(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), target).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(48), ..ProptestConfig::default() })]

    /// Followed step by step while it grows, by followers that end at any time and come again, over restarts of the
    /// writer: the rows are those of one made at the end.
    #[test]
    fn followed_is_rebuilt(script in prop::collection::vec((0_u8..8, 0_u64..9, any::<bool>()), 1..14)) {
        let mut desk = Desk::new(1);
        let mut follower = desk.follower("live.sqlite");
        let mut open = Vec::new();
        for (what, step, ends) in script {
            match what {
                0 => desk.close_hour("100"),
                1 => desk.pass(30 * HOUR),
                2 => {
                    let order = desk.place(Side::Buy, "1");
                    desk.report(order, ReportEvent::Accepted);
                    desk.fill(order, Side::Buy, "0.4", "99.5");
                }
                3 => open.push(desk.incident(Incident::word(IncidentKind::VenueDown))),
                4 => open.push(desk.incident(Incident::word(IncidentKind::StaleStream).of_symbol(SymbolId(1)))),
                5 => {
                    if let Some(incident) = open.pop() {
                        desk.over(incident, true);
                    }
                }
                6 => {
                    desk.over(1, false);
                }
                _ => desk = desk.reopen(),
            }
            if step > 0 {
                follower.step_of(step).unwrap();
            }
            if ends {
                follower = desk.follower("live.sqlite");
            }
        }
        while follower.step().unwrap().is_behind() {}
        let mut whole = desk.store();
        desk.follow(&mut whole).unwrap();
        prop_assert_eq!(all(&whole), all(follower.store()));
        let looked_at = Store::open_read_only(&desk.folder_for("live.sqlite")).unwrap();
        prop_assert_eq!(all(&whole), all(&looked_at));
    }
}
