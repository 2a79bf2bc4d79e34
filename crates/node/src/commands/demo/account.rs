//! [`Account`]: what the venue's own ledger says about the one account that trades there.

use std::collections::BTreeMap;
use std::path::Path;

use servers::venue::ledger::{Reader, Row};
use sim::exchange::book::{AccountId, AccountKind, AssetId, Execution, Order, VenueOrderId};
use types::ids::{Asset, Symbol, SymbolId};
use types::market::TsNanos;
use types::num::Qty;
use types::side::Side;

/// A row about an order.
#[derive(Clone, Debug)]
pub(super) struct OrderRow {
    /// Its place in the ledger.
    pub(super) n: u64,
    pub(super) t: TsNanos,
    pub(super) order: Order,
    pub(super) event: Execution,
}

/// What the ledger holds about the account.
#[derive(Debug, Default)]
pub(super) struct Account {
    number: Option<AccountId>,
    /// Name and base asset of each symbol.
    symbols: BTreeMap<SymbolId, (Symbol, Asset)>,
    assets: BTreeMap<AssetId, Asset>,
    /// Every row about its orders, oldest first.
    pub(super) rows: Vec<OrderRow>,
    /// Its orders as they are now.
    pub(super) orders: BTreeMap<VenueOrderId, Order>,
    /// How often each fault fired.
    pub(super) faults: BTreeMap<String, u64>,
    /// The venue's time at the last row.
    pub(super) t: TsNanos,
}

impl Account {
    /// Reads a ledger to its end, or to where it is being written.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut account = Self::default();
        Reader::open(folder)?.rows(|n, t, row| account.add(n, t, row))?;
        Ok(account)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "most rows are not about orders")]
    fn add(&mut self, n: u64, t: TsNanos, row: Row) {
        self.t = t;
        match row {
            Row::Account { account, kind: AccountKind::Client, .. } => {
                self.number.get_or_insert(account);
            }
            Row::Symbol { symbol, name, rules } => {
                self.symbols.insert(symbol, (name, rules.instrument.base));
            }
            Row::Asset { asset, name } => {
                self.assets.insert(asset, name);
            }
            Row::Order { order, event, .. } if Some(order.account) == self.number => {
                self.orders.insert(order.id, *order);
                self.rows.push(OrderRow { n, t, order: *order, event });
            }
            Row::Fault { name, .. } => *self.faults.entry(name).or_default() += 1,
            _ => {}
        }
    }

    /// Returns the name of a symbol.
    pub(super) fn name(&self, symbol: SymbolId) -> &str {
        self.symbols.get(&symbol).map_or("?", |(name, _)| name.as_str())
    }

    /// Returns the orders of a symbol that can still trade.
    pub(super) fn open(&self, symbol: SymbolId) -> impl Iterator<Item = &Order> {
        self.orders.values().filter(move |order| order.symbol == symbol && order.is_open())
    }

    /// Returns the symbols that are held now.
    pub(super) fn held(&self) -> impl Iterator<Item = SymbolId> {
        self.symbols.keys().copied().filter(|symbol| self.at(*symbol, TsNanos::MAX).is_held())
    }

    /// Returns what was held and protected at a moment.
    pub(super) fn at(&self, symbol: SymbolId, moment: TsNanos) -> Standing {
        let mut standing = Standing::default();
        let mut stops: BTreeMap<VenueOrderId, Qty> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.order.symbol == symbol && row.t <= moment) {
            self.add_fill(&mut standing, row);
            if is_stop(&row.order) {
                stops.insert(row.order.id, open_qty(&row.order));
            }
        }
        standing.protected = stops.into_values().fold(Qty::ZERO, |sum, qty| sum + qty);
        standing
    }

    /// Adds what an order's row did to a position.
    fn add_fill(&self, standing: &mut Standing, row: &OrderRow) {
        let Execution::Trade { qty, fee, fee_asset, .. } = &row.event else { return };
        let base = self.symbols.get(&row.order.symbol).map(|(_, base)| base);
        let in_base = self.assets.get(fee_asset).is_some_and(|asset| Some(asset) == base);
        let fee = fee.to_qty().filter(|_| in_base).unwrap_or_default();
        match row.order.side {
            Side::Buy => {
                standing.held = standing.held + *qty - fee;
                standing.bought = row.order.filled;
            }
            Side::Sell => standing.held = standing.held - *qty - fee,
        }
    }

    /// Returns the longest time that a position had no stop, in nanoseconds of the venue's time, between two moments.
    pub(super) fn unprotected(&self, symbol: SymbolId, from: TsNanos, to: TsNanos) -> i64 {
        let moments = self.rows.iter().filter(|row| row.order.symbol == symbol).map(|row| row.t);
        let inner = moments.filter(|t| *t > from && *t < to);
        let mut bare_since = None;
        let mut longest = 0;
        for t in [from].into_iter().chain(inner).chain([to]) {
            let bare = !self.at(symbol, t).is_protected();
            match (bare, bare_since) {
                (true, None) => bare_since = Some(t),
                (_, Some(since)) => {
                    longest = longest.max(t.as_nanos() - since.as_nanos());
                    if !bare {
                        bare_since = None;
                    }
                }
                (false, None) => {}
            }
        }
        longest
    }

    /// Returns client order ids under which more than one order was accepted.
    pub(super) fn doubled(&self) -> usize {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for order in self.orders.values() {
            *seen.entry(order.client_id.as_str()).or_default() += 1;
        }
        seen.values().filter(|times| **times > 1).count()
    }
}

