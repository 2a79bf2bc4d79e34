//! [`Row`]: what a row of the ledger says, as `docs/venue-ledger.md` lists it.
//!
//! Amounts of money are read as `i128` straight from the text: they are larger than 64 bits.

use serde::Deserialize;
use serde::de::IgnoredAny;
use types::side::Side;

/// A row with its place and time.
#[derive(Debug, Deserialize)]
pub(super) struct Record {
    pub(super) n: u64,
    /// The venue's time, nanoseconds since 1970 UTC.
    pub(super) t: i64,
    pub(super) row: Row,
}

/// What a row says. What no rule looks at is read over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Row {
    Segment { format: String, version: u32, segment: u64 },
    Start { speed: Option<u32> },
    Stop {},
    Account { account: u32, kind: AccountKind, key: Option<String> },
    Rights(IgnoredAny),
    Asset { asset: u16, name: String },
    Symbol { symbol: u16, name: String, rules: Rules },
    Status { symbol: u16, status: SymbolStatus },
    Order { order: Box<Order>, event: Event },
    List(IgnoredAny),
    Balances { account: u32, balances: Vec<(u16, Balance)> },
    Flow { account: u32, asset: u16, amount: i128 },
    Fault(IgnoredAny),
    Numbers(IgnoredAny),
    Time {},
    Control { what: String },
}

/// What kind of participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AccountKind {
    Client,
    Crowd,
}

/// The rules of a symbol, as far as they are judged by.
#[derive(Debug, Deserialize)]
pub(super) struct Rules {
    pub(super) instrument: Instrument,
}

/// The part of the rules that says what is traded in which steps.
#[derive(Debug, Deserialize)]
pub(super) struct Instrument {
    pub(super) base: String,
    pub(super) quote: String,
    pub(super) lot: i64,
    pub(super) min_qty: i64,
    pub(super) min_notional: i128,
}

/// Whether a symbol trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SymbolStatus {
    Trading,
    Halt,
    Break,
    Delisted,
}

/// What an account has of an asset, in 1e-16.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Balance {
    pub(crate) free: i128,
    pub(crate) locked: i128,
}

/// An order as it is after an event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: u64,
    pub(crate) account: u32,
    pub(crate) symbol: u16,
    pub(crate) client_id: String,
    pub(crate) side: Side,
    pub(crate) kind: Kind,
    /// In 1e-8, as `filled` and `prevented`.
    pub(crate) qty: i64,
    pub(crate) filled: i64,
    pub(crate) prevented: i64,
    pub(crate) status: Status,
}

impl Order {
    /// Returns what can still trade of it.
    pub(crate) fn left(&self) -> i64 {
        let gone = self.filled.saturating_add(self.prevented);
        if self.status.is_open() { self.qty.saturating_sub(gone) } else { 0 }
    }
}

/// The type of an order with its prices, in 1e-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Limit { price: i64, tif: Tif },
    LimitMaker { price: i64 },
    Market,
    StopLoss { stop: i64 },
    StopLossLimit { stop: i64, price: i64, tif: Tif },
    TakeProfit { stop: i64 },
    TakeProfitLimit { stop: i64, price: i64, tif: Tif },
}

/// How long an order works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Tif {
    Gtc,
    Ioc,
    Fok,
}

/// How far an order got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    PendingNew,
    New,
    PartiallyFilled,
    Filled,
    Cancelled,
    Expired,
    ExpiredInMatch,
}

impl Status {
    /// Returns whether it can still trade.
    pub(crate) const fn is_open(self) -> bool {
        match self {
            Self::PendingNew | Self::New | Self::PartiallyFilled => true,
            Self::Filled | Self::Cancelled | Self::Expired | Self::ExpiredInMatch => false,
        }
    }
}

/// What happened to an order.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    New,
    Triggered,
    Trade { trade: u64, price: i64, qty: i64, quote: i128, fee: i128, fee_asset: u16 },
    Cancelled(IgnoredAny),
    Replaced(IgnoredAny),
    Expired(IgnoredAny),
    Prevented(IgnoredAny),
}
