//! [`Exchange`]: a venue in a few lines: orders rest, trade when a story says so, answers get lost when it says so.

use std::collections::{BTreeMap, BTreeSet};

use types::bar::Bar;
use types::feed::{Answer as Told, Query};
use types::fill::Liquidity;
use types::ids::{Asset, Symbol};
use types::instrument::{Instrument, Market};
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Price, Qty, Ratio};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;
use types::venue::{
    Account, Balance, Balances, Execution, FeeCharged, Listing, ListingStatus, OrderKindName,
    OrderReport, OrderStatus, Progress, ReportedKind, UserEvent, VenueFill, VenueOrderId,
};

use crate::gateway::{Answer, LookUp, Outcome, Placing, Request};

/// What everything costs at first.
const FIRST: &str = "100";

/// An order at the venue.
#[derive(Clone, Debug)]
pub(super) struct Resting {
    pub(super) request: OrderRequest,
    pub(super) status: OrderStatus,
    pub(super) filled: Qty,
    fills: Vec<VenueFill>,
}

/// A venue.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) now: TsNanos,
    pub(super) balances: Balances,
    pub(super) orders: BTreeMap<String, Resting>,
    pub(super) prices: Vec<Price>,
    /// Every price since the first, with its moment and the symbol's place.
    traded: Vec<(TsNanos, usize, Price)>,
    pub(super) symbols: Vec<Symbol>,
    pub(super) status: ListingStatus,
    /// Symbols that it no longer lists, by place: nothing is said of them.
    pub(super) gone: BTreeSet<usize>,
    /// What the account's own stream has to tell.
    pub(super) events: Vec<UserEvent>,
    /// Requests that are carried out and never answered.
    pub(super) swallow: u32,
    /// Nothing is answered, nothing is carried out.
    pub(super) down: bool,
    /// Bars that are asked for are not there yet.
    pub(super) no_bars: bool,
    /// Symbols that have no bars from before a moment, by place.
    pub(super) listed: BTreeMap<usize, TsNanos>,
    /// A symbol of which bars cannot be asked for, by place.
    pub(super) bars_fail: Option<usize>,
    /// Its clock minus ours, nanoseconds.
    pub(super) skew: i64,
    /// It refuses our key.
    pub(super) refuses_key: bool,
    /// Charged for each purchase, in coins.
    pub(super) fee: Qty,
    /// Sales at the market are rejected.
    pub(super) rejects_sales: bool,
    trades: u64,
}

pub(super) fn asset(name: &str) -> Asset {
    Asset::new(name).unwrap()
}

fn instrument(symbol: &Symbol) -> Instrument {
    let base = symbol.as_str().strip_suffix("USDT").unwrap();
    Instrument {
        tick: "1".parse().unwrap(),
        lot: "0.1".parse().unwrap(),
        min_qty: "0.1".parse().unwrap(),
        min_notional: Money::from_units(5),
        ..Instrument::unknown(symbol.clone(), asset(base), asset("USDT"), Market::Spot)
    }
}

impl Exchange {
    pub(super) fn new(symbols: &[&str], now: TsNanos) -> Self {
        let cash = Balance { free: Money::from_units(1_000), locked: Money::ZERO };
        Self {
            now,
            balances: [(asset("USDT"), cash)].into(),
            orders: BTreeMap::new(),
            prices: vec![FIRST.parse().unwrap(); symbols.len()],
            traded: Vec::new(),
            symbols: symbols.iter().map(|name| Symbol::new(name).unwrap()).collect(),
            status: ListingStatus::Trading,
            gone: BTreeSet::new(),
            events: Vec::new(),
            swallow: 0,
            down: false,
            no_bars: false,
            listed: BTreeMap::new(),
            bars_fail: None,
            skew: 0,
            refuses_key: false,
            fee: Qty::ZERO,
            rejects_sales: false,
            trades: 0,
        }
    }

    pub(super) fn listings(&self) -> Vec<Listing> {
        let listing = |symbol: &Symbol| Listing {
            instrument: instrument(symbol),
            status: self.status,
            kinds: OrderKindName::ALL.to_vec(),
            oco: true,
            oto: false,
            cancel_replace: true,
            amend: false,
            min_price: Price::ZERO,
            max_price: Price::ZERO,
            max_notional: None,
            market_lot: None,
            buy_band: None,
            sell_band: None,
            max_triggered_orders: None,
            max_lists: None,
            max_position: None,
        };
        let there = self.symbols.iter().enumerate().filter(|(place, _)| !self.gone.contains(place));
        there.map(|(_, symbol)| listing(symbol)).collect()
    }

