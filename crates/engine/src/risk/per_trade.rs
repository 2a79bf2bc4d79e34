//! The size to begin with: what may be lost in one trade, over what a unit loses at the stop.

use types::num::{Money, Qty, Ratio};

use super::facts::{Facts, Known};
use super::finding::{Finding, money};
use crate::border;
use crate::calibration::multiplier;

/// Sizes the order: a share of equity x `m` x loss budget x advice x flags, over the risk of a unit.
pub(super) fn size(facts: &Facts<'_>, _: Qty) -> Finding {
    let (Some(known), Some(loss)) = (facts.prices, facts.view.loss) else {
        return Finding::Missing;
    };
    if !known.risk.is_positive() {
        return Finding::Missing;
    }
    let lot = facts.intent.instrument.lot;
    let share = facts.config.per_trade.get();
    let whole = facts
        .equity
        .max(Money::ZERO)
        .scaled_down(share)
        .scaled_down(loss.factor)
        .scaled_down(facts.intent.advice)
        .scaled_down(flags(facts));
    let m = facts.calibration();
    let budget = whole.scaled_down(border::ratio_down(m).unwrap_or(Ratio::ZERO));
    let qty = budget.qty_at(known.risk).floor_to(lot);
    match lifted(facts, &known, whole, qty) {
        Some(smallest) => {
            let risk = known.risk.notional(smallest);
            Finding::Size(smallest, border::share(risk, whole), money(risk, whole))
        }
        None => Finding::Size(qty, m, money(known.risk.notional(qty), budget)),
    }
}

/// Below the needed outcomes `m` alone must not keep a small account out: the smallest order is
/// used if it risks no more than the size at `m` = 1.
fn lifted(facts: &Facts<'_>, known: &Known, whole: Money, qty: Qty) -> Option<Qty> {
    let uncalibrated =
        facts.intent.estimate.is_some_and(|e| e.outcomes < facts.config.size.outcomes);
    let smallest = facts.smallest(known);
    let adaptive = facts.intent.flags.adaptive_position_sizing;
    (adaptive && uncalibrated && qty < smallest && known.risk.notional(smallest) <= whole)
        .then_some(smallest)
}

/// The factor of the flags.
pub(super) fn flags(facts: &Facts<'_>) -> Ratio {
    if facts.intent.flags.conservative_mode {
        facts.config.size.conservative.get()
    } else {
        Ratio::ONE
    }
}

impl Facts<'_> {
    /// The factor `m`; 1 without a score, or with the flag off.
    fn calibration(&self) -> f64 {
        match &self.intent.estimate {
            Some(estimate) if self.intent.flags.adaptive_position_sizing => {
                multiplier(&self.config.size, estimate, self.intent.cost)
            }
            Some(_) | None => 1.0,
        }
    }
}
