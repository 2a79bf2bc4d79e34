//! A fill as a venue reports it.

use super::VenueOrderId;
use crate::fill::Liquidity;
use crate::ids::{Asset, Symbol};
use crate::market::TsNanos;
use crate::num::{Money, Price, Qty};
use crate::side::Side;

/// A fee in the asset it was charged in, which need be neither of the traded ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeCharged {
    /// In what.
    pub asset: Asset,
    /// How much of it.
    pub amount: Money,
}

/// A part of an order that traded, as a venue reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueFill {
    /// What was traded.
    pub symbol: Symbol,
    /// The venue's number of the trade, unique per symbol: the same again is the same fill.
    pub trade_id: u64,
    /// The order that traded.
    pub venue_order_id: VenueOrderId,
    /// Buy or sell.
    pub side: Side,
    /// How much, before a fee in base.
    pub qty: Qty,
    /// At what price.
    pub price: Price,
    /// What it cost; `None` where the venue charged nothing and named no asset.
    pub fee: Option<FeeCharged>,
    /// Rested or not; `None` where the message does not say.
    pub liquidity: Option<Liquidity>,
    /// When.
    pub at: TsNanos,
}
