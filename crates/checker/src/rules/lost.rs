//! `nothing_lost` (8): the journal verifies, and what the venue did to our orders is in it.

use types::entry::ReportEvent;

use super::Need;
use super::books::is_excused;
use super::judge::{About, Judge};
use crate::case::{Case, Sent};
use crate::ledger::{Event, OrderRow};

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    judge.count("entries", case.intents.len());
    if case.intents.aside > 0 {
        judge.count("entries_of_the_emergency_file", case.intents.aside);
    }
    for broken in &case.intents.broken {
        let about = broken.entry.map_or_else(About::default, About::entry);
        judge.find(about, &broken.seen, &broken.wanted);
    }
    for torn in &case.intents.torn {
        judge.remark(format_args!("the next opening repairs it: {torn}"));
    }
    if let Some(torn) = &case.ledger.torn {
        judge.remark(torn);
    }
    for (row, sent) in case.our_rows() {
        if !case.is_due(row.t) {
            judge.count("rows_after_the_end", 1);
        } else if is_excused(case, sent) {
            judge.count("rows_under_an_incident", 1);
        } else {
            judge.count("rows", 1);
            if let Some(wanted) = missing(row, sent) {
                let seen = format_args!("{} at the venue and in no entry", told(&row.event));
                judge.find(About::sent(sent).beside(Some(row)), seen, wanted);
            }
        }
    }
    Need::Some("entries")
}

/// Returns which report the journal should have of a row and does not.
fn missing(row: &OrderRow, sent: &Sent) -> Option<&'static str> {
    let any = |fits: &dyn Fn(&ReportEvent) -> bool| sent.heard.iter().any(|h| fits(&h.event));
    let alive = |event: &ReportEvent| {
        matches!(
            event,
            ReportEvent::Accepted
                | ReportEvent::Filled(_)
                | ReportEvent::Cancelled
                | ReportEvent::Expired
        )
    };
    match &row.event {
        Event::New => (!any(&alive)).then_some("a report that it was accepted"),
        Event::Trade { trade, .. } => {
            let told = sent.fills().any(|(_, fill)| fill.trade_id == *trade);
            (!told).then_some("a report of the fill")
        }
        Event::Cancelled(_) => {
            let ended = |event: &ReportEvent| *event == ReportEvent::Cancelled;
            (!any(&ended)).then_some("a report that it was cancelled")
        }
        Event::Expired(_) => {
            // What the venue turns away when its trigger is touched may be told as a rejection.
            let ended = |event: &ReportEvent| {
                matches!(event, ReportEvent::Expired | ReportEvent::Rejected(_))
            };
            (!any(&ended)).then_some("a report that it expired")
        }
        Event::Triggered | Event::Replaced(_) | Event::Prevented(_) => None,
    }
}

const fn told(event: &Event) -> &'static str {
    match event {
        Event::New => "accepted",
        Event::Triggered => "triggered",
        Event::Trade { .. } => "traded",
        Event::Cancelled(_) => "cancelled",
        Event::Replaced(_) => "amended",
        Event::Expired(_) => "expired",
        Event::Prevented(_) => "prevented",
    }
}
