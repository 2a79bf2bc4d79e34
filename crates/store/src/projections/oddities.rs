//! What does not fit: told, not hidden.

use rusqlite::{Transaction, params};
use types::entry::Entry;

use super::Projection;
use crate::amount::moment;
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Oddities;

impl Projection for Oddities {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        change: &Change,
        _fold: &Fold,
    ) -> Result<(), StoreError> {
        let Some(what) = &change.oddity else { return Ok(()) };
        let mut insert = rows.prepare_cached("INSERT INTO oddities VALUES (?1, ?2, ?3)")?;
        insert.execute(params![entry.seq.0.cast_signed(), moment(entry.ts), what])?;
        Ok(())
    }
}
