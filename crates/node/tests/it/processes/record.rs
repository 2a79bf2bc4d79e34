//! [`Record`]: a venue's ledger, read on as it grows, from its documentation alone (`docs/venue-ledger.md`).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::KEY;

/// An order of the account, as the ledger's last row of it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) symbol: String,
    pub(crate) client_id: String,
    pub(crate) side: String,
    /// Its type with prices, as written there.
    pub(crate) kind: String,
    /// Counts of 0.00000001.
    pub(crate) qty: i64,
    pub(crate) filled: i64,
    pub(crate) status: String,
    /// When it was accepted, nanoseconds of the venue's time.
    pub(crate) created: i64,
    pub(crate) updated: i64,
}

impl Order {
    /// Returns whether it can still trade.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "NEW" | "PENDING_NEW" | "PARTIALLY_FILLED")
    }

    /// Returns whether it protects: a sale that waits for a price on the losing side.
    pub(crate) fn is_stop(&self) -> bool {
        self.side == "sell" && self.kind.to_lowercase().replace('_', "").contains("stoploss")
    }
}

/// One row, as far as it is read here.
#[derive(Deserialize)]
struct Row {
    t: i64,
    row: BTreeMap<String, Value>,
}

/// Number of a symbol, and the venue's number of an order of it: two symbols have orders of the same number.
pub(crate) type OrderKey = (u64, u64);

/// What the ledger holds about the account of the tests.
#[derive(Debug)]
pub(crate) struct Record {
    folder: PathBuf,
    segment: u32,
    offset: u64,
    group: Vec<String>,
    account: Option<u64>,
    /// Name and base asset of each symbol.
    symbols: BTreeMap<u64, (String, String)>,
    assets: BTreeMap<u64, String>,
    /// What was bought and not sold, net of fees, counts of 0.00000001.
    held: BTreeMap<String, i64>,
    /// By symbol and the venue's number.
    pub(crate) orders: BTreeMap<OrderKey, Order>,
    /// Fills: time, which order, counts of 0.00000001.
    pub(crate) fills: Vec<(i64, OrderKey, i64)>,
    /// How often each fault fired.
    pub(crate) faults: BTreeMap<String, u64>,
    /// Time of the newest row.
    pub(crate) t: i64,
}

