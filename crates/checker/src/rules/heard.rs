//! `heard_in_time`: what the venue did with an order of ours is in the journal within three rounds of reconciliation. Not counted
//! are times in which no hub ran or an outcome was unknown, and where a fault struck the time begins anew.

use types::entry::ReportEvent;

use super::Need;
use super::judge::{About, Judge};
use super::protected::Excluded;
use crate::case::{Case, Heard, Sent};
use crate::clock::seconds;
use crate::ledger::{Event, OrderRow};

/// How long it may take, in seconds at speed 1: three rounds of 60 s.
const HEARD_SECONDS: i64 = 180;

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    let excluded = Excluded::of(case);
    for (row, sent) in case.our_rows() {
        // What is in no entry at all is the business of `nothing_lost`.
        let Some(heard) = report_of(row, sent) else { continue };
        judge.count("rows", 1);
        let took = excluded.unaware(case, sent.request.symbol, row.t, heard.ts.max(row.t));
        let within = case.ledger.market_nanos(HEARD_SECONDS, row.t);
        judge.most("longest_ms", took / case.ledger.speed_at(row.t) / 1_000_000);
        judge.want(
            took <= within,
            About::sent(sent).at(heard.seq).beside(Some(row)),
            format_args!("{:?} heard of {} later", row.event, seconds(took)),
            format_args!("within {}", seconds(within)),
        );
    }
    Need::Some("rows")
}

/// Returns the first report that tells what a row says.
fn report_of<'a>(row: &OrderRow, sent: &'a Sent) -> Option<&'a Heard> {
    let first =
        |fits: &dyn Fn(&ReportEvent) -> bool| sent.heard.iter().find(|heard| fits(&heard.event));
    match &row.event {
        // Whatever happens to it later says that it was accepted.
        Event::New => first(&|event| match event {
            ReportEvent::Accepted
            | ReportEvent::Filled(_)
            | ReportEvent::Cancelled
            | ReportEvent::Expired => true,
            ReportEvent::Rejected(_) | ReportEvent::NeverAccepted | ReportEvent::CancelRejected => {
                false
            }
        }),
        Event::Trade { trade, .. } => first(&|event| match event {
            ReportEvent::Filled(fill) => fill.trade_id == *trade,
            ReportEvent::Accepted
            | ReportEvent::Rejected(_)
            | ReportEvent::Cancelled
            | ReportEvent::Expired
            | ReportEvent::NeverAccepted
            | ReportEvent::CancelRejected => false,
        }),
        Event::Cancelled(_) | Event::Expired(_) => first(&|event| match event {
            ReportEvent::Rejected(_)
            | ReportEvent::Cancelled
            | ReportEvent::Expired
            | ReportEvent::NeverAccepted => true,
            ReportEvent::Accepted | ReportEvent::Filled(_) | ReportEvent::CancelRejected => false,
        }),
        Event::Triggered | Event::Replaced(_) | Event::Prevented(_) => None,
    }
}
