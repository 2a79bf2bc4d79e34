//! [`Row`]: what a venue's ledger keeps, as `docs/venue-ledger.md` lists it.

use serde::{Deserialize, Serialize};
use types::ids::{Asset, Symbol, SymbolId};
use types::market::TsNanos;
use types::num::{Money, Price};

use crate::exchange::book::{
    AccountId, AccountKind, AssetId, Balance, Execution, ListChange, Numbers, Order, OrderList,
    SymbolRules, SymbolStatus,
};

/// One row. Its place in the ledger and its time stand beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// A file begins: the first row of each.
    Segment {
        /// `plimsoll-venue-ledger`.
        format: String,
        /// Version of the format.
        version: u32,
        /// Number of the file.
        segment: u64,
    },
    /// A venue began to serve.
    Start(Box<Start>),
    /// A venue ended in good order.
    Stop {},
    /// An account was opened. Its secret is nowhere here.
    Account {
        /// Its number, by which the other rows name it.
        account: AccountId,
        /// What kind of participant.
        kind: AccountKind,
        /// Its API key; the crowd has none.
        key: Option<String>,
    },
    /// What an API key may do from here on.
    Rights {
        /// The account's number.
        account: AccountId,
        /// Reading.
        read: bool,
        /// Trading.
        trade: bool,
        /// Withdrawals.
        withdraw: bool,
        /// Transfers.
        transfer: bool,
        /// Only known addresses may use it.
        ip_restricted: bool,
    },
    /// An asset got its number.
    Asset {
        /// Its number, by which the other rows name it.
        asset: AssetId,
        /// Its name.
        name: Asset,
    },
    /// The rules of a symbol, at first and after each change.
    Symbol {
        /// Its number, by which the other rows name it.
        symbol: SymbolId,
        /// Its name.
        name: Symbol,
        /// Its rules.
        rules: Box<SymbolRules>,
    },
    /// Whether a symbol trades.
    Status {
        /// Which.
        symbol: SymbolId,
        /// What it is now.
        status: SymbolStatus,
    },
    /// An order was accepted or changed.
    Order {
        /// Number of the execution.
        execution: u64,
        /// The order after it.
        order: Box<Order>,
        /// What happened; a trade is a fill of this order.
        event: Execution,
    },
    /// An order list was placed or changed.
    List {
        /// The list after it.
        list: Box<OrderList>,
        /// What happened.
        change: ListChange,
    },
    /// Balances after a change.
    Balances {
        /// Whose.
        account: AccountId,
        /// The assets that changed, as they are now.
        balances: Vec<(AssetId, Balance)>,
    },
    /// Money came in or went out.
    Flow {
        /// Whose.
        account: AccountId,
        /// In what.
        asset: AssetId,
        /// How much; below zero it went out.
        amount: Money,
    },
    /// A fault fired.
    Fault {
        /// Its name.
        name: String,
        /// Its kind.
        kind: String,
        /// The way it struck.
        api: Option<String>,
        /// The endpoint, stream or event.
        endpoint: Option<String>,
        /// The symbol it was about.
        symbol: Option<String>,
        /// The API key of the account it was about.
        account: Option<String>,
    },
    /// Numbers up to these may have been given: a restart goes on behind them.
    Numbers {
        /// Which symbol.
        symbol: SymbolId,
        /// The highest that may have been given.
        numbers: Numbers,
        /// The last price, if there is one.
        last: Option<Price>,
    },
    /// The market has come so far: at least once in a minute of its time.
    Time {},
    /// The control port changed something that has no row of its own.
    Control {
        /// What, in words.
        what: String,
    },
}

/// What a venue was started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Version of the program.
    pub version: String,
    /// Where its prices come from, in words.
    pub source: String,
    /// Seed of the crowd and the faults.
    pub seed: u64,
    /// Market seconds in a second; `None` is as fast as the paced clients let it.
    pub speed: Option<u32>,
    /// Where the market stands.
    pub at: TsNanos,
    /// How much later the venue's times are than those of the source, in nanoseconds.
    pub shift: i64,
    /// Of made-up prices: their first bar.
    pub origin: Option<TsNanos>,
}

impl Row {
    /// Returns the word of its kind, as it stands in the file.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Segment { .. } => "segment",
            Self::Start(_) => "start",
            Self::Stop {} => "stop",
            Self::Account { .. } => "account",
            Self::Rights { .. } => "rights",
            Self::Asset { .. } => "asset",
            Self::Symbol { .. } => "symbol",
            Self::Status { .. } => "status",
            Self::Order { .. } => "order",
            Self::List { .. } => "list",
            Self::Balances { .. } => "balances",
            Self::Flow { .. } => "flow",
            Self::Fault { .. } => "fault",
            Self::Numbers { .. } => "numbers",
            Self::Time {} => "time",
            Self::Control { .. } => "control",
        }
    }
}

/// A row with its place and time, as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct Record<'a> {
    /// Place in the ledger, from 1.
    pub n: u64,
    /// The venue's time, in nanoseconds since 1970 UTC.
    pub t: TsNanos,
    /// The row, under the word of its kind.
    pub row: std::borrow::Cow<'a, Row>,
}
