//! [`OtherSide`]: what the exchange itself recorded, read past the adapter.

use std::collections::BTreeMap;

use async_trait::async_trait;
use types::ids::Symbol;
use types::market::TsNanos;
use types::num::{Price, Qty};
use types::venue::{Balances, OrderStatus};

/// An order as the exchange recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerOrder {
    /// The name it was placed with.
    pub client_order_id: String,
    /// The exchange's name.
    pub venue_order_id: String,
    /// Where it is.
    pub status: OrderStatus,
    /// What was asked for.
    pub qty: Qty,
    /// What has traded.
    pub filled: Qty,
}

/// A fill as the exchange recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerFill {
    /// The order, by the exchange's name.
    pub venue_order_id: String,
    /// How much.
    pub qty: Qty,
    /// At what price.
    pub price: Price,
}

/// What the exchange recorded about one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Orders that were accepted, in order; one that was accepted twice stands here twice.
    pub orders: Vec<LedgerOrder>,
    /// Fills by the exchange's number of the trade.
    pub fills: BTreeMap<u64, LedgerFill>,
    /// Balances that are not zero.
    pub balances: Balances,
    /// How often each kind of fault fired.
    pub faults: BTreeMap<String, u64>,
}

/// The exchange, seen from behind.
#[async_trait]
pub trait OtherSide: Send + Sync {
    /// Returns our clock.
    fn now(&self) -> TsNanos;

    /// Returns the symbol to trade.
    fn symbol(&self) -> Symbol;

    /// Returns what the exchange recorded about our account so far.
    ///
    /// # Errors
    /// What is wrong with the record, in words.
    async fn ledger(&self) -> Result<Ledger, String>;
}
