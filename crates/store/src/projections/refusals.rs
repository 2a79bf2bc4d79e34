//! Refusals: what risk or the gateway did not let pass, with the numbers on both sides.

use rusqlite::{Transaction, params};
use types::decision::{Decision, Outcome, ReasonCode};
use types::entry::{Body, Entry, Refused};

use super::Projection;
use super::words::{symbol, word};
use crate::amount::{moment, money};
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Refusals;

impl Projection for Refusals {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        _change: &Change,
        fold: &Fold,
    ) -> Result<(), StoreError> {
        if let Body::Decision(decision) = &entry.body {
            by_engine(rows, entry, decision, fold)
        } else if let Body::Refused(refused) = &entry.body {
            by_gateway(rows, entry, refused, fold)
        } else {
            Ok(())
        }
    }
}

const INSERT: &str = "INSERT INTO refusals VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// The first rule that said no; all of them stand in the journal.
fn by_engine(
    rows: &Transaction<'_>,
    entry: &Entry,
    decision: &Decision,
    fold: &Fold,
) -> Result<(), StoreError> {
    let reason = &decision.reason;
    if reason.code != ReasonCode::Refused {
        return Ok(());
    }
    let checks = reason.verdict.iter().flat_map(|verdict| &verdict.checks);
    let refused = checks.into_iter().find(|check| check.outcome == Outcome::Refused);
    let seq = entry.seq.0.cast_signed();
    rows.prepare_cached(INSERT)?.execute(params![
        seq,
        moment(entry.ts),
        "engine",
        decision.symbol.map(|id| symbol(id, fold)),
        seq,
        refused.map_or(reason.code.code(), |check| check.rule.code()),
        refused.map(|check| check.seen).or(reason.seen),
        refused.map(|check| check.limit).or(reason.limit),
        refused.map(|check| word(&check.rule.unit())),
    ])?;
    Ok(())
}

fn by_gateway(
    rows: &Transaction<'_>,
    entry: &Entry,
    refused: &Refused,
    fold: &Fold,
) -> Result<(), StoreError> {
    let refusal = &refused.refusal;
    rows.prepare_cached(INSERT)?.execute(params![
        entry.seq.0.cast_signed(),
        moment(entry.ts),
        "gateway",
        symbol(refused.symbol, fold),
        refused.cause.0.cast_signed(),
        refusal.code.code(),
        money(refusal.seen),
        money(refusal.limit),
        word(&refusal.code.figure()),
    ])?;
    Ok(())
}
