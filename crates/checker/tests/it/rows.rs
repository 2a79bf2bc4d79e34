//! [`Rows`]: writes a ledger as `docs/venue-ledger.md` has it, by a small venue that does what a test tells it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use flate2::Crc;
use sha2::{Digest, Sha256};

const E8: i128 = 100_000_000;
/// The numbers of the assets and of our account.
pub(crate) const BTC: u16 = 0;
pub(crate) const USDT: u16 = 1;
const OURS: u32 = 1;

/// An order at the small venue.
#[derive(Clone, Debug)]
struct Resting {
    id: u64,
    side: &'static str,
    kind: String,
    qty: i64,
    filled: i64,
    quote: i128,
    status: &'static str,
}

/// A ledger in the making. One symbol, BTCUSDT; account 1 is ours.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: Vec<(i64, String)>,
    orders: BTreeMap<String, Resting>,
    balances: BTreeMap<u16, i128>,
    next_order: u64,
    next_trade: u64,
    executions: u64,
}

impl Rows {
    /// A venue that began to serve, with what our account holds.
    pub(crate) fn new(t: i64, usdt: i64, btc: i64) -> Self {
        let mut rows = Self { next_order: 1, next_trade: 1, ..Self::default() };
        rows.row(0, r#"{"segment":{"format":"plimsoll-venue-ledger","version":1,"segment":1}}"#);
        rows.row(t, r#"{"start":{"version":"0","source":"test","seed":1,"speed":1,"at":0,"shift":0,"origin":null}}"#);
        rows.row(t, r#"{"account":{"account":0,"kind":"crowd","key":null}}"#);
        rows.row(
            t,
            &format!(r#"{{"symbol":{{"symbol":0,"name":"BTCUSDT","rules":{}}}}}"#, rules(1_000)),
        );
        rows.row(t, r#"{"account":{"account":1,"kind":"client","key":"key"}}"#);
        rows.row(t, r#"{"asset":{"asset":0,"name":"BTC"}}"#);
        rows.row(t, r#"{"asset":{"asset":1,"name":"USDT"}}"#);
        rows.flow(t, USDT, i128::from(usdt) * E8 * E8);
        rows.flow(t, BTC, i128::from(btc) * E8 * E8);
        rows
    }

    /// Any row.
    pub(crate) fn row(&mut self, t: i64, json: &str) {
        self.rows.push((t, json.to_owned()));
    }

    /// Money comes in, or goes out.
    pub(crate) fn flow(&mut self, t: i64, asset: u16, amount: i128) {
        self.flow_alone(t, asset, amount);
        *self.balances.entry(asset).or_default() += amount;
        self.balance(t, asset);
    }

    /// Money comes in, and no balance changes.
    pub(crate) fn flow_alone(&mut self, t: i64, asset: u16, amount: i128) {
        self.row(
            t,
            &format!(r#"{{"flow":{{"account":{OURS},"asset":{asset},"amount":{amount}}}}}"#),
        );
    }

    /// An order is accepted.
    pub(crate) fn accept(&mut self, t: i64, name: &str, side: &'static str, kind: &str, qty: i64) {
        let order = Resting {
            id: self.next_order,
            side,
            kind: kind.to_owned(),
            qty,
            filled: 0,
            quote: 0,
            status: "NEW",
        };
        self.next_order += 1;
        self.orders.insert(name.to_owned(), order);
        self.order(t, name, r#""new""#);
    }

    /// An order trades; the fee is 1 per mille of what it receives. Returns number and fee.
    pub(crate) fn trade(&mut self, t: i64, name: &str, qty: i64, price: i64) -> (u64, i128) {
        let trade = self.next_trade;
        self.next_trade += 1;
        let quote = i128::from(qty) * i128::from(price);
        let order = self.orders.get_mut(name).unwrap();
        order.filled += qty;
        order.quote += quote;
        order.status = if order.filled < order.qty { "PARTIALLY_FILLED" } else { "FILLED" };
        let buys = order.side == "buy";
        let base = i128::from(qty) * E8;
        let (fee, asset) = if buys { (up(base), BTC) } else { (up(quote), USDT) };
        let sign = if buys { 1 } else { -1 };
        *self.balances.entry(BTC).or_default() += sign * base;
        *self.balances.entry(USDT).or_default() -= sign * quote;
        *self.balances.entry(asset).or_default() -= fee;
        let event = format!(
            r#"{{"trade":{{"trade":{trade},"price":{price},"qty":{qty},"quote":{quote},"fee":{fee},"fee_asset":{asset},"maker":false}}}}"#
        );
        self.order(t, name, &event);
        self.balance(t, BTC);
        self.balance(t, USDT);
        (trade, fee)
    }

    /// An order ends: `CANCELLED` by its account or `EXPIRED` by its own rules.
    pub(crate) fn end(&mut self, t: i64, name: &str, status: &'static str) {
        self.orders.get_mut(name).unwrap().status = status;
        let event = match status {
            "CANCELLED" => r#"{"cancelled":{"request":"x"}}"#,
            _ => r#"{"expired":"UNFILLED_IOC_QUANTITY_EXPIRED"}"#,
        };
        self.order(t, name, event);
    }

    /// Tampers with the balance of an asset at the end.
    pub(crate) fn bend_balance(&mut self, t: i64, asset: u16, by: i128) {
        *self.balances.entry(asset).or_default() += by;
        self.balance(t, asset);
    }

    fn balance(&mut self, t: i64, asset: u16) {
        let free = self.balances[&asset];
        self.row(
            t,
            &format!(r#"{{"balances":{{"account":{OURS},"balances":[[{asset},{{"free":{free},"locked":0}}]]}}}}"#),
        );
    }

    fn order(&mut self, t: i64, name: &str, event: &str) {
        self.executions += 1;
        let Resting { id, side, kind, qty, filled, quote, status } = self.orders[name].clone();
        let execution = self.executions;
        self.row(
            t,
            &format!(
                concat!(
                    r#"{{"order":{{"execution":{execution},"order":{{"id":{id},"account":{ours},"symbol":0,"client_id":"{name}","#,
                    r#""list":null,"side":"{side}","kind":{kind},"size":{{"base":{qty}}},"stp":"EXPIRE_MAKER","#,
                    r#""strategy":{{"id":null,"kind":null}},"qty":{qty},"filled":{filled},"quote":{quote},"prevented":0,"#,
                    r#""prevented_match":null,"status":"{status}","created":{t},"updated":{t},"working":null,"queue":null,"#,
                    r#""locked":0,"amends":0}},"event":{event}}}}}"#
                ),
                ours = OURS,
                execution = execution,
                id = id,
                name = name,
                side = side,
                kind = kind,
                qty = qty,
                filled = filled,
                quote = quote,
                status = status,
                t = t,
                event = event
            ),
        );
    }

    /// Returns the bytes of the one file, each row a group of its own.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut chain = [0_u8; 32];
        for (n, (t, row)) in (1..).zip(&self.rows) {
            let json = format!(r#"{{"n":{n},"t":{t},"row":{row}}}"#);
            let mut hash = Sha256::new();
            hash.update(chain);
            hash.update(&json);
            chain = hash.finalize().into();
            let hex: String = chain.iter().map(|byte| format!("{byte:02x}")).collect();
            let body = format!("{hex} {n} 0 {json}");
            let mut crc = Crc::new();
            crc.update(body.as_bytes());
            out.extend_from_slice(format!("{:08x} {body}\n", crc.sum()).as_bytes());
        }
        out
    }

    /// Writes the ledger into a folder.
    pub(crate) fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("ledger-00000001.txt"), self.bytes()).unwrap();
    }
}

/// Returns the rules of the symbol: smallest quantity in 1e-8, smallest notional 5.
pub(crate) fn rules(min_qty: i64) -> String {
    format!(
        r#"{{"instrument":{{"symbol":"BTCUSDT","base":"BTC","quote":"USDT","lot":1000,"min_qty":{min_qty},"min_notional":50000000000000000}}}}"#
    )
}

/// Returns a per mille, rounded up at 1e-8.
fn up(amount: i128) -> i128 {
    (amount + 1_000 * E8 - 1) / (1_000 * E8) * E8
}
