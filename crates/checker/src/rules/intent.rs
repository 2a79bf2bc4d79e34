//! `intent_once` (3): one command and leg lead to at most one accepted order, and an attempt follows only behind the proof
//! that the one before it was never accepted.

use std::collections::BTreeMap;

use types::entry::ReportEvent;
use types::ids::{Leg, OrderId, Seq};

use super::Need;
use super::judge::{About, Judge};
use crate::case::{Case, Heard, Sent};

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    let mut accepted: BTreeMap<(Seq, Leg), Vec<&Sent>> = BTreeMap::new();
    for sent in case.sent.values() {
        judge.count("commands", 1);
        judge.count("orders", sent.venue.len() as u64);
        for (place, more) in sent.venue.iter().enumerate().skip(1) {
            let row = case.rows(&case.venue[*more]).next();
            judge.find(
                About::sent(sent).beside(row),
                format_args!("accepted {} times under one name", place + 1),
                "once",
            );
        }
        let of_leg = accepted.entry((sent.id.command, sent.id.leg)).or_default();
        of_leg.extend((!sent.venue.is_empty()).then_some(sent));
        attempt(case, sent, judge);
        never(case, sent, judge);
    }
    for orders in accepted.into_values().filter(|orders| orders.len() > 1) {
        let names: Vec<&str> = orders.iter().map(|sent| sent.client_id.as_str()).collect();
        let (last, row) = (orders[orders.len() - 1], case.accepted(orders[orders.len() - 1]));
        judge.find(
            About::sent(last).beside(row),
            format_args!("{} attempts accepted: {}", orders.len(), names.join(", ")),
            "at most one",
        );
    }
    for (seq, order) in &case.repeated {
        judge.find(
            About::entry(*seq),
            format_args!("a second command for {}", shown(*order)),
            "a new name for each order",
        );
    }
    let accounts = case.accounts();
    judge.want(
        accounts.len() <= 1,
        About::default(),
        format_args!("orders of ours on accounts {accounts:?} of the venue"),
        "on one",
    );
    Need::Some("orders")
}

/// A first attempt has its own place; a later one follows a proof.
fn attempt(case: &Case, sent: &Sent, judge: &mut Judge) {
    let Some(before) = sent.id.attempt.checked_sub(1) else {
        judge.want(
            sent.id.command.0 == sent.seq,
            About::sent(sent),
            format_args!("a first attempt under the place {}", sent.id.command.0),
            "its own",
        );
        return;
    };
    judge.count("later_attempts", 1);
    let earlier = OrderId { attempt: before, ..sent.id };
    let Some(earlier) = case.sent.get(&earlier) else {
        let seen = format_args!("attempt {} without attempt {before}", sent.id.attempt);
        judge.find(About::sent(sent), seen, "attempts in order");
        return;
    };
    let proof = earlier.heard.iter().any(|heard| heard.seq < sent.seq && is_proof(heard));
    judge.want(
        proof,
        About::sent(sent),
        format_args!("attempt {} without proof that attempt {before} never lived", sent.id.attempt),
        "a report that it was never accepted, or rejected, before it",
    );
    judge.want(
        earlier.request.symbol == sent.request.symbol && earlier.request.side == sent.request.side,
        About::sent(sent),
        "another order than the attempt before",
        "the same symbol and side",
    );
}

/// What was booked as never accepted, or rejected, must not be in the venue's ledger.
fn never(case: &Case, sent: &Sent, judge: &mut Judge) {
    let Some(proof) = sent.heard.iter().find(|heard| is_proof(heard)) else { return };
    judge.count("proofs", 1);
    let accepted_before = sent.heard.iter().any(|heard| {
        heard.seq < proof.seq
            && matches!(heard.event, ReportEvent::Accepted | ReportEvent::Filled(_))
    });
    if let Some(row) = case.accepted(sent)
        && !accepted_before
    {
        let said =
            if proof.event == ReportEvent::NeverAccepted { "never accepted" } else { "rejected" };
        judge.find(
            About::sent(sent).at(proof.seq).beside(Some(row)),
            format_args!("booked as {said}, but the venue accepted it"),
            "what the venue did",
        );
    }
}

const fn is_proof(heard: &Heard) -> bool {
    matches!(heard.event, ReportEvent::NeverAccepted | ReportEvent::Rejected(_))
}

fn shown(order: OrderId) -> String {
    format!("command {}, leg {:?}, attempt {}", order.command.0, order.leg, order.attempt)
}
