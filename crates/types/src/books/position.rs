//! The position of one symbol and the trade it belongs to.

use serde::{Deserialize, Serialize};

use crate::fill::{Fee, Fill};
use crate::ids::SymbolId;
use crate::market::{Direction, TsNanos};
use crate::num::{Money, Price, Qty};
use crate::side::Side;

/// What is held of one symbol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    qty: Qty,
    cost: Money,
    flow: Money,
    realised: Money,
    fees: Money,
    funding: Money,
    trade: Option<OpenTrade>,
}

/// A trade that is still on: from the first fill until less than one lot is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTrade {
    /// Long or short.
    pub direction: Direction,
    /// The first fill.
    pub opened_at: TsNanos,
    /// Quantity bought (sold, if short) so far, base fees taken off.
    pub opened_qty: Qty,
    /// The same before base fees: what the fills said.
    pub filled_qty: Qty,
    /// What was paid (received) for it.
    pub opened_notional: Money,
    /// Quantity sold (bought back) so far.
    pub closed_qty: Qty,
    /// What was received (paid) for it.
    pub closed_notional: Money,
    /// Fees so far, in quote.
    pub fees: Money,
    /// Funding received (+) or paid (-) so far.
    pub funding: Money,
    /// Cash moved so far plus the value of the dust found at the start, with a minus.
    balance: Money,
}

impl OpenTrade {
    /// Returns the average price of the fills that opened it, rounded down.
    #[must_use]
    pub fn average_entry(&self) -> Option<Price> {
        self.opened_notional.per(self.filled_qty)
    }
}

/// A trade from entry to exit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedTrade {
    /// What was traded.
    pub symbol: SymbolId,
    /// Long or short.
    pub direction: Direction,
    /// The first fill.
    pub opened_at: TsNanos,
    /// The last fill.
    pub closed_at: TsNanos,
    /// Quantity opened, base fees taken off.
    pub qty: Qty,
    /// Average price of the opening fills, rounded down.
    pub entry: Price,
    /// Average price of the closing fills, rounded down.
    pub exit: Price,
    /// After fees and funding; dust left over counts at the last fill's price.
    pub pnl: Money,
    /// Fees in quote.
    pub fees: Money,
    /// Funding received (+) or paid (-).
    pub funding: Money,
}

impl Position {
    /// Returns the signed quantity, dust included.
    #[must_use]
    pub const fn qty(&self) -> Qty {
        self.qty
    }

    /// Returns what the quantity cost (negative for a short: what it brought).
    #[must_use]
    pub const fn cost(&self) -> Money {
        self.cost
    }

    /// Returns all cash moved by this symbol since the start: sales - purchases - fees + funding.
    #[must_use]
    pub const fn flow(&self) -> Money {
        self.flow
    }

    /// Returns P&L of what was closed, before quote fees and funding.
    #[must_use]
    pub const fn realised(&self) -> Money {
        self.realised
    }

    /// Returns fees since the start in quote, base fees valued at their fill's price.
    #[must_use]
    pub const fn fees(&self) -> Money {
        self.fees
    }

    /// Returns funding since the start, received (+) or paid (-).
    #[must_use]
    pub const fn funding(&self) -> Money {
        self.funding
    }

    /// Returns the trade that is on, `None` when flat (dust aside).
    #[must_use]
    pub const fn trade(&self) -> Option<&OpenTrade> {
        self.trade.as_ref()
    }

