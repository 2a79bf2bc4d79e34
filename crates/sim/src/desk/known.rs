//! [`Known`]: the orders that the desk was sent, so that it can say what became of one.

use std::collections::{BTreeMap, VecDeque};

use hub::gateway::Named;
use types::entry::ReportEvent;
use types::fill::{Fee, Fill};
use types::ids::{Leg, OrderId, Seq};
use types::instrument::Instrument;
use types::market::TsNanos;
use types::num::{Money, Qty};
use types::order::OrderRequest;

use crate::exchange::Resumed;
use types::venue::{
    FeeCharged, OrderReport, OrderStatus, Progress, ReportedKind, VenueFill, VenueOrderId,
};

/// Ended orders that can still be asked for: a run's memory does not grow with its trades.
const REMEMBERED: usize = 1_000;

/// An order that the desk was sent.
#[derive(Clone, Debug)]
struct Order {
    request: OrderRequest,
    status: OrderStatus,
    filled: Qty,
    fills: Vec<(TsNanos, Fill)>,
    updated_at: TsNanos,
}

/// The orders that the desk was sent: open ones, and the newest of those that have ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    orders: BTreeMap<OrderId, Order>,
    ended: VecDeque<OrderId>,
}

impl Known {
    /// Takes note of an order that arrives, before anything is said of it.
    pub(super) fn on_sent(&mut self, id: OrderId, request: OrderRequest, now: TsNanos) {
        let order = Order {
            request,
            status: OrderStatus::Waiting,
            filled: Qty::ZERO,
            fills: Vec::new(),
            updated_at: now,
        };
        self.orders.insert(id, order);
    }

    /// Returns the orders that work, oldest first; forgets those that never arrived: they died on their way.
    pub(super) fn resume(&mut self) -> Vec<Resumed> {
        self.orders.retain(|_, order| order.status != OrderStatus::Waiting);
        let works = |id: OrderId| Some(id).filter(|id| self.is_open(*id));
        let open = self.orders.iter().filter(|(_, order)| order.status.is_open());
        let resumed = |(id, order): (&OrderId, &Order)| Resumed {
            order: *id,
            request: order.request,
            left: order.request.qty - order.filled,
            // The command of a target stands right behind that of the stop of its list.
            partner: match id.leg {
                Leg::Main => None,
                Leg::Stop => works(OrderId::first(Seq(id.command.0 + 1), Leg::Target)),
                Leg::Target => works(OrderId::first(Seq(id.command.0 - 1), Leg::Stop)),
            },
        };
        open.map(resumed).collect()
    }

    /// Takes note of what is said of an order.
    pub(super) fn on_report(&mut self, id: OrderId, event: &ReportEvent, at: TsNanos) {
        let Some(order) = self.orders.get_mut(&id) else { return };
        order.updated_at = at;
        order.status = match event {
            ReportEvent::Accepted => OrderStatus::Working,
            ReportEvent::CancelRejected => order.status,
            ReportEvent::Filled(fill) => {
                order.filled += fill.qty;
                order.fills.push((at, *fill));
                if order.filled >= order.request.qty {
                    OrderStatus::Filled
                } else {
                    OrderStatus::PartiallyFilled
                }
            }
            ReportEvent::Cancelled => OrderStatus::Cancelled,
            ReportEvent::Expired => OrderStatus::Expired,
            ReportEvent::Rejected(_) | ReportEvent::NeverAccepted => OrderStatus::Rejected,
        };
        if order.status.is_open() {
            return;
        }
        self.ended.push_back(id);
        if self.ended.len() > REMEMBERED
            && let Some(oldest) = self.ended.pop_front()
        {
            self.orders.remove(&oldest);
        }
    }

    /// Returns whether an order can still trade.
    pub(super) fn is_open(&self, id: OrderId) -> bool {
        self.orders.get(&id).is_some_and(|order| order.status.is_open())
    }

    /// Returns what a look-up shows: an order that has arrived and was not rejected.
    pub(super) fn look_up(&self, named: &Named, instrument: &Instrument) -> Option<OrderReport> {
        let id = named.order;
        let order = self.orders.get(&id)?;
        match order.status {
            // Under way, or never in the book: a venue knows neither.
            OrderStatus::Waiting | OrderStatus::Rejected => return None,
            OrderStatus::Working
            | OrderStatus::PartiallyFilled
            | OrderStatus::Filled
            | OrderStatus::Cancelled
            | OrderStatus::Expired
            | OrderStatus::SelfTradePrevented => {}
        }
        let cost = |(_, fill): &(TsNanos, Fill)| fill.price.notional(fill.qty);
        let cost: Money = order.fills.iter().map(cost).sum();
        Some(OrderReport {
            symbol: instrument.symbol.clone(),
            client_order_id: named.client_id.as_str().to_owned(),
            venue_order_id: venue_id(id),
            list_id: None,
            side: order.request.side,
            kind: ReportedKind::Ours(order.request.kind),
            tif: order.request.tif,
            progress: Progress {
                qty: order.request.qty,
                filled: order.filled,
                filled_quote: Some(cost),
                status: order.status,
            },
            updated_at: order.updated_at,
            fills: self.fills(id, instrument),
        })
    }

    /// Returns the fills of an order, oldest first.
    pub(super) fn fills(&self, id: OrderId, instrument: &Instrument) -> Vec<VenueFill> {
        let fills = self.orders.get(&id).map(|order| order.fills.as_slice()).unwrap_or_default();
        let told = |(at, fill): &(TsNanos, Fill)| VenueFill {
            symbol: instrument.symbol.clone(),
            trade_id: fill.trade_id,
            venue_order_id: venue_id(id),
            side: fill.side,
            qty: fill.qty,
            price: fill.price,
            fee: Some(match fill.fee {
                Fee::Base(qty) => {
                    FeeCharged { asset: instrument.base.clone(), amount: Money::of_qty(qty) }
                }
                Fee::Quote(amount) => FeeCharged { asset: instrument.quote.clone(), amount },
            }),
            liquidity: Some(fill.liquidity),
            at: *at,
        };
        fills.iter().map(told).collect()
    }
}

/// Returns the name the desk gives an order: the place of its command and its leg.
fn venue_id(id: OrderId) -> VenueOrderId {
    VenueOrderId(format!("{}-{}-{}", id.command.0, id.leg.number(), id.attempt))
}
