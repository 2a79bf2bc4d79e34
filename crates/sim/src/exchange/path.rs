//! The path a price is taken to have walked within a bar: three straight lines through four points.

use std::cmp::Ordering;

use types::bar::Bar;
use types::market::TsNanos;
use types::num::Price;

/// A stage of a bar's walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// At the open: nothing between the last close and here was traded.
    Open,
    /// From the open to the first extreme.
    First,
    /// From the first extreme to the second.
    Second,
    /// From the second extreme to the close.
    Close,
}

impl Phase {
    /// Returns the next stage.
    pub(super) const fn next(self) -> Option<Self> {
        match self {
            Self::Open => Some(Self::First),
            Self::First => Some(Self::Second),
            Self::Second => Some(Self::Close),
            Self::Close => None,
        }
    }

    /// Returns when the stage ends in a bar from `open` to `close`: 0, 1/3, 2/3 of it and its last
    /// nanosecond, so that a bar's fills precede the decisions at its close.
    pub(super) const fn end(self, open: TsNanos, close: TsNanos) -> TsNanos {
        let length = close.since(open);
        match self {
            Self::Open => open,
            Self::First => open.plus(length / 3),
            Self::Second => open.plus(length / 3 * 2),
            Self::Close => open.plus(if length > 0 { length - 1 } else { 0 }),
        }
    }

    /// Returns when the stage begins.
    pub(super) const fn start(self, open: TsNanos, close: TsNanos) -> TsNanos {
        match self {
            Self::Open | Self::First => open,
            Self::Second => Self::First.end(open, close),
            Self::Close => Self::Second.end(open, close),
        }
    }
}

/// A share of a segment's way, exact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fraction {
    part: i128,
    whole: i128,
}

impl Fraction {
    /// The beginning.
    pub(super) const START: Self = Self { part: 0, whole: 1 };
    /// The end.
    pub(super) const END: Self = Self { part: 1, whole: 1 };

    /// Returns part / whole held within the segment; the beginning for a whole of zero.
    pub(super) fn new(part: i64, whole: i64) -> Self {
        if whole <= 0 || part <= 0 {
            return Self::START;
        }
        Self { part: i128::from(part.min(whole)), whole: i128::from(whole) }
    }

    /// Compares by value.
    pub(super) fn compare(self, other: Self) -> Ordering {
        (self.part * other.whole).cmp(&(other.part * self.whole))
    }

    /// Returns the later of two.
    pub(super) fn later(self, other: Self) -> Self {
        if self.compare(other) == Ordering::Less { other } else { self }
    }
}

/// A straight move from one price to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    /// Where it begins.
    pub(super) from: Price,
    /// Where it ends.
    pub(super) to: Price,
}

impl Segment {
    /// Returns the price at a share of the way, rounded down.
    pub(super) fn at(self, place: Fraction) -> Price {
        let way = i128::from(self.to.raw()) - i128::from(self.from.raw());
        let moved = (way * place.part).div_euclid(place.whole);
        let raw = i128::from(self.from.raw()) + moved;
        Price::from_raw(i64::try_from(raw).expect("a price between two prices is a price"))
    }

    /// Returns where the move comes down to a level or below it, at `now` or later.
    pub(super) fn falls_to(self, level: Price, now: Fraction) -> Option<Fraction> {
        if self.at(now) <= level {
            return Some(now);
        }
        (self.to <= level).then(|| self.place(level))
    }

    /// Returns where the move comes up to a level or above it, at `now` or later.
    pub(super) fn rises_to(self, level: Price, now: Fraction) -> Option<Fraction> {
        if self.at(now) >= level {
            return Some(now);
        }
        (self.to >= level).then(|| self.place(level))
    }

    fn place(self, level: Price) -> Fraction {
        let way = (self.to - self.from).raw().abs();
        Fraction::new((level - self.from).raw().abs(), way)
    }
}

/// The four points of a bar's walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    open: Price,
    first: Price,
    second: Price,
    close: Price,
}

impl Path {
    /// Returns the walk that visits the low first, or the high first.
    pub(super) fn new(bar: &Bar, low_first: bool) -> Self {
        let (first, second) = if low_first { (bar.low, bar.high) } else { (bar.high, bar.low) };
        Self { open: bar.open, first, second, close: bar.close }
    }

    /// Returns the move of a stage.
    pub(super) fn segment(&self, phase: Phase) -> Segment {
        let (from, to) = match phase {
            Phase::Open => (self.open, self.open),
            Phase::First => (self.open, self.first),
            Phase::Second => (self.first, self.second),
            Phase::Close => (self.second, self.close),
        };
        Segment { from, to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(from: i64, to: i64) -> Segment {
        Segment { from: Price::from_raw(from), to: Price::from_raw(to) }
    }

    #[test]
    fn a_level_is_met_where_the_line_crosses_it() {
        let down = segment(100, 90);
        let at = |place: Option<Fraction>| place.map(|place| down.at(place).raw());
        assert_eq!(at(down.falls_to(Price::from_raw(95), Fraction::START)), Some(95));
        assert_eq!(at(down.falls_to(Price::from_raw(90), Fraction::START)), Some(90));
        assert_eq!(at(down.falls_to(Price::from_raw(89), Fraction::START)), None);
        let half = Fraction::new(1, 2);
        assert_eq!(at(down.falls_to(Price::from_raw(98), half)), Some(95), "already below");
        assert!(down.rises_to(Price::from_raw(101), Fraction::START).is_none());
        assert!(segment(90, 90).falls_to(Price::from_raw(90), Fraction::START).is_some());
    }

    #[test]
    fn stages_end_at_thirds_and_one_nanosecond_early() {
        let (open, close) = (TsNanos::from_nanos(300), TsNanos::from_nanos(600));
        let ends = [Phase::Open, Phase::First, Phase::Second, Phase::Close]
            .map(|phase| phase.end(open, close).as_nanos());
        assert_eq!(ends, [300, 400, 500, 599]);
    }
}
