//! Orders, from their command to what became of them.

use rusqlite::{Transaction, params};
use types::entry::{Body, CommandAction, Entry, Report, ReportEvent};
use types::order::OrderRequest;

use super::Projection;
use super::words::{prices, symbol, time_in_force, word};
use crate::amount::{moment, qty};
use crate::fold::{Change, Fold};
use crate::store::StoreError;

#[derive(Debug)]
pub(super) struct Orders;

impl Projection for Orders {
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        change: &Change,
        fold: &Fold,
    ) -> Result<(), StoreError> {
        if let Body::Command(command) = &entry.body
            && let CommandAction::Place(request) = &command.action
        {
            place(rows, entry, command.cause.0, request, change, fold)?;
        }
        let Some(id) = change.order else { return Ok(()) };
        let Some(order) = fold.order(id) else { return Ok(()) };
        let words =
            if let Body::Report(Report { event: ReportEvent::Rejected(words), .. }) = &entry.body {
                Some(words)
            } else {
                None
            };
        let mut update = rows.prepare_cached(
            "UPDATE orders SET state = ?4, filled = ?5, changed_at = ?6, venue_words = coalesce(?7, venue_words)
             WHERE command_seq = ?1 AND leg = ?2 AND attempt = ?3",
        )?;
        let since = order.history().last().map_or(entry.ts, |(since, _)| *since);
        update.execute(params![
            id.command.0.cast_signed(),
            word(&id.leg),
            id.attempt,
            word(&order.state()),
            qty(order.filled()),
            moment(since),
            words,
        ])?;
        Ok(())
    }
}

fn place(
    rows: &Transaction<'_>,
    entry: &Entry,
    cause: u64,
    request: &OrderRequest,
    change: &Change,
    fold: &Fold,
) -> Result<(), StoreError> {
    let Some(id) = change.order else { return Ok(()) };
    let (price, trigger) = prices(request.kind);
    let mut insert = rows.prepare_cached(
        "INSERT OR REPLACE INTO orders VALUES
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 'submitted', 0.0, ?4, NULL)",
    )?;
    insert.execute(params![
        id.command.0.cast_signed(),
        word(&id.leg),
        id.attempt,
        moment(entry.ts),
        symbol(request.symbol, fold),
        word(&request.side),
        word(&request.kind),
        price,
        trigger,
        qty(request.qty),
        time_in_force(request.tif),
        request.reduce_only,
        cause.cast_signed(),
    ])?;
    Ok(())
}
