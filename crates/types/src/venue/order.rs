//! An order on its way to a venue, and how a venue's order is named.

use std::fmt;

use crate::ids::{ClientOrderId, Symbol};
use crate::num::Qty;
use crate::order::{OrderKind, TimeInForce};
use crate::side::Side;

/// The venue's own name of an order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VenueOrderId(pub String);

impl fmt::Display for VenueOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An order to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// What to trade.
    pub symbol: Symbol,
    /// Our name of it, by which it is found again.
    pub client_order_id: ClientOrderId,
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

/// How an order is named to a venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderKey {
    /// By our name, or by the name that a foreign order came with.
    Client(String),
    /// By the venue's.
    Venue(VenueOrderId),
}

impl From<&ClientOrderId> for OrderKey {
    fn from(id: &ClientOrderId) -> Self {
        Self::Client(id.as_str().to_owned())
    }
}
