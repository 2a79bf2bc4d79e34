//! [`Gateway`]: turns decisions into orders and keeps every position protected.
//!
//! Protective orders are arithmetic, not decisions (invariant 6): on the first fill of an entry a
//! stop rests, on each further one it is resized.

use std::collections::BTreeMap;

use types::books::Books;
use types::decision::{Action, Decision, Protection, Protective};
use types::ids::{Leg, OrderId, Seq, SymbolId};
use types::instrument::{Instrument, Market};
use types::market::Direction;
use types::num::{Price, Qty};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

/// What the driver is to journal and carry out, in order. The place of a new order is known only
/// once its command is an entry: it comes back by [`Gateway::on_placed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Place an order.
    Place {
        /// What caused it.
        cause: Seq,
        /// Which leg.
        leg: Leg,
        /// The order.
        request: OrderRequest,
    },
    /// Place a stop and a target of which one can trade.
    PlaceOco {
        /// What caused them.
        cause: Seq,
        /// The stop.
        stop: OrderRequest,
        /// The target.
        target: OrderRequest,
    },
    /// Cancel an order, and with it the other one of its list.
    Cancel {
        /// What caused it.
        cause: Seq,
        /// The order.
        order: OrderId,
    },
}

/// The protective orders of one symbol.
#[derive(Clone, Debug, Default)]
struct Guard {
    protection: Option<Protection>,
    direction: Option<Direction>,
    stop: Option<OrderId>,
    stop_at: Option<Price>,
    target: Option<OrderId>,
    guarded: Qty,
    /// The position is being closed by a main order.
    closing: bool,
    /// The protective order that has begun to trade: what is left of it closes the rest.
    trading: Option<OrderId>,
}

impl Guard {
    /// Cancels what rests. The two of a list are one: cancelling the stop ends the target too.
    fn cancel(&mut self, cause: Seq, steps: &mut Vec<Step>) {
        if let Some(order) = self.stop.or(self.target) {
            steps.push(Step::Cancel { cause, order });
        }
        (self.stop, self.target, self.trading) = (None, None, None);
    }

    const fn is_closing(&self) -> bool {
        self.closing || self.trading.is_some()
    }
}

/// Turns decisions into orders and keeps positions protected.
#[derive(Debug)]
pub(super) struct Gateway {
    instruments: Vec<Instrument>,
    guards: Vec<Guard>,
    entries: BTreeMap<OrderId, SymbolId>,
}

impl Gateway {
    pub(super) fn new(instruments: &[Instrument]) -> Self {
        Self {
            instruments: instruments.to_vec(),
            guards: vec![Guard::default(); instruments.len()],
            entries: BTreeMap::new(),
        }
    }

    /// Returns what a decision asks for.
    pub(super) fn on_decision(
        &mut self,
        seq: Seq,
        decision: &Decision,
        books: &Books,
        steps: &mut Vec<Step>,
    ) {
        let Some(symbol) = decision.symbol else { return };
        match decision.action {
            Action::Nothing | Action::RequestSafeMode { .. } => {}
            Action::Enter { direction, qty, limit, protection, expires: _ } => {
                let guard = &mut self.guards[symbol.index()];
                guard.protection = protection;
                guard.direction = Some(direction);
                let (kind, tif) = match limit {
                    Some(price) => (OrderKind::Limit { price }, TimeInForce::Ioc),
                    None => (OrderKind::Market, TimeInForce::Ioc),
                };
                let side = Side::opening(direction);
                let request = OrderRequest { symbol, side, kind, qty, tif, reduce_only: false };
                steps.push(Step::Place { cause: seq, leg: Leg::Main, request });
            }
            Action::Reduce { qty } => self.reduce(seq, symbol, qty, books, steps),
            Action::MoveStop { trigger } => {
                self.guards[symbol.index()].stop_at = Some(trigger);
                self.protect(seq, symbol, books, true, steps);
            }
        }
    }

