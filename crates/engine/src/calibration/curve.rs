//! From resolved outcomes, kept by score, to a probability of each score.

use analysis::num::floor;
use serde::{Deserialize, Serialize};

use super::isotonic::Isotonic;
use super::platt::Platt;
use crate::config::CalibrationConfig;

/// One bin for each whole score, 0 to 100.
const BINS: usize = 101;

/// Outcomes of like scores: their mean score, weight and mean label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) score: f64,
    pub(super) weight: f64,
    pub(super) label: f64,
}

/// How scores become probabilities at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// The mean label, shrunk to the prior, whatever the score.
    Mean,
    /// A sigmoid of the score.
    Platt,
    /// A step function of the score.
    Isotonic,
}

/// Sums of outcomes by score, and the curve through them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Curve {
    bins: Vec<Bin>,
    fit: Fit,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Bin {
    weight: f64,
    label: f64,
    score: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Fit {
    Mean(f64),
    Platt(Platt),
    Isotonic(Isotonic),
}

impl Curve {
    pub(super) fn new(prior: f64) -> Self {
        Self { bins: vec![Bin::default(); BINS], fit: Fit::Mean(prior) }
    }

    /// Folds an outcome.
    pub(super) fn push(&mut self, score: f64, weight: f64, label: f64) {
        let bin = &mut self.bins[bin_of(score)];
        bin.weight += weight;
        bin.label += weight * label;
        bin.score += weight * score;
    }

    /// Returns the effective number of outcomes.
    pub(super) fn outcomes(&self) -> f64 {
        self.bins.iter().map(|bin| bin.weight).sum()
    }

    /// Fits anew; work is bounded by the number of bins.
    ///
    /// The prior's outcomes lie under the real ones, spread over the bins in proportion to them:
    /// each bin's label moves to the prior by prior / (prior + N), its weight grows by the same.
    pub(super) fn refit(&mut self, config: &CalibrationConfig, prior: f64) {
        let n = self.outcomes();
        let grown = 1.0 + config.prior / n;
        let points: Vec<Point> = self
            .bins
            .iter()
            .filter(|bin| bin.weight > 0.0)
            .map(|bin| Point {
                score: bin.score / bin.weight,
                weight: bin.weight * grown,
                label: (bin.label / bin.weight * n + config.prior * prior) / (n + config.prior),
            })
            .collect();
        self.fit = if n < config.platt {
            let labels = self.bins.iter().map(|bin| bin.label).sum::<f64>();
            Fit::Mean((labels + config.prior * prior) / (n + config.prior))
        } else if n < config.isotonic {
            Fit::Platt(Platt::fit(&points))
        } else {
            Fit::Isotonic(Isotonic::fit(&points))
        };
    }

    /// Returns the probability of a score.
    pub(super) fn at(&self, score: f64, prior: f64) -> f64 {
        match &self.fit {
            Fit::Mean(p) => *p,
            Fit::Platt(platt) => platt.at(score),
            // The step of a score is that of its bin: bins hold means, and a score below its
            // bin's mean must not fall to the bin before.
            Fit::Isotonic(isotonic) => isotonic.at(bin_end(score)).unwrap_or(prior),
        }
    }

    pub(super) const fn method(&self) -> Method {
        match self.fit {
            Fit::Mean(_) => Method::Mean,
            Fit::Platt(_) => Method::Platt,
            Fit::Isotonic(_) => Method::Isotonic,
        }
    }
}

/// Returns the bin of a score: [n, n + 1), and 100 by itself.
fn bin_of(score: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held in 0 to 100")]
    let bin = floor(analysis::num::clip(score, 0.0, 100.0)) as usize;
    bin
}

/// Returns the end of a score's bin, just below the next one's start.
fn bin_end(score: f64) -> f64 {
    floor(score) + 1.0 - 1e-9
}
