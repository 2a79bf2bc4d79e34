//! Fills: each execution of a part of an order.

use rusqlite::{Transaction, params};
use types::entry::{Body, Entry, Report, ReportEvent};
use types::fill::Fee;

use super::Projection;
use super::words::{symbol, word};
use crate::amount::{moment, money, price, qty};
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Fills;

impl Projection for Fills {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        _change: &Change,
        fold: &Fold,
    ) -> Result<(), StoreError> {
        let Body::Report(Report { event: ReportEvent::Filled(fill), .. }) = &entry.body else {
            return Ok(());
        };
        let listed = fold.instruments().get(fill.symbol.index());
        let (fee, asset) = match fill.fee {
            Fee::Base(fee) => (qty(fee), listed.map(|listed| listed.base.as_str())),
            Fee::Quote(fee) => (money(fee), listed.map(|listed| listed.quote.as_str())),
        };
        let mut insert = rows.prepare_cached(
            "INSERT INTO fills VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?;
        insert.execute(params![
            entry.seq.0.cast_signed(),
            moment(entry.ts_event),
            symbol(fill.symbol, fold),
            word(&fill.side),
            qty(fill.qty),
            price(fill.price),
            money(fill.notional()),
            fee,
            asset.unwrap_or("?"),
            money(fill.fee_in_quote()),
            word(&fill.liquidity),
            fill.trade_id.cast_signed(),
            fill.order.map(|order| order.command.0.cast_signed()),
            fill.order.map(|order| word(&order.leg)),
            fill.order.map(|order| order.attempt),
        ])?;
        Ok(())
    }
}
