//! Baselines: what of an asset is not ours to sell.

use rusqlite::{Transaction, params};
use types::entry::{Body, Entry};

use super::Projection;
use crate::amount::{moment, money};
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Baselines;

impl Projection for Baselines {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        _change: &Change,
        _fold: &Fold,
    ) -> Result<(), StoreError> {
        let Body::Baseline { asset, amount } = &entry.body else { return Ok(()) };
        let mut insert = rows.prepare_cached("INSERT INTO baselines VALUES (?1, ?2, ?3, ?4)")?;
        let (seq, at) = (entry.seq.0.cast_signed(), moment(entry.ts));
        insert.execute(params![seq, at, asset.as_str(), money(*amount)])?;
        Ok(())
    }
}
