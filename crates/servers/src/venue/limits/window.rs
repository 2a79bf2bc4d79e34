//! [`Limit`]: so many in each window of so long, windows aligned to the clock as documented.

use types::market::TsNanos;

/// The length of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// So many seconds.
    Seconds(u32),
    /// So many minutes.
    Minutes(u32),
    /// So many UTC days.
    Days(u32),
}

impl Interval {
    /// Returns the word of `exchangeInfo`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Seconds(_) => "SECOND",
            Self::Minutes(_) => "MINUTE",
            Self::Days(_) => "DAY",
        }
    }

    /// Returns the number of `exchangeInfo`.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Seconds(n) | Self::Minutes(n) | Self::Days(n) => n,
        }
    }

    /// Returns the form of header names: `10S`.
    #[must_use]
    pub fn header(self) -> String {
        let letter = &self.word()[..1];
        format!("{}{letter}", self.number())
    }

    /// Returns the form of messages: `10 SECOND`.
    #[must_use]
    pub fn spoken(self) -> String {
        format!("{} {}", self.number(), self.word())
    }

    const fn nanos(self) -> i64 {
        let seconds = match self {
            Self::Seconds(n) => n as i64,
            Self::Minutes(n) => n as i64 * 60,
            Self::Days(n) => n as i64 * 86_400,
        };
        seconds * 1_000_000_000
    }

    /// Returns the number of the window that holds a moment.
    #[must_use]
    pub(super) const fn window(self, at: TsNanos) -> i64 {
        at.as_nanos().div_euclid(self.nanos())
    }

    /// Returns the seconds until the next window begins, rounded up.
    #[must_use]
    pub(super) const fn seconds_left(self, at: TsNanos) -> u64 {
        let left = self.nanos() - at.as_nanos().rem_euclid(self.nanos());
        // At least one nanosecond is left, so the result is at least 1.
        left.unsigned_abs().div_ceil(1_000_000_000)
    }
}

/// So many per window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How long a window is.
    pub interval: Interval,
    /// Most in one.
    pub most: u32,
}

/// All limits, as `exchangeInfo` tells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Request weight of an address: REQUEST_WEIGHT.
    pub weight: Limit,
    /// Requests of an address: RAW_REQUESTS.
    pub requests: Limit,
    /// Orders of an account without a fill, in a short and a long window: ORDERS.
    pub orders: [Limit; 2],
    /// Requests that an address may send after its first 429, until the window ends, before it is banned. The
    /// documentation says "repeatedly"; the number is ours.
    pub patience: u32,
}

impl Limits {
    /// The limits that the exchange's `exchangeInfo` told at the end of 2025.
    pub const DOCUMENTED: Self = Self {
        weight: Limit { interval: Interval::Minutes(1), most: 6_000 },
        requests: Limit { interval: Interval::Minutes(5), most: 61_000 },
        orders: [
            Limit { interval: Interval::Seconds(10), most: 100 },
            Limit { interval: Interval::Days(1), most: 200_000 },
        ],
        patience: 10,
    };

    /// Returns limits `factor` times as wide.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        const fn wider(limit: Limit, factor: u32) -> Limit {
            Limit { most: limit.most.saturating_mul(factor), ..limit }
        }
        let [short, long] = self.orders;
        Self {
            weight: wider(self.weight, factor),
            requests: wider(self.requests, factor),
            orders: [wider(short, factor), wider(long, factor)],
            patience: self.patience,
        }
    }
}

/// What was used in the current window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    window: i64,
    used: u32,
}

impl Count {
    /// Returns what is used in the window of a moment.
    pub(super) fn at(self, interval: Interval, at: TsNanos) -> u32 {
        if self.window == interval.window(at) { self.used } else { 0 }
    }

    /// Counts more in the window of a moment and returns the sum.
    pub(super) fn add(&mut self, interval: Interval, at: TsNanos, more: u32) -> u32 {
        let used = self.at(interval, at).saturating_add(more);
        *self = Self { window: interval.window(at), used };
        used
    }

    /// Counts less in the window of a moment, not below zero.
    pub(super) fn subtract(&mut self, interval: Interval, at: TsNanos, less: u32) {
        let used = self.at(interval, at).saturating_sub(less);
        *self = Self { window: interval.window(at), used };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_aligned_to_the_clock() {
        let ten = Interval::Seconds(10);
        let at = |millis: i64| TsNanos::from_millis(millis).unwrap();
        assert_eq!(ten.window(at(19_999)), 1);
        assert_eq!(ten.window(at(20_000)), 2);
        assert_eq!((ten.seconds_left(at(19_999)), ten.seconds_left(at(20_000))), (1, 10));
        assert_eq!((ten.header(), ten.spoken()), ("10S".to_owned(), "10 SECOND".to_owned()));
        let mut count = Count::default();
        assert_eq!(count.add(ten, at(10_000), 3), 3);
        assert_eq!(count.add(ten, at(19_999), 2), 5);
        count.subtract(ten, at(19_999), 1);
        assert_eq!((count.at(ten, at(19_999)), count.at(ten, at(20_000))), (4, 0));
        count.subtract(ten, at(25_000), 1);
        assert_eq!(count.add(ten, at(25_000), 1), 1);
    }
}
