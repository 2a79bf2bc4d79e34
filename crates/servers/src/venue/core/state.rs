//! [`Core`]: the matching engine with everything that follows from what it says.

use std::collections::BTreeMap;
use std::ops::Range;

use sim::exchange::Rejection;
use sim::exchange::book::{AccountId, ClientId, Event, Execution, MatchingEngine, VenueOrderId};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::Qty;

use super::super::api::ApiError;
use super::super::data::MarketData;
use super::super::keys::KeyRing;
use super::super::limits::{AddressLimits, Limits, OrderCounts};

/// The state of the venue. Whoever holds it holds the venue still.
#[derive(Debug)]
pub struct Core {
    engine: MatchingEngine,
    /// Who may ask.
    pub keys: KeyRing,
    /// What addresses have used.
    pub addresses: AddressLimits,
    /// What accounts have ordered without a fill.
    pub orders: OrderCounts,
    /// The limits, as `exchangeInfo` tells them.
    pub limits: Limits,
    data: MarketData,
    /// When the balances of an account last changed.
    changed: BTreeMap<AccountId, TsNanos>,
    amendments: BTreeMap<(SymbolId, VenueOrderId), Vec<Amendment>>,
    started: TsNanos,
    now: TsNanos,
    events: Vec<Event>,
    last: Range<usize>,
}

/// How an order was amended once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// Number of the execution.
    pub execution_id: u64,
    /// The order's name before.
    pub previous_name: ClientId,
    /// Its name after.
    pub name: ClientId,
    /// Its quantity before.
    pub previous_qty: Qty,
    /// Its quantity after.
    pub qty: Qty,
    /// When.
    pub at: TsNanos,
}

impl Core {
    /// Returns a venue that stands at a moment, with what the engine has by then.
    #[must_use]
    pub fn new(engine: MatchingEngine, data: MarketData, limits: Limits, now: TsNanos) -> Self {
        Self {
            engine,
            keys: KeyRing::default(),
            addresses: AddressLimits::new(limits),
            orders: OrderCounts::new(&limits),
            limits,
            data,
            changed: BTreeMap::new(),
            amendments: BTreeMap::new(),
            started: now,
            now,
            events: Vec::new(),
            last: 0..0,
        }
    }

    /// Returns the venue's time.
    #[must_use]
    pub const fn now(&self) -> TsNanos {
        self.now
    }

    /// Returns the matching engine, to read.
    #[must_use]
    pub const fn engine(&self) -> &MatchingEngine {
        &self.engine
    }

    /// Returns trades, bars and tickers.
    #[must_use]
    pub const fn data(&self) -> &MarketData {
        &self.data
    }

    /// Returns trades, bars and tickers, to add bars from before the start.
    pub const fn data_mut(&mut self) -> &mut MarketData {
        &mut self.data
    }

    /// Returns when the balances of an account last changed.
    #[must_use]
    pub fn changed(&self, account: AccountId) -> Option<TsNanos> {
        self.changed.get(&account).copied()
    }

    /// Returns the venue's time at its start.
    #[must_use]
    pub const fn started(&self) -> TsNanos {
        self.started
    }

    /// Returns how an order was amended, oldest first.
    #[must_use]
    pub fn amendments(&self, symbol: SymbolId, order: VenueOrderId) -> &[Amendment] {
        self.amendments.get(&(symbol, order)).map_or(&[], Vec::as_slice)
    }

    /// Takes note of an amendment.
    pub fn amended(&mut self, symbol: SymbolId, order: VenueOrderId, amendment: Amendment) {
        self.amendments.entry((symbol, order)).or_default().push(amendment);
    }

    /// Places so many orders for an account, if its limits allow them.
    ///
    /// They count before they trade, as the documentation's examples do; what the engine rejects does not count.
    ///
    /// # Errors
    /// -1015 if the limits do not allow them; inside, what the engine says.
    pub fn place<R>(
        &mut self,
        account: AccountId,
        orders: u32,
        act: impl FnOnce(&mut MatchingEngine, TsNanos) -> Result<R, Rejection>,
    ) -> Result<Result<R, Rejection>, ApiError> {
        let now = self.now;
        self.orders.check(account, orders, now)?;
        self.orders.placed(account, orders, now);
        let result = self.step(now, act);
        if result.is_err() {
            self.orders.rejected(account, orders, now);
        }
        Ok(result)
    }

    /// Moves the time on, never back, and lets bars end.
    pub fn pass(&mut self, at: TsNanos) {
        self.now = self.now.max(at);
        self.data.roll(self.now);
    }

    /// Does something with the engine at a moment, and takes note of all that it says. Bars in which nothing traded end with
    /// the next [`Core::pass`]: whoever moves the market by many steps is asked about bars after the last of them alone.
    pub fn step<R>(
        &mut self,
        at: TsNanos,
        act: impl FnOnce(&mut MatchingEngine, TsNanos) -> R,
    ) -> R {
        self.now = self.now.max(at);
        let result = act(&mut self.engine, self.now);
        let from = self.events.len();
        self.events.extend(self.engine.drain_events());
        for index in from..self.events.len() {
            self.note(index);
        }
        self.last = from..self.events.len();
        result
    }

    /// Returns what the last step said.
    #[must_use]
    pub fn said(&self) -> &[Event] {
        self.events.get(self.last.clone()).unwrap_or_default()
    }

    /// Returns everything said that was not taken yet.
    pub(super) fn events(&self) -> &[Event] {
        &self.events
    }

    /// Takes everything said since this was last called.
    pub(super) fn take(&mut self) -> Vec<Event> {
        self.last = 0..0;
        // A paced market says about as much in each stride: growing step by step moves all of it again and again.
        let room = Vec::with_capacity(self.events.len());
        std::mem::replace(&mut self.events, room)
    }

    fn note(&mut self, index: usize) {
        match &self.events[index] {
            Event::Trade(trade) => self.data.on_trade(trade),
            Event::Order(event) => {
                if let Execution::Trade { qty, maker, .. } = event.execution
                    && event.order.filled == qty
                {
                    self.orders.first_fill(event.order.account, maker, event.at);
                }
            }
            Event::Balances { at, account, .. } => {
                self.changed.insert(*account, *at);
            }
            Event::Rejected(_)
            | Event::List { .. }
            | Event::Level(_)
            | Event::Quote(_)
            | Event::Flow { .. }
            | Event::Status { .. }
            | Event::Rules { .. } => {}
        }
    }
}
