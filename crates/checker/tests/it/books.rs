//! What is known not to agree, because an incident says so, is no finding.

use checker::Verdict;
use types::entry::{Body, Incident, IncidentKind, IncidentOver};
use types::ids::{Leg, OrderId, Seq};
use types::num::Money;

use crate::defects::{judged, verdict};
use crate::story::{BTCUSDT, Story, buy, name};

fn incident(story: &mut Story, kind: IncidentKind, order: Option<OrderId>) -> Seq {
    let incident = Incident::new(kind, Money::ZERO, Money::ZERO);
    story.say(Body::Incident(Incident { symbol: Some(BTCUSDT), order, ..incident }))
}

#[test]
fn an_open_incident_excuses_and_one_that_is_over_does_not() {
    for over in [false, true] {
        let mut story = Story::new();
        let position = story.open();
        story.close(&position, "90");
        // The fill of the stop is not told.
        story.entries.pop();
        let opened = incident(&mut story, IncidentKind::FillsMissing, Some(position.stop));
        if over {
            story.say(Body::IncidentOver(IncidentOver { incident: opened, by_itself: true }));
        }
        story.end();
        let report = judged(&story);
        let wanted = if over { Verdict::Fail } else { Verdict::Pass };
        assert_eq!(verdict(&report, "books_agree"), wanted, "{report}");
        assert_eq!(verdict(&report, "nothing_lost"), wanted, "{report}");
    }
}

#[test]
fn an_unknown_outcome_is_known_by_its_incident() {
    for told in [true, false] {
        let mut story = Story::new();
        let decision = story.decide("1", "101", "90");
        let order = story.command(Leg::Main, decision, buy("1", "101"));
        if told {
            incident(&mut story, IncidentKind::OutcomeUnknown, Some(order));
        }
        story.end();
        let report = judged(&story);
        let wanted = if told { Verdict::Pass } else { Verdict::Fail };
        assert_eq!(verdict(&report, "orders_settled"), wanted, "{report}");
    }
}

#[test]
fn a_balance_that_is_short_is_known_by_its_incident() {
    for told in [true, false] {
        let mut story = Story::new();
        story.open();
        story.rows.flow(story.now, 0, -15_000_000_000_000_000);
        if told {
            incident(&mut story, IncidentKind::BalanceShort, None);
        }
        story.pass(600_000);
        story.end();
        let report = judged(&story);
        let wanted = if told { Verdict::Pass } else { Verdict::Fail };
        assert_eq!(verdict(&report, "money_conserved"), wanted, "{report}");
    }
}

#[test]
fn what_the_venue_did_at_the_very_end_need_not_be_heard() {
    let mut story = Story::new();
    let position = story.open();
    story.end();
    story.rows.end(story.now, &name(position.stop), "CANCELLED");
    let report = judged(&story);
    assert_ne!(report.verdict, Verdict::Fail, "{report}");
    let lost = report.rules.iter().find(|rule| rule.rule == "nothing_lost").unwrap();
    assert_eq!(lost.evidence["rows_after_the_end"], 1);
}

#[test]
fn another_account_makes_other_names() {
    let mut story = Story::new();
    let position = story.open();
    story.end();
    let folder = tempfile::tempdir().unwrap();
    story.write(folder.path());
    let disk: std::sync::Arc<dyn journal::disk::Disk> =
        std::sync::Arc::new(journal::disk::RealDisk::new(folder.path().join("journal")));
    let options = checker::Options::new("other");
    let report = checker::check(&disk, &folder.path().join("ledger"), &options).unwrap();
    assert_eq!(verdict(&report, "cause_before_effect"), Verdict::Fail);
    assert!(report.to_string().contains("--account"), "{report}");
    assert!(report.to_string().contains(&name(position.order)), "{report}");
}
