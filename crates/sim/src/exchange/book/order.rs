//! [`Order`] and [`OrderList`]: what the venue knows of them.

use serde::{Deserialize, Serialize};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Money, Qty};
use types::side::Side;

use super::ids::{AccountId, ClientId, ListId, VenueOrderId};
use super::request::{OrderType, Size, Stp, Strategy};

/// How far an order got (Binance, *ENUM definitions*, order status).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderStatus {
    /// Waits until the working order of its list is filled.
    PendingNew,
    /// Open, nothing traded.
    New,
    /// Open, a part traded.
    PartiallyFilled,
    /// Traded whole.
    Filled,
    /// Ended by its account.
    Cancelled,
    /// Ended by its own rules or by the venue.
    Expired,
    /// Ended by self-trade prevention.
    ExpiredInMatch,
}

impl OrderStatus {
    /// Returns whether it can still trade.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::PendingNew | Self::New | Self::PartiallyFilled => true,
            Self::Filled | Self::Cancelled | Self::Expired | Self::ExpiredInMatch => false,
        }
    }

    /// Returns the venue's word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PendingNew => "PENDING_NEW",
            Self::New => "NEW",
            Self::PartiallyFilled => "PARTIALLY_FILLED",
            Self::Filled => "FILLED",
            Self::Cancelled => "CANCELED",
            Self::Expired => "EXPIRED",
            Self::ExpiredInMatch => "EXPIRED_IN_MATCH",
        }
    }
}

/// An order as the venue holds it: everything a client can ask about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The venue's number.
    pub id: VenueOrderId,
    /// Whose.
    pub account: AccountId,
    /// What is traded.
    pub symbol: SymbolId,
    /// The client's name, or the one the venue gave.
    pub client_id: ClientId,
    /// The list it belongs to.
    pub list: Option<ListId>,
    /// Buy or sell.
    pub side: Side,
    /// Type and prices.
    pub kind: OrderType,
    /// How much was asked for.
    pub size: Size,
    /// Self-trade prevention.
    pub stp: Stp,
    /// Labels.
    pub strategy: Strategy,
    /// Quantity of the order in base. Of an order of a quote amount: what it came to when it arrived.
    pub qty: Qty,
    /// What traded of it.
    pub filled: Qty,
    /// What was paid or received for it, in quote, without fees.
    pub quote: Money,
    /// What self-trade prevention took off it.
    pub prevented: Qty,
    /// The last prevented match it was part of.
    pub prevented_match: Option<u64>,
    /// How far it got.
    pub status: OrderStatus,
    /// When it was accepted.
    pub created: TsNanos,
    /// When it last changed.
    pub updated: TsNanos,
    /// Since when it is, or was, on the book; `None` while it waits for its touch price or its turn.
    pub working: Option<TsNanos>,
    /// Its place in the queue of the symbol, set when it comes to rest in the book.
    pub queue: Option<u64>,
    /// What is set aside for it: base of a sale, quote of a buy. Of two orders that exclude each
    /// other one holds it for both.
    pub locked: Money,
    /// How often its quantity was amended.
    pub amends: u32,
}

impl Order {
    /// Returns what can still trade of it, in base.
    #[must_use]
    pub fn left(&self) -> Qty {
        self.qty - self.filled - self.prevented
    }

    /// Returns whether it is open.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.status.is_open()
    }

    /// Returns whether it is a stop-loss or take-profit order, which count for
    /// MAX_NUM_ALGO_ORDERS.
    #[must_use]
    pub const fn is_algo(&self) -> bool {
        self.kind.stop().is_some()
    }
}

/// What ties the orders of a list together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Contingency {
    /// One cancels the other.
    Oco,
    /// One triggers the other, or the other two.
    Oto,
}

/// How far a list got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListStatus {
    /// Its orders still depend on each other.
    Executing,
    /// Nothing depends on anything any more.
    AllDone,
}

/// An order list as the venue holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderList {
    /// The venue's number.
    pub id: ListId,
    /// Whose.
    pub account: AccountId,
    /// What is traded.
    pub symbol: SymbolId,
    /// The client's name, or the one the venue gave.
    pub client_id: ClientId,
    /// How its orders depend on each other.
    pub contingency: Contingency,
    /// How far it got.
    pub status: ListStatus,
    /// When it was accepted.
    pub created: TsNanos,
    /// When it last changed.
    pub updated: TsNanos,
    /// Its orders: the working one first, then the pair with the stop-loss first.
    pub orders: Vec<VenueOrderId>,
    /// Of OTO and OTOCO: whether the pending orders were placed.
    pub released: bool,
}

impl OrderList {
    /// Returns the order that has to be filled before the others are placed.
    #[must_use]
    pub fn working(&self) -> Option<VenueOrderId> {
        match self.contingency {
            Contingency::Oco => None,
            Contingency::Oto => self.orders.first().copied(),
        }
    }

    /// Returns the other order of the pair that an order is part of.
    #[must_use]
    pub fn partner(&self, order: VenueOrderId) -> Option<VenueOrderId> {
        let pair = match self.contingency {
            Contingency::Oco => &self.orders[..],
            Contingency::Oto => self.orders.get(1..).unwrap_or_default(),
        };
        match *pair {
            [one, other] if one == order => Some(other),
            [one, other] if other == order => Some(one),
            _ => None,
        }
    }
}