impl Record {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            segment: 1,
            offset: 0,
            group: Vec::new(),
            account: None,
            symbols: BTreeMap::new(),
            assets: BTreeMap::new(),
            held: BTreeMap::new(),
            orders: BTreeMap::new(),
            fills: Vec::new(),
            faults: BTreeMap::new(),
            t: 0,
        }
    }

    /// Reads what came since the last time: whole groups alone.
    pub(super) fn read_on(&mut self) {
        loop {
            let path = self.folder.join(format!("ledger-{:08}.txt", self.segment));
            let Ok(mut file) = File::open(&path) else { return };
            file.seek(SeekFrom::Start(self.offset)).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            let written = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            // A line that is being written has no end yet.
            let whole =
                bytes[..written].iter().rposition(|byte| *byte == b'\n').map_or(0, |n| n + 1);
            let text = String::from_utf8_lossy(&bytes[..whole]).into_owned();
            self.offset += whole as u64;
            for line in text.lines() {
                self.add_line(line);
            }
            let next = self.folder.join(format!("ledger-{:08}.txt", self.segment + 1));
            if !fs::exists(next).unwrap() {
                return;
            }
            (self.segment, self.offset) = (self.segment + 1, 0);
        }
    }

    fn add_line(&mut self, line: &str) {
        let mut parts = line.splitn(5, ' ').skip(3);
        let (left, json) = (parts.next().unwrap(), parts.next().unwrap());
        self.group.push(json.to_owned());
        if left == "0" {
            for json in std::mem::take(&mut self.group) {
                self.add(serde_json::from_str(&json).unwrap());
            }
        }
    }

    fn add(&mut self, Row { t, row }: Row) {
        self.t = self.t.max(t);
        for (kind, fields) in row {
            match kind.as_str() {
                "account" if fields["key"] == KEY => self.account = fields["account"].as_u64(),
                "symbol" => {
                    let text = |value: &Value| value.as_str().unwrap().to_owned();
                    let named =
                        (text(&fields["name"]), text(&fields["rules"]["instrument"]["base"]));
                    self.symbols.insert(fields["symbol"].as_u64().unwrap(), named);
                }
                "asset" => {
                    let name = fields["name"].as_str().unwrap().to_owned();
                    self.assets.insert(fields["asset"].as_u64().unwrap(), name);
                }
                "order" => self.add_order(t, &fields),
                "fault" => {
                    let name = fields["name"].as_str().unwrap().to_owned();
                    *self.faults.entry(name).or_default() += 1;
                }
                _ => {}
            }
        }
    }

    fn add_order(&mut self, t: i64, fields: &Value) {
        let order = &fields["order"];
        if order["account"].as_u64() != self.account {
            return;
        }
        let number = |key: &str| order[key].as_i64().unwrap();
        let text = |key: &str| order[key].as_str().unwrap().to_owned();
        let symbol = order["symbol"].as_u64().unwrap();
        let id = (symbol, order["id"].as_u64().unwrap());
        let (symbol, base) = self.symbols[&symbol].clone();
        let trade = &fields["event"]["trade"];
        if let Some(qty) = trade["qty"].as_i64() {
            self.fills.push((t, id, qty));
            let in_base = trade["fee_asset"].as_u64().is_some_and(|fee| self.assets[&fee] == base);
            // A fee is a count of 0.0000000000000001.
            let fee = if in_base { trade["fee"].as_i64().unwrap() / 100_000_000 } else { 0 };
            let signed = if order["side"] == "buy" { qty } else { -qty };
            *self.held.entry(symbol.clone()).or_default() += signed - fee;
        }
        let read = Order {
            symbol,
            client_id: text("client_id"),
            side: text("side"),
            kind: order["kind"].to_string(),
            qty: number("qty"),
            filled: number("filled"),
            status: text("status"),
            created: number("created"),
            updated: number("updated"),
        };
        self.orders.insert(id, read);
    }

    /// Returns the orders that can still trade.
    pub(crate) fn open(&self) -> Vec<&Order> {
        self.orders.values().filter(|order| order.is_open()).collect()
    }

    /// Returns client order ids that were accepted more than once.
    pub(crate) fn doubled(&self) -> Vec<&str> {
        let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
        for order in self.orders.values() {
            *seen.entry(&order.client_id).or_default() += 1;
        }
        seen.into_iter().filter(|(_, times)| *times > 1).map(|(id, _)| id).collect()
    }

    /// Returns what is held of a symbol, net of fees, counts of 0.00000001; rests of less than a hundredth of a purchase
    /// are nothing.
    pub(crate) fn held(&self, symbol: &str) -> i64 {
        let held = self.rest(symbol);
        if held * 100 > self.bought(symbol) { held } else { 0 }
    }

    /// Returns what is held of a symbol, net of fees and to the last count of 0.00000001.
    pub(crate) fn rest(&self, symbol: &str) -> i64 {
        self.held.get(symbol).copied().unwrap_or(0)
    }

    /// Returns symbols of which more is held than stops protect, in words.
    ///
    /// A hundredth of a purchase is left to what is below the smallest order.
    pub(crate) fn bare(&self) -> Vec<String> {
        let symbols = self.symbols.values().map(|(name, _)| name);
        let of = symbols.map(|symbol| (symbol, self.held(symbol), self.protected(symbol)));
        let bare = of.filter(|(symbol, held, protected)| {
            let rest = held - protected;
            rest * 100 > self.bought(symbol)
        });
        bare.map(|(symbol, held, protected)| format!("{symbol}: {protected} of {held}")).collect()
    }

    /// Returns the size of the last purchase of a symbol.
    fn bought(&self, symbol: &str) -> i64 {
        let mut of =
            self.orders.values().filter(|order| order.symbol == symbol && order.side == "buy");
        of.rfind(|order| order.filled > 0).map_or(0, |order| order.filled)
    }

    /// Returns how much of a symbol stops protect that rest now.
    pub(crate) fn protected(&self, symbol: &str) -> i64 {
        let of = self.orders.values().filter(|order| order.symbol == symbol);
        of.filter(|order| order.is_open() && order.is_stop()).map(|o| o.qty - o.filled).sum()
    }
}
