//! Bars of a longer timeframe against the shorter ones they are made of: [`CrossCheck`].

use std::collections::VecDeque;

use types::bar::Bar;
use types::market::{Timeframe, TsNanos};

use super::line::Line;

/// Comparisons that are remembered.
const REMEMBERED: usize = 200;
/// Volumes closer than this share are the same: sums of decimals as `f64`.
const VOLUME_SHARE: f64 = 1e-6;

/// A longer bar that is not what the shorter ones add up to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Contradiction {
    pub(super) native: Bar,
    pub(super) aggregated: Bar,
}

/// Compares a line of longer bars with the next shorter one of the same symbol.
#[derive(Clone, Debug)]
pub(super) struct CrossCheck {
    pub(super) long: Timeframe,
    pub(super) short: Timeframe,
    /// Number of the last longer bar that was dealt with.
    done: i64,
    /// Of the last comparisons, which contradicted.
    remembered: VecDeque<bool>,
}

impl CrossCheck {
    pub(super) const fn new(long: Timeframe, short: Timeframe) -> Self {
        Self { long, short, done: i64::MIN, remembered: VecDeque::new() }
    }

    /// Compares every longer bar whose shorter ones are there, once.
    pub(super) fn run(&mut self, long: &Line<Bar>, short: &Line<Bar>) -> Vec<Contradiction> {
        let ratio = self.long.minutes() / self.short.minutes();
        let (Some((oldest, _)), Some(next)) = (short.recent().front(), short.next()) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let from = long.recent().partition_point(|(number, _)| *number <= self.done);
        for (number, native) in long.recent().range(from..) {
            let first = number * ratio;
            if first + ratio > next {
                break;
            }
            self.done = *number;
            if first < *oldest {
                // Its shorter bars lie before the history that was asked for.
                continue;
            }
            let start = short.recent().partition_point(|(number, _)| *number < first);
            let end = short.recent().partition_point(|(number, _)| *number < first + ratio);
            if i64::try_from(end - start) != Ok(ratio) {
                // The venue has a hole there; a longer bar may rest on what the shorter ones lack.
                continue;
            }
            let parts = || short.recent().range(start..end).map(|(_, bar)| bar);
            let Some(aggregated) = aggregate(native.open_time, parts()) else { continue };
            // Where nothing traded the shorter bar repeats the close before it; the longer one may begin at its first trade.
            let traded = || aggregate(native.open_time, parts().filter(|bar| has_traded(bar)));
            let contradicts =
                !same(native, &aggregated) && traded().is_none_or(|traded| !same(native, &traded));
            self.remembered.push_back(contradicts);
            if self.remembered.len() > REMEMBERED {
                self.remembered.pop_front();
            }
            if contradicts {
                found.push(Contradiction { native: *native, aggregated });
            }
        }
        found
    }

    /// Returns whether more than 1 in 100 of the last 200 comparisons contradicted: one source of the two is wrong too often
    /// to decide on either.
    pub(super) fn distrusted(&self) -> bool {
        let wrong = self.remembered.iter().filter(|contradicts| **contradicts).count();
        wrong * 100 > self.remembered.len()
    }
}

/// Returns the bar that bars following each other make; `None` if there is none.
fn aggregate<'a>(open_time: TsNanos, parts: impl Iterator<Item = &'a Bar>) -> Option<Bar> {
    let mut whole: Option<Bar> = None;
    for part in parts {
        whole = Some(match whole {
            None => Bar { open_time, ..*part },
            Some(so_far) => Bar {
                open_time,
                open: so_far.open,
                high: so_far.high.max(part.high),
                low: so_far.low.min(part.low),
                close: part.close,
                volume: so_far.volume.zip(part.volume).map(|(a, b)| a + b),
            },
        });
    }
    whole
}

/// Whether something traded, as far as the bar tells: in a halt, or in a quiet minute, nothing has.
fn has_traded(bar: &Bar) -> bool {
    bar.volume.is_none_or(|volume| volume > 0.0)
}