    pub(super) fn account(&self) -> Account {
        Account {
            balances: self.balances.clone(),
            maker_fee: Ratio::ZERO,
            taker_fee: Ratio::ZERO,
            can_trade: true,
            updated_at: self.now,
        }
    }

    pub(super) fn open(&self) -> Vec<OrderReport> {
        let open = self.orders.iter().filter(|(_, order)| order.status.is_open());
        open.map(|(name, _)| self.report(name)).collect()
    }

    /// Returns whether a question is one that is not answered.
    pub(super) fn fails(&self, query: &Query) -> bool {
        let failing = self.bars_fail.map(|place| &self.symbols[place]);
        matches!(query, Query::Bars { symbol, .. } if Some(symbol) == failing)
    }

    pub(super) fn market(&self, query: &Query) -> Told {
        match query {
            Query::Time => Told::Time(self.now.plus(self.skew)),
            Query::Bars { timeframe, from, until, limit, symbol } => {
                let place = self.symbols.iter().position(|s| s == symbol).unwrap();
                let mut open = timeframe.open_of(*from);
                let mut bars = Vec::new();
                while !self.no_bars && open < *until && open.plus(timeframe.nanos()) <= self.now {
                    if bars.len() == usize::from(*limit) {
                        break;
                    }
                    if self.listed.get(&place).is_none_or(|listed| *listed <= open) {
                        bars.push(self.bar(place, *timeframe, open));
                    }
                    open = open.plus(timeframe.nanos());
                }
                Told::Bars(bars)
            }
            Query::Trades { .. } | Query::Depth { .. } => panic!("nobody asks for {query:?}"),
        }
    }

    /// Returns the bar so far: bars of all timeframes are made of the same prices.
    pub(super) fn bar(&self, place: usize, timeframe: Timeframe, open_time: TsNanos) -> Bar {
        let end = open_time.plus(timeframe.nanos());
        let of_symbol = self.traded.iter().filter(|(_, symbol, _)| *symbol == place);
        let price = |traded: &(TsNanos, usize, Price)| traded.2;
        let before = of_symbol.clone().rev().find(|(at, ..)| *at < open_time).map(price);
        let open = before.unwrap_or(FIRST.parse().unwrap());
        let mut bar = Bar { open_time, open, high: open, low: open, close: open, volume: None };
        for (_, _, price) in of_symbol.filter(|(at, ..)| *at >= open_time && *at < end) {
            (bar.high, bar.low) = (bar.high.max(*price), bar.low.min(*price));
            bar.close = *price;
        }
        bar
    }

    /// Carries a request out; returns reports in the answer, and the answer.
    pub(super) fn carry_out(&mut self, request: &Request) -> (Vec<OrderReport>, Answer) {
        let sells = |placing: &Placing| placing.request().kind == OrderKind::Market;
        match request {
            Request::Place(place) if self.rejects_sales && place.iter().any(sells) => {
                (vec![], Answer::Done(Outcome::Rejected("market is closed".to_owned())))
            }
            Request::Replace { cancel, place } if self.rejects_sales && place.iter().any(sells) => {
                let report = self.cancel(cancel.client_id.as_str());
                let place = Outcome::Rejected("market is closed".to_owned());
                let reports = report.into_iter().collect();
                (reports, Answer::Replaced { cancel: Outcome::Accepted, place })
            }
            Request::Place(place) => {
                let names: Vec<String> = place.iter().map(|p| self.place(p)).collect();
                let reports = names.iter().map(|name| self.report(name)).collect();
                (reports, Answer::Done(Outcome::Accepted))
            }
            Request::Cancel(named) => match self.cancel(named.client_id.as_str()) {
                Some(report) => (vec![report], Answer::Done(Outcome::Accepted)),
                None => (vec![], Answer::Done(Outcome::Rejected("unknown order".to_owned()))),
            },
            Request::Replace { cancel, place } => match self.cancel(cancel.client_id.as_str()) {
                Some(report) => {
                    let names: Vec<String> = place.iter().map(|p| self.place(p)).collect();
                    let placed = names.iter().map(|name| self.report(name));
                    let reports = std::iter::once(report).chain(placed).collect();
                    let (cancel, place) = (Outcome::Accepted, Outcome::Accepted);
                    (reports, Answer::Replaced { cancel, place })
                }
                None => {
                    let cancel = Outcome::Rejected("unknown order".to_owned());
                    (vec![], Answer::Replaced { cancel, place: Outcome::NotSent })
                }
            },
            Request::LookUp(named) => {
                let name = named.client_id.as_str();
                let found = if self.orders.contains_key(name) {
                    LookUp::Found(Box::new(self.report(name)))
                } else {
                    LookUp::NotFound
                };
                (vec![], Answer::LookUp(found))
            }
            Request::Fills(named) => {
                let order = &self.orders[named.client_id.as_str()];
                (vec![], Answer::Fills(Some(order.fills.clone())))
            }
        }
    }

