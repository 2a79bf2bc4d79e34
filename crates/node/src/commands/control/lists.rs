//! `orders`, `positions`, `incidents`: what is open, as a hub tells it; where none runs, as its journal has it.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::Store;
use store::views::{OpenOrder, Position, open_orders, positions as held};

use super::status::{incident, position};
use super::told::told_unless_none;
use crate::cli::control::{HubArgs, ListArgs};
use crate::control::told::{IncidentTold, OrderTold, PositionTold};
use crate::control::{AskError, Command};
use crate::exit::{Exit, Failure, Outcome};
use crate::out::{Out, columns};
use crate::setup::JournalFolder;

/// Lists open orders.
pub(crate) fn orders(args: &ListArgs, out: Out) -> Outcome {
    let told = told_or_kept(&args.hub, Command::Orders, out, orders_of)?;
    list(told, out, |orders: &[OrderTold]| of_orders(orders))
}

/// Lists positions with their stops.
pub(crate) fn positions(args: &ListArgs, out: Out) -> Outcome {
    let told = told_or_kept(&args.hub, Command::Positions, out, positions_of)?;
    list(told, out, |positions: &[PositionTold]| positions.iter().map(position).collect())
}

/// Lists open incidents, as a hub told them.
pub(crate) fn incidents(told: Value, out: Out) -> Outcome {
    list(told, out, |open: &[IncidentTold]| open.iter().map(incident).collect())
}

/// Asks the hub; where none runs, reads what its journal says, and says as of which entry.
fn told_or_kept(
    args: &HubArgs,
    command: Command,
    out: Out,
    kept: fn(&Store) -> Result<Value, Failure>,
) -> Result<Value, Failure> {
    if let Some(told) = told_unless_none(args, command, out)? {
        return Ok(told);
    }
    let folder = JournalFolder::new(&args.state.join("journal"), None);
    if !folder.path.is_dir() {
        return Err(super::told::failed(AskError::NoHub { state: args.state.clone() }, out)?);
    }
    let rows = folder.rows()?;
    out.note(format_args!(
        "no hub is running: as of entry {} of the journal; the venue may have done more since",
        rows.seq()?
    ));
    kept(&rows)
}

fn orders_of(rows: &Store) -> Result<Value, Failure> {
    let orders = open_orders(rows)?;
    Ok(json!(orders.into_iter().map(order).collect::<Vec<_>>()))
}

fn order(order: OpenOrder) -> OrderTold {
    let price = |price: Option<f64>| price.map(|price| format!(" {price}")).unwrap_or_default();
    OrderTold {
        kind: format!("{}{}{}", order.kind, price(order.trigger_price), price(order.price)),
        qty: order.qty.to_string(),
        filled: order.filled.to_string(),
        client_id: format!("entry {} {} {}", order.command_seq, order.leg, order.attempt),
        symbol: order.symbol,
        side: order.side,
        state: order.state,
        reduce_only: order.reduce_only,
    }
}

fn positions_of(rows: &Store) -> Result<Value, Failure> {
    let orders = open_orders(rows)?;
    let told = held(rows)?.into_iter().map(|held| kept_position(held, &orders));
    Ok(json!(told.collect::<Vec<_>>()))
}

/// Tells of a position what a journal knows, and what it does not.
fn kept_position(held: Position, orders: &[OpenOrder]) -> PositionTold {
    let number = |number: Option<f64>| number.map(|number| number.to_string());
    let stops = orders.iter().filter(|order| order.symbol == held.symbol && order.leg == "stop");
    let (rest, doubt): (Vec<_>, Vec<_>) = stops.partition(|stop| stop.rests());
    let in_doubt = |stop: &&OpenOrder| {
        let at = number(stop.trigger_price).unwrap_or_else(|| "?".to_owned());
        format!("{at} ({})", stop.state)
    };
    let bare = held.qty.abs() - held.stops;
    PositionTold {
        qty: held.qty.to_string(),
        average: number(held.average_entry),
        mark: number(held.mark),
        unrealised: number(held.unrealised),
        stop: number(rest.first().and_then(|stop| stop.trigger_price)),
        stop_confirmed_seconds: None,
        // What lies below the eighth decimal is the border's.
        unprotected: if bare > 1e-9 { format!("{bare:.8}") } else { "0".to_owned() },
        stops_in_doubt: doubt.iter().map(in_doubt).collect(),
        // The venue's smallest order is a hub's to know.
        dust: None,
        symbol: held.symbol,
    }
}

fn list<T: DeserializeOwned>(
    told: Value,
    out: Out,
    lines: impl Fn(&[T]) -> Vec<String>,
) -> Result<Exit, Failure> {
    out.json(&told)?;
    let rows: Vec<T> = serde_json::from_value(told)?;
    if rows.is_empty() {
        out.line("none")?;
    }
    for line in lines(&rows) {
        out.line(line)?;
    }
    Ok(Exit::Ok)
}

pub(super) fn of_orders(orders: &[OrderTold]) -> Vec<String> {
    if orders.is_empty() {
        return Vec::new();
    }
    let rows: Vec<Vec<String>> = orders
        .iter()
        .map(|order| {
            vec![
                order.symbol.clone(),
                order.side.clone(),
                order.kind.clone(),
                order.qty.clone(),
                order.filled.clone(),
                order.state.clone(),
                order.client_id.clone(),
            ]
        })
        .collect();
    columns(&["symbol", "side", "kind", "qty", "filled", "state", "our name"], &rows)
}

#[cfg(test)]
mod tests;
