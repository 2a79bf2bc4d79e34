//! `one_authority` (2): for a symbol and an epoch at most one slot's commands are carried out, and of hubs that follow one another
//! only those of the one whose turn it is.
//!
//! A hub's turn is its term as writer of the journal. The next one sends when what the one before had signed cannot be accepted any
//! more, so the venue's rows never go back: behind an order of a later hub none of an earlier one is accepted, and none at all
//! when its turn has been over for longer than a request may take.
//!
//! The journal holds the decisions of the slot in authority alone, so what can be told of slots is that epochs rise: an
//! authority under an epoch that its scope has had already would let two slots act under one number.

use std::collections::BTreeMap;

use types::entry::{Body, Scope};
use types::ids::Epoch;

use super::Need;
use super::judge::{About, Judge};
use super::modes::UNDER_WAY_SECONDS;
use crate::case::{Case, Sent};
use crate::clock::seconds;
use crate::ledger::OrderRow;

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    epochs(case, judge);
    turns(case, judge);
    if judge.counted("authorities") > 0 {
        return Need::Some("authorities");
    }
    if case.intents.writers.is_empty() {
        return Need::Absent("one hub alone has written, and no entry gives authority");
    }
    Need::Some("orders")
}

fn epochs(case: &Case, judge: &mut Judge) {
    let mut epochs: BTreeMap<Scope, Epoch> = BTreeMap::from([(Scope::Account, Epoch(0))]);
    for entry in case.entries() {
        let Body::Authority(authority) = &entry.body else { continue };
        judge.count("authorities", 1);
        let before = epochs.insert(authority.scope, authority.epoch);
        judge.want(
            before.is_none_or(|before| authority.epoch > before),
            About::entry(entry.seq.0),
            format_args!("epoch {} of {:?}", authority.epoch.0, authority.scope),
            format_args!("one above {}", before.map_or(0, |epoch| epoch.0)),
        );
    }
}

fn turns(case: &Case, judge: &mut Judge) {
    judge.count("hubs", case.intents.writers.len() as u64 + 1);
    let begun = begun(case);
    let accepted = |sent| case.accepted(sent).map(|row| (row, sent));
    let mut accepted: Vec<(&OrderRow, &Sent)> = case.sent.values().filter_map(accepted).collect();
    accepted.sort_by_key(|(row, _)| row.n);
    // The latest hub of which an order was accepted so far, and that order.
    let mut latest: (usize, Option<&Sent>) = (0, None);
    for (row, sent) in accepted {
        judge.count("orders", 1);
        let (hub, about) = (case.intents.writer_of(sent.seq), About::sent(sent).beside(Some(row)));
        if hub < latest.0 {
            let name = latest.1.map_or("?", |later| later.client_id.as_str());
            let seen = format_args!(
                "an order of hub {} accepted behind {name} of hub {}",
                hub + 1,
                latest.0 + 1
            );
            judge.find(about, seen, "no order of a hub behind one of its successor");
        } else if let Some(over) = begun.get(hub).copied().flatten() {
            let late = row.t.saturating_sub(over);
            let under_way = case.ledger.market_nanos(UNDER_WAY_SECONDS, row.t);
            judge.want(
                late <= under_way.saturating_add(case.tolerance),
                about,
                format_args!(
                    "an order of hub {} accepted {} after its turn",
                    hub + 1,
                    seconds(late)
                ),
                format_args!("none later than {}", seconds(under_way)),
            );
        }
        if hub >= latest.0 {
            latest = (hub, Some(sent));
        }
    }
}

/// Returns when each later hub wrote its first entry, as far as that tells a time.
fn begun(case: &Case) -> Vec<Option<i64>> {
    let of = |first: &u64| case.entries().find(|entry| entry.seq.0 >= *first);
    case.intents.writers.iter().map(|first| of(first).map(|entry| entry.ts.as_nanos())).collect()
}
