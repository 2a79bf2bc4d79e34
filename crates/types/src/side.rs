//! The side of an order.

use serde::{Deserialize, Serialize};

use crate::market::Direction;

/// Buy or sell. A position is long or short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Gives quote, receives base.
    Buy,
    /// Gives base, receives quote.
    Sell,
}

impl Side {
    /// Returns the side that opens a position in the direction.
    #[must_use]
    pub const fn opening(direction: Direction) -> Self {
        match direction {
            Direction::Long => Self::Buy,
            Direction::Short => Self::Sell,
        }
    }

    /// Returns the side that closes a position in the direction.
    #[must_use]
    pub const fn closing(direction: Direction) -> Self {
        Self::opening(direction.opposite())
    }

    /// Returns the other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// Returns the word used in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}
