//! The edge in R and the size factor `m` it earns.

use analysis::num::{clip, max, sqrt};
use serde::{Deserialize, Serialize};

use crate::config::SizeConfig;

/// Standard normal quantile of 80 %: the lower end of a one-sided 80 % interval.
const Z80: f64 = 0.84;

/// What calibration makes of a score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Expected label y = (R + 1) / (1 + T): the probability that stands for the expected R.
    pub p: f64,
    /// Effective outcomes it rests on.
    pub outcomes: f64,
    /// Outcomes that the prior is worth.
    pub prior: f64,
    /// Target over stop, T.
    pub target_ratio: f64,
}

impl Estimate {
    /// Returns p T - (1 - p) - cost: the expected R after costs, which are in R too.
    #[must_use]
    pub const fn edge(&self, cost: f64) -> f64 {
        edge(self.p, self.target_ratio, cost)
    }

    /// Returns the edge at the lower end of an 80 % interval of p, prior included, not below 0:
    /// p - 0.84 sqrt(p (1 - p) / (N + 100)).
    #[must_use]
    pub fn e80(&self, cost: f64) -> f64 {
        let spread = sqrt(max(0.0, self.p * (1.0 - self.p)) / (self.outcomes + self.prior));
        edge(max(0.0, self.p - Z80 * spread), self.target_ratio, cost)
    }
}

/// Returns the size factor `m`: the floor below the needed outcomes, else 1 + slope x e80 within
/// floor and ceiling.
#[must_use]
pub fn multiplier(config: &SizeConfig, estimate: &Estimate, cost: f64) -> f64 {
    if estimate.outcomes < config.outcomes {
        config.floor
    } else {
        clip(1.0 + config.slope * estimate.e80(cost), config.floor, config.ceiling)
    }
}

const fn edge(p: f64, target_ratio: f64, cost: f64) -> f64 {
    p * target_ratio - (1.0 - p) - cost
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(p: f64, outcomes: f64) -> Estimate {
        Estimate { p, outcomes, prior: 100.0, target_ratio: 1.5 }
    }

    #[test]
    fn the_edge_counts_wins_losses_and_costs() {
        // 0.5 x 1.5 - 0.5 - 0.1 = 0.15.
        assert!((estimate(0.5, 300.0).edge(0.1) - 0.15).abs() < 1e-12);
        // 0.84 sqrt(0.25 / 400) = 0.021: p 0.479, 0.7185 - 0.521 - 0.1 = 0.0975.
        assert!((estimate(0.5, 300.0).e80(0.1) - 0.0975).abs() < 1e-12);
        // At the prior there is no edge before costs.
        assert!(estimate(0.4, 0.0).edge(0.0).abs() < 1e-12);
    }

    #[test]
    fn m_is_the_floor_until_enough_outcomes_and_then_follows_e80() {
        let config = SizeConfig::default();
        for (p, outcomes, wanted) in [
            (0.9, 199.999, 0.25),
            (0.5, 300.0, 1.0 + 2.0 * 0.0975),
            (0.9, 300.0, 1.5),
            (0.1, 300.0, 0.25),
        ] {
            let m = multiplier(&config, &estimate(p, outcomes), 0.1);
            assert!((m - wanted).abs() < 1e-12, "{p} {outcomes}: {m}");
        }
    }
}
