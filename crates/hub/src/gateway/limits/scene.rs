//! [`Scene`]: one order, and the account as it would be with every open order filled.

use types::decision::{Refusal, RefusalCode};
use types::defects::{Defect, planted};
use types::ids::{Leg, SymbolId};
use types::num::{Money, ONE_E16, Price, Qty, Ratio};
use types::order::{OrderKind, OrderRequest};
use types::side::Side;

use super::super::state::State;

/// How old a mark may be while no bar has come yet, nanoseconds.
const MARK_AGE: i64 = 2 * 86_400_000_000_000;

/// Returns how old a mark may be: one comes with each bar, so the shortest timeframe twice; nanoseconds.
pub(super) fn mark_age(state: &State) -> i64 {
    state.shortest.map_or(MARK_AGE, |shortest| 2 * shortest.nanos())
}

/// What a limit sees.
#[derive(Debug)]
pub(in super::super) struct Scene<'a> {
    pub(super) state: &'a State,
    pub(super) request: OrderRequest,
    /// Orders that this one brings with it: itself and its protective ones.
    pub(super) legs: usize,
}

impl<'a> Scene<'a> {
    pub(in super::super) fn new(state: &'a State, request: OrderRequest, legs: usize) -> Self {
        Self { state, request, legs }
    }

    /// Returns whether the order can only make a position smaller, however much of it trades.
    pub(super) fn only_reduces(&self) -> bool {
        let held = self.state.books.position(self.request.symbol).qty();
        let against = match self.request.side {
            Side::Buy => held.raw() < 0,
            Side::Sell => held.is_positive(),
        };
        let within = self.request.qty <= held.abs() || planted(Defect::BaselineSold);
        self.request.reduce_only && against && within
    }

    /// Returns the mark of a symbol.
    pub(super) fn mark(&self, symbol: SymbolId) -> Result<Price, Refusal> {
        mark(self.state, symbol)
    }

    /// Returns the highest price at which this order's quantity can count.
    pub(super) fn price(&self, collar: Ratio) -> Result<Price, Refusal> {
        highest(self.state, &self.request, collar)
    }

    /// Returns how many orders are open, each of a list counted.
    pub(super) fn open_orders(&self) -> usize {
        self.state.orders.open().count()
    }

    /// Returns how many entries of other symbols still have to be given their protective orders.
    pub(super) fn to_be_protected(&self) -> usize {
        let entries = self.state.orders.open().filter(|live| {
            let request = live.request();
            live.order.id.leg == Leg::Main
                && !request.reduce_only
                && self.state.orders.protective(request.symbol).next().is_none()
        });
        entries
            .map(|live| {
                let protection = self.state.guards[live.request().symbol.index()].protection;
                protection.map_or(0, |protection| 1 + usize::from(protection.target.is_some()))
            })
            .sum()
    }
}

/// Returns the mark of a symbol.
///
/// # Errors
/// `LIMIT_NOT_EVALUABLE` if there is none or it is too old: a limit that cannot be evaluated refuses.
fn mark(state: &State, symbol: SymbolId) -> Result<Price, Refusal> {
    let seconds = |nanos: i64| Money::from_units(nanos / 1_000_000_000);
    let limit = mark_age(state);
    let refusal = |age| Refusal::new(RefusalCode::NotEvaluable, seconds(age), seconds(limit));
    match state.marks[symbol.index()] {
        Some((price, at)) if state.now.since(at) <= limit && price.is_positive() => Ok(price),
        Some((_, at)) => Err(refusal(state.now.since(at))),
        None => Err(refusal(i64::MAX)),
    }
}

/// Returns the highest price at which an order's quantity can count: its own or the mark, and for an order
/// without a price the end of the collar.
fn highest(state: &State, request: &OrderRequest, collar: Ratio) -> Result<Price, Refusal> {
    let mark = mark(state, request.symbol)?;
    Ok(match request.kind {
        OrderKind::Limit { price }
        | OrderKind::LimitMaker { price }
        | OrderKind::StopLimit { price, .. } => price.max(mark),
        OrderKind::StopMarket { trigger } | OrderKind::TakeProfit { trigger } => trigger.max(mark),
        OrderKind::Market => mark + mark.scaled_up(collar),
    })
}

/// Returns the largest notional a symbol can come to, if any of its open orders, and one more, fill: positions
/// and orders of either side, whichever is worse. What is open counts whether or not its outcome is known.
pub(super) fn worst(
    state: &State,
    symbol: SymbolId,
    more: Option<&OrderRequest>,
    collar: Ratio,
) -> Result<Money, Refusal> {
    let held = state.books.position(symbol).qty();
    let (mut buys, mut sells) = (Qty::ZERO, Qty::ZERO);
    let mut price = None;
    let open = state.orders.open_of(symbol);
    let open = open.filter(|live| live.heard || !planted(Defect::UnknownExposureForgotten));
    let open = open.map(|live| (*live.request(), live.order.open_qty()));
    let more = more.filter(|request| request.symbol == symbol);
    for (request, qty) in open.chain(more.map(|request| (*request, request.qty))) {
        // What may only make a position smaller never enlarges it, nor turns it round.
        if request.reduce_only {
            continue;
        }
        match request.side {
            Side::Buy => buys += qty,
            Side::Sell => sells += qty,
        }
        price = price.max(Some(highest(state, &request, collar)?));
    }
    let price = match price {
        Some(price) => price,
        None if held.is_zero() => return Ok(Money::ZERO),
        None => mark(state, symbol)?,
    };
    Ok(price.notional((held + buys).abs().max((held - sells).abs())))
}

/// Returns a share as a refusal carries it.
pub(super) fn share(ratio: Ratio) -> Money {
    Money::from_raw(i128::from(ratio.raw()) * (ONE_E16 / i128::from(Ratio::ONE.raw())))
}
