//! The account: cash and all positions.

use serde::{Deserialize, Serialize};

use super::{ClosedTrade, Position};
use crate::entry::Adopted;
use crate::fill::{Fee, Fill, Liquidity};
use crate::ids::SymbolId;
use crate::market::TsNanos;
use crate::num::{Money, Price, Qty};
use crate::side::Side;

/// Cash in the settlement asset and one position per symbol.
///
/// One arithmetic serves spot and perpetual: cash pays for what is bought. For a perpetual the
/// wallet that the venue shows is [`Books::wallet`], cash plus what the positions cost.
///
/// **Conserved**: cash == flows + sum of the positions' flows, exactly, after any sequence of
/// calls (invariant 4, `books agree`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    cash: Money,
    flows: Money,
    positions: Vec<Position>,
}

impl Books {
    /// Returns books of so many symbols without cash.
    #[must_use]
    pub fn new(symbols: usize) -> Self {
        Self {
            cash: Money::ZERO,
            flows: Money::ZERO,
            positions: vec![Position::default(); symbols],
        }
    }

    /// Returns cash in the settlement asset.
    #[must_use]
    pub const fn cash(&self) -> Money {
        self.cash
    }

    /// Returns deposits minus withdrawals since the start, the starting capital among them.
    #[must_use]
    pub const fn flows(&self) -> Money {
        self.flows
    }

    /// Returns the positions by symbol.
    #[must_use]
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// Returns the position of a symbol.
    ///
    /// # Panics
    /// If the symbol is not in the instrument table these books were made for.
    #[must_use]
    pub fn position(&self, symbol: SymbolId) -> &Position {
        &self.positions[symbol.index()]
    }

    /// Returns the balance a perpetual account shows: cash plus what the positions cost.
    #[must_use]
    pub fn wallet(&self) -> Money {
        self.cash + self.positions.iter().map(Position::cost).sum()
    }

    /// Returns cash plus positions at mark. Marks are by symbol; one that is missing counts the
    /// position at cost.
    #[must_use]
    pub fn equity(&self, marks: &[Option<Price>]) -> Money {
        let values = self.positions.iter().enumerate().map(|(index, position)| {
            match marks.get(index).copied().flatten() {
                Some(mark) => position.value(mark),
                None => position.cost(),
            }
        });
        self.cash + values.sum()
    }

    /// Folds a fill. `lot` is the symbol's: a remainder below it is dust and ends the trade.
    ///
    /// # Panics
    /// If the symbol is not in the instrument table these books were made for.
    pub fn on_fill(&mut self, fill: &Fill, lot: Qty, at: TsNanos) -> Option<ClosedTrade> {
        let (cash, closed) = self.positions[fill.symbol.index()].on_fill(fill, lot, at);
        self.cash += cash;
        closed
    }

    /// Folds funding received (+) or paid (-).
    ///
    /// # Panics
    /// If the symbol is not in the instrument table these books were made for.
    pub fn on_funding(&mut self, symbol: SymbolId, amount: Money) {
        self.cash += self.positions[symbol.index()].on_funding(amount);
    }

    /// Folds a deposit (+) or withdrawal (-): capital, never P&L.
    pub fn on_flow(&mut self, amount: Money) {
        self.cash += amount;
        self.flows += amount;
    }

    /// Folds what somebody else traded on the account: coins leave at the mark, the rest is a flow.
    ///
    /// # Panics
    /// If the symbol is not in the instrument table these books were made for.
    pub fn on_adopted(&mut self, adopted: &Adopted, lot: Qty, at: TsNanos) -> Option<ClosedTrade> {
        let gone = Fill {
            order: None,
            trade_id: 0,
            symbol: adopted.symbol,
            side: Side::Sell,
            qty: adopted.qty.abs(),
            price: adopted.price,
            fee: Fee::Quote(Money::ZERO),
            liquidity: Liquidity::Taker,
        };
        let left = !gone.qty.is_zero();
        let closed = left.then(|| self.on_fill(&gone, lot, at)).flatten();
        self.on_flow(adopted.flow());
        closed
    }

    /// Returns whether cash equals flows plus what the positions moved.
    #[must_use]
    pub fn is_conserved(&self) -> bool {
        self.cash == self.flows + self.positions.iter().map(Position::flow).sum()
    }
}

#[cfg(test)]
mod tests;
