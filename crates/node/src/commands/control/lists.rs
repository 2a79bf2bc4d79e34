//! `orders`, `positions`, `incidents`: what is open.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::status::{incident, position};
use super::told::told;
use crate::cli::control::ListArgs;
use crate::control::Command;
use crate::control::told::{IncidentTold, OrderTold, PositionTold};
use crate::exit::{Exit, Failure, Outcome};
use crate::out::{Out, columns};

/// Lists open orders.
pub(crate) fn orders(args: &ListArgs, out: Out) -> Outcome {
    let told = told(&args.hub, Command::Orders, out)?;
    list(told, out, |orders: &[OrderTold]| of_orders(orders))
}

/// Lists positions with their stops.
pub(crate) fn positions(args: &ListArgs, out: Out) -> Outcome {
    let told = told(&args.hub, Command::Positions, out)?;
    list(told, out, |positions: &[PositionTold]| positions.iter().map(position).collect())
}

/// Lists open incidents, as a hub told them.
pub(crate) fn incidents(told: Value, out: Out) -> Outcome {
    list(told, out, |open: &[IncidentTold]| open.iter().map(incident).collect())
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
