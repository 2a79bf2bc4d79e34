//! [`Exchange`]: what can be asked of the venue and what it says.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use types::books::Books;
use types::entry::{Report, ReportEvent};
use types::ids::{Asset, OrderId, Symbol, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::TsNanos;
use types::num::{Money, Price, Qty, Ratio};
use types::order::OrderRequest;

use super::account::Account;
use super::conventions::Conventions;
use super::costs::CostModel;
use super::slot::{Errand, Pending, Slot};
use super::walk::Walk;
use super::working::Working;

/// What happened at the venue, in market time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Something was said about an order, or a position was closed by the venue.
    Report {
        /// When.
        at: TsNanos,
        /// Whose.
        symbol: SymbolId,
        /// What.
        report: Report,
    },
    /// Funding of a perpetual position was charged.
    Funding {
        /// When.
        at: TsNanos,
        /// Whose.
        symbol: SymbolId,
        /// Rate of the interval.
        rate: Ratio,
        /// Signed quantity it was charged on.
        qty: Qty,
        /// Received (+) or paid (-).
        amount: Money,
    },
}

/// Why an exchange cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// Two settlement assets in one account.
    #[error("{symbol} is paid in {quote}, the account is kept in {account}: run them apart")]
    QuoteAsset {
        /// The odd one.
        symbol: Symbol,
        /// Its quote asset.
        quote: Asset,
        /// That of the first instrument.
        account: Asset,
    },
    /// Spot and perpetual in one account.
    #[error("{symbol} is a {found} instrument, the account is {wanted}")]
    Market {
        /// The odd one.
        symbol: Symbol,
        /// What it is.
        found: &'static str,
        /// What the account is.
        wanted: &'static str,
    },
    /// A step that does not exist.
    #[error("{symbol} has a tick or lot of zero or less")]
    Step {
        /// The odd one.
        symbol: Symbol,
    },
    /// More instruments than there are ids.
    #[error("{count} instruments, at most 65,536 fit one account")]
    TooMany {
        /// How many.
        count: usize,
    },
}

/// What an exchange did, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// Executions, liquidations among them.
    pub fills: u64,
    /// Executions that left a part of their order open or expired.
    pub partial_fills: u64,
    /// Purchases after which cash was below zero.
    pub cash_below_zero: u64,
    /// Executions on bars whose volume is unknown: `participation` was not applicable.
    pub volume_unknown: u64,
    /// Orders that expired, whole or in part, because the account could not pay for the rest.
    pub cut_by_funds: u64,
    /// Orders that ended by their time in force, by their partner or for lack of a position.
    pub expired: u64,
    /// Positions closed by the venue.
    pub liquidations: u64,
    /// Orders not accepted, by the filter's name.
    pub rejected: BTreeMap<&'static str, u64>,
}

/// The simulated venue: working orders, balances, positions, and what happened to them.
///
/// The module's page says how bars are walked. The driver's loop, once per instant:
///
/// ```text
/// exchange.begin_bars(&bars, open_time, close_time);
/// while let Some(happening) = exchange.next_happening() {
///     // fold it; then place, cancel or replace: live from this point of the path on
/// }
/// // decisions of the close; what is placed here trades first at the next bar's open
/// ```
#[derive(Clone, Debug)]
pub struct Exchange {
    pub(super) costs: CostModel,
    pub(super) conventions: Conventions,
    pub(super) account: Account,
    pub(super) slots: Vec<Slot>,
    pub(super) walk: Walk,
    pub(super) queue: VecDeque<Happening>,
    pub(super) stats: Statistics,
}

impl Exchange {
    /// Returns an exchange with an account that holds `cash` in the settlement asset; symbols are
    /// the instruments' places.
    ///
    /// # Errors
    /// `ExchangeError` if the instruments cannot share one account.
    pub fn new(
        market: Market,
        instruments: Vec<Instrument>,
        costs: CostModel,
        conventions: Conventions,
        cash: Money,
    ) -> Result<Self, ExchangeError> {
        check_instruments(market, &instruments)?;
        let account = Account::new(market, instruments.len(), cash);
        Ok(Self {
            costs,
            conventions,
            account,
            slots: instruments.into_iter().map(Slot::new).collect(),
            walk: Walk::default(),
            queue: VecDeque::new(),
            stats: Statistics::default(),
        })
    }

