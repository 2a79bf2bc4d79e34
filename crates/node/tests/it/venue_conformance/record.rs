//! The exchange's ledger, read from its documentation (`docs/venue-ledger.md`) alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use adapters::conformance::{Ledger, LedgerFill, LedgerOrder};
use serde::Deserialize;
use serde_json::Value;
use types::ids::Asset;
use types::num::{Money, Price, Qty};
use types::venue::{Balance, OrderStatus};

/// A row: under the word of its kind, its fields.
#[derive(Deserialize)]
struct Record {
    row: BTreeMap<String, Fields>,
}

/// The fields that are read, of all kinds.
#[derive(Deserialize)]
struct Fields {
    /// A number, or in a fault's row an API key.
    account: Option<Value>,
    key: Option<String>,
    kind: Option<String>,
    asset: Option<u64>,
    name: Option<String>,
    order: Option<Order>,
    event: Option<Value>,
    balances: Option<Vec<(u64, Held)>>,
}

#[derive(Deserialize)]
struct Order {
    id: u64,
    account: u64,
    client_id: String,
    qty: i64,
    filled: i64,
    status: String,
}

#[derive(Deserialize)]
struct Held {
    free: i128,
    locked: i128,
}

#[derive(Deserialize)]
struct Trade {
    trade: u64,
    price: i64,
    qty: i64,
}

/// Reads what an exchange recorded about the account of a key.
pub(super) fn read(folder: &Path, key: &str) -> Result<Ledger, String> {
    let mut account = None;
    let mut assets = BTreeMap::new();
    let mut held: BTreeMap<u64, Held> = BTreeMap::new();
    let mut orders: BTreeMap<u64, LedgerOrder> = BTreeMap::new();
    let mut ledger = Ledger::default();
    for record in records(folder)? {
        for (kind, fields) in record.row {
            match kind.as_str() {
                "account" if fields.key.as_deref() == Some(key) => {
                    account = fields.account.and_then(|number| number.as_u64());
                }
                "asset" => {
                    let number = fields.asset.ok_or("an asset without its number")?;
                    let name = fields.name.ok_or("an asset without its name")?;
                    assets.insert(number, Asset::new(&name).map_err(|error| error.to_string())?);
                }
                "order" => {
                    let order = fields.order.ok_or("an order's row without it")?;
                    if Some(order.account) == account {
                        add_fill(&mut ledger, &order, fields.event.as_ref())?;
                        orders.insert(order.id, recorded(order)?);
                    }
                }
                "balances" if fields.account.and_then(|number| number.as_u64()) == account => {
                    held.extend(fields.balances.unwrap_or_default());
                }
                "fault" => {
                    let kind = fields.kind.ok_or("a fault without its kind")?;
                    *ledger.faults.entry(kind).or_default() += 1;
                }
                _ => {}
            }
        }
    }
    for (number, Held { free, locked }) in held {
        let asset = assets.get(&number).ok_or_else(|| format!("asset {number} has no name"))?;
        let balance = Balance { free: Money::from_raw(free), locked: Money::from_raw(locked) };
        ledger.balances.insert(asset.clone(), balance);
    }
    ledger.orders = orders.into_values().collect();
    Ok(ledger)
}

/// Returns every row of every group that is whole.
fn records(folder: &Path) -> Result<Vec<Record>, String> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    let (mut whole, mut group) = (Vec::new(), Vec::new());
    for file in files {
        let bytes = fs::read(&file).map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&bytes);
        for line in text.trim_end_matches('\0').lines() {
            let mut parts = line.splitn(5, ' ').skip(3);
            let (Some(left), Some(json)) = (parts.next(), parts.next()) else { break };
            let Ok(record) = serde_json::from_str(json) else { break };
            group.push(record);
            if left == "0" {
                whole.append(&mut group);
            }
        }
    }
    Ok(whole)
}

/// Notes the fill of an order's row, if it is one.
fn add_fill(ledger: &mut Ledger, order: &Order, event: Option<&Value>) -> Result<(), String> {
    let Some(trade) = event.and_then(|event| event.get("trade")) else { return Ok(()) };
    let trade: Trade = serde_json::from_value(trade.clone()).map_err(|error| error.to_string())?;
    let fill = LedgerFill {
        venue_order_id: order.id.to_string(),
        qty: Qty::from_raw(trade.qty),
        price: Price::from_raw(trade.price),
    };
    match ledger.fills.insert(trade.trade, fill) {
        None => Ok(()),
        Some(_) => Err(format!("trade {} was recorded twice", trade.trade)),
    }
}

/// Returns an order as its row says.
fn recorded(order: Order) -> Result<LedgerOrder, String> {
    let status = match order.status.as_str() {
        "PENDING_NEW" => OrderStatus::Waiting,
        "NEW" => OrderStatus::Working,
        "PARTIALLY_FILLED" => OrderStatus::PartiallyFilled,
        "FILLED" => OrderStatus::Filled,
        "CANCELLED" => OrderStatus::Cancelled,
        "EXPIRED" => OrderStatus::Expired,
        "EXPIRED_IN_MATCH" => OrderStatus::SelfTradePrevented,
        other => return Err(format!("an order's status is `{other}`")),
    };
    Ok(LedgerOrder {
        client_order_id: order.client_id,
        venue_order_id: order.id.to_string(),
        status,
        qty: Qty::from_raw(order.qty),
        filled: Qty::from_raw(order.filled),
    })
}
