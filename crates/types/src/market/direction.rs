//! The direction of a position, a signal or a pattern.

use serde::{Deserialize, Serialize};

/// Long profits from a rise, short from a fall. The absence of a direction is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Bullish.
    Long,
    /// Bearish.
    Short,
}

impl Direction {
    /// Returns +1.0 for long, -1.0 for short.
    #[must_use]
    pub const fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }

    /// Returns the direction of a signed number; zero has none.
    #[must_use]
    pub fn of(signed: f64) -> Option<Self> {
        if signed > 0.0 {
            Some(Self::Long)
        } else if signed < 0.0 {
            Some(Self::Short)
        } else {
            None
        }
    }

    /// Returns the other direction.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Long => Self::Short,
            Self::Short => Self::Long,
        }
    }

    /// Returns the word used in output and configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direction_is_the_sign_of_a_number_and_zero_has_none() {
        for (direction, name) in [(Direction::Long, "long"), (Direction::Short, "short")] {
            assert_eq!(Direction::of(direction.sign() * 0.5), Some(direction));
            assert_eq!(Direction::of(direction.opposite().sign()), Some(direction.opposite()));
            assert_ne!(direction.opposite(), direction);
            assert_eq!(direction.name(), name);
        }
        for none in [0.0, -0.0, f64::NAN] {
            assert_eq!(Direction::of(none), None, "{none}");
        }
    }
}
