//! What was said at the time against what came: reliability diagram and Brier score.

use serde::{Deserialize, Serialize};

/// Width of a row, in points of score.
const WIDTH: usize = 10;
/// Rows: 0 to 9, ..., 90 to 100.
const ROWS: usize = 10;

/// Predictions made at the time of each scan and their outcomes, by score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    rows: [Sums; ROWS],
    brier: f64,
    brier_prior: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sums {
    scans: u64,
    weight: f64,
    p: f64,
    label: f64,
}

/// One row of a reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityRow {
    /// Lowest score of the row; it is ten points wide, the last one includes 100.
    pub score: f64,
    /// Scans with an outcome.
    pub scans: u64,
    /// Effective outcomes: the sum of their weights.
    pub outcomes: f64,
    /// Mean probability given at the time.
    pub predicted: f64,
    /// Mean label that came.
    pub observed: f64,
}

impl Reliability {
    /// Folds an outcome: `p` is what was said at the time, `prior` what knowing nothing says.
    pub(super) fn push(&mut self, score: f64, weight: f64, p: f64, prior: f64, label: f64) {
        let row = self.rows.iter().enumerate().rev().find(|(row, _)| score >= start(*row));
        let row = &mut self.rows[row.map_or(0, |(row, _)| row)];
        row.scans += 1;
        row.weight += weight;
        row.p += weight * p;
        row.label += weight * label;
        self.brier += weight * (p - label) * (p - label);
        self.brier_prior += weight * (prior - label) * (prior - label);
    }

    /// Returns the rows that hold outcomes, lowest scores first.
    #[must_use]
    pub fn rows(&self) -> Vec<ReliabilityRow> {
        let filled = self.rows.iter().enumerate().filter(|(_, row)| row.weight > 0.0);
        filled
            .map(|(at, row)| ReliabilityRow {
                score: start(at),
                scans: row.scans,
                outcomes: row.weight,
                predicted: row.p / row.weight,
                observed: row.label / row.weight,
            })
            .collect()
    }

    /// Returns the weighted mean of (p - y)^2 (Brier 1950); `None` without outcomes.
    #[must_use]
    pub fn brier(&self) -> Option<f64> {
        self.mean(self.brier)
    }

    /// Returns the Brier score of saying the prior each time; `None` without outcomes.
    #[must_use]
    pub fn brier_of_prior(&self) -> Option<f64> {
        self.mean(self.brier_prior)
    }

    /// Returns the effective number of outcomes.
    #[must_use]
    pub fn outcomes(&self) -> f64 {
        self.rows.iter().map(|row| row.weight).sum()
    }

    /// Returns the number of scans that got an outcome.
    #[must_use]
    pub fn scans(&self) -> u64 {
        self.rows.iter().map(|row| row.scans).sum()
    }

    fn mean(&self, sum: f64) -> Option<f64> {
        let outcomes = self.outcomes();
        (outcomes > 0.0).then(|| sum / outcomes)
    }
}

fn start(row: usize) -> f64 {
    analysis::num::count(row * WIDTH)
}
