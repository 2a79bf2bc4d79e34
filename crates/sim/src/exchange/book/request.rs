//! What can be asked of the book.

use serde::{Deserialize, Serialize};
use types::ids::SymbolId;
use types::num::{Money, Price, Qty};
use types::side::Side;

use super::ids::{ClientId, ListId, VenueOrderId};

/// How long an order works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Tif {
    /// Until cancelled.
    Gtc,
    /// What does not trade at once expires.
    Ioc,
    /// Trades whole at once or expires whole.
    Fok,
}

/// The type of an order with the prices that exist in it (Binance, *ENUM definitions*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// Trades at `price` or better.
    Limit {
        /// Worst price.
        price: Price,
        /// How long.
        tif: Tif,
    },
    /// Rests at `price`; rejected if it would trade on arrival.
    LimitMaker {
        /// Worst price.
        price: Price,
    },
    /// Trades at once at whatever price there is; the rest expires.
    Market,
    /// Becomes a market order when a trade touches `stop` on the losing side.
    StopLoss {
        /// Touch price.
        stop: Price,
    },
    /// Becomes a limit order when a trade touches `stop` on the losing side.
    StopLossLimit {
        /// Touch price.
        stop: Price,
        /// Worst price.
        price: Price,
        /// How long, once touched.
        tif: Tif,
    },
    /// Becomes a market order when a trade touches `stop` on the winning side.
    TakeProfit {
        /// Touch price.
        stop: Price,
    },
    /// Becomes a limit order when a trade touches `stop` on the winning side.
    TakeProfitLimit {
        /// Touch price.
        stop: Price,
        /// Worst price.
        price: Price,
        /// How long, once touched.
        tif: Tif,
    },
}

impl OrderType {
    /// Returns the worst price, if there is one.
    #[must_use]
    pub const fn price(self) -> Option<Price> {
        match self {
            Self::Limit { price, .. }
            | Self::LimitMaker { price }
            | Self::StopLossLimit { price, .. }
            | Self::TakeProfitLimit { price, .. } => Some(price),
            Self::Market | Self::StopLoss { .. } | Self::TakeProfit { .. } => None,
        }
    }

    /// Returns the touch price, if there is one.
    #[must_use]
    pub const fn stop(self) -> Option<Price> {
        match self {
            Self::StopLoss { stop }
            | Self::StopLossLimit { stop, .. }
            | Self::TakeProfit { stop }
            | Self::TakeProfitLimit { stop, .. } => Some(stop),
            Self::Limit { .. } | Self::LimitMaker { .. } | Self::Market => None,
        }
    }

    /// Returns how long it works; `Gtc` for types that name nothing.
    #[must_use]
    pub const fn tif(self) -> Tif {
        match self {
            Self::Limit { tif, .. }
            | Self::StopLossLimit { tif, .. }
            | Self::TakeProfitLimit { tif, .. } => tif,
            Self::LimitMaker { .. }
            | Self::Market
            | Self::StopLoss { .. }
            | Self::TakeProfit { .. } => Tif::Gtc,
        }
    }

    /// Returns whether it protects: touched on the losing side.
    #[must_use]
    pub const fn is_stop_loss(self) -> bool {
        matches!(self, Self::StopLoss { .. } | Self::StopLossLimit { .. })
    }

    /// Returns whether the price has to rise to touch it; `None` if it has no touch price.
    #[must_use]
    pub fn awaits_rise(self, side: Side) -> Option<bool> {
        self.stop()?;
        Some(self.is_stop_loss() == (side == Side::Buy))
    }

    /// Returns the venue's word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Limit { .. } => "LIMIT",
            Self::LimitMaker { .. } => "LIMIT_MAKER",
            Self::Market => "MARKET",
            Self::StopLoss { .. } => "STOP_LOSS",
            Self::StopLossLimit { .. } => "STOP_LOSS_LIMIT",
            Self::TakeProfit { .. } => "TAKE_PROFIT",
            Self::TakeProfitLimit { .. } => "TAKE_PROFIT_LIMIT",
        }
    }
}

