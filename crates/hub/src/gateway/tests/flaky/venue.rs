//! [`Venue`]: the truth. One symbol, one account, prices in whole ticks.

use std::collections::BTreeMap;

use types::ids::{Asset, OrderId, Symbol};
use types::market::TsNanos;
use types::num::{Money, Price, Qty, Ratio};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;
use types::venue::{
    FeeCharged, OrderReport, OrderStatus, Progress, ReportedKind, VenueFill, VenueOrderId,
};

use super::super::super::words::{Named, Placing};

/// An order as the venue has it.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) order: OrderId,
    pub(super) client_id: String,
    pub(super) request: OrderRequest,
    pub(super) status: OrderStatus,
    pub(super) fills: Vec<VenueFill>,
    partner: Option<String>,
}

impl Held {
    pub(super) fn filled(&self) -> Qty {
        self.fills.iter().map(|fill| fill.qty).sum()
    }

    pub(super) fn open(&self) -> Qty {
        if self.status.is_open() { self.request.qty - self.filled() } else { Qty::ZERO }
    }
}

/// The truth.
#[derive(Debug)]
pub(super) struct Venue {
    pub(super) orders: BTreeMap<String, Held>,
    pub(super) base: Qty,
    pub(super) cash: Money,
    pub(super) price: Price,
    /// How often each order of a command was accepted.
    pub(super) accepted: BTreeMap<(u64, u8), u32>,
    /// Reports not yet on their way.
    pub(super) news: Vec<OrderReport>,
    trades: u64,
    unique_for_ever: bool,
}

/// What the venue answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Yes,
    No,
}

impl Venue {
    pub(super) fn new(unique_for_ever: bool) -> Self {
        Self {
            orders: BTreeMap::new(),
            base: Qty::ZERO,
            cash: Money::from_units(1_000),
            price: Price::from_raw(100 * Price::ONE.raw()),
            accepted: BTreeMap::new(),
            news: Vec::new(),
            trades: 0,
            unique_for_ever,
        }
    }

    fn free_base(&self) -> Qty {
        // The two of a list hold one quantity.
        let locks = self.orders.values().filter(|held| {
            let first = held.partner.as_ref().is_none_or(|partner| held.client_id < *partner);
            held.status.is_open() && held.request.side == Side::Sell && first
        });
        self.base - locks.map(Held::open).sum()
    }

    /// Returns whether an order of that name is rejected because of its name.
    pub(super) fn takes_no_more(&self, named: &Named) -> bool {
        let earlier = self.orders.get(named.client_id.as_str());
        earlier.is_some_and(|held| self.unique_for_ever || held.status.is_open())
    }

    pub(super) fn place(&mut self, place: &[Placing], now: TsNanos) -> Said {
        let known = place.iter().any(|placing| self.takes_no_more(placing.named()));
        let sells = place.iter().any(|placing| placing.request().side == Side::Sell);
        let qty = place.first().map_or(Qty::ZERO, |placing| placing.request().qty);
        let passed = place.iter().any(|placing| match placing.request().kind {
            OrderKind::StopMarket { trigger } | OrderKind::StopLimit { trigger, .. } => {
                self.price <= trigger
            }
            OrderKind::TakeProfit { trigger } => self.price >= trigger,
            OrderKind::Market | OrderKind::Limit { .. } | OrderKind::LimitMaker { .. } => false,
        });
        if known || passed || (sells && qty > self.free_base()) {
            if !known {
                for placing in place {
                    let rejected = self.held(placing, OrderStatus::Rejected, None);
                    self.news.push(report(&rejected, &[], now));
                }
            }
            return Said::No;
        }
        let names: Vec<String> =
            place.iter().map(|placing| placing.named().client_id.as_str().to_owned()).collect();
        for (index, placing) in place.iter().enumerate() {
            let partner = (names.len() == 2).then(|| names[1 - index].clone());
            let held = self.held(placing, OrderStatus::Working, partner);
            let id = held.order;
            *self.accepted.entry((id.command.0, id.leg.number())).or_default() += 1;
            self.news.push(report(&held, &[], now));
            let (id, request) = (held.client_id.clone(), held.request);
            self.orders.insert(id.clone(), held);
            if request.kind == OrderKind::Market {
                self.fill(&id, request.qty, self.price, now);
            }
        }
        Said::Yes
    }

    fn held(&self, placing: &Placing, status: OrderStatus, partner: Option<String>) -> Held {
        Held {
            order: placing.named().order,
            client_id: placing.named().client_id.as_str().to_owned(),
            request: *placing.request(),
            status,
            fills: Vec::new(),
            partner,
        }
    }

    pub(super) fn cancel(&mut self, named: &Named, now: TsNanos) -> Said {
        let id = named.client_id.as_str().to_owned();
        let Some(held) = self.orders.get(&id).filter(|held| held.status.is_open()) else {
            return Said::No;
        };
        let partner = held.partner.clone();
        self.end(&id, OrderStatus::Cancelled, now);
        if let Some(partner) = partner {
            self.end(&partner, OrderStatus::Cancelled, now);
        }
        Said::Yes
    }

