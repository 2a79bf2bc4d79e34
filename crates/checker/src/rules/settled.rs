//! `orders_settled`: at the end every command is terminal, known to work at the venue, or an incident says that it is unknown.

use types::entry::{IncidentKind, ReportEvent};

use super::Need;
use super::judge::{About, Judge};
use crate::case::Case;

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    for sent in case.sent.values() {
        judge.count("commands", 1);
        if sent.end().is_some() {
            judge.count("ended", 1);
            continue;
        }
        let known = sent
            .heard
            .iter()
            .any(|heard| matches!(heard.event, ReportEvent::Accepted | ReportEvent::Filled(_)));
        let doubted = case.incidents_about(sent).any(|incident| {
            matches!(
                incident.kind,
                IncidentKind::OutcomeUnknown | IncidentKind::OrderLost | IncidentKind::FillsMissing
            )
        });
        if known {
            judge.count("working", 1);
        } else if doubted {
            judge.count("unknown_under_an_incident", 1);
        } else if case.is_due(sent.ts) {
            judge.find(
                About::sent(sent).beside(case.accepted(sent)),
                "a command of which nothing was ever heard",
                "its end, its acceptance, or an open incident that says that it is unknown",
            );
        } else {
            judge.count("under_way_at_the_end", 1);
        }
    }
    Need::Some("commands")
}
