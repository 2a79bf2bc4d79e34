//! A number of bars: [`Period`].

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ParamsError;

/// A number of bars, 1 to 5,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Period(u32);

impl Period {
    /// The longest period: it bounds the memory and the work per bar.
    pub const LONGEST: u32 = 5_000;

    /// Returns the period.
    ///
    /// # Errors
    /// `Period` if it is not within 1 to 5,000 bars.
    pub const fn new(bars: u32) -> Result<Self, ParamsError> {
        if bars >= 1 && bars <= Self::LONGEST {
            Ok(Self(bars))
        } else {
            Err(ParamsError::Period { bars })
        }
    }

    /// Returns a period known when the program was written.
    pub(crate) const fn fixed(bars: u32) -> Self {
        assert!(bars >= 1 && bars <= Self::LONGEST);
        Self(bars)
    }

    /// Returns the number of bars.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0 as usize
    }

    /// Returns the number of bars for arithmetic.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.0)
    }
}

impl TryFrom<u32> for Period {
    type Error = ParamsError;
    fn try_from(bars: u32) -> Result<Self, ParamsError> {
        Self::new(bars)
    }
}

impl From<Period> for u32 {
    fn from(period: Period) -> Self {
        period.0
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