    fn end(&mut self, id: &str, status: OrderStatus, now: TsNanos) {
        if let Some(held) = self.orders.get_mut(id).filter(|held| held.status.is_open()) {
            held.status = status;
            let news = report(held, &[], now);
            self.news.push(news);
        }
    }

    pub(super) fn look_up(&self, named: &Named, now: TsNanos) -> Option<OrderReport> {
        self.orders.get(named.client_id.as_str()).map(|held| report(held, &[], now))
    }

    pub(super) fn fills(&self, named: &Named) -> Vec<VenueFill> {
        self.orders.get(named.client_id.as_str()).map(|held| held.fills.clone()).unwrap_or_default()
    }

    /// Lets the market move and trade with what it meets; `part` says how much of an order trades at once.
    pub(super) fn trade(&mut self, price: Price, part: Ratio, now: TsNanos) {
        self.price = price;
        let open: Vec<String> = self
            .orders
            .values()
            .filter(|held| held.status.is_open())
            .map(|held| held.client_id.clone())
            .collect();
        for id in open {
            let Some(held) = self.orders.get(&id).filter(|held| held.status.is_open()) else {
                continue;
            };
            let request = held.request;
            let at = match request.kind {
                OrderKind::Market => Some(price),
                OrderKind::Limit { price: limit } | OrderKind::LimitMaker { price: limit } => {
                    (price <= limit).then_some(limit)
                }
                OrderKind::StopMarket { trigger } | OrderKind::StopLimit { trigger, .. } => {
                    (price <= trigger).then_some(price)
                }
                OrderKind::TakeProfit { trigger } => (price >= trigger).then_some(trigger),
            };
            let immediate = request.tif == TimeInForce::Ioc;
            if let Some(at) = at {
                let lot = Qty::from_raw(Qty::ONE.raw() / 10);
                let whole = request.kind == OrderKind::Market;
                let part = held.open().scaled_down(part).floor_to(lot);
                let qty = if whole || part.is_zero() { held.open() } else { part };
                self.fill(&id, qty, at, now);
            }
            if immediate {
                self.end(&id, OrderStatus::Expired, now);
            }
        }
    }

    fn fill(&mut self, id: &str, qty: Qty, at: Price, now: TsNanos) {
        let Some(held) = self.orders.get_mut(id) else { return };
        self.trades += 1;
        let buys = held.request.side == Side::Buy;
        // A buy pays a thousandth in base each third time.
        let fee = if buys && self.trades.is_multiple_of(3) {
            qty.scaled_up(Ratio::from_bps(10))
        } else {
            Qty::ZERO
        };
        let fill = VenueFill {
            symbol: Symbol::new("BTCUSDT").unwrap(),
            trade_id: self.trades,
            venue_order_id: VenueOrderId("1".to_owned()),
            side: held.request.side,
            qty,
            price: at,
            fee: Some(FeeCharged { asset: Asset::new("BTC").unwrap(), amount: Money::of_qty(fee) }),
            liquidity: None,
            at: now,
        };
        if buys {
            self.base += qty - fee;
            self.cash -= at.notional(qty);
        } else {
            self.base -= qty + fee;
            self.cash += at.notional(qty);
        }
        held.fills.push(fill.clone());
        let done = held.open().is_zero();
        held.status = if done { OrderStatus::Filled } else { OrderStatus::PartiallyFilled };
        let (news, partner) = (report(held, &[fill], now), held.partner.clone());
        self.news.push(news);
        if let Some(partner) = partner {
            // Once one of a list trades, the other is gone.
            self.end(&partner, OrderStatus::Expired, now);
        }
    }

    /// Returns the quantity of buys that can still trade.
    pub(super) fn open_buys(&self) -> Qty {
        let buys = self.orders.values().filter(|held| held.request.side == Side::Buy);
        buys.map(Held::open).sum()
    }

    /// Returns the quantity that a resting stop covers.
    pub(super) fn stopped(&self) -> Qty {
        let stops = self.orders.values().filter(|held| {
            matches!(held.request.kind, OrderKind::StopMarket { .. } | OrderKind::StopLimit { .. })
        });
        stops.map(Held::open).sum()
    }

    pub(super) fn report_of(&self, held: &Held, now: TsNanos) -> OrderReport {
        report(held, &[], now)
    }
}

fn report(held: &Held, fills: &[VenueFill], now: TsNanos) -> OrderReport {
    OrderReport {
        symbol: Symbol::new("BTCUSDT").unwrap(),
        client_order_id: held.client_id.clone(),
        venue_order_id: VenueOrderId("1".to_owned()),
        list_id: None,
        side: held.request.side,
        kind: ReportedKind::Ours(held.request.kind),
        tif: held.request.tif,
        progress: Progress {
            qty: held.request.qty,
            filled: held.filled(),
            filled_quote: None,
            status: held.status,
        },
        updated_at: now,
        fills: fills.to_vec(),
    }
}
