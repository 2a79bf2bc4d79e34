//! Trades: from the first fill until less than one lot is left.

use rusqlite::{Transaction, params};
use types::entry::{Body, Entry, Report, ReportEvent};

use super::Projection;
use super::words::{symbol, word};
use crate::amount::{moment, money, price, qty};
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Trades;

impl Projection for Trades {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        change: &Change,
        fold: &Fold,
    ) -> Result<(), StoreError> {
        let Some(trade) = &change.closed else { return Ok(()) };
        let leg = if let Body::Report(Report { event: ReportEvent::Filled(fill), .. }) = &entry.body
        {
            fill.order.map(|order| word(&order.leg))
        } else {
            None
        };
        let mut insert = rows.prepare_cached(
            "INSERT INTO trades VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        insert.execute(params![
            entry.seq.0.cast_signed(),
            symbol(trade.symbol, fold),
            word(&trade.direction),
            moment(trade.opened_at),
            moment(trade.closed_at),
            qty(trade.qty),
            price(trade.entry),
            price(trade.exit),
            money(trade.pnl),
            money(trade.fees),
            money(trade.funding),
            leg,
        ])?;
        Ok(())
    }
}
