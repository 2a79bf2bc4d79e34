//! What a venue says about an order: [`OrderReport`], a snapshot, and [`Execution`], one step of its life.

use serde::{Deserialize, Serialize};

use super::{BalanceChange, Balances, ListReport, VenueFill, VenueListId, VenueOrderId};
use crate::ids::Symbol;
use crate::market::TsNanos;
use crate::num::{Money, Price, Qty};
use crate::order::{OrderKind, TimeInForce};
use crate::side::Side;

/// Where an order is, in the venue's eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum OrderStatus {
    /// Waits until the order that triggers it has traded whole.
    Waiting,
    /// Rests, nothing has traded.
    Working,
    /// Rests, a part has traded.
    PartiallyFilled,
    /// Traded whole.
    Filled,
    /// Cancelled by us, or with the list it was in.
    Cancelled,
    /// Not accepted.
    Rejected,
    /// Ended by its kind, its time in force or the venue.
    Expired,
    /// Ended because it would have traded with another order of ours.
    SelfTradePrevented,
}

impl OrderStatus {
    /// Returns whether the order can still trade.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Waiting | Self::Working | Self::PartiallyFilled => true,
            Self::Filled
            | Self::Cancelled
            | Self::Rejected
            | Self::Expired
            | Self::SelfTradePrevented => false,
        }
    }
}

/// The kind of an order at a venue, which others than we may have placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportedKind {
    /// One of our kinds.
    Ours(OrderKind),
    /// Becomes a limit order when the price touches the trigger on the winning side; we place none.
    TakeProfitLimit {
        /// Touch price.
        trigger: Price,
        /// Worst price.
        price: Price,
    },
}

/// How far an order got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What was asked for.
    pub qty: Qty,
    /// What has traded.
    pub filled: Qty,
    /// What that cost, in quote currency; `None` where the venue no longer knows.
    pub filled_quote: Option<Money>,
    /// Where it is.
    pub status: OrderStatus,
}

/// An order as the venue sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderReport {
    /// What is traded.
    pub symbol: Symbol,
    /// The name it was placed with; ours, or of somebody else's choosing.
    pub client_order_id: String,
    /// The venue's name of it.
    pub venue_order_id: VenueOrderId,
    /// The list it is part of.
    pub list_id: Option<VenueListId>,
    /// Buy or sell.
    pub side: Side,
    /// Kind and prices.
    pub kind: ReportedKind,
    /// How long it works.
    pub tif: TimeInForce,
    /// How far it got.
    pub progress: Progress,
    /// When the venue last changed it.
    pub updated_at: TsNanos,
    /// Fills that came in the same message, oldest first; empty does not mean that there were none.
    pub fills: Vec<VenueFill>,
}

/// Why a venue did not accept an order, in its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueRejection(pub String);

/// One step of an order's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Execution {
    /// The venue took it.
    Accepted,
    /// The quantity was made smaller in place.
    Amended,
    /// A part or all of it traded.
    Fill(VenueFill),
    /// It was cancelled.
    Cancelled,
    /// It was not accepted.
    Rejected(VenueRejection),
    /// Its time in force, its kind or the venue ended it.
    Expired,
    /// It would have traded with another order of ours.
    SelfTradePrevented,
}

/// One message about the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserEvent {
    /// A step of an order's life.
    Order {
        /// What happened.
        execution: Execution,
        /// The order after it.
        report: Box<OrderReport>,
        /// The venue's number of the step: the same again is the same step.
        execution_id: u64,
        /// When the venue made the message.
        event_time: TsNanos,
    },
    /// A step of a list's life.
    List {
        /// The list after it; its orders by name only, without reports.
        report: ListReport,
        /// When the venue made the message.
        event_time: TsNanos,
    },
    /// Balances after a change, of the assets that may have changed.
    Balances {
        /// The balances.
        balances: Balances,
        /// When the venue made the message.
        event_time: TsNanos,
    },
    /// A deposit, withdrawal, transfer or an outside lock.
    BalanceChange {
        /// The change.
        change: BalanceChange,
        /// When the venue made the message.
        event_time: TsNanos,
    },
    /// No more messages will come on this subscription.
    Ended {
        /// When the venue made the message.
        event_time: TsNanos,
    },
}
