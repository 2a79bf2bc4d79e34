//! [`KlineInterval`]: the lengths of bars that the API names, and where each bar starts and ends.

use std::fmt;
use std::str::FromStr;

use types::market::TsNanos;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 1970-01-01 was a Thursday, and weeks start on Mondays.
const FIRST_MONDAY: i64 = 4 * DAY;

/// The length of a bar, in the API's spelling: `1m`, `1M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KlineInterval {
    /// One second.
    S1,
    /// One minute.
    M1,
    /// Three minutes.
    M3,
    /// Five minutes.
    M5,
    /// 15 minutes.
    M15,
    /// 30 minutes.
    M30,
    /// One hour.
    H1,
    /// Two hours.
    H2,
    /// Four hours.
    H4,
    /// Six hours.
    H6,
    /// Eight hours.
    H8,
    /// Twelve hours.
    H12,
    /// One day.
    D1,
    /// Three days, counted from 1970-01-01.
    D3,
    /// One week, from Monday.
    W1,
    /// One calendar month.
    Month,
}

/// A word that is no interval.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no interval, wanted one of 1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M")]
pub struct UnknownInterval(pub String);

impl KlineInterval {
    /// All of them, short to long.
    pub const ALL: [Self; 16] = [
        Self::S1,
        Self::M1,
        Self::M3,
        Self::M5,
        Self::M15,
        Self::M30,
        Self::H1,
        Self::H2,
        Self::H4,
        Self::H6,
        Self::H8,
        Self::H12,
        Self::D1,
        Self::D3,
        Self::W1,
        Self::Month,
    ];

    /// Returns the API's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::S1 => "1s",
            Self::M1 => "1m",
            Self::M3 => "3m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::M30 => "30m",
            Self::H1 => "1h",
            Self::H2 => "2h",
            Self::H4 => "4h",
            Self::H6 => "6h",
            Self::H8 => "8h",
            Self::H12 => "12h",
            Self::D1 => "1d",
            Self::D3 => "3d",
            Self::W1 => "1w",
            Self::Month => "1M",
        }
    }

    /// Returns the length, `None` for the calendar month.
    const fn nanos(self) -> Option<i64> {
        match self {
            Self::S1 => Some(SECOND),
            Self::M1 => Some(MINUTE),
            Self::M3 => Some(3 * MINUTE),
            Self::M5 => Some(5 * MINUTE),
            Self::M15 => Some(15 * MINUTE),
            Self::M30 => Some(30 * MINUTE),
            Self::H1 => Some(HOUR),
            Self::H2 => Some(2 * HOUR),
            Self::H4 => Some(4 * HOUR),
            Self::H6 => Some(6 * HOUR),
            Self::H8 => Some(8 * HOUR),
            Self::H12 => Some(12 * HOUR),
            Self::D1 => Some(DAY),
            Self::D3 => Some(3 * DAY),
            Self::W1 => Some(7 * DAY),
            Self::Month => None,
        }
    }

    /// Returns when the bar that holds `at` opened. `offset` (nanoseconds east of UTC) is that of
    /// the calendar by which days, weeks and months are cut.
    #[must_use]
    pub fn open(self, at: TsNanos, offset: i64) -> TsNanos {
        let local = at.plus(offset);
        let start = match self.nanos() {
            Some(nanos) => {
                let anchor = if self == Self::W1 { FIRST_MONDAY } else { 0 };
                let since = local.as_nanos() - anchor;
                TsNanos::from_nanos(local.as_nanos() - since.rem_euclid(nanos))
            }
            None => start_of_month(local),
        };
        start.plus(-offset)
    }

    /// Returns when the bar after the one that holds `at` opens.
    #[must_use]
    pub fn next_open(self, at: TsNanos, offset: i64) -> TsNanos {
        let open = self.open(at, offset);
        match self.nanos() {
            Some(nanos) => open.plus(nanos),
            // 32 days after the first of a month lie in the next one.
            None => self.open(open.plus(32 * DAY), offset),
        }
    }
}

fn start_of_month(at: TsNanos) -> TsNanos {
    let (_, _, day) = at.civil();
    at.start_of_day().plus(-i64::from(day - 1) * DAY)
}

impl fmt::Display for KlineInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for KlineInterval {
    type Err = UnknownInterval;
    fn from_str(text: &str) -> Result<Self, UnknownInterval> {
        let found = Self::ALL.into_iter().find(|interval| interval.name() == text);
        found.ok_or_else(|| UnknownInterval(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> TsNanos {
        TsNanos::from_millis(millis).unwrap()
    }

    #[test]
    fn names_are_read_back_and_case_matters() {
        for interval in KlineInterval::ALL {
            assert_eq!(interval.name().parse(), Ok(interval));
        }
        assert_eq!("1M".parse(), Ok(KlineInterval::Month));
        assert_eq!("1H".parse::<KlineInterval>(), Err(UnknownInterval("1H".to_owned())));
    }

    #[test]
    fn the_documented_minute_bar_starts_and_ends_where_it_says() {
        // The example of the kline stream: event at 1672515782136, bar 1672515780000-1672515839999.
        let (open, next) = (at(1_672_515_780_000), at(1_672_515_840_000));
        assert_eq!(KlineInterval::M1.open(at(1_672_515_782_136), 0), open);
        assert_eq!(KlineInterval::M1.next_open(at(1_672_515_782_136), 0), next);
        assert_eq!(KlineInterval::M1.open(next, 0), next);
    }

    #[test]
    fn weeks_start_on_mondays_months_on_the_first() {
        // 2023-01-05 was a Thursday.
        let thursday = at(1_672_876_800_000);
        assert_eq!(KlineInterval::W1.open(thursday, 0).to_string(), "2023-01-02T00:00:00Z");
        assert_eq!(KlineInterval::Month.open(thursday, 0).to_string(), "2023-01-01T00:00:00Z");
        assert_eq!(KlineInterval::Month.next_open(thursday, 0).to_string(), "2023-02-01T00:00:00Z");
        let monday = at(1_672_617_600_000);
        assert_eq!(KlineInterval::W1.open(monday, 0), monday);
    }

    #[test]
    fn a_day_eight_hours_east_opens_at_16_utc() {
        let noon = at(1_672_876_800_000 + 12 * 3_600_000);
        assert_eq!(KlineInterval::D1.open(noon, 8 * HOUR).to_string(), "2023-01-04T16:00:00Z");
    }
}
