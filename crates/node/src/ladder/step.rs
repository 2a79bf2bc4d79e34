//! [`StepDown`]: the way down the ladder, which needs no person (spec: "The way to live money"). The way up is a rise of hard
//! limits, which does.

use types::hard_limits::HardLimits;
use types::num::{Money, Ratio};

use super::{Rung, exposure};

/// Drawdown from the peak since the last release at which a run falls to `minimal`.
const DRAWDOWN: Ratio = Ratio::from_bps(300);

/// Under which name the journal has a fall.
pub(crate) const NAME: &str = "ladder";

/// Watches the drawdown of a run on a rung above `minimal`.
#[derive(Clone, Debug)]
pub(crate) struct StepDown {
    /// What `minimal` lets be exposed.
    exposure: Money,
    /// Whether the drawdown was below the line since the last fall of this life: limits that people raised again while it lasts
    /// are theirs, until a restart.
    armed: bool,
}

impl StepDown {
    /// Returns a watch; `None` on a rung from which there is no way down.
    pub(crate) fn new(rung: Rung, capital: Money, smallest_order: Money) -> Option<Self> {
        let above = match rung {
            Rung::Paper | Rung::Minimal => false,
            Rung::Conservative | Rung::Moderate | Rung::Aggressive | Rung::Maximum => true,
        };
        let exposure = exposure(Rung::Minimal, capital, smallest_order);
        above.then_some(Self { exposure, armed: true })
    }

    /// Takes a reading of the drawdown; returns the limits to fall to, if it is time to.
    pub(crate) fn look(&mut self, drawdown: Ratio, now: &HardLimits) -> Option<HardLimits> {
        if drawdown < DRAWDOWN {
            self.armed = true;
            return None;
        }
        if !std::mem::take(&mut self.armed) {
            return None;
        }
        let lower = HardLimits {
            order_notional: now.order_notional.min(self.exposure),
            gross_exposure: now.gross_exposure.min(self.exposure),
            ..now.clone()
        };
        (lower != *now).then_some(lower)
    }
}

#[cfg(test)]
mod tests {
    use types::ids::Symbol;

    use super::*;

    fn limits(gross: i64) -> HardLimits {
        HardLimits {
            version: 4,
            order_notional: Money::from_units(gross / 2),
            gross_exposure: Money::from_units(gross),
            open_orders: 10,
            orders_per_second: 5,
            price_collar: Ratio::from_bps(200),
            daily_loss: Ratio::from_bps(500),
            symbols: vec![Symbol::new("BTCUSDT").unwrap()],
        }
    }

    #[test]
    fn a_drawdown_of_three_percent_falls_to_minimal_until_people_raise_it() {
        let (capital, smallest) = (Money::from_units(10_000), Money::from_units(6));
        let mut watch = StepDown::new(Rung::Moderate, capital, smallest).unwrap();
        let (high, low) = (limits(1_000), Money::from_units(200));
        let gross = |fallen: Option<HardLimits>| fallen.map(|limits| limits.gross_exposure);
        // (drawdown in bps, limits in force, gross exposure to fall to)
        for (bps, now, wanted) in [
            (0, &high, None),
            (299, &high, None),
            (300, &high, Some(low)),
            // It is said once; what people raise again while it lasts is theirs.
            (310, &high, None),
            // It was over, and comes again.
            (299, &high, None),
            (500, &high, Some(low)),
            (0, &limits(200), None),
            // There is nothing to lower.
            (300, &limits(200), None),
        ] {
            let fallen = watch.look(Ratio::from_bps(bps), now);
            assert!(fallen.as_ref().is_none_or(|limits| limits.is_within(now)), "{bps}");
            assert_eq!(gross(fallen), wanted, "{bps}");
        }
    }

    #[test]
    fn there_is_no_way_down_from_the_lowest_rungs() {
        let capital = Money::from_units(10_000);
        for rung in [Rung::Paper, Rung::Minimal] {
            assert!(StepDown::new(rung, capital, Money::ZERO).is_none());
        }
    }
}