    /// Places an order that was sent at `now`.
    ///
    /// Returns `Accepted` or `Rejected` (the filter's name first), or nothing where a latency is
    /// set: then the answer comes from [`Exchange::next_happening`], as all that happens later does.
    pub fn place(&mut self, order: OrderId, request: OrderRequest, now: TsNanos) -> Vec<Happening> {
        self.submit(request.symbol, Errand::Place(order, request), now)
    }

    /// Places two orders of which one can trade: when the first of them triggers or trades, the
    /// other expires. Both are accepted or both rejected.
    pub fn place_oco(
        &mut self,
        legs: [(OrderId, OrderRequest); 2],
        now: TsNanos,
    ) -> Vec<Happening> {
        self.submit(legs[0].1.symbol, Errand::List(legs), now)
    }

    /// Cancels an order and its partner in an order list. Says nothing of an order that has ended:
    /// what ended it was reported.
    pub fn cancel(&mut self, order: OrderId, now: TsNanos) -> Vec<Happening> {
        match self.symbol_of(order) {
            Some(symbol) => self.submit(symbol, Errand::Cancel(order), now),
            None => Vec::new(),
        }
    }

    /// Cancels an order (with its partner) and places one order, or an order list of two, in its
    /// stead, in one piece. If there is nothing to cancel, nothing is placed (Binance's
    /// cancel-replace with STOP_ON_FAILURE): the new orders are rejected with `CANCEL_FAILED`.
    pub fn replace(
        &mut self,
        cancel: OrderId,
        place: Vec<(OrderId, OrderRequest)>,
        now: TsNanos,
    ) -> Vec<Happening> {
        match self.symbol_of(cancel).or(place.first().map(|(_, request)| request.symbol)) {
            Some(symbol) => self.submit(symbol, Errand::Replace { cancel, place }, now),
            None => Vec::new(),
        }
    }

    /// Charges funding at the mark price: -qty x mark x rate, exact, rounded down at 1e-16, so
    /// against us. `None` when flat or on spot. It is taken from the position's own margin.
    pub fn fund(&mut self, symbol: SymbolId, rate: Ratio, at: TsNanos) -> Option<Happening> {
        let qty = self.account.isolated(symbol)?.qty;
        let mark = self.slots[symbol.index()].mark()?;
        let amount = (-mark.notional(qty)).scaled_down(rate);
        self.account.funding(symbol, amount);
        Some(Happening::Funding { at, symbol, rate, qty, amount })
    }

    /// Lets the market orders that were placed since the last bar trade at the last price with
    /// their costs, whatever the volume: the end of a run. What happens comes from
    /// [`Exchange::next_happening`].
    pub fn fill_at_last(&mut self) {
        for slot in &mut self.slots {
            (slot.last, slot.mark, slot.lane) = (slot.price(), slot.mark(), None);
        }
        (self.walk.at_last, self.walk.stirred) = (true, true);
    }

    /// Deposits (+) or withdraws (-) in the settlement asset.
    pub fn flow(&mut self, amount: Money) {
        self.account.flow(amount);
    }

    /// Sets the leverage of a symbol; it holds for what is opened from here on. Default 1.
    pub fn set_leverage(&mut self, symbol: SymbolId, leverage: u32) {
        self.account.set_leverage(symbol, leverage);
    }

    /// Returns the venue's cash and positions.
    #[must_use]
    pub fn books(&self) -> &Books {
        self.account.books()
    }

    /// Returns spot or perpetual.
    #[must_use]
    pub fn market(&self) -> Market {
        self.account.market()
    }

    /// Returns the rules of a symbol.
    #[must_use]
    pub fn instrument(&self, symbol: SymbolId) -> &Instrument {
        &self.slots[symbol.index()].instrument
    }

    /// Returns the last price of a symbol: on the walk, else the last close.
    #[must_use]
    pub fn last_price(&self, symbol: SymbolId) -> Option<Price> {
        self.slots[symbol.index()].price()
    }

