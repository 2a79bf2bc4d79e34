//! Scans on their way to an outcome, and what was learned from those that got there.

use analysis::num::clip;
use serde::{Deserialize, Serialize};
use types::ids::SymbolId;
use types::market::{Direction, TsNanos};

use super::curve::{Curve, Method};
use super::{Estimate, Reliability};
use crate::config::CalibrationConfig;

/// Calibration of scores on resolved outcomes, pooled over symbols and directions (spec §5).
///
/// Every decision-timeframe close with a score high enough is followed, traded or not. At one
/// instant: [`Calibration::on_bar`] for each symbol, then [`Calibration::settle`], then
/// [`Calibration::odds`] and [`Calibration::on_scan`]: so a scan is never judged by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    config: CalibrationConfig,
    target_ratio: f64,
    open: Vec<Pending>,
    curve: Curve,
    reliability: Reliability,
    changed: bool,
}

/// A close of the decision timeframe with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scan {
    /// The symbol.
    pub symbol: SymbolId,
    /// The direction of the score.
    pub direction: Direction,
    /// 0 to 100.
    pub score: f64,
    /// The close, in quote per unit of base.
    pub close: f64,
    /// Distance of the first stop, same unit.
    pub stop_distance: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Pending {
    symbol: SymbolId,
    direction: Direction,
    at: TsNanos,
    score: f64,
    /// What was said at the time.
    p: f64,
    close: f64,
    stop_distance: f64,
    /// Bars since the scan.
    bars: u32,
    /// Scans open at its start that move with it, itself included.
    crowd: u32,
}

impl Calibration {
    /// Returns a calibration that knows the prior only. `target_ratio` is T, target over stop.
    #[must_use]
    pub fn new(config: &CalibrationConfig, target_ratio: f64) -> Self {
        Self {
            config: config.clone(),
            target_ratio,
            open: Vec::new(),
            curve: Curve::new(prior(target_ratio)),
            reliability: Reliability::default(),
            changed: false,
        }
    }

    /// Folds a closed decision-timeframe bar: ends the scans of this symbol that it decides.
    ///
    /// A bar that holds stop and target is the stop: which came first, nobody knows.
    pub fn on_bar(&mut self, symbol: SymbolId, high: f64, low: f64, close: f64) {
        let (target_ratio, bars_max) = (self.target_ratio, self.config.bars);
        let mut resolved = Vec::new();
        self.open.retain_mut(|scan| {
            if scan.symbol != symbol {
                return true;
            }
            let outcome = scan.on_bar(high, low, close, target_ratio, bars_max);
            resolved.extend(outcome.map(|r| (*scan, r)));
            outcome.is_none()
        });
        for (scan, r) in resolved {
            self.resolve(&scan, r);
        }
    }

    /// Fits anew when outcomes came in since the last time; once an instant, after its bars.
    pub fn settle(&mut self) {
        if self.changed {
            self.curve.refit(&self.config, prior(self.target_ratio));
            self.changed = false;
        }
    }

    /// Follows a scan to its outcome. `rho` is the correlation of its symbol with another one.
    ///
    /// Scans of one instant count each other, whatever order they come in. A score below the
    /// threshold, or a stop distance of zero, is not followed.
    pub fn on_scan(&mut self, at: TsNanos, scan: &Scan, rho: impl Fn(SymbolId) -> f64) {
        if scan.score < self.config.score || scan.stop_distance <= 0.0 {
            return;
        }
        let mut crowd = 1;
        for other in &mut self.open {
            if other.symbol == scan.symbol || rho(other.symbol) > self.config.rho {
                crowd += 1;
                if other.at == at {
                    other.crowd += 1;
                }
            }
        }
        let p = self.odds(scan.score).p;
        self.open.push(Pending {
            symbol: scan.symbol,
            direction: scan.direction,
            at,
            score: scan.score,
            p,
            close: scan.close,
            stop_distance: scan.stop_distance,
            bars: 0,
            crowd,
        });
    }

    /// Returns what a score is worth, on the outcomes of the last [`Calibration::settle`].
    #[must_use]
    pub fn odds(&self, score: f64) -> Estimate {
        Estimate {
            p: self.curve.at(score, prior(self.target_ratio)),
            outcomes: self.curve.outcomes(),
            prior: self.config.prior,
            target_ratio: self.target_ratio,
        }
    }

    /// Returns the effective number of outcomes.
    #[must_use]
    pub fn outcomes(&self) -> f64 {
        self.curve.outcomes()
    }

    /// Returns how scores become probabilities at the moment.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.curve.method()
    }

    /// Returns how many scans are still open.
    #[must_use]
    pub const fn open(&self) -> usize {
        self.open.len()
    }

    /// Returns what was said at the time against what came.
    #[must_use]
    pub const fn reliability(&self) -> &Reliability {
        &self.reliability
    }

    fn resolve(&mut self, scan: &Pending, r: f64) {
        let label = (r + 1.0) / (1.0 + self.target_ratio);
        let weight = 1.0 / f64::from(scan.crowd);
        let prior = prior(self.target_ratio);
        self.curve.push(scan.score, weight, label);
        self.reliability.push(scan.score, weight, scan.p, prior, label);
        self.changed = true;
    }
}

impl Pending {
    /// Returns the outcome in R, `None` while it is open.
    fn on_bar(
        &mut self,
        high: f64,
        low: f64,
        close: f64,
        target_ratio: f64,
        bars_max: u32,
    ) -> Option<f64> {
        let r = |price: f64| self.direction.sign() * (price - self.close) / self.stop_distance;
        let (worst, best) = match self.direction {
            Direction::Long => (r(low), r(high)),
            Direction::Short => (r(high), r(low)),
        };
        let last = r(close);
        self.bars += 1;
        if worst <= -1.0 {
            Some(-1.0)
        } else if best >= target_ratio {
            Some(target_ratio)
        } else if self.bars >= bars_max {
            Some(clip(last, -1.0, target_ratio))
        } else {
            None
        }
    }
}

/// Returns the probability at which a bet of T against 1 is fair.
const fn prior(target_ratio: f64) -> f64 {
    1.0 / (1.0 + target_ratio)
}

#[cfg(test)]
mod tests;