    fn place(&mut self, placing: &Placing) -> String {
        let name = placing.named().client_id.as_str().to_owned();
        let request = *placing.request();
        assert!(
            !self.orders.get(&name).is_some_and(|order| order.status.is_open()),
            "sent twice while open: {name}"
        );
        let status = OrderStatus::Working;
        let order = Resting { request, status, filled: Qty::ZERO, fills: Vec::new() };
        self.orders.insert(name.clone(), order);
        if request.kind == OrderKind::Market {
            let price = self.prices[request.symbol.index()];
            self.fill(&name, request.qty, price);
        }
        if let (OrderKind::Limit { price }, TimeInForce::Ioc) = (request.kind, request.tif) {
            let best = self.prices[request.symbol.index()];
            if price <= best {
                self.fill(&name, request.qty, best);
            } else if let Some(order) = self.orders.get_mut(&name) {
                order.status = OrderStatus::Expired;
            }
        }
        name
    }

    fn cancel(&mut self, name: &str) -> Option<OrderReport> {
        let order = self.orders.get_mut(name).filter(|order| order.status.is_open())?;
        order.status = OrderStatus::Cancelled;
        Some(self.report(name))
    }

    /// Lets the market trade at a price: whatever it reaches is filled.
    pub(super) fn trade(&mut self, place: usize, price: &str) {
        let price: Price = price.parse().unwrap();
        self.prices[place] = price;
        self.traded.push((self.now, place, price));
        let reached = |order: &Resting| {
            order.status.is_open()
                && order.request.symbol.index() == place
                && match (order.request.kind, order.request.side) {
                    (OrderKind::Limit { price: limit }, Side::Buy) => price <= limit,
                    (OrderKind::Limit { price: limit }, Side::Sell) => price >= limit,
                    (OrderKind::StopMarket { trigger }, Side::Sell) => price <= trigger,
                    _ => false,
                }
        };
        let names = self.orders.iter().filter(|(_, order)| reached(order));
        let names: Vec<(String, Qty)> =
            names.map(|(name, order)| (name.clone(), order.request.qty - order.filled)).collect();
        for (name, qty) in names {
            self.fill(&name, qty, price);
        }
    }

    fn fill(&mut self, name: &str, qty: Qty, price: Price) {
        self.trades += 1;
        let symbol_place = self.orders[name].request.symbol.index();
        let symbol = self.symbols[symbol_place].clone();
        let base = instrument(&symbol).base;
        let order = self.orders.get_mut(name).unwrap();
        let fee = if order.request.side == Side::Buy { self.fee } else { Qty::ZERO };
        order.filled += qty;
        order.status = if order.filled == order.request.qty {
            OrderStatus::Filled
        } else {
            OrderStatus::PartiallyFilled
        };
        let fill = VenueFill {
            symbol,
            trade_id: self.trades,
            venue_order_id: VenueOrderId(name.to_owned()),
            side: order.request.side,
            qty,
            price,
            fee: fee
                .is_positive()
                .then(|| FeeCharged { asset: base.clone(), amount: Money::of_qty(fee) }),
            liquidity: Some(Liquidity::Maker),
            at: self.now,
        };
        order.fills.push(fill.clone());
        let side = order.request.side;
        let (cash, coins) = (price.notional(qty), Money::of_qty(qty - fee));
        let mut change = |asset, amount: Money| {
            let balance: &mut Balance = self.balances.entry(asset).or_default();
            balance.free += amount;
        };
        match side {
            Side::Buy => {
                change(asset("USDT"), -cash);
                change(base, coins);
            }
            Side::Sell => {
                change(asset("USDT"), cash);
                change(base, -coins);
            }
        }
        let mut report = self.report(name);
        report.fills = vec![fill.clone()];
        self.events.push(UserEvent::Order {
            execution: Execution::Fill(fill),
            report: Box::new(report),
            execution_id: self.trades,
            event_time: self.now,
        });
    }

    fn report(&self, name: &str) -> OrderReport {
        let order = &self.orders[name];
        OrderReport {
            symbol: self.symbols[order.request.symbol.index()].clone(),
            client_order_id: name.to_owned(),
            venue_order_id: VenueOrderId(name.to_owned()),
            list_id: None,
            side: order.request.side,
            kind: ReportedKind::Ours(order.request.kind),
            tif: order.request.tif,
            progress: Progress {
                qty: order.request.qty,
                filled: order.filled,
                filled_quote: None,
                status: order.status,
            },
            updated_at: self.now,
            fills: Vec::new(),
        }
    }
}
