//! [`Days`]: tells the first instant of each UTC day.

use types::market::{Timeframe, TsNanos};

/// Tells the first instant of each UTC day. Instants come in order; nearly none begins a day, so no day is divided out of
/// those that do not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Days {
    /// 00:00 behind the newest instant.
    end: TsNanos,
}

impl Days {
    /// Before the first instant.
    pub(super) const BEFORE: Self = Self { end: TsNanos::from_nanos(i64::MIN) };

    /// Returns whether this is the first instant of its day.
    #[inline]
    pub(super) fn begins(&mut self, at: TsNanos) -> bool {
        let begins = at >= self.end;
        if begins {
            self.end = at.start_of_day().plus(Timeframe::D1.nanos());
        }
        begins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_instant_of_each_day_begins_it() {
        const DAY: i64 = Timeframe::D1.nanos();
        let mut days = Days::BEFORE;
        for (nanos, begins) in [
            (-DAY - 1, true),
            (-DAY, true),
            (-1, false),
            (0, true),
            (DAY - 1, false),
            // Days without an instant are nobody's.
            (3 * DAY + 5, true),
            (4 * DAY - 1, false),
            (4 * DAY, true),
        ] {
            assert_eq!(days.begins(TsNanos::from_nanos(nanos)), begins, "{nanos}");
        }
    }
}
