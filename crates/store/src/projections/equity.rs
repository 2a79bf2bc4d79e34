//! The equity curve: one point an hour.

use rusqlite::{OptionalExtension as _, Transaction, params};
use types::entry::{Body, Entry};
use types::market::TsNanos;
use types::num::Money;

use super::Projection;
use crate::amount::{moment, money};
use crate::fold::{Change, Fold};
use crate::store::StoreError;

const NANOS_PER_HOUR: i64 = 3_600_000_000_000;

#[derive(Debug)]
pub(super) struct Equity;

impl Projection for Equity {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        _change: &Change,
        fold: &Fold,
    ) -> Result<(), StoreError> {
        let Body::InstantClosed { at } = &entry.body else { return Ok(()) };
        let into_hour = at.as_nanos().rem_euclid(NANOS_PER_HOUR);
        let hour = moment(TsNanos::from_nanos(at.as_nanos() - into_hour));
        let mut newest =
            rows.prepare_cached("SELECT at >= ?1 FROM equity ORDER BY seq DESC LIMIT 1")?;
        let taken: Option<bool> = newest.query_row(params![hour], |row| row.get(0)).optional()?;
        if taken == Some(true) {
            return Ok(());
        }
        let equity = fold.equity();
        let mut insert =
            rows.prepare_cached("INSERT INTO equity VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        insert.execute(params![
            entry.seq.0.cast_signed(),
            moment(*at),
            money(fold.books().cash()),
            money(equity),
            share(fold.gross(), equity),
            fold.peak().map_or(0.0, |peak| share(peak - equity, peak)),
        ])?;
        Ok(())
    }
}

/// Returns a part of a whole, 0 of a whole that is not above zero.
fn share(part: Money, whole: Money) -> f64 {
    if whole.is_positive() { money(part) / money(whole) } else { 0.0 }
}
