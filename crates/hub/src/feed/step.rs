//! Whether the timeframes of a symbol come in step: [`Step`].

use std::collections::BTreeSet;

use types::market::{Timeframe, TsNanos};

/// The bars that close at one moment, and when they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    instant: Option<Instant>,
    out_of_step: bool,
}

#[derive(Clone, Debug)]
struct Instant {
    closed_at: TsNanos,
    first_came: TsNanos,
    missing: BTreeSet<Timeframe>,
}

impl Step {
    /// Notes a bar of a stream that closed at a moment. Returns how far the last came behind the first, if that is more
    /// than is allowed, nanoseconds.
    pub(super) fn came(
        &mut self,
        (timeframe, closed_at): (Timeframe, TsNanos),
        in_use: impl Iterator<Item = Timeframe>,
        allowed: i64,
        now: TsNanos,
    ) -> Option<i64> {
        if self.instant.as_ref().is_none_or(|instant| instant.closed_at < closed_at) {
            let missing = in_use.filter(|timeframe| timeframe.closes_at(closed_at)).collect();
            self.instant = Some(Instant { closed_at, first_came: now, missing });
        }
        let instant = self.instant.as_mut().filter(|instant| instant.closed_at == closed_at)?;
        instant.missing.remove(&timeframe);
        let spread = now.since(instant.first_came);
        if instant.missing.is_empty() {
            self.out_of_step = false;
        }
        (spread > allowed).then_some(spread)
    }

    /// Notes a bar that was asked for: it lacks no more, but says nothing about the stream.
    pub(super) fn filled(&mut self, timeframe: Timeframe, closed_at: TsNanos) {
        if let Some(instant) = self.instant.as_mut().filter(|i| i.closed_at == closed_at) {
            instant.missing.remove(&timeframe);
            if instant.missing.is_empty() {
                self.out_of_step = false;
            }
        }
    }

    /// Returns when the bars that lack are out of step.
    pub(super) fn deadline(&self, allowed: i64) -> Option<TsNanos> {
        let waits = |instant: &&Instant| !instant.missing.is_empty() && !self.out_of_step;
        self.instant.as_ref().filter(waits).map(|instant| instant.first_came.plus(allowed + 1))
    }

    /// Returns the timeframes that lack, the first time that is so for too long.
    pub(super) fn late(&mut self, allowed: i64, now: TsNanos) -> Vec<Timeframe> {
        if self.deadline(allowed).is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        self.out_of_step = true;
        self.instant.iter().flat_map(|instant| instant.missing.iter().copied()).collect()
    }

    /// Returns whether a bar lacks that came on another timeframe longer ago than is allowed.
    pub(super) const fn out_of_step(&self) -> bool {
        self.out_of_step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: i64 = 1_000_000;

    #[test]
    fn bars_of_one_moment_are_in_step_within_the_limit() {
        let in_use = || [Timeframe::M15, Timeframe::H1, Timeframe::H4].into_iter();
        let four = TsNanos::EPOCH.plus(Timeframe::H4.nanos());
        let at = |millis: i64| four.plus(millis * MILLI);
        let allowed = 100 * MILLI;
        let mut step = Step::default();
        assert_eq!(step.came((Timeframe::M15, four), in_use(), allowed, at(10)), None);
        assert_eq!(step.came((Timeframe::H1, four), in_use(), allowed, at(110)), None);
        assert_eq!(step.deadline(allowed), Some(at(110).plus(1)));
        assert_eq!(step.late(allowed, at(110)), []);
        assert_eq!(step.late(allowed, at(111)), [Timeframe::H4]);
        assert!(step.out_of_step());
        assert_eq!(step.late(allowed, at(112)), [], "said once");
        let spread = step.came((Timeframe::H4, four), in_use(), allowed, at(150));
        assert_eq!(spread, Some(140 * MILLI));
        assert!(!step.out_of_step());

        let quarter = four.plus(Timeframe::M15.nanos());
        let late = quarter.plus(900 * MILLI);
        assert_eq!(step.came((Timeframe::M15, quarter), in_use(), allowed, late), None);
        assert_eq!(step.deadline(allowed), None, "nothing else closes at a quarter past");
    }

    #[test]
    fn a_bar_that_was_asked_for_ends_the_wait() {
        let in_use = || [Timeframe::M15, Timeframe::H1].into_iter();
        let one = TsNanos::EPOCH.plus(Timeframe::H1.nanos());
        let mut step = Step::default();
        step.came((Timeframe::M15, one), in_use(), 0, one);
        assert_eq!(step.late(0, one.plus(1)), [Timeframe::H1]);
        step.filled(Timeframe::H1, one);
        assert!(!step.out_of_step());
    }
}
