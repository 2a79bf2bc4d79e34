//! `symbol_open`: no entry of a symbol is commanded while an incident that keeps entries off it is open.

use std::collections::BTreeMap;

use types::entry::{Body, Incident};

use super::Need;
use super::judge::{About, Judge};
use crate::case::{Case, Sent};

pub(super) fn judge(case: &Case, judge: &mut Judge) -> Need {
    let entries: BTreeMap<u64, &Sent> =
        case.sent.values().filter(|sent| sent.is_entry()).map(|sent| (sent.seq, sent)).collect();
    let mut open: BTreeMap<u64, Incident> = BTreeMap::new();
    for entry in case.entries() {
        if let Body::Incident(incident) = &entry.body
            && incident.kind.lasts()
            && incident.kind.quarantines()
        {
            open.insert(entry.seq.0, *incident);
        }
        if let Body::IncidentOver(over) = &entry.body {
            open.remove(&over.incident.0);
        }
        let Some(sent) = entries.get(&entry.seq.0) else { continue };
        judge.count("entries", 1);
        // Further orders of one decision are its own incident's business.
        let about = |incident: &Incident| {
            incident.symbol == Some(sent.request.symbol)
                && incident.order.is_none_or(|order| order.command != sent.id.command)
        };
        if let Some((since, incident)) = open.iter().find(|(_, incident)| about(incident)) {
            judge.find(
                About::sent(sent),
                format_args!(
                    "an entry while {:?} of its symbol is open since entry {since}",
                    incident.kind
                ),
                "none until it is over",
            );
        }
    }
    Need::Some("entries")
}