/// A position as the venue's rows add up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Bought and not sold, net of fees.
    pub(super) held: Qty,
    /// The last purchase: less than a hundredth of it is a rest that cannot be sold, and no position.
    bought: Qty,
    /// What is left of resting stops.
    pub(super) protected: Qty,
}

impl Standing {
    /// Returns whether there is something to protect.
    pub(super) fn is_held(&self) -> bool {
        self.held.raw() > self.bought.raw() / 100
    }

    /// Returns whether stops cover what is held.
    pub(super) fn is_protected(&self) -> bool {
        self.held.raw() - self.protected.raw() <= self.bought.raw() / 100
    }
}

/// Returns whether an order waits for a price on the losing side of a position.
pub(super) fn is_stop(order: &Order) -> bool {
    use sim::exchange::book::OrderType::{StopLoss, StopLossLimit};
    order.side == Side::Sell && matches!(order.kind, StopLoss { .. } | StopLossLimit { .. })
}

fn open_qty(order: &Order) -> Qty {
    if order.is_open() { order.left() } else { Qty::ZERO }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Rows of a ledger about one symbol, at seconds.
    fn account(rows: &[(i64, Value)]) -> Account {
        let mut account = Account::default();
        let rules = json!({
            "instrument": {
                "symbol": "ETHUSDT", "base": "ETH", "quote": "USDT", "market": "spot",
                "tick": 1_000_000, "lot": 10_000, "min_qty": 10_000, "max_qty": 900_000_000_000_i64,
                "min_notional": 50_000_000_000_000_000_i64, "price_band_down": 20_000_000,
                "price_band_up": 500_000_000, "max_orders": 200, "maker_fee": 100_000,
                "taker_fee": 100_000, "fee_asset": "received", "maintenance_margin": 0,
                "liquidation_fee": 0,
            },
            "min_price": null, "max_price": null, "market_lot": null,
            "min_notional_at_market": true, "max_notional": null, "max_notional_at_market": false,
            "average_minutes": 5,
            "price_band": { "by_side": { "bid_up": 500_000_000, "bid_down": 20_000_000,
                "ask_up": 500_000_000, "ask_down": 20_000_000 } },
            "max_algo_orders": null, "max_order_lists": null, "max_amends": null,
            "max_position": null, "default_stp": "EXPIRE_MAKER", "allowed_stp": ["NONE"],
        });
        let first = [
            json!({ "account": { "account": 1, "kind": "client", "key": "k" } }),
            json!({ "asset": { "asset": 2, "name": "ETH" } }),
            json!({ "symbol": { "symbol": 0, "name": "ETHUSDT", "rules": rules } }),
        ];
        let all = first.into_iter().map(|row| (0, row)).chain(rows.iter().cloned());
        for (n, (second, row)) in (1..).zip(all) {
            let row = serde_json::from_value(row).unwrap();
            account.add(n, TsNanos::from_nanos(second * 1_000_000_000), row);
        }
        account
    }

    fn order(id: u64, side: &str, kind: &Value, filled: i64, status: &str, event: &Value) -> Value {
        json!({ "order": { "execution": id, "event": event, "order": {
            "id": id, "account": 1, "symbol": 0, "client_id": format!("c{id}"), "list": null,
            "side": side, "kind": kind, "size": { "base": 100_000_000 }, "stp": "EXPIRE_MAKER",
            "strategy": { "id": null, "kind": null }, "qty": 100_000_000, "filled": filled,
            "quote": 0, "prevented": 0, "prevented_match": null, "status": status,
            "created": 0, "updated": 0, "working": null, "queue": null, "locked": 0, "amends": 0,
        } } })
    }

    fn bought() -> Value {
        // A thousandth of it is the fee.
        let trade = json!({ "trade": { "trade": 1, "price": 1, "qty": 100_000_000, "quote": 1,
            "fee": 10_000_000_000_000_i64, "fee_asset": 2, "maker": true } });
        order(1, "buy", &json!("market"), 100_000_000, "FILLED", &trade)
    }

    fn stop(id: u64, status: &str, event: &Value) -> Value {
        order(id, "sell", &json!({ "stop_loss": { "stop": 1 } }), 0, status, event)
    }

    #[test]
    fn a_position_is_bare_until_its_stop_rests() {
        let at = |second: i64| TsNanos::from_nanos(second * 1_000_000_000);
        let rows = [
            (10, bought()),
            (12, stop(2, "NEW", &json!("new"))),
            (20, stop(2, "CANCELLED", &json!({ "cancelled": { "request": "r" } }))),
            (25, stop(3, "NEW", &json!("new"))),
        ];
        let account = account(&rows);
        let symbol = SymbolId(0);
        assert_eq!(account.at(symbol, at(11)).held.to_string(), "0.999");
        let longest = |from, to| account.unprotected(symbol, at(from), at(to)) / 1_000_000_000;
        assert_eq!(longest(0, 30), 5, "the second time is the longer one");
        assert_eq!(longest(0, 15), 2);
        assert_eq!(longest(12, 19), 0);
        assert_eq!(longest(21, 23), 2, "bare when it begins, and when it ends");
        assert_eq!(account.doubled(), 0);
    }

    #[test]
    fn what_is_replaced_in_one_moment_was_never_bare() {
        let rows = [
            (10, bought()),
            (10, stop(2, "NEW", &json!("new"))),
            (20, stop(2, "CANCELLED", &json!({ "cancelled": { "request": "r" } }))),
            (20, stop(3, "NEW", &json!("new"))),
        ];
        let account = account(&rows);
        let end = TsNanos::from_nanos(30_000_000_000);
        assert_eq!(account.unprotected(SymbolId(0), TsNanos::EPOCH, end), 0);
    }
}
