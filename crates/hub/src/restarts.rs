//! [`Restarts`]: how often a part that has stopped is made anew (spec: "Errors, recovery, watchdog", class system).

use types::market::TsNanos;

/// So often a part is made anew.
pub const RESTARTS_MAX: u32 = 5;
/// One of them is given back after so long, nanoseconds of wall time: all are there again after an hour.
const GIVEN_BACK: i64 = 3_600_000_000_000 / RESTARTS_MAX as i64;
/// First wait before it is made anew, nanoseconds of wall time; doubled each time.
const WAIT: i64 = 200_000_000;

/// What is left of the restarts of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restarts {
    used: u32,
    /// Since when the next one comes back.
    since: TsNanos,
    /// How fast the time passes in which it is asked.
    pace: i64,
}

impl Restarts {
    /// Returns a whole budget, in a time that passes so many times as fast as the one on the wall.
    #[must_use]
    pub const fn new(pace: i64) -> Self {
        Self { used: 0, since: TsNanos::EPOCH, pace }
    }

    /// Takes over another pace.
    pub const fn set_pace(&mut self, pace: i64) {
        self.pace = pace;
    }

    /// Returns how many are used.
    #[must_use]
    pub const fn used(&self) -> u32 {
        self.used
    }

    /// Takes one: returns after how long the part is to be made anew, nanoseconds of wall time; `None`: it is left alone.
    pub fn take(&mut self, now: TsNanos) -> Option<i64> {
        let step = GIVEN_BACK.saturating_mul(self.pace.max(1));
        let back = now.since(self.since) / step;
        let back = u32::try_from(back.max(0)).unwrap_or(u32::MAX).min(self.used);
        self.used -= back;
        self.since = if self.used == 0 { now } else { self.since.plus(i64::from(back) * step) };
        if self.used == RESTARTS_MAX {
            return None;
        }
        let wait = WAIT << self.used;
        self.used += 1;
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000_000;

    #[test]
    fn five_are_granted_each_after_a_longer_wait_and_come_back_within_an_hour() {
        let at = |minutes: i64| TsNanos::from_nanos(minutes * MINUTE);
        let mut restarts = Restarts::new(1);
        for wait in [200, 400, 800, 1_600, 3_200] {
            assert_eq!(restarts.take(at(100)), Some(wait * 1_000_000));
        }
        assert_eq!(restarts.take(at(100)), None);
        assert_eq!(restarts.take(at(111)), None, "the first comes back after twelve minutes");
        assert_eq!(restarts.take(at(112)), Some(3_200_000_000));
        assert_eq!(restarts.take(at(123)), None);
        assert_eq!(restarts.take(at(172)), Some(200_000_000), "an hour later all are there");
        assert_eq!(restarts.used(), 1);
    }

    #[test]
    fn a_market_that_runs_faster_gives_them_back_no_sooner() {
        let at = |minutes: i64| TsNanos::from_nanos(minutes * MINUTE);
        let mut restarts = Restarts::new(60);
        (0..5).for_each(|_| assert!(restarts.take(at(0)).is_some()));
        assert_eq!(restarts.take(at(12 * 60 - 1)), None);
        assert!(restarts.take(at(12 * 60)).is_some());
    }
}