/// How much: of the base asset, or for a market order what to spend or receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// So much of the base asset.
    Base(Qty),
    /// As much as comes closest to this amount of the quote asset: `quoteOrderQty`.
    Quote(Money),
}

/// What happens when an order would trade with its own account or trade group (Binance, *Self Trade
/// Prevention FAQ*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Stp {
    /// They trade.
    None,
    /// What is left of the arriving order expires.
    ExpireTaker,
    /// What is left of the resting order expires.
    ExpireMaker,
    /// Both expire.
    ExpireBoth,
    /// Both shrink by what would have traded; who has nothing left expires.
    Decrement,
    /// As `Decrement`; between two accounts of a group that both say so the amounts change hands.
    Transfer,
}

impl Stp {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::ExpireTaker,
        Self::ExpireMaker,
        Self::ExpireBoth,
        Self::Decrement,
        Self::Transfer,
    ];
}

/// Labels that a client gives and gets back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strategy {
    /// `strategyId`.
    pub id: Option<i64>,
    /// `strategyType`.
    pub kind: Option<i32>,
}

/// An order as it is sent, without its symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrder {
    /// Buy or sell.
    pub side: Side,
    /// Type and prices.
    pub kind: OrderType,
    /// How much.
    pub size: Size,
    /// The client's name, unique among the open orders of its account and symbol; `None` lets the
    /// venue give one.
    pub client_id: Option<ClientId>,
    /// Self-trade prevention; `None` takes the symbol's default.
    pub stp: Option<Stp>,
    /// Labels.
    pub strategy: Strategy,
}

impl NewOrder {
    /// Returns an order of a base quantity with nothing else said.
    #[must_use]
    pub fn new(side: Side, kind: OrderType, qty: Qty) -> Self {
        let (client_id, stp, strategy) = (None, None, Strategy::default());
        Self { side, kind, size: Size::Base(qty), client_id, stp, strategy }
    }

    /// Returns the order with a name.
    #[must_use]
    pub const fn named(self, name: ClientId) -> Self {
        Self { client_id: Some(name), ..self }
    }
}

/// Two orders of which one can act; one of them is a stop-loss, the other is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The order whose price is above the market.
    pub above: NewOrder,
    /// The order whose price is below the market.
    pub below: NewOrder,
}

/// What an order list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListShape {
    /// When one acts, the other expires.
    Oco(Pair),
    /// When the first is filled, the second is placed.
    Oto {
        /// A limit or limit-maker order.
        working: NewOrder,
        /// Any order of a base quantity.
        pending: NewOrder,
    },
    /// When the first is filled, the pair is placed.
    Otoco {
        /// A limit or limit-maker order.
        working: NewOrder,
        /// The pair.
        pending: Pair,
    },
}

/// An order list as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewList {
    /// The client's name, unique among the open lists of its account.
    pub client_id: Option<ClientId>,
    /// Its orders.
    pub shape: ListShape,
}

/// Which order is meant. Where both are given, the order is found by its number and its name is
/// checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderRef {
    /// By the venue's number.
    Id(VenueOrderId),
    /// By the client's name.
    ClientId(ClientId),
    /// By both.
    Both(VenueOrderId, ClientId),
}

/// Which order list is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListRef {
    /// By the venue's number.
    Id(ListId),
    /// By the client's name.
    ClientId(ClientId),
}

/// On which condition an order is cancelled: `cancelRestrictions`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CancelOnly {
    /// Whatever has traded.
    #[default]
    Always,
    /// Only while nothing has traded.
    OnlyNew,
    /// Only after a part has traded.
    OnlyPartiallyFilled,
}

/// A cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Whose symbol.
    pub symbol: SymbolId,
    /// Which.
    pub order: OrderRef,
    /// The name of the cancellation itself; `None` lets the venue give one.
    pub client_id: Option<ClientId>,
    /// On which condition.
    pub only: CancelOnly,
}

/// What happens to the new order when the old one cannot be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReplaceMode {
    /// It is not placed.
    StopOnFailure,
    /// It is placed all the same.
    AllowFailure,
}
