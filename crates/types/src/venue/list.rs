//! Orders that hang together: one cancels the other, one triggers the other.

use std::fmt;

use super::{NewOrder, OrderReport, VenueOrderId};
use crate::ids::{ClientOrderId, Symbol};
use crate::market::TsNanos;
use crate::num::{Price, Qty};
use crate::side::Side;

/// The venue's name of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VenueListId(pub String);

impl fmt::Display for VenueListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The profit target of a pair: rests at its price, never takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetExit {
    /// Our name of it.
    pub client_order_id: ClientOrderId,
    /// Where it rests.
    pub price: Price,
}

/// The stop of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopExit {
    /// Our name of it.
    pub client_order_id: ClientOrderId,
    /// Touch price.
    pub trigger: Price,
    /// Worst price of the limit order it becomes; `None`: it becomes a market order.
    pub limit: Option<Price>,
}

/// Target and stop of one quantity: when one trades, the other is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitPair {
    /// Sell to close a long, buy to close a short.
    pub side: Side,
    /// How much, of each.
    pub qty: Qty,
    /// The target.
    pub target: TargetExit,
    /// The stop.
    pub stop: StopExit,
}

/// The order of a list that works first: a limit order or one that only rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingOrder(pub NewOrder);

/// Orders to be placed in one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderList {
    /// One cancels the other.
    Oco {
        /// What to trade.
        symbol: Symbol,
        /// Our name of the list, different from those of its orders.
        client_list_id: ClientOrderId,
        /// The two.
        exits: ExitPair,
    },
    /// When the first has traded whole, the other is placed.
    Oto {
        /// Our name of the list, different from those of its orders.
        client_list_id: ClientOrderId,
        /// The first.
        working: WorkingOrder,
        /// The other, of the same symbol.
        pending: NewOrder,
    },
    /// When the first has traded whole, a pair is placed of which one cancels the other.
    Otoco {
        /// Our name of the list, different from those of its orders.
        client_list_id: ClientOrderId,
        /// The first.
        working: WorkingOrder,
        /// The pair.
        exits: ExitPair,
    },
}

impl OrderList {
    /// Returns what is traded.
    #[must_use]
    pub const fn symbol(&self) -> &Symbol {
        match self {
            Self::Oco { symbol, .. } => symbol,
            Self::Oto { working, .. } | Self::Otoco { working, .. } => &working.0.symbol,
        }
    }

    /// Returns our name of the list.
    #[must_use]
    pub const fn client_list_id(&self) -> &ClientOrderId {
        match self {
            Self::Oco { client_list_id, .. }
            | Self::Oto { client_list_id, .. }
            | Self::Otoco { client_list_id, .. } => client_list_id,
        }
    }

    /// Returns our names of its orders.
    #[must_use]
    pub fn client_order_ids(&self) -> Vec<&ClientOrderId> {
        match self {
            Self::Oco { exits, .. } => {
                vec![&exits.target.client_order_id, &exits.stop.client_order_id]
            }
            Self::Oto { working, pending, .. } => {
                vec![&working.0.client_order_id, &pending.client_order_id]
            }
            Self::Otoco { working, exits, .. } => vec![
                &working.0.client_order_id,
                &exits.target.client_order_id,
                &exits.stop.client_order_id,
            ],
        }
    }
}

/// Where a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListStatus {
    /// At least one of its orders can still trade.
    Executing,
    /// All of its orders have ended.
    Done,
    /// It was not accepted, or not cancelled.
    Rejected,
}

/// A list as the venue sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListReport {
    /// What is traded.
    pub symbol: Symbol,
    /// The venue's name of it.
    pub list_id: VenueListId,
    /// The name it was placed with.
    pub client_list_id: String,
    /// Where it is.
    pub status: ListStatus,
    /// Its orders by name: the client's and the venue's.
    pub orders: Vec<(String, VenueOrderId)>,
    /// Reports of its orders; empty where the message carries names alone.
    pub reports: Vec<OrderReport>,
    /// When the venue last changed it.
    pub updated_at: TsNanos,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{JournalId, Leg, OrderId, Seq};
    use crate::order::{OrderKind, TimeInForce};

    /// Our name of the order that a command of this entry asks for.
    fn id(command: u64) -> ClientOrderId {
        let order = OrderId::first(Seq(command), Leg::Main);
        ClientOrderId::of(JournalId([1; 16]), "main", order)
    }

    fn order(name: u64) -> NewOrder {
        NewOrder {
            symbol: Symbol::new("BTCUSDT").unwrap(),
            client_order_id: id(name),
            side: Side::Buy,
            kind: OrderKind::Market,
            qty: Qty::from_raw(1),
            tif: TimeInForce::Gtc,
            reduce_only: false,
        }
    }

    fn exits() -> ExitPair {
        let price = Price::from_raw;
        ExitPair {
            side: Side::Sell,
            qty: Qty::from_raw(1),
            target: TargetExit { client_order_id: id(2), price: price(3) },
            stop: StopExit { client_order_id: id(3), trigger: price(1), limit: None },
        }
    }

    #[test]
    fn a_list_knows_its_name_its_symbol_and_its_orders_first_to_last() {
        let (symbol, list) = (Symbol::new("BTCUSDT").unwrap(), || id(9));
        let working = || WorkingOrder(order(1));
        for (list, names) in [
            (
                OrderList::Oco { symbol: symbol.clone(), client_list_id: list(), exits: exits() },
                &[2, 3][..],
            ),
            (
                OrderList::Oto { client_list_id: list(), working: working(), pending: order(4) },
                &[1, 4],
            ),
            (
                OrderList::Otoco { client_list_id: list(), working: working(), exits: exits() },
                &[1, 2, 3],
            ),
        ] {
            let ids: Vec<_> = list.client_order_ids().into_iter().copied().collect();
            assert_eq!(ids, names.iter().map(|name| id(*name)).collect::<Vec<_>>());
            assert_eq!((list.symbol(), list.client_list_id()), (&symbol, &id(9)));
        }
    }

    #[test]
    fn names_of_the_venue_are_shown_as_they_are() {
        let (list, order) = (VenueListId("17".to_owned()), VenueOrderId("4711".to_owned()));
        assert_eq!(format!("{list:>4}|{order:<6}|"), "  17|4711  |");
    }
}
