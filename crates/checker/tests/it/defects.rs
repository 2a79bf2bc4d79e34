//! A clean story passes every rule; each defect planted in it is caught under its rule's name.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use checker::{Options, Report, Verdict, check};
use journal::disk::{Disk, RealDisk};
use types::bar::Bar;
use types::entry::{
    Body, Incident, IncidentKind, IncidentOver, ModeCause, OperatorAction, ReportEvent, SystemMode,
};
use types::fill::{Fee, Fill};
use types::ids::{Asset, Leg, OrderId};
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price, Qty};
use types::order::OrderRequest;
use types::side::Side;

use crate::planted::{
    adopted, adopted_to_dust, blank, bought_by_another, clean, defects, drawn_down, granted,
    unfilled, with_limits,
};
use crate::rows::rules;
use crate::story::{ACCOUNT, BTCUSDT, Story, buy, name, qty, sale};

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
        ("difference_real", Verdict::NotApplicable),
        ("safe_mode_released", Verdict::NotApplicable),
        ("drawdown_measured", Verdict::NotApplicable),
    ];
    assert_eq!(names, wanted, "{report}");
    assert_eq!(report.verdict, Verdict::Pass);
    assert_eq!(report.venue_account, Some(1));
}

#[test]
fn what_a_person_adopted_holds() {
    for tell in [adopted, adopted_to_dust] {
        let mut story = Story::new();
        tell(&mut story);
        story.end();
        let report = judged(&story);
        let mut failed = report.rules.iter().filter(|rule| rule.verdict == Verdict::Fail);
        assert!(failed.next().is_none(), "{report}");
        assert_eq!(verdict(&report, "money_conserved"), Verdict::Pass, "{report}");
    }
}

#[test]
fn what_somebody_else_traded_is_a_difference() {
    let mut story = Story::new();
    bought_by_another(&mut story);
    story.end();
    let report = judged(&story);
    let failed: Vec<_> = report.rules.iter().filter(|rule| rule.verdict == Verdict::Fail).collect();
    assert!(failed.is_empty(), "{report}");
    assert_eq!(verdict(&report, "difference_real"), Verdict::Pass, "{report}");
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
    let mut other = Vec::new();
    for (what, tell, wanted) in defects() {
        let mut story = Story::new();
        tell(&mut story);
        story.end();
        let report = judged(&story);
        let failed = report.rules.iter().filter(|rule| rule.verdict == Verdict::Fail);
        let failed: BTreeSet<&str> = failed.map(|rule| rule.rule).collect();
        let wanted: BTreeSet<&str> = wanted.iter().copied().collect();
        if failed != wanted || report.verdict != Verdict::Fail {
            other.push(format!("{what}: saw {failed:?}, wanted {wanted:?}\n{report}"));
        }
    }
    assert!(other.is_empty(), "{}", other.join("\n"));
}

#[test]
fn every_rule_has_a_planted_defect() {
    let mut story = Story::new();
    clean(&mut story);
    story.end();
    let report = judged(&story);
    let here = report.rules.iter().filter(|rule| rule.verdict != Verdict::NotJudged);
    let planted: BTreeSet<&str> =
        defects().flat_map(|(_, _, rules)| rules.iter().copied()).collect();
    let without: Vec<&str> =
        here.map(|rule| rule.rule).filter(|rule| !planted.contains(rule)).collect();
    assert_eq!(without, [""; 0], "rules that no planted defect fails");
}

#[test]
fn what_nobody_said_is_covered_by_nothing() {
    let mut story = Story::new();
    blank(&mut story, |body| matches!(body, Body::Flow { .. } | Body::Baseline { .. }));
    clean(&mut story);
    story.end();
    let report = judged(&story);
    assert_eq!(verdict(&report, "money_conserved"), Verdict::Inconclusive, "{report}");
}

#[test]
fn what_was_lost_and_a_symbol_that_is_open_again_hold() {
    let mut story = Story::new();
    let halted = Incident::word(IncidentKind::SymbolHalted).of_symbol(BTCUSDT);
    let incident = story.say(Body::Incident(halted));
    story.say(Body::IncidentOver(IncidentOver { incident, by_itself: true }));
    let position = story.open();
    story.pass(60_000);
    // 0.999 of a coin bought at 100 with 1,000 is worth 0 now: a tenth is lost.
    story.say(Body::Mark { symbol: BTCUSDT, price: Price::STEP });
    drawn_down(&mut story);
    story.close(&position, "90");
    story.end();
    let report = judged(&story);
    for rule in ["symbol_open", "drawdown_measured"] {
        assert_eq!(verdict(&report, rule), Verdict::Pass, "{report}");
    }
}

