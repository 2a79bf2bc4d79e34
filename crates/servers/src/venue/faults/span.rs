//! [`Span`]: a length of market time as people write it, `250ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

const UNITS: [(&str, i64); 5] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
];

/// A length of market time: `250ms`, `10s`, `5m`, `2h`, `1d`; below zero only where a fault says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(i64);

/// A text that is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no length of time, wanted a whole number with one of ms, s, m, h, d, such as 250ms"
)]
pub struct SpanError(String);

impl Span {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Returns the length in nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Returns the length; below zero is zero.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_nanos(if self.0 > 0 { self.0.unsigned_abs() } else { 0 })
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let wrong = || SpanError(text.to_owned());
        let split = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(split);
        let (_, nanos) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let number: i64 = number.parse().map_err(|_| wrong())?;
        number.checked_mul(*nanos).map(Self).ok_or_else(wrong)
    }
}

impl TryFrom<String> for Span {
    type Error = SpanError;

    fn try_from(text: String) -> Result<Self, SpanError> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every span was written in a unit, so one divides it.
        let fits = UNITS.iter().find(|(_, nanos)| self.0 % nanos == 0 && self.0 != 0);
        let (unit, nanos) = fits.copied().unwrap_or(("ms", 1_000_000));
        write!(f, "{}{unit}", self.0 / nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_and_written() {
        for (text, nanos) in [
            ("250ms", 250_000_000),
            ("10s", 10_000_000_000),
            ("5m", 300_000_000_000),
            ("-1h", -3_600_000_000_000),
        ] {
            let span: Span = text.parse().expect("a length");
            assert_eq!((span.nanos(), span.to_string().as_str()), (nanos, text));
        }
        assert_eq!(Span::ZERO.to_string(), "0ms");
        for text in ["", "10", "s", "1.5s", "10 s", "9999999999999d", "1w", "ms10"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
