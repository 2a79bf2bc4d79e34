//! One execution report of a part of an order.

use serde::{Deserialize, Serialize};

use crate::ids::{OrderId, SymbolId};
use crate::num::{Money, Price, Qty};
use crate::side::Side;

/// Whether an order rested or traded on arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Liquidity {
    /// Rested in the book.
    Maker,
    /// Traded on arrival.
    Taker,
}

/// A fee in the asset it was charged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fee {
    /// Taken from the base asset: a buy delivers less.
    Base(Qty),
    /// Taken from the quote asset.
    Quote(Money),
}

/// A part of an order that traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// The order; `None` for a close by the venue (liquidation).
    pub order: Option<OrderId>,
    /// The venue's number of the execution, unique per symbol.
    pub trade_id: u64,
    /// What traded.
    pub symbol: SymbolId,
    /// Buy or sell.
    pub side: Side,
    /// How much, before a base fee.
    pub qty: Qty,
    /// At what price.
    pub price: Price,
    /// What it cost.
    pub fee: Fee,
    /// Rested or not.
    pub liquidity: Liquidity,
}

impl Fill {
    /// Returns price x quantity.
    #[must_use]
    pub fn notional(&self) -> Money {
        self.price.notional(self.qty)
    }

    /// Returns the fee in quote currency, a base fee valued at the fill's price.
    #[must_use]
    pub fn fee_in_quote(&self) -> Money {
        match self.fee {
            Fee::Base(qty) => self.price.notional(qty),
            Fee::Quote(money) => money,
        }
    }
}