    /// Returns the direction of the trade that is on.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        self.trade.as_ref().map(|trade| trade.direction)
    }

    /// Returns the value of the quantity at a price; negative for a short.
    #[must_use]
    pub fn value(&self, mark: Price) -> Money {
        mark.notional(self.qty)
    }

    /// Returns the P&L still open at a price.
    #[must_use]
    pub fn unrealised(&self, mark: Price) -> Money {
        self.value(mark) - self.cost
    }

    /// Folds a fill and returns the cash it moved and the trade it ended, if any.
    ///
    /// A fill that takes a position through zero closes one trade and opens the next; the fee goes
    /// to the one that was closed.
    pub(super) fn on_fill(
        &mut self,
        fill: &Fill,
        lot: Qty,
        at: TsNanos,
    ) -> (Money, Option<ClosedTrade>) {
        let (fee_qty, fee_quote) = match fill.fee {
            Fee::Base(qty) => (qty, Money::ZERO),
            Fee::Quote(money) => (Qty::ZERO, money),
        };
        let (delta, paid) = match fill.side {
            Side::Buy => (fill.qty - fee_qty, -fill.notional()),
            Side::Sell => (-(fill.qty + fee_qty), fill.notional()),
        };
        let cash = paid - fee_quote;
        self.flow += cash;
        self.fees += fill.fee_in_quote();
        self.fold_cost(delta, paid);
        let before = self.qty - delta;
        let closed = self.fold_trade(fill, before, delta, cash, lot, at);
        (cash, closed)
    }

    /// Folds funding and returns the cash it moved.
    pub(super) fn on_funding(&mut self, amount: Money) -> Money {
        self.flow += amount;
        self.funding += amount;
        if let Some(trade) = &mut self.trade {
            trade.funding += amount;
            trade.balance += amount;
        }
        amount
    }

    /// Moves quantity and cost; what a reduction brings above its share of the cost is realised.
    fn fold_cost(&mut self, delta: Qty, paid: Money) {
        let grows = self.qty.is_zero() || (self.qty.raw() > 0) == (delta.raw() > 0);
        if grows {
            self.qty += delta;
            self.cost -= paid;
            return;
        }
        let closing = Qty::from_raw(delta.raw().abs().min(self.qty.raw().abs()));
        let share = self.cost.portion(closing, self.qty.abs());
        let brought = paid.portion(closing, delta.abs());
        self.realised += brought - share;
        self.qty += delta;
        // Through zero: what is left of the payment is the cost of the new side.
        self.cost = self.cost - share - (paid - brought);
    }

    fn fold_trade(
        &mut self,
        fill: &Fill,
        before: Qty,
        delta: Qty,
        cash: Money,
        lot: Qty,
        at: TsNanos,
    ) -> Option<ClosedTrade> {
        let direction = match fill.side {
            Side::Buy => Direction::Long,
            Side::Sell => Direction::Short,
        };
        let trade = self.trade.get_or_insert_with(|| OpenTrade {
            direction,
            opened_at: at,
            opened_qty: Qty::ZERO,
            filled_qty: Qty::ZERO,
            opened_notional: Money::ZERO,
            closed_qty: Qty::ZERO,
            closed_notional: Money::ZERO,
            fees: Money::ZERO,
            funding: Money::ZERO,
            balance: -fill.price.notional(before),
        });
        trade.fees += fill.fee_in_quote();
        trade.balance += cash;
        if direction == trade.direction {
            trade.opened_qty += delta.abs();
            trade.filled_qty += fill.qty;
            trade.opened_notional += fill.notional();
            return None;
        }
        trade.closed_qty += delta.abs();
        trade.closed_notional += fill.notional();
        let left = self.qty.raw() * if trade.direction == Direction::Long { 1 } else { -1 };
        if left >= lot.raw().max(1) {
            return None;
        }
        let closed = ClosedTrade {
            symbol: fill.symbol,
            direction: trade.direction,
            opened_at: trade.opened_at,
            closed_at: at,
            qty: trade.opened_qty,
            entry: trade.average_entry().unwrap_or(fill.price),
            exit: trade.closed_notional.per(trade.closed_qty).unwrap_or(fill.price),
            pnl: trade.balance + fill.price.notional(self.qty),
            fees: trade.fees,
            funding: trade.funding,
        };
        self.trade = (left <= -lot.raw().max(1)).then(|| OpenTrade {
            direction,
            opened_at: at,
            opened_qty: self.qty.abs(),
            filled_qty: self.qty.abs(),
            opened_notional: fill.price.notional(self.qty.abs()),
            closed_qty: Qty::ZERO,
            closed_notional: Money::ZERO,
            fees: Money::ZERO,
            funding: Money::ZERO,
            balance: -fill.price.notional(self.qty),
        });
        Some(closed)
    }
}
