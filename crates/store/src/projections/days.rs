//! Daily figures.

use rusqlite::{Transaction, params};
use types::entry::Entry;
use types::market::TsNanos;
use types::num::Money;

use super::Projection;
use crate::amount::{day, money};
use crate::fold::{Change, Day, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Days;

impl Projection for Days {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        _entry: &Entry,
        change: &Change,
        fold: &Fold,
    ) -> Result<(), StoreError> {
        match &change.ended {
            // A day ends with what the next one opens with.
            Some(ended) => write(rows, ended, fold.day().opened),
            None => Ok(()),
        }
    }

    fn on_commit(&self, rows: &Transaction<'_>, fold: &Fold) -> Result<(), StoreError> {
        if fold.day().at == TsNanos::EPOCH {
            return Ok(());
        }
        write(rows, fold.day(), fold.equity())
    }
}

fn write(rows: &Transaction<'_>, figures: &Day, closed: Money) -> Result<(), StoreError> {
    let mut insert = rows.prepare_cached(
        "INSERT OR REPLACE INTO days VALUES
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    insert.execute(params![
        day(figures.at),
        money(figures.opened),
        money(closed),
        figures.low.map(money),
        figures.high.map(money),
        figures.trades.cast_signed(),
        figures.won.cast_signed(),
        money(figures.pnl),
        figures.fills.cast_signed(),
        money(figures.fees),
        money(figures.funding),
        money(figures.flows),
        figures.scans.cast_signed(),
        figures.scans_lost.cast_signed(),
    ])?;
    Ok(())
}
