//! What others may see of the gateway: orders, positions, limits.

use std::collections::BTreeMap;

use types::entry::{Incident, Mode};
use types::hard_limits::HardLimits;
use types::ids::{ClientOrderId, Leg, OrderId, Seq, SymbolId};
use types::instrument::Instrument;
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::order::{OrderRequest, OrderState};

use super::gateway::Gateway;
use super::settings::Settings;
use super::terms::Trading;
use super::words::Request;
use crate::units::symbol_ids;

/// An order of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// Our identity of it.
    pub order: OrderId,
    /// The name the venue knows.
    pub client_id: ClientOrderId,
    /// What was asked for.
    pub request: OrderRequest,
    /// What of it has traded.
    pub filled: Qty,
    /// When it last changed its state.
    pub heard_at: Option<TsNanos>,
    /// Where it is; `unknown` while it is in doubt whether the venue accepted it.
    pub state: OrderState,
}

impl OrderView {
    /// Returns whether it can raise exposure.
    #[must_use]
    pub fn is_entry(&self) -> bool {
        self.order.leg == Leg::Main && !self.request.reduce_only
    }
}

/// What is held of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionView {
    /// Signed quantity.
    pub qty: Qty,
    /// Average price of the entry.
    pub average: Option<Price>,
    /// The price it is valued at.
    pub mark: Option<Price>,
    /// Where the stop belongs.
    pub stop: Option<Price>,
}

impl Gateway {
    /// Returns what is known of an order, ended ones of the last day included.
    #[must_use]
    pub fn order(&self, order: OrderId) -> Option<OrderView> {
        let live = self.state.orders.get(order)?;
        Some(OrderView {
            order,
            client_id: live.client_id,
            request: *live.request(),
            filled: live.filled,
            heard_at: live.order.history().last().map(|(at, _)| *at).filter(|_| live.heard),
            state: self.order_state(order)?,
        })
    }

    /// Returns the orders that have not ended.
    pub fn orders(&self) -> impl Iterator<Item = OrderView> {
        self.open_orders().filter_map(|order| self.order(order))
    }

    /// Returns the orders of which it is not known whether the venue accepted them.
    #[must_use]
    pub fn unknown(&self) -> Vec<OrderId> {
        let unknown = |order: &OrderId| self.order_state(*order) == Some(OrderState::Unknown);
        self.open_orders().filter(unknown).collect()
    }

    /// Returns the orders that are being looked up, for whatever reason.
    pub fn in_doubt(&self) -> impl Iterator<Item = OrderId> {
        self.flights.iter().filter(|(_, flight)| flight.doubt.is_some()).map(|(order, _)| *order)
    }

    /// Returns whether nothing is under way but orders whose look-up has yet to prove that they were never accepted:
    /// their symbols take no entries meanwhile, all others are settled.
    #[must_use]
    pub fn waits_for_proof_alone(&self) -> bool {
        let unknown = self.unknown();
        let asked = self.flights.iter().all(|(order, flight)| {
            let tries = flight.doubt.as_ref().map_or(0, |doubt| doubt.tries);
            unknown.contains(order) && tries > 0 && flight.hole.is_none()
        });
        let looks = self.sent.values().all(|(request, _)| match request {
            Request::LookUp(named) => unknown.contains(&named.order),
            Request::Place(_)
            | Request::Cancel(_)
            | Request::Replace { .. }
            | Request::Fills(_) => false,
        });
        asked && looks && self.inbox.is_empty() && self.outbox.is_empty()
    }

    /// Returns what is held of a symbol.
    #[must_use]
    pub fn position(&self, symbol: SymbolId) -> PositionView {
        let position = self.state.books.position(symbol);
        PositionView {
            qty: position.qty(),
            average: position.trade().and_then(|trade| trade.average_entry()),
            mark: self.state.mark(symbol),
            stop: self.state.guards[symbol.index()].stop_at,
        }
    }

    /// Returns whether nothing of a symbol is held that could be sold: what lies below a lot, or below the venue's smallest
    /// order with nothing resting for it, is no position any more.
    #[must_use]
    pub fn is_flat(&self, symbol: SymbolId) -> bool {
        self.state.books.position(symbol).trade().is_none()
            || self.state.held(symbol).is_zero()
            || self.state.holds_dust_alone(symbol)
    }

    /// Returns the instrument table.
    #[must_use]
    pub fn instruments(&self) -> &[Instrument] {
        &self.state.instruments
    }

    /// Returns cash plus positions at mark; `None` while a position has no mark or nothing is there.
    #[must_use]
    pub fn equity(&self) -> Option<Money> {
        self.state.equity()
    }

    /// Returns the equity at the prices at which what is held could be sold now, and when the oldest of them was told;
    /// `None` unless each has a fresh quote.
    #[must_use]
    pub fn quoted_equity(&self) -> Option<(Money, TsNanos)> {
        let (mut equity, mut told) = (self.state.books.cash(), self.now);
        let positions = self.state.books.positions();
        for (symbol, position) in symbol_ids(positions.len()).zip(positions) {
            if !position.qty().is_zero() {
                let quote = self.fresh_quote(symbol)?;
                equity += position.value(quote.closing(position.qty()));
                told = told.min(quote.at);
            }
        }
        Some((equity, told))
    }

    /// Returns the equity at the start of the UTC day.
    #[must_use]
    pub fn day_start(&self) -> Option<Money> {
        self.state.day.map(|day| day.equity)
    }

    /// Returns the hard limits in force.
    #[must_use]
    pub const fn limits(&self) -> Option<&HardLimits> {
        self.state.limits.as_ref()
    }

    /// Returns the open incidents.
    #[must_use]
    pub const fn incidents(&self) -> &BTreeMap<Seq, Incident> {
        &self.state.incidents
    }

    /// Returns the mode in force, with its cause.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.state.mode
    }

    /// Returns whether the kill switch is on.
    #[must_use]
    pub const fn is_killed(&self) -> bool {
        self.state.killed
    }

    /// Returns whether an operator has paused entries.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.state.paused
    }

    /// Returns the equity when a drawdown put SAFE_MODE in force; `None` while none has.
    #[must_use]
    pub const fn tripped(&self) -> Option<Money> {
        self.state.tripped
    }

    /// Returns whether what is held is being sold in stages, because a drawdown goes on.
    #[must_use]
    pub const fn is_emergency(&self) -> bool {
        self.state.emergency
    }

    /// Returns when everything is to be closed, if the system is being wound down.
    #[must_use]
    pub const fn winding(&self) -> Option<TsNanos> {
        self.state.winding
    }

    /// Returns whether the venue trades a symbol, as its rules were told last.
    #[must_use]
    pub fn trades(&self, symbol: SymbolId) -> bool {
        self.terms.get(symbol.index()).is_none_or(|terms| terms.trading == Trading::On)
    }

    /// Returns whether a price of a symbol takes the loss of the day across its hard limit, either way.
    #[must_use]
    pub fn crosses(&self, symbol: SymbolId, price: Price) -> bool {
        let (Some(limits), Some(day)) = (&self.state.limits, self.state.day) else { return false };
        let Some(before) = self.state.equity() else { return false };
        let position = self.state.books.position(symbol);
        if position.qty().is_zero() {
            return false;
        }
        let Some(mark) = self.state.mark(symbol) else { return true };
        let after = before - position.value(mark) + position.value(price);
        let line = day.equity + (self.state.books.flows() - day.flows)
            - day.equity.scaled_down(limits.daily_loss);
        (before <= line) != (after <= line)
    }

    /// Takes over rules of another pace of the venue's time.
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
    }
}
