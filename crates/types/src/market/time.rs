//! A moment in market time.

use std::fmt;

use serde::{Deserialize, Serialize};

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_DAY: i64 = 86_400 * NANOS_PER_SECOND;

/// A moment: nanoseconds since 1970-01-01T00:00:00 UTC, leap seconds not counted.
///
/// Covers the years 1677 to 2262. The text form is RFC 3339 in UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct TsNanos(i64);

/// A time that cannot be represented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("time {value} {unit} since 1970 does not fit nanoseconds in 64 bits")]
pub struct TimeError {
    /// The number seen.
    pub value: i64,
    /// Its unit.
    pub unit: &'static str,
}

impl TsNanos {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// Later than every other moment.
    pub const MAX: Self = Self(i64::MAX);

    /// Returns the moment that many nanoseconds after 1970.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Returns the moment that many milliseconds after 1970.
    ///
    /// # Errors
    /// `TimeError` if it does not fit.
    pub fn from_millis(millis: i64) -> Result<Self, TimeError> {
        millis
            .checked_mul(1_000_000)
            .map(Self)
            .ok_or(TimeError { value: millis, unit: "milliseconds" })
    }

    /// Returns the moment that many microseconds after 1970.
    ///
    /// # Errors
    /// `TimeError` if it does not fit.
    pub fn from_micros(micros: i64) -> Result<Self, TimeError> {
        micros.checked_mul(1_000).map(Self).ok_or(TimeError { value: micros, unit: "microseconds" })
    }

    /// Returns nanoseconds since 1970.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Returns whole milliseconds since 1970, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Returns the moment `nanos` later (earlier if negative), held at the ends of the range.
    #[must_use]
    pub const fn plus(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// Returns the nanoseconds from `earlier` to this moment, held at the ends of the range.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Returns the number of the UTC day, 0 for 1970-01-01.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(NANOS_PER_DAY)
    }

    /// Returns 00:00 of the UTC day.
    #[must_use]
    pub const fn start_of_day(self) -> Self {
        Self(self.0 - self.0.rem_euclid(NANOS_PER_DAY))
    }

    /// Returns year, month (1-12) and day of month (1-31) of the UTC day.
    ///
    /// Source: Howard Hinnant, *chrono-Compatible Low-Level Date Algorithms*, `civil_from_days`.
    #[must_use]
    pub const fn civil(self) -> (i64, u8, u8) {
        let z = self.day() + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "month and day are within 1 to 31"
        )]
        (year, month as u8, day as u8)
    }

    /// Returns the number of the UTC month, counted from year 0.
    #[must_use]
    pub const fn month(self) -> i64 {
        let (year, month, _) = self.civil();
        year * 12 + month as i64 - 1
    }

    /// Returns 00:00 UTC of the next month's first day.
    #[must_use]
    pub const fn start_of_next_month(self) -> Self {
        let mut day = self.start_of_day();
        while day.month() == self.month() {
            day = day.plus(NANOS_PER_DAY);
        }
        day
    }
}

impl fmt::Display for TsNanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        let nanos = self.0.rem_euclid(NANOS_PER_DAY);
        let seconds = nanos / NANOS_PER_SECOND;
        let fraction = nanos % NANOS_PER_SECOND;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60
        )?;
        if fraction == 0 {
            write!(f, "Z")
        } else if fraction % 1_000_000 == 0 {
            write!(f, ".{:03}Z", fraction / 1_000_000)
        } else {
            write!(f, ".{fraction:09}Z")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_known_moments() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
            (1_709_251_199_999_000_000, "2024-02-29T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (883_749_600_000_000_000, "1998-01-02T14:00:00Z"),
        ] {
            assert_eq!(TsNanos::from_nanos(nanos).to_string(), text);
        }
    }

    #[test]
    fn the_month_changes_at_midnight_of_the_first() {
        let first = TsNanos::from_millis(1_709_251_200_000).expect("2024-03-01 fits");
        assert_eq!(first.month(), first.plus(-1).month() + 1);
        assert_eq!(first.month(), 2024 * 12 + 2);
        for within in [0, NANOS_PER_DAY, 31 * NANOS_PER_DAY - 1] {
            let next = first.plus(within).start_of_next_month();
            assert_eq!(next, first.plus(31 * NANOS_PER_DAY), "{within}");
        }
    }
}
