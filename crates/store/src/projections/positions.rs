//! Positions: what is held now, and what each symbol has brought so far.

use rusqlite::{Transaction, params};
use types::entry::Entry;
use types::ids::SymbolId;

use super::Projection;
use super::words::symbol;
use crate::amount::{moment, money, price, qty};
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Positions;

impl Projection for Positions {
    fn on_entry(
        &self,
        _rows: &Transaction<'_>,
        _entry: &Entry,
        _change: &Change,
        _fold: &Fold,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    fn on_commit(&self, rows: &Transaction<'_>, fold: &Fold) -> Result<(), StoreError> {
        let mut insert = rows.prepare_cached(
            "INSERT OR REPLACE INTO positions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        for (id, position) in (0_u16..).map(SymbolId).zip(fold.books().positions()) {
            let mark = fold.mark_of(id);
            let trade = position.trade();
            insert.execute(params![
                symbol(id, fold),
                qty(position.qty()),
                trade.and_then(|trade| trade.average_entry()).map(price),
                trade.map(|trade| moment(trade.opened_at)),
                mark.map(price),
                mark.map(|mark| money(position.value(mark))),
                mark.map(|mark| money(position.unrealised(mark))),
                money(position.realised()),
                money(position.fees()),
                money(position.funding()),
            ])?;
        }
        Ok(())
    }
}
