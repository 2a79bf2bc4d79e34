//! What one symbol exposes the account to, whichever of its working entries fill.

use types::decision::Protective;
use types::ids::SymbolId;
use types::market::Direction;
use types::num::{Money, Price, Qty, Ratio};

/// Expected costs of one taker order, as shares of its notional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Slippage, half the spread included.
    pub slippage: Ratio,
    /// Fee.
    pub fee: Ratio,
}

/// An order of ours that can still raise exposure: working, sent, or of unknown outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkingEntry {
    /// Long or short.
    pub direction: Direction,
    /// What can still trade.
    pub qty: Qty,
    /// Its worst price.
    pub worst: Price,
    /// Where what it opens will be given up; `None`: nowhere.
    pub stop: Option<Protective>,
}

/// One symbol's exposure. Working entries count as filled, or as not filled, whichever is worse;
/// protective orders count as not filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The symbol.
    pub symbol: SymbolId,
    /// Signed notional if every working sale fills.
    pub low: Money,
    /// Signed notional if every working purchase fills.
    pub high: Money,
    /// Loss from mark to the stops, with slippage and fees, everything filled.
    pub risk: Money,
    /// Equity that the working entries cost by being filled at their worst price, with fees.
    pub cost: Money,
    /// Cash that the working purchases may still take, fees included.
    pub reserved: Money,
}

impl Exposure {
    /// Returns the exposure of a position. Without a stop all of it is at risk; a short's is then
    /// taken as its whole notional too.
    #[must_use]
    pub fn held(
        symbol: SymbolId,
        qty: Qty,
        stop: Option<Price>,
        mark: Price,
        rates: Rates,
    ) -> Self {
        let notional = mark.notional(qty);
        let risk = match stop {
            Some(stop) => {
                let loss = if qty.is_positive() { mark - stop } else { stop - mark };
                let loss = if loss.is_positive() { loss } else { Price::ZERO };
                (loss + exit_cost(stop, rates)).notional(qty.abs())
            }
            None => notional.abs(),
        };
        Self {
            symbol,
            low: notional,
            high: notional,
            risk,
            cost: Money::ZERO,
            reserved: Money::ZERO,
        }
    }

    /// Returns the exposure of a symbol without a position.
    #[must_use]
    pub const fn flat(symbol: SymbolId) -> Self {
        Self {
            symbol,
            low: Money::ZERO,
            high: Money::ZERO,
            risk: Money::ZERO,
            cost: Money::ZERO,
            reserved: Money::ZERO,
        }
    }

    /// Returns the exposure with one more working entry.
    #[must_use]
    pub fn with_entry(mut self, entry: &WorkingEntry, mark: Price, rates: Rates) -> Self {
        let prices = Prices::of(entry.direction, entry.worst, mark, entry.stop, rates);
        let notional = prices.value.notional(entry.qty);
        match entry.direction {
            Direction::Long => {
                self.high += notional;
                self.reserved += prices.paid.notional(entry.qty);
            }
            Direction::Short => self.low += -notional,
        }
        self.risk += prices.risk.unwrap_or(prices.value).notional(entry.qty);
        self.cost += prices.cost.notional(entry.qty);
        self
    }

    /// Returns the larger notional that can come about.
    #[must_use]
    pub fn gross(&self) -> Money {
        self.low.abs().max(self.high.abs())
    }

    /// Returns whether there is, or can be, a position.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !self.low.is_zero() || !self.high.is_zero()
    }
}

/// Prices per unit of base of an entry that is filled at its worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prices {
    /// Where the stop lies; `None` without one.
    pub(super) stop: Option<Price>,
    /// What the unit counts for in notional: the higher of worst price and mark.
    pub(super) value: Price,
    /// Equity lost by the fill: worst price beyond mark, and the fee.
    pub(super) cost: Price,
    /// What is paid, with the fee.
    pub(super) paid: Price,
    /// Loss from the worst price to the stop, with slippage out and fees both ways; `None` without
    /// a stop.
    pub(super) risk: Option<Price>,
}

impl Prices {
    pub(super) fn of(
        direction: Direction,
        worst: Price,
        mark: Price,
        stop: Option<Protective>,
        rates: Rates,
    ) -> Self {
        let beyond = match direction {
            Direction::Long => worst - mark,
            Direction::Short => mark - worst,
        };
        let fee = worst.scaled_up(rates.fee);
        let stop = stop.map(|stop| stop_price(direction, worst, stop));
        let risk = stop.map(|stop| {
            let distance = match direction {
                Direction::Long => worst - stop,
                Direction::Short => stop - worst,
            };
            distance + fee + exit_cost(stop, rates)
        });
        Self {
            stop,
            value: worst.max(mark),
            cost: beyond.max(Price::ZERO) + fee,
            paid: worst + fee,
            risk,
        }
    }
}

/// Returns where a stop lies for a fill at the price.
pub(super) fn stop_price(direction: Direction, fill: Price, stop: Protective) -> Price {
    match (stop, direction) {
        (Protective::At(price), _) => price,
        (Protective::Distance(distance), Direction::Long) => fill - distance,
        (Protective::Distance(distance), Direction::Short) => fill + distance,
    }
}

/// Returns slippage and fee of leaving at a price, per unit.
fn exit_cost(price: Price, rates: Rates) -> Price {
    price.scaled_up(Ratio::from_raw(rates.slippage.raw() + rates.fee.raw()))
}
