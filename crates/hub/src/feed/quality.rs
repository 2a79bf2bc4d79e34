//! How good a source is for a symbol: [`Counts`], and [`Quality`], which keeps those of the last hour.

use std::collections::VecDeque;

use serde::Serialize;
use types::market::TsNanos;

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Messages that came.
    pub received: u64,
    /// Of these, messages that could be used.
    pub parsed: u64,
    /// Of these, messages that could not be read or cannot be true.
    pub failed: u64,
    /// Closed bars, trades, quotes and changes of the book that were there already.
    pub duplicate: u64,
    /// What came more than two seconds after it happened, or after its place was passed over.
    pub late: u64,
    /// Bars, trades and changes of the book that are missing from the stream, filled later or not.
    pub gaps: u64,
    /// Of these, what was lost with a connection and filled completely: an outage is no fault of the stream.
    pub gaps_of_outages: u64,
    /// Prices far from all before them: bars are kept, quotes wait for a second one that agrees.
    pub outliers: u64,
    /// Quotes and books whose bid is not below the ask.
    pub crossed: u64,
}

impl Counts {
    /// Returns the share of messages that could be used; `None` if there was none.
    #[must_use]
    pub fn parse_rate(&self) -> Option<f64> {
        share(self.parsed, self.received)
    }

    /// Returns parse rate - duplicate rate - gap rate; `None` if there was no message.
    ///
    /// The duplicate rate is a share of all messages. The gap rate is the share of what is missing in all that should have
    /// come; what an outage took and was filled does not lower it.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        let missing = self.gaps.saturating_sub(self.gaps_of_outages);
        let duplicates = share(self.duplicate, self.received)?;
        let gaps = share(missing, self.received + missing)?;
        Some(self.parse_rate()? - duplicates - gaps)
    }

    /// Takes back what is counted in it.
    fn take_back(&mut self, other: &Self) {
        self.received -= other.received;
        self.parsed -= other.parsed;
        self.failed -= other.failed;
        self.duplicate -= other.duplicate;
        self.late -= other.late;
        self.gaps -= other.gaps;
        self.gaps_of_outages -= other.gaps_of_outages;
        self.outliers -= other.outliers;
        self.crossed -= other.crossed;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share for people and for a limit of 0.95")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The window is forgotten in this many parts.
const PARTS: i64 = 60;

/// Counts of a sliding window, and of all time.
#[derive(Clone, Debug)]
pub(super) struct Quality {
    width: i64,
    /// Number of the part, its counts; oldest first.
    parts: VecDeque<(i64, Counts)>,
    /// The sum of all parts: it is asked for at each message.
    sum: Counts,
    all: Counts,
}

impl Quality {
    pub(super) const fn new(window_nanos: i64) -> Self {
        let width = if window_nanos < PARTS { 1 } else { window_nanos / PARTS };
        Self { width, parts: VecDeque::new(), sum: ZERO, all: ZERO }
    }

    /// Counts.
    pub(super) fn count(&mut self, now: TsNanos, change: impl Fn(&mut Counts)) {
        change(&mut self.all);
        change(&mut self.sum);
        let part = now.as_nanos().div_euclid(self.width);
        if self.parts.back().is_none_or(|(last, _)| *last < part) {
            self.parts.push_back((part, ZERO));
        }
        if let Some((_, counts)) = self.parts.back_mut() {
            change(counts);
        }
        while let Some((_, old)) = self.parts.pop_front_if(|(first, _)| *first + PARTS <= part) {
            self.sum.take_back(&old);
        }
    }

    /// Returns what was counted since the beginning.
    pub(super) const fn all(&self) -> Counts {
        self.all
    }

    /// Returns what was counted within the window.
    pub(super) fn recent(&self, now: TsNanos) -> Counts {
        let part = now.as_nanos().div_euclid(self.width);
        let mut sum = self.sum;
        for (_, old) in self.parts.iter().take_while(|(number, _)| number + PARTS <= part) {
            sum.take_back(old);
        }
        sum
    }
}

const ZERO: Counts = Counts {
    received: 0,
    parsed: 0,
    failed: 0,
    duplicate: 0,
    late: 0,
    gaps: 0,
    gaps_of_outages: 0,
    outliers: 0,
    crossed: 0,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_parse_rate_less_duplicate_rate_less_gap_rate() {
        let counts = Counts { received: 90, parsed: 81, failed: 9, duplicate: 9, gaps: 10, ..ZERO };
        // 0.9 - 0.1 - 10 of 100 that should have come.
        assert!((counts.score().unwrap() - 0.7).abs() < 1e-12);
        assert!((counts.parse_rate().unwrap() - 0.9).abs() < 1e-12);
        assert_eq!(ZERO.score(), None, "no message is no quality");
        let outage = Counts { received: 90, parsed: 90, gaps: 60, gaps_of_outages: 60, ..ZERO };
        assert!((outage.score().unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_was_bad_is_forgotten_after_the_window() {
        let mut quality = Quality::new(60);
        let at = TsNanos::from_nanos;
        quality.count(at(0), |counts| counts.failed += 1);
        quality.count(at(59), |counts| counts.parsed += 1);
        assert_eq!(quality.recent(at(59)).failed, 1);
        assert_eq!(quality.recent(at(60)).failed, 0);
        assert_eq!(quality.recent(at(118)).parsed, 1);
        assert_eq!(quality.recent(at(119)), ZERO);
        assert_eq!((quality.all().failed, quality.all().parsed), (1, 1));
    }
}
