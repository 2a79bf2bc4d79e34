//! A clean story passes every rule; each defect planted in it is caught under its rule's name.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use checker::{Options, Report, Verdict, check};
use journal::disk::{Disk, RealDisk};
use types::entry::{ModeCause, OperatorAction, ReportEvent, SystemMode};
use types::ids::{Leg, OrderId};

use crate::planted::{DEFECTS, clean, unfilled};
use crate::rows::rules;
use crate::story::{ACCOUNT, Story, buy, qty, sale};

pub(crate) fn judged(story: &Story) -> Report {
    let folder = tempfile::tempdir().unwrap();
    story.write(folder.path());
    judged_at(folder.path())
}

pub(crate) fn judged_at(folder: &Path) -> Report {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder.join("journal")));
    check(&disk, &folder.join("ledger"), &Options::new(ACCOUNT)).unwrap()
}

pub(crate) fn verdict(report: &Report, rule: &str) -> Verdict {
    report.rules.iter().find(|seen| seen.rule == rule).unwrap().verdict
}

#[test]
fn a_clean_story_passes_every_rule() {
    let mut story = Story::new();
    clean(&mut story);
    story.end();
    let report = judged(&story);
    let not: Vec<_> = report.rules.iter().filter(|rule| rule.verdict != Verdict::Pass).collect();
    let names: Vec<_> = not.iter().map(|rule| (rule.rule, rule.verdict)).collect();
    let wanted = [
        ("one_authority", Verdict::NotApplicable),
        ("replay_equals_run", Verdict::NotJudged),
        ("safe_mode_released", Verdict::NotApplicable),
    ];
    assert_eq!(names, wanted, "{report}");
    assert_eq!(report.verdict, Verdict::Pass);
    assert_eq!(report.venue_account, Some(1));
}

#[test]
fn nothing_to_judge_is_no_pass() {
    let mut story = Story::new();
    story.end();
    let report = judged(&story);
    assert_eq!(report.verdict, Verdict::Inconclusive, "{report}");
    for rule in ["cause_before_effect", "intent_once", "books_agree", "load_line", "protected"] {
        assert_eq!(verdict(&report, rule), Verdict::Inconclusive, "{rule}");
    }
}

#[test]
fn each_planted_defect_is_caught_by_name() {
    for (what, tell, wanted) in DEFECTS {
        let mut story = Story::new();
        tell(&mut story);
        story.end();
        let report = judged(&story);
        let failed = report.rules.iter().filter(|rule| rule.verdict == Verdict::Fail);
        let failed: BTreeSet<&str> = failed.map(|rule| rule.rule).collect();
        assert_eq!(failed, wanted.iter().copied().collect(), "{what}\n{report}");
        assert_eq!(report.verdict, Verdict::Fail, "{what}");
    }
}

/// A fill of which the hub hears so much later, and whose stop is accepted so much after that, in milliseconds.
fn filled_and_protected_after(s: &mut Story, heard: i64, protected: i64) {
    let (_, _, filled) = s.bought(heard);
    s.pass(protected);
    s.protect(filled, "0.999", "90");
}

#[test]
fn the_line_itself_holds() {
    for (what, tell) in [
        ("a second without a stop", (|s| filled_and_protected_after(s, 0, 995)) as fn(&mut Story)),
        ("bars of twice their length", |s| {
            s.pass(1_800_000);
            unfilled(s, buy("1", "100"));
        }),
        ("the largest order, at the end of the collar", |s| unfilled(s, buy("1.96078", "102"))),
        ("an entry on its way when SAFE_MODE came", |s| {
            let (order, request) = s.sent();
            s.mode(SystemMode::SafeMode, ModeCause::Operator, None);
            s.works(order, &request);
            s.ends(order, "EXPIRED");
        }),
        ("a release after the latch", |s| {
            clean(s);
            s.mode(SystemMode::SafeMode, ModeCause::DailyDrawdown, Some(1_000));
            s.pass(1_000);
            s.operator(OperatorAction::Release);
            s.mode(SystemMode::Running, ModeCause::Operator, None);
        }),
        ("a later attempt behind its proof", |s| {
            let (decision, request) = (s.decide("1", "101", "90"), buy("1", "101"));
            let first = s.command(Leg::Main, decision, request);
            s.pass(14_000);
            s.report(first, ReportEvent::NeverAccepted);
            let second = s.command_as(OrderId { attempt: 1, ..first }, decision, request);
            s.works(second, &request);
            s.ends(second, "EXPIRED");
        }),
        ("dust after a first fill below the smallest order", |s| {
            s.rows.row(
                s.now,
                &format!(
                    r#"{{"symbol":{{"symbol":0,"name":"BTCUSDT","rules":{}}}}}"#,
                    rules(10_000_000)
                ),
            );
            let (order, request) = s.sent();
            s.works(order, &request);
            let fill = s.trade(order, &request, "0.05", "100");
            s.report(order, ReportEvent::Filled(fill));
            s.ends(order, "EXPIRED");
            assert_eq!(qty("0.05"), fill.qty);
        }),
        ("a market that leaps ten minutes and waits for the hub", |s| {
            s.rows.row(s.now, r#"{"control":{"what":"speed max"}}"#);
            filled_and_protected_after(s, 600_000, 0);
        }),
        ("a market that runs 900 times as fast", |s| {
            s.rows.row(s.now, r#"{"control":{"what":"speed 900"}}"#);
            filled_and_protected_after(s, 450_000, 445_000);
            s.pass(4_500_000);
        }),
        ("a fault 900 ms after a fill, and its stop 900 ms later", |s| {
            let (_, _, filled) = s.bought(900);
            s.rows.row(s.now, r#"{"fault":{}}"#);
            s.pass(895);
            s.protect(filled, "0.999", "90");
        }),
        ("a sale at once in the stead of a stop", |s| {
            let (_, _, filled) = s.bought(0);
            let order = s.command(Leg::Main, filled, sale("0.999"));
            s.works(order, &sale("0.999"));
            let fill = s.trade(order, &sale("0.999"), "0.999", "99");
            s.report(order, ReportEvent::Filled(fill));
        }),
        ("no hub between a fill and its stop", |s| {
            let (order, request) = s.sent();
            s.works(order, &request);
            let fill = s.trade(order, &request, "1", "100");
            s.pass(30_000);
            s.mode(SystemMode::Initializing, ModeCause::Started, None);
            s.pass(1_500);
            let filled = s.report(order, ReportEvent::Filled(fill));
            s.mode(SystemMode::Running, ModeCause::Started, None);
            s.protect(filled, "0.999", "90");
        }),
    ] {
        let mut story = Story::new();
        tell(&mut story);
        story.end();
        let report = judged(&story);
        assert_ne!(report.verdict, Verdict::Fail, "{what}\n{report}");
    }
}
