//! [`Adopted`]: what somebody else traded on our account, booked openly.

use serde::{Deserialize, Serialize};

use crate::ids::{Seq, SymbolId};
use crate::num::{Money, Price, Qty};

/// What somebody else traded on our account, booked under an operator's name, and why.
///
/// Coins that are gone leave the position at the mark: what they were worth by then was ours. What came in for them beyond that, or
/// less, is a flow ([`Adopted::flow`]): nobody of us decided that trade, so its gain or loss is no result of trading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopted {
    /// Who.
    pub name: String,
    /// Why, in the operator's words.
    pub reason: String,
    /// Of which symbol.
    pub symbol: SymbolId,
    /// The incident that is settled with it.
    pub incident: Seq,
    /// What our holding changes by; never above zero, for coins that come from outside are not ours.
    pub qty: Qty,
    /// What our money changes by, in the settlement asset.
    pub cash: Money,
    /// The mark, at which the coins leave.
    pub price: Price,
}

impl Adopted {
    /// Returns what came in (+) or went out (-) by the hand of somebody else, all told.
    #[must_use]
    pub fn flow(&self) -> Money {
        self.cash + self.price.notional(self.qty)
    }
}
