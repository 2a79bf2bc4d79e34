//! `[calibration]`: how scores become probabilities (spec §5).

use serde::{Deserialize, Serialize};

use super::{ConfigError, within};

/// How scores become probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalibrationConfig {
    /// Lowest score that is followed to an outcome. Default 40. Range 0 to 95.
    pub score: f64,
    /// Decision-timeframe bars after which an open outcome ends. Default 20. Range 1 to 1,000.
    pub bars: u32,
    /// Outcomes that the prior is worth. Default 100. Range 1 to 10,000.
    pub prior: f64,
    /// Effective outcomes from which the score counts (Platt). Default 200. Range 50 to 100,000.
    pub platt: f64,
    /// Effective outcomes from which the curve is free (isotonic). Default 1,000.
    /// Range 100 to 1,000,000.
    pub isotonic: f64,
    /// Correlation above which open scans share one weight. Default 0.7. Range 0 to 1.
    pub rho: f64,
}

impl Default for CalibrationConfig {
    fn default() -> Self {
        Self { score: 40.0, bars: 20, prior: 100.0, platt: 200.0, isotonic: 1_000.0, rho: 0.7 }
    }
}

impl CalibrationConfig {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `Range` for the first key outside its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        within("calibration.score", self.score, 0.0, 95.0)?;
        within("calibration.bars", self.bars.into(), 1.0, 1_000.0)?;
        within("calibration.prior", self.prior, 1.0, 10_000.0)?;
        within("calibration.platt", self.platt, 50.0, 100_000.0)?;
        within("calibration.isotonic", self.isotonic, 100.0, 1_000_000.0)?;
        within("calibration.rho", self.rho, 0.0, 1.0)?;
        if self.isotonic < self.platt {
            return Err(ConfigError::range(
                "calibration.isotonic",
                &self.isotonic.to_string(),
                &format!("at least calibration.platt, which is {}", self.platt),
            ));
        }
        Ok(())
    }
}
