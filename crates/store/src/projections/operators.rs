//! What operators did, under their names.

use rusqlite::{Transaction, params};
use types::entry::{Body, Entry};

use super::Projection;
use super::words::word;
use crate::amount::moment;
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Operators;

impl Projection for Operators {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        _change: &Change,
        _fold: &Fold,
    ) -> Result<(), StoreError> {
        let (name, action) = if let Body::Operator(operator) = &entry.body {
            (&operator.name, word(&operator.action))
        } else if let Body::Adopted(adopted) = &entry.body {
            (&adopted.name, "adopt".to_owned())
        } else {
            return Ok(());
        };
        let mut insert = rows.prepare_cached("INSERT INTO operators VALUES (?1, ?2, ?3, ?4)")?;
        let (seq, at) = (entry.seq.0.cast_signed(), moment(entry.ts));
        insert.execute(params![seq, at, name, action])?;
        Ok(())
    }
}
