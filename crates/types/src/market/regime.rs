//! The state of the market as a whole.

use serde::{Deserialize, Serialize};

/// The direction a market has been going for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Regime {
    /// Rising.
    Bull,
    /// Falling.
    Bear,
    /// Neither.
    Sideways,
}

impl Regime {
    /// Every regime, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Bull, Self::Bear, Self::Sideways];

    /// Returns the word used in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bull => "bull",
            Self::Bear => "bear",
            Self::Sideways => "sideways",
        }
    }
}
