//! [`Known`]: the orders that the desk was sent, so that it can say what became of one.

use std::collections::{BTreeMap, VecDeque};

use hub::gateway::Named;
use serde::{Deserialize, Serialize};
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
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    request: OrderRequest,
    status: OrderStatus,
    filled: Qty,
    fills: Vec<(TsNanos, Fill)>,
    updated_at: TsNanos,
}

/// The orders that the desk was sent: open ones, and the newest of those that have ended. Each stays where it is once
/// made; one that has ended is seldom asked for, and then looked for among all of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Known {
    open: BTreeMap<OrderId, Box<Order>>,
    ended: VecDeque<(OrderId, Box<Order>)>,
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
        self.open.insert(id, Box::new(order));
    }

    fn get(&self, id: OrderId) -> Option<&Order> {
        let ended = || self.ended.iter().rev().find(|(ended, _)| *ended == id);
        let order = self.open.get(&id).or_else(|| ended().map(|(_, order)| order));
        order.map(Box::as_ref)
    }

    /// Returns the orders that work, oldest first; forgets those that never arrived: they died on their way.
    pub(super) fn resume(&mut self) -> Vec<Resumed> {
        self.open.retain(|_, order| order.status != OrderStatus::Waiting);
        let works = |id: OrderId| Some(id).filter(|id| self.is_open(*id));
        let open = self.open.iter().map(|(id, order)| (id, order.as_ref()));
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
        let Some(order) = self.open.get_mut(&id) else { return };
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
        self.ended.extend(self.open.remove_entry(&id));
        if self.ended.len() > REMEMBERED {
            self.ended.pop_front();
        }
    }

    /// Returns whether an order can still trade.
    pub(super) fn is_open(&self, id: OrderId) -> bool {
        self.open.contains_key(&id)
    }

    /// Returns what a look-up shows: an order that has arrived and was not rejected.
    pub(super) fn look_up(&self, named: &Named, instrument: &Instrument) -> Option<OrderReport> {
        let id = named.order;
        let order = self.get(id)?;
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
        let fills = self.get(id).map(|order| order.fills.as_slice()).unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use types::fill::Liquidity;
    use types::ids::{Asset, ClientOrderId, JournalId, Symbol, SymbolId};
    use types::instrument::Market;
    use types::num::Price;
    use types::order::{OrderKind, TimeInForce};
    use types::side::Side;

    use super::*;

    fn named(command: u64) -> Named {
        let order = OrderId::first(Seq(command), Leg::Main);
        let client_id = ClientOrderId::of(JournalId::default(), "desk", order);
        Named { order, client_id, symbol: SymbolId(0) }
    }

    #[test]
    fn what_has_ended_is_told_until_a_thousand_others_have() {
        let asset = |name| Asset::new(name).expect("a name");
        let symbol = Symbol::new("BTCUSDT").expect("a name");
        let instrument = Instrument::unknown(symbol, asset("BTC"), asset("USDT"), Market::Spot);
        let (at, qty, price) = (TsNanos::EPOCH, Qty::STEP, Price::ONE);
        let request = OrderRequest {
            symbol: SymbolId(0),
            side: Side::Buy,
            kind: OrderKind::Market,
            qty,
            tif: TimeInForce::Gtc,
            reduce_only: false,
        };
        let fill = |order| Fill {
            order: Some(order),
            trade_id: 7,
            symbol: request.symbol,
            side: request.side,
            qty,
            price,
            fee: Fee::Base(Qty::ZERO),
            liquidity: Liquidity::Taker,
        };
        let mut known = Known::default();
        known.on_sent(named(1).order, request, at);
        assert_eq!(known.look_up(&named(1), &instrument), None, "it has not arrived");
        known.on_report(named(1).order, &ReportEvent::Accepted, at);
        // The one that works is not among those that are forgotten.
        for command in 2..=1_002 {
            let order = named(command).order;
            known.on_sent(order, request, at);
            known.on_report(order, &ReportEvent::Filled(fill(order)), at);
            assert!(!known.is_open(order) && known.is_open(named(1).order));
        }
        let told = [1, 2, 3, 1_002].map(|command| {
            let named = named(command);
            let report = known.look_up(&named, &instrument)?;
            assert_eq!(report.client_order_id, named.client_id.as_str());
            Some((report.progress.status, report.fills.len()))
        });
        let filled = Some((OrderStatus::Filled, 1));
        assert_eq!(told, [Some((OrderStatus::Working, 0)), None, filled, filled]);
        let resumed: Vec<OrderId> = known.resume().iter().map(|resumed| resumed.order).collect();
        assert_eq!(resumed, [named(1).order]);
    }
}