    /// Notes the identity that an order of ours was given.
    pub(super) fn on_placed(&mut self, order: OrderId, request: &OrderRequest) {
        let guard = &mut self.guards[request.symbol.index()];
        match order.leg {
            Leg::Main if request.reduce_only => {}
            Leg::Main => {
                self.entries.insert(order, request.symbol);
            }
            Leg::Stop => guard.stop = Some(order),
            Leg::Target => guard.target = Some(order),
        }
    }

    /// Notes that an order has ended and returns what follows. A main order that ended with the
    /// position still there leaves it to its stop again.
    pub(super) fn on_ended(
        &mut self,
        cause: Seq,
        order: OrderId,
        symbol: SymbolId,
        books: &Books,
        steps: &mut Vec<Step>,
    ) {
        self.entries.remove(&order);
        let guard = &mut self.guards[symbol.index()];
        if guard.stop == Some(order) {
            guard.stop = None;
        }
        if guard.target == Some(order) {
            guard.target = None;
        }
        if order.leg == Leg::Main {
            guard.closing = false;
        }
        guard.trading = guard.trading.filter(|trading| *trading != order);
        self.after_change(cause, symbol, books, steps);
    }

    /// Returns what a rejected order asks for. A stop that the venue refuses, because the market is
    /// beyond it already, means: sell at once (spec §9). Nothing is asked for twice.
    pub(super) fn on_rejected(
        &mut self,
        cause: Seq,
        order: OrderId,
        symbol: SymbolId,
        books: &Books,
        steps: &mut Vec<Step>,
    ) {
        self.entries.remove(&order);
        let guard = &mut self.guards[symbol.index()];
        if order.leg == Leg::Main {
            // What could not be sold is left to the stop of the next fill or decision.
            return;
        }
        // The two of a list are rejected together: the first word of it sells.
        let first = guard.stop == Some(order) || guard.target == Some(order);
        (guard.stop, guard.target) = (None, None);
        if first && !guard.is_closing() {
            self.reduce(cause, symbol, None, books, steps);
        }
    }

    /// Returns what a fill that leaves its order open asks for: a stop that covers what is now held,
    /// or no stop when nothing is. A protective order that trades needs no other beside it.
    pub(super) fn on_fill(
        &mut self,
        cause: Seq,
        order: Option<OrderId>,
        symbol: SymbolId,
        books: &Books,
        steps: &mut Vec<Step>,
    ) {
        let guard = &mut self.guards[symbol.index()];
        if order.is_some() && (guard.stop == order || guard.target == order) {
            guard.trading = order;
        }
        self.after_change(cause, symbol, books, steps);
    }

    fn after_change(&mut self, cause: Seq, symbol: SymbolId, books: &Books, steps: &mut Vec<Step>) {
        if books.position(symbol).trade().is_none() {
            self.stand_down(cause, symbol, steps);
        } else if !self.guards[symbol.index()].is_closing() {
            self.protect(cause, symbol, books, false, steps);
        }
    }

    /// Cancels the protective orders of a symbol that is flat.
    fn stand_down(&mut self, cause: Seq, symbol: SymbolId, steps: &mut Vec<Step>) {
        let entering = self.entries.values().any(|entering| *entering == symbol);
        let guard = &mut self.guards[symbol.index()];
        guard.cancel(cause, steps);
        guard.stop_at = None;
        guard.guarded = Qty::ZERO;
        guard.closing = false;
        if !entering {
            guard.protection = None;
            guard.direction = None;
        }
    }

