//! Values written with their unit: [`Share`] (`"3%"`, `"25bps"`) and [`Span`] (`"24h"`, `"250ms"`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use types::num::Ratio;
use types::share::{parse_share, show_share};

/// A text that is no value with a unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{seen}` is not {wanted}")]
pub struct UnitError {
    /// The text.
    pub seen: String,
    /// What it should have been.
    pub wanted: &'static str,
}

/// A share of something, written in percent or basis points: `"0.5%"`, `"25bps"`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Share(Ratio);

impl Share {
    /// Returns that many percent.
    #[must_use]
    pub const fn percent(percent: i64) -> Self {
        Self(Ratio::from_bps(percent * 100))
    }

    /// Returns that many basis points (0.01 %).
    #[must_use]
    pub const fn bps(bps: i64) -> Self {
        Self(Ratio::from_bps(bps))
    }

    /// Returns the share of a ratio.
    #[must_use]
    pub const fn of(ratio: Ratio) -> Self {
        Self(ratio)
    }

    /// Returns the share as a ratio: 1 % is 0.01.
    #[must_use]
    pub const fn get(self) -> Ratio {
        self.0
    }

    /// Returns the share for statistics.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        crate::border::ratio(self.0)
    }
}

impl FromStr for Share {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = || UnitError {
            seen: text.to_owned(),
            wanted: "a share in percent or basis points, such as \"3%\" or \"25bps\"",
        };
        parse_share(text).map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&show_share(self.0))
    }
}

/// A length of time, written with its unit: `"250ms"`, `"10s"`, `"15m"`, `"4h"`, `"90d"`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Span(i64);

/// Units of a [`Span`], longest first, in nanoseconds.
const SPANS: [(&str, i64); 5] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
];

impl Span {
    /// Returns that many milliseconds.
    #[must_use]
    pub const fn millis(millis: i64) -> Self {
        Self(millis * 1_000_000)
    }

    /// Returns that many seconds.
    #[must_use]
    pub const fn seconds(seconds: i64) -> Self {
        Self::millis(seconds * 1_000)
    }

    /// Returns that many hours.
    #[must_use]
    pub const fn hours(hours: i64) -> Self {
        Self::seconds(hours * 3_600)
    }

    /// Returns nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }
}

impl FromStr for Span {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = || UnitError {
            seen: text.to_owned(),
            wanted: "a whole number of d, h, m, s or ms, such as \"24h\" or \"250ms\"",
        };
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let (_, nanos) = SPANS.iter().find(|(name, _)| *name == unit.trim()).ok_or_else(wrong)?;
        let number: i64 = number.parse().map_err(|_| wrong())?;
        number.checked_mul(*nanos).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, nanos) =
            SPANS.iter().find(|(_, nanos)| self.0 % nanos == 0).unwrap_or(&SPANS[SPANS.len() - 1]);
        write!(f, "{}{name}", self.0 / nanos)
    }
}

macro_rules! by_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = UnitError;
            fn try_from(text: String) -> Result<Self, UnitError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

by_text!(Share);
by_text!(Span);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact_and_round_trip() {
        for (text, raw, shown) in [
            ("3%", 3_000_000, "3%"),
            ("0.5%", 500_000, "0.5%"),
            ("25bps", 250_000, "0.25%"),
            ("0.000001%", 1, "0.0001bps"),
            ("300 %", 300_000_000, "300%"),
        ] {
            let share: Share = text.parse().unwrap();
            assert_eq!((share.get().raw(), share.to_string().as_str()), (raw, shown), "{text}");
            assert_eq!(shown.parse(), Ok(share));
        }
        for bad in ["3", "", "%", "bps", "three%", "0.0000001%", "3 percent"] {
            let told = bad.parse::<Share>().unwrap_err().to_string();
            let wanted = "is not a share in percent or basis points, such as \"3%\" or \"25bps\"";
            assert_eq!(told, format!("`{bad}` {wanted}"));
        }
    }

    #[test]
    fn spans_are_whole_and_round_trip() {
        for (text, nanos, shown) in [
            ("250ms", 250_000_000, "250ms"),
            ("2s", 2_000_000_000, "2s"),
            ("24h", 86_400_000_000_000, "1d"),
            ("90m", 5_400_000_000_000, "90m"),
            ("1 d", 86_400_000_000_000, "1d"),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!((span.nanos(), span.to_string().as_str()), (nanos, shown), "{text}");
            assert_eq!(shown.parse(), Ok(span));
        }
        for bad in ["4", "h", "1.5h", "-1h", "4 hours", "999999999999999d"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }
}
