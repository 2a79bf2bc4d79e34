//! What an order asks for.

use serde::{Deserialize, Serialize};

use crate::ids::SymbolId;
use crate::market::TsNanos;
use crate::num::{Price, Qty};
use crate::side::Side;

/// The kind of an order with the prices that exist in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// Trades at once at whatever price there is.
    Market,
    /// Trades at `price` or better.
    Limit {
        /// Worst price.
        price: Price,
    },
    /// Becomes a market order when the last price touches the trigger on the losing side.
    StopMarket {
        /// Touch price.
        trigger: Price,
    },
    /// Becomes a limit order when the last price touches the trigger on the losing side.
    StopLimit {
        /// Touch price.
        trigger: Price,
        /// Worst price.
        price: Price,
    },
    /// Becomes a market order when the last price touches the trigger on the winning side.
    TakeProfit {
        /// Touch price.
        trigger: Price,
    },
    /// Rests at `price`; refused by the venue if it would trade on arrival (post-only).
    LimitMaker {
        /// Worst price.
        price: Price,
    },
}

/// How long an order works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeInForce {
    /// Until cancelled.
    Gtc,
    /// What does not trade on arrival expires.
    Ioc,
    /// Trades whole on arrival or expires whole.
    Fok,
    /// Until the moment.
    Gtd(TsNanos),
}

/// An order as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRequest {
    /// What to trade.
    pub symbol: SymbolId,
    /// Buy or sell.
    pub side: Side,
    /// Kind and prices.
    pub kind: OrderKind,
    /// How much, above zero.
    pub qty: Qty,
    /// How long.
    pub tif: TimeInForce,
    /// May only make a position smaller.
    pub reduce_only: bool,
}