    /// Returns the mark price of a symbol; the last price where no mark is recorded.
    #[must_use]
    pub fn mark_price(&self, symbol: SymbolId) -> Option<Price> {
        self.slots[symbol.index()].mark()
    }

    /// Returns the open orders of a symbol with what is left of each, oldest first.
    pub fn open_orders(
        &self,
        symbol: SymbolId,
    ) -> impl Iterator<Item = (OrderId, &OrderRequest, Qty)> {
        self.slots[symbol.index()].orders.iter().map(|order| {
            let Working { id, request, left, .. } = order;
            (*id, request, *left)
        })
    }

    /// Returns the money that new orders may be paid from: cash (the wallet less margins, on a
    /// perpetual account) less what open orders have set aside.
    #[must_use]
    pub fn free(&self) -> Money {
        self.account.spendable() - self.locked()
    }

    /// Returns the margin of a perpetual position, funding folded in.
    #[must_use]
    pub fn margin(&self, symbol: SymbolId) -> Money {
        self.account.margin(symbol)
    }

    /// Returns the mark price at which a perpetual position would be liquidated.
    #[must_use]
    pub fn liquidation_price(&self, symbol: SymbolId) -> Option<Price> {
        let rate = self.slots[symbol.index()].instrument.maintenance_margin;
        self.account.isolated(symbol)?.liquidation_price(rate)
    }

    /// Returns what was counted so far.
    #[must_use]
    pub fn statistics(&self) -> &Statistics {
        &self.stats
    }

    /// Returns the costs in force.
    #[must_use]
    pub fn costs(&self) -> &CostModel {
        &self.costs
    }

    /// Returns the conventions in force.
    #[must_use]
    pub fn conventions(&self) -> &Conventions {
        &self.conventions
    }

    /// Returns the money set aside for open orders.
    pub(super) fn locked(&self) -> Money {
        self.slots.iter().flat_map(|slot| &slot.orders).map(|order| order.locked).sum()
    }

    /// Returns whose an open order, or one under way, is.
    fn symbol_of(&self, order: OrderId) -> Option<SymbolId> {
        let index = self.slots.iter().position(|slot| {
            slot.find(order).is_some() || slot.pending.iter().any(|p| p.errand.places(order))
        })?;
        u16::try_from(index).ok().map(SymbolId)
    }

    /// Carries an errand out, or sends it on its way.
    fn submit(&mut self, symbol: SymbolId, errand: Errand, now: TsNanos) -> Vec<Happening> {
        self.join_walk(symbol);
        self.walk.stirred = true;
        if self.costs.latency_nanos == 0 {
            self.walk.now = self.walk.now.max(now);
            return self.act(symbol, errand, None, now);
        }
        let slot = &mut self.slots[symbol.index()];
        let undelayed = if self.walk.is_on() { slot.price() } else { None };
        let arrives = now.plus(self.costs.latency_nanos);
        slot.pending.push_back(Pending { arrives, errand, undelayed });
        Vec::new()
    }

    /// Queues a report.
    pub(super) fn say(
        &mut self,
        at: TsNanos,
        symbol: SymbolId,
        order: Option<OrderId>,
        event: ReportEvent,
    ) {
        self.queue.push_back(Happening::Report { at, symbol, report: Report { order, event } });
    }
}

pub(super) fn check_instruments(
    market: Market,
    instruments: &[Instrument],
) -> Result<(), ExchangeError> {
    let count = instruments.len();
    if count > usize::from(u16::MAX) + 1 {
        return Err(ExchangeError::TooMany { count });
    }
    for instrument in instruments {
        let symbol = instrument.symbol.clone();
        if instrument.market != market {
            let (found, wanted) = (instrument.market.name(), market.name());
            return Err(ExchangeError::Market { symbol, found, wanted });
        }
        if instrument.quote != instruments[0].quote {
            let (quote, account) = (instrument.quote.clone(), instruments[0].quote.clone());
            return Err(ExchangeError::QuoteAsset { symbol, quote, account });
        }
        if !instrument.tick.is_positive() || !instrument.lot.is_positive() {
            return Err(ExchangeError::Step { symbol });
        }
    }
    Ok(())
}
