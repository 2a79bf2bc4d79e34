//! System modes: what the system as a whole was allowed to do, since when and why.

use rusqlite::{Transaction, params};
use types::entry::{Body, Entry};

use super::Projection;
use super::words::word;
use crate::amount::moment;
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Modes;

impl Projection for Modes {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        _change: &Change,
        _fold: &Fold,
    ) -> Result<(), StoreError> {
        let Body::Mode(mode) = &entry.body else { return Ok(()) };
        let mut insert = rows.prepare_cached("INSERT INTO modes VALUES (?1, ?2, ?3, ?4, ?5)")?;
        insert.execute(params![
            entry.seq.0.cast_signed(),
            moment(entry.ts),
            word(&mode.mode),
            word(&mode.cause),
            mode.latched_until.map(moment),
        ])?;
        Ok(())
    }
}
