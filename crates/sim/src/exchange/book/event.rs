//! [`Event`]: what the book says happened, in the order in which it happened.

use serde::{Deserialize, Serialize};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::side::Side;

use super::account::Balance;
use super::ids::{AccountId, AssetId, ClientId, TradeId, VenueOrderId};
use super::order::{Order, OrderList};
use super::request::{NewOrder, Stp};
use super::rules::SymbolStatus;
use crate::exchange::rejection::Rejection;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An order changed. Crowd accounts are not told.
    Order(Box<OrderEvent>),
    /// The new order of a cancel-replace was rejected after its cancellation was tried.
    Rejected(Box<Rejected>),
    /// An order list changed.
    List {
        /// The list after it.
        list: OrderList,
        /// Its orders with their names, in the list's order.
        orders: Vec<(VenueOrderId, ClientId)>,
        /// In what way.
        change: ListChange,
    },
    /// Two orders traded.
    Trade(Trade),
    /// A price level changed.
    Level(Level),
    /// The best bid or ask changed; said once, at the end of a call.
    Quote(Quote),
    /// Balances of an account may have changed; said once, at the end of a call.
    Balances {
        /// When.
        at: TsNanos,
        /// Whose.
        account: AccountId,
        /// The assets touched, as they are now.
        balances: Vec<(AssetId, Balance)>,
    },
    /// An amount entered or left the venue.
    Flow {
        /// When.
        at: TsNanos,
        /// Whose.
        account: AccountId,
        /// In what.
        asset: AssetId,
        /// How much; below zero it left.
        amount: Money,
    },
    /// A symbol began, paused or ended trading.
    Status {
        /// When.
        at: TsNanos,
        /// Which.
        symbol: SymbolId,
        /// What it is now.
        status: SymbolStatus,
    },
    /// The rules of a symbol changed.
    Rules {
        /// When.
        at: TsNanos,
        /// Which.
        symbol: SymbolId,
    },
}

impl Event {
    /// Returns when it happened.
    #[must_use]
    pub fn at(&self) -> TsNanos {
        match self {
            Self::Order(event) => event.at,
            Self::Rejected(rejected) => rejected.at,
            Self::List { list, .. } => list.updated,
            Self::Trade(trade) => trade.at,
            Self::Level(level) => level.at,
            Self::Quote(quote) => quote.at,
            Self::Balances { at, .. }
            | Self::Flow { at, .. }
            | Self::Status { at, .. }
            | Self::Rules { at, .. } => *at,
        }
    }
}

/// One step in the life of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// When.
    pub at: TsNanos,
    /// Number of the execution, rising within the symbol.
    pub execution_id: u64,
    /// The order after it.
    pub order: Order,
    /// What happened.
    pub execution: Execution,
}

/// What happened to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Execution {
    /// It was accepted, or, of a pending order, placed: the status says which.
    New,
    /// Its touch price was touched; it is a market or limit order from here on.
    Triggered,
    /// A part of it traded.
    Trade {
        /// The trade's number.
        trade: TradeId,
        /// At what price.
        price: Price,
        /// How much, in base.
        qty: Qty,
        /// Price x quantity.
        quote: Money,
        /// What it cost.
        fee: Money,
        /// In which asset.
        fee_asset: AssetId,
        /// Whether it rested.
        maker: bool,
    },
    /// Its account ended it.
    Cancelled {
        /// The name of the cancellation.
        request: ClientId,
    },
    /// Its quantity was amended.
    Replaced {
        /// The name it had before.
        previous: ClientId,
    },
    /// Its own rules or the venue ended it.
    Expired(ExpiryReason),
    /// It would have traded with its own account or trade group. The status says whether it ended.
    Prevented(PreventedMatch),
}

