//! Incidents: what was seen, whether it is over, and how long that took.

use rusqlite::{Transaction, params};
use types::entry::{Body, Entry, Incident, IncidentOver};

use super::Projection;
use super::words::{symbol, word};
use crate::amount::{moment, money};
use crate::fold::{Change, Fold};
use crate::store::StoreError;

const NANOS_PER_SECOND: f64 = 1e9;

#[derive(Debug)]
pub(super) struct Incidents;

impl Projection for Incidents {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        change: &Change,
        fold: &Fold,
    ) -> Result<(), StoreError> {
        if let Body::Incident(incident) = &entry.body {
            open(rows, entry, incident, fold)?;
        } else if let Body::IncidentOver(over) = &entry.body {
            end(rows, entry, over, change)?;
        }
        Ok(())
    }
}

fn open(
    rows: &Transaction<'_>,
    entry: &Entry,
    incident: &Incident,
    fold: &Fold,
) -> Result<(), StoreError> {
    let kind = incident.kind;
    let mut insert = rows.prepare_cached(
        "INSERT INTO incidents VALUES
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, NULL, NULL, NULL, NULL)",
    )?;
    insert.execute(params![
        entry.seq.0.cast_signed(),
        moment(entry.ts),
        word(&kind.class()),
        word(&kind.severity()),
        word(&kind),
        incident.symbol.map(|id| symbol(id, fold)),
        incident.order.map(|order| order.command.0.cast_signed()),
        incident.order.map(|order| word(&order.leg)),
        incident.order.map(|order| order.attempt),
        incident.part.map(|part| word(&part)),
        money(incident.seen),
        money(incident.wanted),
        word(&kind.figure()),
        if kind.lasts() { "open" } else { "noted" },
    ])?;
    Ok(())
}

/// An end of what is not open changes no row: it is among the oddities.
#[expect(clippy::cast_precision_loss, reason = "rows hold the nearest f64; the journal is exact")]
fn end(
    rows: &Transaction<'_>,
    entry: &Entry,
    over: &IncidentOver,
    change: &Change,
) -> Result<(), StoreError> {
    let Some(nanos) = change.recovered_in else { return Ok(()) };
    let mut update = rows.prepare_cached(
        "UPDATE incidents SET state = 'over', over_seq = ?2, over_at = ?3, by_itself = ?4,
         seconds_to_recover = ?5 WHERE seq = ?1",
    )?;
    update.execute(params![
        over.incident.0.cast_signed(),
        entry.seq.0.cast_signed(),
        moment(entry.ts),
        over.by_itself,
        nanos as f64 / NANOS_PER_SECOND,
    ])?;
    Ok(())
}