/// Whether two bars say the same: prices exactly, volumes where both know them.
fn same(a: &Bar, b: &Bar) -> bool {
    let prices = |bar: &Bar| (bar.open, bar.high, bar.low, bar.close);
    let volumes = match (a.volume, b.volume) {
        (Some(x), Some(y)) => {
            let larger = if x > y { x } else { y };
            (x - y).abs() <= VOLUME_SHARE * larger
        }
        (None, _) | (_, None) => true,
    };
    prices(a) == prices(b) && volumes
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::num::Price;

    fn bar(timeframe: Timeframe, number: i64, prices: [i64; 4], volume: f64) -> Bar {
        let open_time = TsNanos::from_nanos(number * timeframe.nanos());
        let [open, high, low, close] = prices.map(Price::from_raw);
        Bar { open_time, open, high, low, close, volume: Some(volume) }
    }

    fn line(bars: &[(i64, Bar)]) -> Line<Bar> {
        let mut line = Line::new(bars.first().map(|(number, _)| *number), 9, 9);
        for (number, bar) in bars {
            line.offer(*number, *bar);
            line.pop();
        }
        line
    }

    /// Four quarters of hour 1.
    fn quarters() -> Vec<(i64, Bar)> {
        let prices = [[5, 7, 4, 6], [6, 9, 6, 8], [8, 8, 3, 4], [4, 5, 4, 5]];
        let bar = |(n, prices): (i64, _)| (4 + n, bar(Timeframe::M15, 4 + n, prices, 0.1));
        (0..).zip(prices).map(bar).collect()
    }

    fn check(long: &[(i64, Bar)], short: &[(i64, Bar)]) -> (usize, bool) {
        let mut cross = CrossCheck::new(Timeframe::H1, Timeframe::M15);
        let found = cross.run(&line(long), &line(short)).len();
        assert!(cross.run(&line(long), &line(short)).is_empty(), "each is compared once");
        (found, cross.distrusted())
    }

    #[test]
    fn an_hour_is_what_its_quarters_add_up_to() {
        let hour = |prices, volume| [(1, bar(Timeframe::H1, 1, prices, volume))];
        assert_eq!(check(&hour([5, 9, 3, 5], 0.4), &quarters()), (0, false));
        for prices in [[4, 9, 3, 5], [5, 8, 3, 5], [5, 9, 4, 5], [5, 9, 3, 4]] {
            assert_eq!(check(&hour(prices, 0.4), &quarters()), (1, true), "{prices:?}");
        }
        assert_eq!(check(&hour([5, 9, 3, 5], 0.401), &quarters()), (1, true));
    }

    #[test]
    fn an_hour_is_not_compared_with_quarters_that_are_not_there() {
        let wrong = [(1, bar(Timeframe::H1, 1, [1, 1, 1, 1], 0.4))];
        assert_eq!(check(&wrong, &quarters()[1..]), (0, false), "history begins later");
        assert_eq!(check(&wrong, &[]), (0, false));
        let mut cross = CrossCheck::new(Timeframe::H1, Timeframe::M15);
        assert_eq!(cross.run(&line(&wrong), &line(&quarters()[..3])).len(), 0, "not yet");
        assert_eq!(cross.run(&line(&wrong), &line(&quarters())).len(), 1);
    }

    #[test]
    fn an_hour_whose_first_quarters_stood_still_may_begin_at_its_first_trade() {
        let mut quarters = quarters();
        for (_, quarter) in &mut quarters[..2] {
            let still = Price::from_raw(9);
            *quarter = Bar {
                open: still,
                high: still,
                low: still,
                close: still,
                volume: Some(0.0),
                ..*quarter
            };
        }
        let hour = |prices| [(1, bar(Timeframe::H1, 1, prices, 0.2))];
        assert_eq!(check(&hour([8, 8, 3, 5]), &quarters), (0, false), "at its first trade");
        assert_eq!(check(&hour([9, 9, 3, 5]), &quarters), (0, false), "at the close before");
        for prices in [[9, 8, 3, 5], [8, 9, 3, 5], [8, 8, 4, 5], [8, 8, 3, 9]] {
            assert_eq!(check(&hour(prices), &quarters), (1, true), "{prices:?}");
        }
    }

    #[test]
    fn one_in_a_hundred_is_borne() {
        let mut cross = CrossCheck::new(Timeframe::H1, Timeframe::M15);
        cross.remembered.push_back(true);
        for _ in 0..98 {
            cross.remembered.push_back(false);
        }
        assert!(cross.distrusted());
        cross.remembered.push_back(false);
        assert!(!cross.distrusted());
    }
}