/// Why an order expired (Binance, *User Data Streams*, order expiry reason).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExpiryReason {
    /// Its turn came, by its touch price or its list, and it was not taken: funds or filters.
    Rejected,
    /// The venue ended it.
    ExchangeCancelled,
    /// The other order of its pair acts, or the pair expired.
    OcoTrigger,
    /// The working order of its list expired.
    OtoPhaseOneExpired,
    /// What an IOC did not fill.
    UnfilledIocQuantityExpired,
    /// A FOK that could not be filled whole.
    UnfilledFokOrderExpired,
    /// What a market order did not find.
    InsufficientLiquidity,
}

impl ExpiryReason {
    /// Returns the venue's word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rejected => "REJECTED",
            Self::ExchangeCancelled => "EXCHANGE_CANCELED",
            Self::OcoTrigger => "OCO_TRIGGER",
            Self::OtoPhaseOneExpired => "OTO_PHASE_ONE_EXPIRED",
            Self::UnfilledIocQuantityExpired => "UNFILLED_IOC_QUANTITY_EXPIRED",
            Self::UnfilledFokOrderExpired => "UNFILLED_FOK_ORDER_EXPIRED",
            Self::InsufficientLiquidity => "INSUFFICIENT_LIQUIDITY",
        }
    }
}

/// A trade that self-trade prevention prevented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreventedMatch {
    /// Its number, rising within the symbol from 0.
    pub id: u64,
    /// When.
    pub at: TsNanos,
    /// What would have been traded.
    pub symbol: SymbolId,
    /// The arriving order.
    pub taker: VenueOrderId,
    /// The resting order.
    pub maker: VenueOrderId,
    /// Whose the arriving order is.
    pub taker_account: AccountId,
    /// Whose the resting order is.
    pub maker_account: AccountId,
    /// The trade group of the two, if they are in one.
    pub trade_group: Option<u32>,
    /// What was done: the mode in effect.
    pub mode: Stp,
    /// At which price they met.
    pub price: Price,
    /// What the arriving order lost.
    pub taker_qty: Option<Qty>,
    /// What the resting order lost.
    pub maker_qty: Option<Qty>,
}

/// An order that was not taken after its cancellation was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// When.
    pub at: TsNanos,
    /// Whose.
    pub account: AccountId,
    /// What was to be traded.
    pub symbol: SymbolId,
    /// What was asked.
    pub order: NewOrder,
    /// Why not.
    pub rejection: Rejection,
}

/// What happened to an order list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListChange {
    /// It was placed, or its pending orders were.
    Started,
    /// An order of it has a new name.
    Updated,
    /// Nothing of it depends on anything any more.
    Done,
}

/// A trade as everybody sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// Its number.
    pub id: TradeId,
    /// When.
    pub at: TsNanos,
    /// What was traded.
    pub symbol: SymbolId,
    /// At what price.
    pub price: Price,
    /// How much, in base.
    pub qty: Qty,
    /// The buyer's order.
    pub buyer_order: VenueOrderId,
    /// The seller's order.
    pub seller_order: VenueOrderId,
    /// The buyer.
    pub buyer: AccountId,
    /// The seller.
    pub seller: AccountId,
    /// Whether the buyer's order rested.
    pub buyer_is_maker: bool,
}

/// A price level after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// When.
    pub at: TsNanos,
    /// Which book.
    pub symbol: SymbolId,
    /// Number of the change: one more for each change of the book.
    pub update_id: u64,
    /// Bid or ask.
    pub side: Side,
    /// The level's price.
    pub price: Price,
    /// All that rests there now; zero when the level is gone.
    pub qty: Qty,
}

/// Best bid and ask with all that rests there; `None` where a side is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// When.
    pub at: TsNanos,
    /// Which book.
    pub symbol: SymbolId,
    /// Number of the last change of the book.
    pub update_id: u64,
    /// Best price and quantity of the buyers.
    pub bid: Option<(Price, Qty)>,
    /// Best price and quantity of the sellers.
    pub ask: Option<(Price, Qty)>,
}
