//! [`Clock`]: a machine's clock, which is set, and which goes wrong.
//!
//! A process reads the wall when it starts and measures lengths from there, so a wall that jumps by an hour moves no life that is
//! under way: it is told of it. A machine sets its clock before it starts what trades.

use types::market::TsNanos;

/// A machine's clock beside the true time, which is the venue's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    offset: i64,
    ppm: i64,
    since: TsNanos,
}

impl Clock {
    pub(super) const fn new(now: TsNanos) -> Self {
        Self { offset: 0, ppm: 0, since: now }
    }

    /// Returns what it shows.
    pub(super) const fn at(&self, now: TsNanos) -> TsNanos {
        now.plus(self.offset_at(now))
    }

    const fn offset_at(&self, now: TsNanos) -> i64 {
        self.offset + now.since(self.since) / 1_000_000 * self.ppm
    }

    /// Returns the true time at which it will show a moment, to its drift until then.
    pub(super) const fn when(&self, shown: TsNanos, now: TsNanos) -> TsNanos {
        now.plus(shown.since(self.at(now)))
    }

    /// Sets it.
    pub(super) const fn set(&mut self, by: i64, now: TsNanos) {
        self.offset = self.offset_at(now) + by;
        self.since = now;
    }

    /// Lets it go wrong from now on.
    pub(super) const fn drift(&mut self, ppm: i64, now: TsNanos) {
        self.set(0, now);
        self.ppm = ppm;
    }

    /// Puts it right.
    pub(super) const fn heal(&mut self, now: TsNanos) {
        *self = Self::new(now);
    }
}
