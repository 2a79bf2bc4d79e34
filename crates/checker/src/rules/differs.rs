//! `difference_real`: an incident that says that a position or a balance is not ours is behind something that was not: a flow, or
//! a trade of somebody else on our account. What our own orders traded is asked for, not disowned.

use std::collections::BTreeSet;

use types::entry::{Body, IncidentKind};
use types::ids::SymbolId;

use super::Need;
use super::judge::{About, Judge};
use crate::case::Case;
use crate::ledger::Event;

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    let ours: BTreeSet<&str> = case.sent.values().map(|sent| sent.client_id.as_str()).collect();
    for entry in case.entries() {
        let Body::Incident(incident) = &entry.body else { continue };
        let differs =
            matches!(incident.kind, IncidentKind::PositionDiffers | IncidentKind::BalanceShort);
        let (true, Some(symbol)) = (differs, incident.symbol) else { continue };
        judge.count("differences", 1);
        let t = entry.ts.as_nanos().saturating_add(case.tolerance);
        judge.want(
            flowed(case, symbol, t) || others_traded(case, &ours, symbol, t),
            About::entry(entry.seq.0),
            format_args!("{:?} where all that was traded is of our orders", incident.kind),
            "their fills, asked for",
        );
    }
    if judge.counted("differences") == 0 {
        return Need::Absent("no incident says that a position or a balance is not ours");
    }
    Need::Some("differences")
}

/// Returns whether something of the symbol's assets came in or went out behind the journal's first entry, up to a time.
fn flowed(case: &Case, symbol: SymbolId, t: i64) -> bool {
    let Some(known) = case.intents.instrument(symbol) else { return true };
    let assets = [&known.base, &known.quote].map(|asset| case.ledger.asset(asset.as_str()));
    let first = case.entries().next().map_or(0, |entry| entry.ts.as_nanos());
    case.ledger.flows.iter().any(|flow| {
        Some(flow.account) == case.account
            && assets.contains(&Some(flow.asset))
            && flow.t > first
            && flow.t <= t
    })
}

/// Returns whether an order that is not ours traded on our account.
fn others_traded(case: &Case, ours: &BTreeSet<&str>, symbol: SymbolId, t: i64) -> bool {
    let number = case.venue_symbol(symbol);
    case.ledger.events.iter().any(|row| {
        Some(row.order.account) == case.account
            && Some(row.order.symbol) == number
            && row.t <= t
            && matches!(row.event, Event::Trade { .. })
            && !ours.contains(row.order.client_id.as_str())
    })
}
