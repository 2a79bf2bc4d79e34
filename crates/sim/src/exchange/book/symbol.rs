//! One symbol: its orders, its two sides, its trades, its numbers.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::side::Side;

use super::average::Average;
use super::event::{Level, PreventedMatch, Quote, Trade};
use super::ids::{AssetId, TradeId, VenueOrderId};
use super::ladder::Ladder;
use super::order::Order;
use super::orders::{Key, Orders};
use super::rules::{SymbolRules, SymbolStatus};
use super::triggers::Triggers;

/// Public trades that are remembered for each symbol: what one request can ask for.
const TRADES_KEPT: usize = 1_000;

/// The last number given of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// Orders.
    pub order: u64,
    /// Trades.
    pub trade: u64,
    /// Executions, of orders.
    pub execution: u64,
    /// Changes of the book.
    pub update: u64,
    /// Prevented matches; their first number is 0.
    pub prevented: u64,
    /// Places in the queues.
    pub queue: u64,
}

/// A level that changed, as it is now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    side: Side,
    price: Price,
    qty: Qty,
}

/// A symbol.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Book {
    pub(super) rules: SymbolRules,
    pub(super) status: SymbolStatus,
    pub(super) base: AssetId,
    pub(super) quote: AssetId,
    pub(super) orders: Orders,
    pub(super) bids: Ladder,
    pub(super) asks: Ladder,
    pub(super) triggers: Triggers,
    pub(super) average: Average,
    pub(super) last: Option<Price>,
    pub(super) trades: VecDeque<Trade>,
    pub(super) prevented: Vec<PreventedMatch>,
    pub(super) numbers: Numbers,
    /// Best bid and ask as they were last said.
    said: [Option<(Price, Qty)>; 2],
}

impl Book {
    pub(super) fn new(rules: SymbolRules, base: AssetId, quote: AssetId) -> Self {
        Self {
            rules,
            status: SymbolStatus::Trading,
            base,
            quote,
            orders: Orders::default(),
            bids: Ladder::new(Side::Buy),
            asks: Ladder::new(Side::Sell),
            triggers: Triggers::default(),
            average: Average::default(),
            last: None,
            trades: VecDeque::new(),
            prevented: Vec::new(),
            numbers: Numbers::default(),
            said: [None, None],
        }
    }

    /// Returns the side that an order trades with.
    pub(super) fn opposite(&self, side: Side) -> &Ladder {
        match side {
            Side::Buy => &self.asks,
            Side::Sell => &self.bids,
        }
    }

    /// Returns the average price that filters judge by: the last price where nothing traded in the
    /// window.
    pub(super) fn average_price(&self, now: TsNanos) -> Option<Price> {
        match self.rules.average_minutes {
            0 => self.last,
            minutes => self.average.price(now, minutes).or(self.last),
        }
    }

    /// Returns the asset an order pays with.
    pub(super) fn pays(&self, side: Side) -> AssetId {
        match side {
            Side::Buy => self.quote,
            Side::Sell => self.base,
        }
    }

    pub(super) fn next_order(&mut self) -> VenueOrderId {
        self.numbers.order += 1;
        VenueOrderId(self.numbers.order)
    }

    pub(super) fn next_trade(&mut self) -> TradeId {
        self.numbers.trade += 1;
        TradeId(self.numbers.trade)
    }

    pub(super) fn next_execution(&mut self) -> u64 {
        self.numbers.execution += 1;
        self.numbers.execution
    }

    /// Remembers a trade: last price, average, public list.
    pub(super) fn record(&mut self, trade: Trade) {
        self.last = Some(trade.price);
        self.average.add(trade.at, trade.price, trade.qty, self.rules.average_minutes);
        if self.trades.len() == TRADES_KEPT {
            self.trades.pop_front();
        }
        self.trades.push_back(trade);
    }

    /// Puts an order into the book.
    pub(super) fn rest(&mut self, key: Key, price: Price) -> Change {
        self.numbers.queue += 1;
        let order = self.orders.get_mut(key);
        order.queue = Some(self.numbers.queue);
        let side = order.side;
        let ladder = match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        Change { side, price, qty: ladder.join(&mut self.orders, price, key) }
    }

    /// Takes an order out of where it waits; returns the level that changed.
    pub(super) fn lift(&mut self, key: Key) -> Option<Change> {
        let order = self.orders.get_mut(key);
        let (side, kind, left, id) = (order.side, order.kind, order.left(), order.id);
        if order.queue.take().is_some() {
            let price = kind.price().expect("a resting order has a price");
            let ladder = match side {
                Side::Buy => &mut self.bids,
                Side::Sell => &mut self.asks,
            };
            let qty = ladder.leave(&mut self.orders, price, key, left);
            return Some(Change { side, price, qty });
        }
        if let (Some(stop), Some(rises)) = (kind.stop(), kind.awaits_rise(side)) {
            self.triggers.remove(rises, stop, id);
        }
        None
    }

    /// Takes a part off an order; returns the level that changed if it rests.
    pub(super) fn shrink(&mut self, key: Key, by: Qty) -> Option<Change> {
        let order = self.orders.get(key);
        order.queue?;
        let (side, price) = (order.side, order.kind.price()?);
        let ladder = match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        Some(Change { side, price, qty: ladder.shrink(price, by) })
    }

    /// Returns what to say of a level.
    pub(super) fn level(&mut self, symbol: SymbolId, change: Change, at: TsNanos) -> Level {
        let Change { side, price, qty } = change;
        self.numbers.update += 1;
        Level { at, symbol, update_id: self.numbers.update, side, price, qty }
    }

    /// Returns best bid and ask if they are not what was last said.
    pub(super) fn quote_if_new(&mut self, symbol: SymbolId, at: TsNanos) -> Option<Quote> {
        let now = [self.bids.quote(), self.asks.quote()];
        if now == self.said {
            return None;
        }
        self.said = now;
        let [bid, ask] = now;
        Some(Quote { at, symbol, update_id: self.numbers.update, bid, ask })
    }

    /// Takes best bid and ask as said.
    pub(super) fn forget_quote(&mut self) {
        self.said = [self.bids.quote(), self.asks.quote()];
    }

    pub(super) fn find(&self, id: VenueOrderId) -> Option<(Key, &Order)> {
        let key = self.orders.find(id)?;
        Some((key, self.orders.get(key)))
    }

    /// Returns the notional that an order is judged by: at its price, its touch price or, of a
    /// market order, the average price.
    pub(super) fn judged_notional(
        &self,
        price: Option<Price>,
        qty: Qty,
        now: TsNanos,
    ) -> Option<Money> {
        price.or_else(|| self.average_price(now)).map(|price| price.notional(qty))
    }
}
