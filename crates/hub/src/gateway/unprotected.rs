//! Unprotected quantity x time, measured (invariant 6).

use types::market::TsNanos;
use types::num::Qty;

/// How much of a symbol was without a resting stop, and for how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unprotected {
    /// Quantity without a stop now, at or above the venue's smallest order.
    pub qty: Qty,
    /// Held below the venue's smallest order, or below a lot: no stop can rest for it.
    pub dust: Qty,
    /// Since when something is without a stop.
    pub since: Option<TsNanos>,
    /// Quantity (1e-8) x nanoseconds so far.
    pub total: i128,
    /// Longest stretch so far, nanoseconds.
    pub longest: i64,
}

/// Measures one symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock {
    read: Unprotected,
    at: TsNanos,
}

impl Clock {
    /// Takes what is without a stop, and what is dust, from now on.
    pub(super) fn set(&mut self, qty: Qty, dust: Qty, now: TsNanos) {
        self.read = self.read(now);
        self.at = now;
        self.read.dust = dust;
        if qty.is_zero() {
            self.read.since = None;
        } else if self.read.since.is_none() {
            self.read.since = Some(now);
        }
        self.read.qty = qty;
    }

    /// Returns whether anything is without a stop, be it dust.
    pub(super) const fn is_running(&self) -> bool {
        !self.read.qty.is_zero() || !self.read.dust.is_zero()
    }

    pub(super) fn read(&self, now: TsNanos) -> Unprotected {
        let mut read = self.read;
        let stretch = now.since(self.at).max(0);
        read.total += i128::from(read.qty.raw()) * i128::from(stretch);
        if let Some(since) = read.since {
            read.longest = read.longest.max(now.since(since));
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantity_times_time_adds_up() {
        let at = TsNanos::from_nanos;
        let qty = Qty::from_raw;
        let mut clock = Clock::default();
        for (now, open, total, longest) in [
            (0, 0, 0, 0),
            (10, 3, 0, 0),
            (20, 5, 30, 10),
            (25, 0, 55, 15),
            (40, 2, 55, 15),
            (44, 2, 63, 15),
        ] {
            clock.set(qty(open), Qty::ZERO, at(now));
            let read = clock.read(at(now));
            assert_eq!((read.total, read.longest), (total, longest), "at {now}");
        }
        assert_eq!(clock.read(at(44)).since, Some(at(40)));
    }
}
