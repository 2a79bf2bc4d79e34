//! What a venue trades under a symbol, beyond what [`Instrument`] says.

use crate::instrument::Instrument;
use crate::num::{Money, Price, Qty, Ratio};
use crate::order::OrderKind;

/// Whether a symbol trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListingStatus {
    /// Orders are taken and matched.
    Trading,
    /// Stopped for now.
    Halted,
    /// Between sessions, or before the first or after the last one.
    Closed,
}

/// The kinds of orders, without their prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderKindName {
    /// [`OrderKind::Market`].
    Market,
    /// [`OrderKind::Limit`].
    Limit,
    /// [`OrderKind::StopMarket`].
    StopMarket,
    /// [`OrderKind::StopLimit`].
    StopLimit,
    /// [`OrderKind::TakeProfit`].
    TakeProfit,
    /// [`OrderKind::LimitMaker`].
    LimitMaker,
}

impl OrderKindName {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Market,
        Self::Limit,
        Self::StopMarket,
        Self::StopLimit,
        Self::TakeProfit,
        Self::LimitMaker,
    ];

    /// Returns the kind of an order.
    #[must_use]
    pub const fn of(kind: OrderKind) -> Self {
        match kind {
            OrderKind::Market => Self::Market,
            OrderKind::Limit { .. } => Self::Limit,
            OrderKind::StopMarket { .. } => Self::StopMarket,
            OrderKind::StopLimit { .. } => Self::StopLimit,
            OrderKind::TakeProfit { .. } => Self::TakeProfit,
            OrderKind::LimitMaker { .. } => Self::LimitMaker,
        }
    }

    /// Returns the word used in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Limit => "limit",
            Self::StopMarket => "stop_market",
            Self::StopLimit => "stop_limit",
            Self::TakeProfit => "take_profit",
            Self::LimitMaker => "limit_maker",
        }
    }
}

/// Steps and bounds of the quantity of some orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LotRule {
    /// Smallest quantity.
    pub min: Qty,
    /// Largest quantity.
    pub max: Qty,
    /// Smallest step; zero: no step beyond that of every order.
    pub step: Qty,
}

/// How far an order's price may be from the market's, as shares of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceBand {
    /// Lowest share.
    pub down: Ratio,
    /// Highest share.
    pub up: Ratio,
}

/// A symbol as a venue lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Steps, minima and fees.
    pub instrument: Instrument,
    /// Whether it trades.
    pub status: ListingStatus,
    /// The kinds of orders taken for it.
    pub kinds: Vec<OrderKindName>,
    /// Whether one-cancels-the-other lists are taken.
    pub oco: bool,
    /// Whether one-triggers-the-other lists are taken.
    pub oto: bool,
    /// Whether an order can be replaced in one request.
    pub cancel_replace: bool,
    /// Whether an order's quantity can be made smaller in place.
    pub amend: bool,
    /// Lowest price of an order; zero: none.
    pub min_price: Price,
    /// Highest price of an order; zero: none.
    pub max_price: Price,
    /// Largest price x quantity of an order.
    pub max_notional: Option<Money>,
    /// Quantities of market orders, where they have bounds of their own.
    pub market_lot: Option<LotRule>,
    /// Band of a buy's price.
    pub buy_band: Option<PriceBand>,
    /// Band of a sale's price.
    pub sell_band: Option<PriceBand>,
    /// Most orders with a trigger that may be open at once.
    pub max_triggered_orders: Option<u32>,
    /// Most lists that may be open at once.
    pub max_lists: Option<u32>,
    /// Most of the base asset that the account may hold and be buying.
    pub max_position: Option<Qty>,
}