/// Every number of a file at the end of what fits: a verdict, and no panic.
#[test]
fn the_largest_numbers_of_files_are_judged() {
    let (qty, price) = (Qty::from_raw(i64::MAX), Price::from_raw(i64::MAX));
    for amount in [i128::MAX, i128::MIN] {
        for sign in [1, -1] {
            let mut story = Story::new();
            let position = story.open();
            story.rows.row(story.now, r#"{"control":{"what":"speed 4294967295"}}"#);
            for _ in 0..3 {
                story.say(Body::Flow { amount: Money::from_raw(amount) });
                let asset = Asset::new("USDT").unwrap();
                story.say(Body::Baseline { asset, amount: Money::from_raw(amount) });
                let fee = Fee::Quote(Money::from_raw(amount));
                let fill = Fill { qty, price, fee, ..position.fill };
                story.report(position.order, ReportEvent::Filled(fill));
                let (q, p) = (Qty::from_raw(sign * qty.raw()), Price::from_raw(-price.raw()));
                let fill = Fill { qty: q, price: p, side: Side::Sell, ..fill };
                story.report(position.stop, ReportEvent::Filled(fill));
                let (symbol, price) = (BTCUSDT, Price::from_raw(sign * i64::MAX));
                story.say(Body::Mark { symbol, price });
                let request = OrderRequest { qty, ..buy("1", "100") };
                let decision = story.decide("1", "101", "90");
                story.command(Leg::Main, decision, request);
                story.rows.flow_alone(story.now, 1, amount);
                let what = format!(
                    r#"{{"balances":{{"account":1,"balances":[[1,{{"free":{amount},"locked":{amount}}}]]}}}}"#
                );
                story.rows.row(story.now, &what);
            }
            let at = TsNanos::from_nanos(i64::try_from(amount.signum()).unwrap() * i64::MAX);
            let (open, high) = (price, price);
            let bar = Bar { open_time: at, open, high, low: open, close: open, volume: None };
            story.say(Body::Bar { symbol: BTCUSDT, timeframe: Timeframe::M15, bar });
            unfilled(&mut story, buy("1", "100"));
            story.rows.row(i64::MAX, r#"{"time":{}}"#);
            story.end();
            let report = judged(&story);
            assert_eq!(report.verdict, Verdict::Fail, "{report}");
            assert_eq!(verdict(&report, "money_conserved"), Verdict::Fail, "{report}");
        }
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
        ("an end that is heard of after three minutes", |s| {
            let (order, request) = s.sent();
            s.works(order, &request);
            s.rows.end(s.now, &name(order), "EXPIRED");
            s.pass(180_000);
            s.report(order, ReportEvent::Expired);
        }),
        ("bars of twice their length", |s| {
            s.pass(1_800_000);
            unfilled(s, buy("1", "100"));
        }),
        ("the largest order, at the end of the collar", |s| unfilled(s, buy("1.96078", "102"))),
        ("limits raised as far as was granted", |s| {
            clean(s);
            granted(s, 4, 4);
            with_limits(s, |limits| limits.open_orders = 4);
        }),
        ("a bar that closes within what the clocks may differ", |s| {
            s.pass(1_000);
            s.bar("100");
            s.now -= 1_000_000_000;
            for entry in s.entries.iter_mut().rev().take(1) {
                entry.ts = TsNanos::from_nanos(s.now);
            }
            unfilled(s, buy("1", "100"));
        }),
        ("an entry on its way when SAFE_MODE came", |s| {
            let (order, request) = s.sent();
            s.mode(SystemMode::SafeMode, ModeCause::Operator, None);
            s.works(order, &request);
            s.ends(order, "EXPIRED");
        }),
        ("an order on its way when its hub was succeeded", |s| {
            let (order, request) = s.sent();
            s.succeed();
            s.pass(12_990);
            s.works(order, &request);
            unfilled(s, buy("1", "101"));
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
        ("new rules of which the hub hears half a minute later", |s| {
            s.rules_change();
            let (_, _, filled) = s.bought(0);
            s.pass(30_000);
            s.rules_heard();
            s.pass(900);
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