    /// Rests a stop (and a target) for what is held; replaces one whose size or price is not right.
    fn protect(
        &mut self,
        cause: Seq,
        symbol: SymbolId,
        books: &Books,
        moved: bool,
        steps: &mut Vec<Step>,
    ) {
        let instrument = &self.instruments[symbol.index()];
        let position = books.position(symbol);
        let guard = &mut self.guards[symbol.index()];
        let (Some(protection), Some(direction)) = (guard.protection, guard.direction) else {
            return;
        };
        let Some(average) = position.trade().and_then(|trade| trade.average_entry()) else {
            return;
        };
        let qty = position.qty().abs().floor_to(instrument.lot);
        let resting = guard.stop.is_some() && guard.guarded == qty;
        if !qty.is_positive() || (resting && !moved) {
            return;
        }
        if guard.stop_at.is_none() || !moved {
            // A stop that the engine has moved stays where it is when the size changes.
            let first = protective_price(protection.stop, average, direction, instrument.tick, -1);
            guard.stop_at = Some(match guard.stop_at {
                Some(at) if direction == Direction::Long => at.max(first),
                Some(at) => at.min(first),
                None => first,
            });
        }
        guard.cancel(cause, steps);
        guard.guarded = qty;
        if guard.stop_at.is_none_or(|trigger| is_dust(instrument, qty, trigger)) {
            return;
        }
        let side = Side::closing(direction);
        let order = |kind| OrderRequest {
            symbol,
            side,
            kind,
            qty,
            tif: TimeInForce::Gtc,
            reduce_only: true,
        };
        let Some(trigger) = guard.stop_at else { return };
        let stop = order(OrderKind::StopMarket { trigger });
        steps.push(match protection.target {
            None => Step::Place { cause, leg: Leg::Stop, request: stop },
            Some(target) => {
                let trigger = protective_price(target, average, direction, instrument.tick, 1);
                Step::PlaceOco { cause, stop, target: order(OrderKind::TakeProfit { trigger }) }
            }
        });
    }

    /// Cancels the protective orders, whose quantity the sale needs, and sells.
    fn reduce(
        &mut self,
        cause: Seq,
        symbol: SymbolId,
        qty: Option<Qty>,
        books: &Books,
        steps: &mut Vec<Step>,
    ) {
        let lot = self.instruments[symbol.index()].lot;
        let position = books.position(symbol);
        let Some(direction) = position.direction() else { return };
        let held = position.qty().abs().floor_to(lot);
        let qty = qty.map_or(held, |qty| qty.min(held)).floor_to(lot);
        if !qty.is_positive() {
            return;
        }
        let guard = &mut self.guards[symbol.index()];
        guard.cancel(cause, steps);
        guard.guarded = Qty::ZERO;
        guard.closing = qty == held;
        // Good till cancelled: on a bar without volume it waits, as a triggered stop does. One that
        // ended unsold would be followed by a stop that is refused, and by itself again.
        let request = OrderRequest {
            symbol,
            side: Side::closing(direction),
            kind: OrderKind::Market,
            qty,
            tif: TimeInForce::Gtc,
            reduce_only: true,
        };
        steps.push(Step::Place { cause, leg: Leg::Main, request });
    }
}

/// Returns whether a sale is below the venue's smallest order: it would be rejected.
fn is_dust(instrument: &Instrument, qty: Qty, price: Price) -> bool {
    let small = match instrument.market {
        Market::Spot => price.notional(qty) < instrument.min_notional,
        // USD-M futures exempt orders that only reduce.
        Market::Perp => false,
    };
    small || qty < instrument.min_qty
}

/// Returns the price of a protective order, rounded away from profit. `towards` is -1 for the
/// losing side, +1 for the winning side.
fn protective_price(
    protective: Protective,
    average: Price,
    direction: Direction,
    tick: Price,
    towards: i64,
) -> Price {
    let sign = match direction {
        Direction::Long => towards,
        Direction::Short => -towards,
    };
    let price = match protective {
        Protective::At(price) => price,
        Protective::Distance(distance) => Price::from_raw(average.raw() + sign * distance.raw()),
    };
    // A long's stop rounds down and its target up: neither is nearer to profit than asked.
    let rounded = if sign < 0 { price.floor_to(tick) } else { price.ceil_to(tick) };
    rounded.max(tick.max(Price::STEP))
}

#[cfg(test)]
mod tests;
