//! Everything the rules need, worked out once.

use types::market::Direction;
use types::num::{Money, Price, Qty, Ratio};

use super::exposure::Prices;
use super::{Exposure, Intent, RiskView, sizes};
use crate::config::RiskConfig;

/// Account and intent, with the sums over all symbols.
pub(super) struct Facts<'a> {
    pub(super) config: &'a RiskConfig,
    pub(super) view: &'a RiskView<'a>,
    pub(super) intent: &'a Intent<'a>,
    /// Equity less what the working entries cost by being filled at worst.
    pub(super) equity: Money,
    /// Prices of the intent; `None` without a mark or a stop, or with a price not above zero.
    pub(super) prices: Option<Known>,
    /// The intent's own symbol.
    pub(super) own: Exposure,
    /// Gross notional of the other symbols.
    pub(super) others: Money,
    /// Open risk of all symbols.
    pub(super) risk: Money,
    /// Cash that working purchases may still take.
    pub(super) reserved: Money,
    /// Symbols with a position or a working entry, the own one left out.
    pub(super) positions: u32,
}

/// The prices of an intent that has them all.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) mark: Price,
    pub(super) stop: Price,
    /// What a unit counts for in notional.
    pub(super) value: Price,
    /// Equity lost by the fill of a unit.
    pub(super) cost: Price,
    /// Cash paid for a unit.
    pub(super) paid: Price,
    /// Loss of a unit at the stop.
    pub(super) risk: Price,
    /// Distance from the worst price to the stop, negative on the wrong side.
    pub(super) distance: Price,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        config: &'a RiskConfig,
        view: &'a RiskView<'a>,
        intent: &'a Intent<'a>,
    ) -> Self {
        let mut facts = Self {
            config,
            view,
            intent,
            equity: view.equity,
            prices: known(intent),
            own: Exposure::flat(intent.symbol),
            others: Money::ZERO,
            risk: Money::ZERO,
            reserved: Money::ZERO,
            positions: 0,
        };
        for exposure in view.exposures {
            facts.equity -= exposure.cost;
            facts.risk += exposure.risk;
            facts.reserved += exposure.reserved;
            if exposure.symbol == intent.symbol {
                facts.own = *exposure;
            } else {
                facts.others += exposure.gross();
                facts.positions += u32::from(exposure.is_open());
            }
        }
        facts
    }

    /// Notional of the own symbol in the intent's direction; negative if it lies in the other.
    pub(super) fn ahead(&self) -> Money {
        match self.intent.direction {
            Direction::Long => self.own.high,
            Direction::Short => -self.own.low,
        }
    }

    /// Returns how much fits under a share of equity when `taken` of it is in use: each unit takes
    /// its value and, by its cost, lowers the equity that the share is of.
    pub(super) fn room(&self, share: Ratio, taken: Money, prices: &Known) -> Qty {
        let free = self.equity.max(Money::ZERO).scaled_down(share) - taken;
        free.qty_at(prices.value + prices.cost.scaled_up(share))
    }

    /// Returns the smallest order whose exit the venue still takes.
    pub(super) fn smallest(&self, prices: &Known) -> Qty {
        let rules = &self.config.orders;
        sizes::smallest(
            self.intent.instrument,
            self.intent.direction,
            self.intent.worst,
            prices.distance,
            rules,
        )
    }
}

fn known(intent: &Intent<'_>) -> Option<Known> {
    let mark = intent.mark.filter(|mark| mark.is_positive())?;
    let worst = Some(intent.worst).filter(|worst| worst.is_positive())?;
    let prices = Prices::of(intent.direction, worst, mark, intent.stop, intent.rates);
    let stop = prices.stop?;
    let distance = match intent.direction {
        Direction::Long => worst - stop,
        Direction::Short => stop - worst,
    };
    Some(Known {
        mark,
        stop,
        value: prices.value,
        cost: prices.cost,
        paid: prices.paid,
        risk: prices.risk?,
        distance,
    })
}
