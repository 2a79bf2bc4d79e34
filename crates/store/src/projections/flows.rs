//! Flows: deposits, withdrawals, funding, and what operators adopted of somebody else's trades.

use rusqlite::{Transaction, params};
use types::entry::{Body, Entry};

use super::Projection;
use super::words::symbol;
use crate::amount::{moment, money, qty, ratio};
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Flows;

impl Projection for Flows {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        _change: &Change,
        fold: &Fold,
    ) -> Result<(), StoreError> {
        let (kind, whose, amount, rate, held) = if let Body::Flow { amount } = &entry.body {
            let kind = if amount.is_positive() { "deposit" } else { "withdrawal" };
            (kind, None, *amount, None, None)
        } else if let Body::Funding { symbol: id, rate, qty: held, amount } = &entry.body {
            ("funding", Some(symbol(*id, fold)), *amount, Some(ratio(*rate)), Some(qty(*held)))
        } else if let Body::Adopted(adopted) = &entry.body {
            let whose = Some(symbol(adopted.symbol, fold));
            ("adopted", whose, adopted.flow(), None, Some(qty(adopted.qty)))
        } else {
            return Ok(());
        };
        let mut insert =
            rows.prepare_cached("INSERT INTO flows VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        let (seq, at) = (entry.seq.0.cast_signed(), moment(entry.ts_event));
        insert.execute(params![seq, at, kind, whose, money(amount), rate, held])?;
        Ok(())
    }
}
