//! Permissions: each step towards what only people may allow, under its name.

use rusqlite::{Transaction, params};
use types::entry::{Body, Entry};

use super::Projection;
use super::words::word;
use crate::amount::moment;
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Permits;

impl Projection for Permits {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        _change: &Change,
        _fold: &Fold,
    ) -> Result<(), StoreError> {
        let Body::Permit(permit) = &entry.body else { return Ok(()) };
        let asked = permit.limits.as_ref();
        let mut insert =
            rows.prepare_cached("INSERT INTO permits VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        insert.execute(params![
            entry.seq.0.cast_signed(),
            moment(entry.ts),
            word(&permit.kind),
            word(&permit.step),
            permit.name,
            asked.map(|limits| limits.version.cast_signed()),
            asked.map(serde_json::to_string).transpose()?,
        ])?;
        Ok(())
    }
}
