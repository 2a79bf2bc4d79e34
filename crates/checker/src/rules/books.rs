//! `books_agree` (4): the fills and working orders of the journal are those of the venue.

use std::collections::BTreeMap;

use types::entry::ReportEvent;
use types::fill::{Fee, Fill};
use types::ids::OrderId;
use types::num::{Money, Price, Qty};

use super::Need;
use super::judge::{About, Judge};
use crate::case::{Case, Sent, total};
use crate::clock::seconds;
use crate::ledger::{Event, OrderRow};
use crate::purse::E8;

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    for sent in case.sent.values() {
        fills(case, sent, judge);
        working(case, sent, judge);
        ends(case, sent, judge);
    }
    stray(case, judge);
    Need::Some("orders")
}

/// What is reported is of an order that was commanded, unless retention may have dropped the command.
fn stray(case: &Case, judge: &mut Judge) {
    let thinned = case.intents.dropped > 0;
    let of_dropped = |order: OrderId| thinned && case.intents.kind_at(order.command.0).is_none();
    for (seq, report) in &case.stray {
        if report.order.is_some_and(of_dropped) {
            judge.count("reports_of_dropped_orders", 1);
            continue;
        }
        let what = match &report.event {
            ReportEvent::Filled(fill) => format!("a fill, trade {}, of", fill.trade_id),
            event @ (ReportEvent::Accepted
            | ReportEvent::Rejected(_)
            | ReportEvent::Cancelled
            | ReportEvent::Expired
            | ReportEvent::NeverAccepted
            | ReportEvent::CancelRejected) => format!("a report ({event:?}) of"),
        };
        judge.find(
            About::entry(*seq),
            format_args!("{what} an order that no command has"),
            "reports of what was commanded",
        );
    }
}

/// Each fill of the venue is in the journal once, as it was, and no other.
fn fills(case: &Case, sent: &Sent, judge: &mut Judge) {
    let mut theirs: BTreeMap<u64, &OrderRow> = BTreeMap::new();
    for row in case.rows_of(sent) {
        if let Event::Trade { trade, .. } = row.event {
            theirs.insert(trade, row);
        }
    }
    let mut ours: BTreeMap<u64, u64> = BTreeMap::new();
    for (seq, fill) in sent.fills() {
        judge.count("fills", 1);
        let about = About::sent(sent).at(seq);
        if let Some(first) = ours.insert(fill.trade_id, seq) {
            judge.find(
                about,
                format_args!("trade {} a second time, first in entry {first}", fill.trade_id),
                "each fill once",
            );
            continue;
        }
        match theirs.get(&fill.trade_id) {
            None => {
                let seen = format_args!("trade {}, which the venue does not have", fill.trade_id);
                judge.find(about, seen, "a fill of the ledger");
            }
            Some(row) => equal(case, fill, row, about.beside(Some(row)), judge),
        }
    }
    for (trade, row) in theirs.iter().filter(|(trade, _)| !ours.contains_key(trade)) {
        if is_excused(case, sent) {
            judge.count("fills_under_an_incident", 1);
        } else if case.is_due(row.t) {
            judge.find(
                About::sent(sent).beside(Some(row)),
                format_args!("trade {trade} of the venue in no entry"),
                "a report of it, or an open incident about the order",
            );
        } else {
            judge.count("fills_after_the_end", 1);
        }
    }
}

/// Both sides say the same of one fill.
fn equal(case: &Case, fill: &Fill, row: &OrderRow, about: About<'_>, judge: &mut Judge) {
    let Event::Trade { trade, price, qty, fee, fee_asset, .. } = row.event else { return };
    judge.want(
        fill.price.raw() == price && fill.qty.raw() == qty && fill.side == row.order.side,
        about,
        format_args!("trade {trade}: {} {} at {}", fill.side.name(), fill.qty, fill.price),
        format_args!(
            "{} {} at {} as the venue has it",
            row.order.side.name(),
            Qty::from_raw(qty),
            Price::from_raw(price)
        ),
    );
    let symbol = case.ledger.symbols.get(&row.order.symbol);
    let asset = case.ledger.assets.get(&fee_asset).map_or("?", String::as_str);
    let (wanted, ours) = match fill.fee {
        Fee::Base(qty) => (symbol.map(|s| s.base.as_str()), i128::from(qty.raw()) * E8),
        Fee::Quote(money) => (symbol.map(|s| s.quote.as_str()), money.raw()),
    };
    // A fee in a third asset changes no balance of our books.
    let third = symbol.is_some_and(|s| s.base != asset && s.quote != asset);
    let same = ours == fee && (fee == 0 || wanted == Some(asset));
    judge.want(
        same || (third && ours == 0),
        about,
        format_args!("trade {trade}: a fee of {:?}", fill.fee),
        format_args!("{} {asset} as the venue has it", Money::from_raw(fee)),
    );
}

/// What works at the venue works for us, and the other way round.
fn working(case: &Case, sent: &Sent, judge: &mut Judge) {
    let (end, ended) = (sent.end(), case.ended(sent));
    let accepted = case.accepted(sent);
    if let Some(row) = accepted {
        judge.count("orders", 1);
        if end.is_none() && ended.is_none() {
            judge.count("working", 1);
        }
        if let Some(end) = end
            && ended.is_none()
            && !is_excused(case, sent)
        {
            judge.find(
                About::sent(sent).at(end.seq).beside(Some(row)),
                "an order that has ended for us and works at the venue",
                "the venue's word, or an open incident about it",
            );
        }
    } else if sent.heard.iter().any(|heard| {
        use ReportEvent as R;
        matches!(heard.event, R::Accepted | R::Filled(_) | R::Cancelled | R::Expired)
    }) {
        judge.find(
            About::sent(sent),
            "reports of an order that the venue does not have",
            "an order of the ledger",
        );
    }
    if let (None, Some(ended)) = (end, ended)
        && case.is_due(ended.t)
        && !is_excused(case, sent)
    {
        judge.find(
            About::sent(sent).beside(Some(ended)),
            format_args!("{:?} at the venue and still open for us", ended.order.status),
            "a report of its end, or an open incident about it",
        );
    }
    let traded = total(sent.fills().map(|(_, fill)| fill.qty));
    judge.want(
        traded <= sent.request.qty,
        About::sent(sent),
        format_args!("{traded} filled"),
        format_args!("at most {}", sent.request.qty),
    );
}

/// What has ended for us had ended at the venue by then.
fn ends(case: &Case, sent: &Sent, judge: &mut Judge) {
    let told = |event: &ReportEvent| match event {
        ReportEvent::Cancelled | ReportEvent::Expired => true,
        ReportEvent::Accepted
        | ReportEvent::Filled(_)
        | ReportEvent::Rejected(_)
        | ReportEvent::NeverAccepted
        | ReportEvent::CancelRejected => false,
    };
    let (Some(end), Some(row)) = (sent.end().filter(|end| told(&end.event)), case.ended(sent))
    else {
        return;
    };
    judge.count("ends", 1);
    let early = row.t.saturating_sub(end.ts);
    // Clocks differ by wall time.
    let apart = case.tolerance.saturating_mul(case.ledger.speed_at(row.t));
    judge.want(
        early <= apart,
        About::sent(sent).at(end.seq).beside(Some(row)),
        format_args!("{:?} for us {} before it ended at the venue", end.event, seconds(early)),
        "the venue's word first",
    );
}

/// Returns whether an incident about the order is open: then it is known that the books do not agree.
pub(super) fn is_excused(case: &Case, sent: &Sent) -> bool {
    case.incidents_about(sent).next().is_some()
}
