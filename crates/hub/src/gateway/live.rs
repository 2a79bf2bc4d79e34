//! [`Live`]: an order of ours with what was heard of it; [`Orders`]: all of them, by both of their names.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use types::decision::Protection;
use types::defects::{Defect, planted};
use types::entry::ReportEvent;
use types::ids::{ClientOrderId, Leg, OrderId, Seq, SymbolId};
use types::market::{Direction, TsNanos};
use types::num::Qty;
use types::order::{Order, OrderEvent, OrderRequest, OrderState};

use super::words::Named;

/// How long an ended order is remembered, nanoseconds: later reports of it are as of somebody else's order.
const REMEMBERED: i64 = 86_400_000_000_000;

/// An order of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Live {
    pub(super) order: Order,
    pub(super) client_id: ClientOrderId,
    /// The entry that caused it.
    pub(super) cause: Seq,
    /// The other one of its list.
    pub(super) pair: Option<OrderId>,
    /// The order that is to take its stead, in one request with its cancellation.
    pub(super) successor: Option<OrderId>,
    /// The venue's numbers of the fills that were counted: the same again is the same fill.
    pub(super) trades: BTreeSet<u64>,
    /// What has traded, whatever state the order was in.
    pub(super) filled: Qty,
    /// What an entry decides for its position: a fill that comes after everything else still brings its stop.
    pub(super) protection: Option<(Protection, Direction)>,
    /// Whether the venue has said anything that shows it accepted the order.
    pub(super) heard: bool,
    /// Whether a look-up has proven that it never was.
    pub(super) never_accepted: bool,
    /// When its command was sequenced.
    pub(super) since: TsNanos,
}

impl Live {
    pub(super) fn named(&self) -> Named {
        let (order, symbol) = (self.order.id, self.order.request.symbol);
        Named { order, client_id: self.client_id, symbol }
    }

    pub(super) const fn request(&self) -> &OrderRequest {
        &self.order.request
    }

    /// Returns whether a cancellation of it was asked for and has not come about.
    pub(super) fn is_leaving(&self) -> bool {
        self.order.state() == OrderState::CancelPending
    }

    /// Returns when the newest command about it was sequenced, if the venue has not answered that.
    pub(super) fn unanswered_since(&self) -> Option<TsNanos> {
        let asked = self.order.history().last().map(|(at, _)| *at).filter(|_| self.is_leaving());
        asked.or_else(|| (!self.heard).then_some(self.since))
    }

    /// Folds a report other than a fill; returns whether the order changed.
    pub(super) fn on_event(&mut self, event: &ReportEvent, at: TsNanos) -> bool {
        let (event, heard) = match event {
            ReportEvent::Accepted => (OrderEvent::Accept, true),
            ReportEvent::Rejected(_) => (OrderEvent::Reject, false),
            ReportEvent::Cancelled => (OrderEvent::Cancel, true),
            ReportEvent::Expired => (OrderEvent::Expire, true),
            ReportEvent::NeverAccepted => (OrderEvent::NotFound, false),
            ReportEvent::CancelRejected => (OrderEvent::CancelRejected, true),
            ReportEvent::Filled(_) => return false,
        };
        self.heard |= heard;
        self.never_accepted |= event == OrderEvent::NotFound;
        self.order.on_event(event, at).is_ok()
    }
}

/// Every order of ours that is open or was not long ago. Each stays where it is once made: it is large, and the maps
/// move what they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Orders {
    open: BTreeMap<OrderId, Box<Live>>,
    ended: BTreeMap<OrderId, Box<Live>>,
    names: BTreeMap<ClientOrderId, OrderId>,
}

impl Orders {
    pub(super) fn get(&self, order: OrderId) -> Option<&Live> {
        self.open.get(&order).or_else(|| self.ended.get(&order)).map(Box::as_ref)
    }

    pub(super) fn get_mut(&mut self, order: OrderId) -> Option<&mut Live> {
        self.open.get_mut(&order).or_else(|| self.ended.get_mut(&order)).map(Box::as_mut)
    }

    /// Finds the order that a venue's text names; one that it does not find is somebody else's.
    pub(super) fn by_text(&self, text: &str) -> Option<OrderId> {
        let other = || self.open.first_key_value().map(|(order, _)| *order);
        let other = || other().filter(|_| planted(Defect::ForeignOrderCounted));
        ClientOrderId::of_text(text).and_then(|name| self.names.get(&name).copied()).or_else(other)
    }

    /// Returns the orders that have not ended.
    pub(super) fn open(&self) -> impl Iterator<Item = &Live> {
        self.open.values().map(Box::as_ref)
    }

    /// Returns whether every order has ended.
    pub(super) fn are_idle(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn is_open(&self, order: OrderId) -> bool {
        self.open.contains_key(&order)
    }

    pub(super) fn open_of(&self, symbol: SymbolId) -> impl Iterator<Item = &Live> {
        self.open().filter(move |live| live.request().symbol == symbol)
    }

    /// Returns the protective orders of a symbol that have not ended.
    pub(super) fn protective(&self, symbol: SymbolId) -> impl Iterator<Item = &Live> {
        self.open_of(symbol).filter(|live| live.order.id.leg != Leg::Main)
    }

    pub(super) fn insert(&mut self, live: Live, now: TsNanos) {
        while let Some((first, old)) = self.ended.first_key_value() {
            let last = old.order.history().last().map_or(now, |(at, _)| *at);
            if now.since(last) <= REMEMBERED {
                break;
            }
            let first = *first;
            if let Some(old) = self.ended.remove(&first) {
                self.names.remove(&old.client_id);
            }
        }
        self.names.insert(live.client_id, live.order.id);
        self.open.insert(live.order.id, Box::new(live));
    }

    /// Takes note of what is to take the stead of an order, and of the other one of its list.
    pub(super) fn set_successor(&mut self, order: OrderId, successor: OrderId) {
        let pair = self.get(order).and_then(|live| live.pair);
        for old in [Some(order), pair].into_iter().flatten() {
            if let Some(live) = self.open.get_mut(&old) {
                live.successor = Some(successor);
            }
        }
    }

    /// Returns the orders in whose stead another one was to come.
    pub(super) fn replaced_by(&self, successor: OrderId) -> impl Iterator<Item = OrderId> {
        let replaced = self.open().filter(move |live| live.successor == Some(successor));
        replaced.filter(|live| live.is_leaving()).map(|live| live.order.id)
    }

    /// What [`Defect::LateNewReopens`] makes of an order that has ended.
    pub(super) fn reopen(&mut self, order: OrderId) {
        if let Some(mut live) = self.ended.remove(&order) {
            live.order = Order::new(order, *live.request(), live.since);
            self.open.insert(order, live);
        }
    }

    /// Puts an order that has ended where the ended ones are; returns whether it has.
    pub(super) fn settle(&mut self, order: OrderId) -> bool {
        let ends = self.open.get(&order).is_some_and(|live| live.order.state().is_terminal());
        if ends && let Some(live) = self.open.remove(&order) {
            self.ended.insert(order, live);
        }
        ends
    }
}
