//! Decisions with their reasons, every "no trade" among them.

use rusqlite::{Transaction, params};
use types::decision::{Action, Outcome};
use types::entry::{Body, Entry};

use super::Projection;
use super::words::{symbol, word};
use crate::amount::moment;
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Decisions;

impl Projection for Decisions {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        _change: &Change,
        fold: &Fold,
    ) -> Result<(), StoreError> {
        let Body::Decision(decision) = &entry.body else { return Ok(()) };
        let reason = &decision.reason;
        let (score, odds) = (reason.score.as_deref(), reason.odds.as_deref());
        let checks = reason.verdict.iter().flat_map(|verdict| &verdict.checks);
        let refused = checks.clone().find(|check| check.outcome == Outcome::Refused);
        // Of "no trade" the journal alone keeps every number: it is most of what is decided.
        let why = match decision.action {
            Action::Nothing => None,
            Action::Enter { .. }
            | Action::Reduce { .. }
            | Action::MoveStop { .. }
            | Action::RequestSafeMode { .. } => Some(serde_json::to_string(decision)?),
        };
        let mut insert = rows.prepare_cached(
            "INSERT INTO decisions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?;
        insert.execute(params![
            entry.seq.0.cast_signed(),
            moment(entry.ts),
            decision.symbol.map(|id| symbol(id, fold)),
            word(&decision.action),
            reason.code.code(),
            reason.seen,
            reason.limit,
            score.and_then(|score| score.direction).map(|direction| word(&direction)),
            score.map(|score| score.score.get()),
            score.map(|score| word(&score.regime)),
            odds.map(|odds| odds.p),
            odds.map(|odds| odds.edge),
            refused.map(|check| check.rule.code()),
            why,
        ])?;
        Ok(())
    }
}
