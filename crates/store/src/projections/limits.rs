//! Hard limits, as they came into force.

use rusqlite::{Transaction, params};
use types::entry::{Body, Entry};
use types::ids::Symbol;

use super::Projection;
use crate::amount::{moment, money, ratio};
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Limits;

impl Projection for Limits {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        _change: &Change,
        _fold: &Fold,
    ) -> Result<(), StoreError> {
        let Body::Limits(limits) = &entry.body else { return Ok(()) };
        let symbols: Vec<&str> = limits.symbols.iter().map(Symbol::as_str).collect();
        let mut insert = rows.prepare_cached(
            "INSERT INTO limits VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        insert.execute(params![
            entry.seq.0.cast_signed(),
            moment(entry.ts),
            limits.version.cast_signed(),
            money(limits.order_notional),
            money(limits.gross_exposure),
            limits.open_orders,
            limits.orders_per_second,
            ratio(limits.price_collar),
            ratio(limits.daily_loss),
            symbols.join(" "),
        ])?;
        Ok(())
    }
}
