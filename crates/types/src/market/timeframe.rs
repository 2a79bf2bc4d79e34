//! The lengths of bars.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::TsNanos;

const NANOS_PER_MINUTE: i64 = 60 * 1_000_000_000;

/// The length of a bar. A bar is stamped by its open time and closes at open time + length.
///
/// All lengths divide the UTC day, so every timeframe's grid starts at 00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Timeframe {
    /// One minute.
    M1,
    /// Five minutes.
    M5,
    /// Fifteen minutes.
    M15,
    /// One hour.
    H1,
    /// Four hours.
    H4,
    /// One UTC day.
    D1,
}

/// A word that is no timeframe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("timeframe is `{0}`, wanted one of 1m, 5m, 15m, 1h, 4h, 1d")]
pub struct TimeframeError(pub String);

impl Timeframe {
    /// Every timeframe, shortest first.
    pub const ALL: [Self; 6] = [Self::M1, Self::M5, Self::M15, Self::H1, Self::H4, Self::D1];

    /// Returns the length in minutes.
    #[must_use]
    pub const fn minutes(self) -> i64 {
        match self {
            Self::M1 => 1,
            Self::M5 => 5,
            Self::M15 => 15,
            Self::H1 => 60,
            Self::H4 => 240,
            Self::D1 => 1_440,
        }
    }

    /// Returns the length in nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.minutes() * NANOS_PER_MINUTE
    }

    /// Returns the open time of the bar that holds the moment.
    #[must_use]
    pub const fn open_of(self, at: TsNanos) -> TsNanos {
        TsNanos::from_nanos(at.as_nanos() - at.as_nanos().rem_euclid(self.nanos()))
    }

    /// Returns whether a bar of this timeframe closes (and the next opens) at the moment.
    #[must_use]
    pub const fn closes_at(self, at: TsNanos) -> bool {
        at.as_nanos().rem_euclid(self.nanos()) == 0
    }

    /// Returns the word used in output, configuration and file names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::M1 => "1m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::D1 => "1d",
        }
    }
}

impl fmt::Display for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Timeframe {
    type Err = TimeframeError;
    fn from_str(text: &str) -> Result<Self, TimeframeError> {
        Self::ALL
            .into_iter()
            .find(|timeframe| timeframe.name() == text)
            .ok_or_else(|| TimeframeError(text.to_owned()))
    }
}

impl TryFrom<String> for Timeframe {
    type Error = TimeframeError;
    fn try_from(text: String) -> Result<Self, TimeframeError> {
        text.parse()
    }
}

impl From<Timeframe> for String {
    fn from(timeframe: Timeframe) -> Self {
        timeframe.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grid_starts_at_midnight_utc() {
        for timeframe in Timeframe::ALL {
            assert_eq!(Timeframe::D1.nanos() % timeframe.nanos(), 0, "{timeframe}");
            assert_eq!(timeframe.name().parse(), Ok(timeframe));
        }
        assert!("2h".parse::<Timeframe>().is_err());
    }
}
