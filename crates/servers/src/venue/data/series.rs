//! [`Klines`]: the last bars of a symbol in every interval.

use std::collections::VecDeque;

use types::market::TsNanos;

use super::kline::{Kline, KlinePiece};
use crate::venue::interval::KlineInterval;

/// Bars kept of each interval: a full answer of `klines` is 1000, and a day has 1440 minutes.
pub const KLINES_KEPT: usize = 1_500;

/// The bars of a symbol; the last of each interval is still running.
#[derive(Clone, Debug)]
pub struct Klines {
    series: Vec<VecDeque<Kline>>,
    /// When the next of the running bars ends.
    next_end: TsNanos,
}

impl Default for Klines {
    fn default() -> Self {
        let series = vec![VecDeque::new(); KlineInterval::ALL.len()];
        Self { series, next_end: TsNanos::MAX }
    }
}

impl Klines {
    /// Adds a piece to the bars of an interval and of all longer ones.
    pub(super) fn absorb(&mut self, piece: &KlinePiece, from: KlineInterval) {
        for (interval, series) in KlineInterval::ALL.into_iter().zip(&mut self.series) {
            if interval < from {
                continue;
            }
            roll(series, piece.at);
            match series.back_mut() {
                Some(running) => running.piece.extend(piece),
                None => series.push_back(Kline::around(interval, piece, 0)),
            }
        }
        self.find_next_end();
    }

    /// Ends the bars whose time is over.
    pub(super) fn roll(&mut self, now: TsNanos) {
        if now < self.next_end {
            return;
        }
        for series in &mut self.series {
            roll(series, now);
        }
        self.find_next_end();
    }

    fn find_next_end(&mut self) {
        let mut running = self.series.iter().filter_map(VecDeque::back);
        // Every bar ends with a second, so none ends before the running second does.
        let shortest = running.next();
        let ends = match shortest {
            Some(second) if second.interval == KlineInterval::S1 => Some(second.next_open),
            Some(_) | None => {
                let all = shortest.into_iter().chain(running);
                all.map(|kline| kline.next_open).min()
            }
        };
        self.next_end = ends.unwrap_or(TsNanos::MAX);
    }

    /// Returns the bar that is running.
    #[must_use]
    pub fn running(&self, interval: KlineInterval) -> Option<&Kline> {
        self.of(interval).back()
    }

    /// Returns the last bar that is over.
    #[must_use]
    pub fn closed(&self, interval: KlineInterval) -> Option<&Kline> {
        self.of(interval).iter().rev().nth(1)
    }

    /// Returns bars that open between two moments, both included: the oldest from `since` on if it is given, else the
    /// newest. The running bar is one of them. Days are cut `offset` nanoseconds east of UTC.
    #[must_use]
    pub fn between(
        &self,
        interval: KlineInterval,
        offset: i64,
        since: Option<TsNanos>,
        until: Option<TsNanos>,
        limit: usize,
    ) -> Vec<Kline> {
        let zoned;
        let series = if self.is_cut_alike(interval, offset) {
            self.of(interval)
        } else {
            zoned = self.zoned(interval, offset);
            &zoned
        };
        let start = since.map_or(0, |at| series.partition_point(|kline| kline.open_time < at));
        let end =
            until.map_or(series.len(), |at| series.partition_point(|kline| kline.open_time <= at));
        let span = end.saturating_sub(start).min(limit);
        let start = if since.is_some() { start } else { end.saturating_sub(span) };
        series.range(start..start + span).copied().collect()
    }

    /// Returns whether bars of an interval begin at the same moments there as in UTC.
    fn is_cut_alike(&self, interval: KlineInterval, offset: i64) -> bool {
        let shift = |at: TsNanos| interval.open(at, offset) == interval.open(at, 0);
        offset == 0 || self.running(interval).is_none_or(|kline| shift(kline.open_time))
    }

    /// Returns the bars of an interval in another time zone, put together from the longest that fit into them.
    fn zoned(&self, interval: KlineInterval, offset: i64) -> VecDeque<Kline> {
        let parts = [KlineInterval::H1, KlineInterval::M15, KlineInterval::M1];
        let fits = |part: &KlineInterval| *part < interval && self.is_cut_alike(*part, offset);
        let part = parts.into_iter().find(fits).unwrap_or(KlineInterval::M1);
        let mut zoned: VecDeque<Kline> = VecDeque::new();
        for kline in self.of(part) {
            match zoned.back_mut() {
                Some(last) if kline.open_time < last.next_open => last.piece.extend(&kline.piece),
                Some(_) | None => {
                    zoned.push_back(Kline::around(interval, &kline.piece, offset));
                }
            }
        }
        zoned
    }

    /// Returns all bars of an interval, oldest first.
    #[must_use]
    pub fn of(&self, interval: KlineInterval) -> &VecDeque<Kline> {
        let place = KlineInterval::ALL.iter().position(|one| *one == interval);
        &self.series[place.expect("ALL holds every interval")]
    }
}

/// Appends bars without a trade until the last one holds `now`.
fn roll(series: &mut VecDeque<Kline>, now: TsNanos) {
    let Some(mut last) = series.back().filter(|last| last.next_open <= now).copied() else {
        return;
    };
    let (current, mut added) = (last.interval.open(now, 0), 0);
    while last.next_open <= current {
        last = last.flat_after();
        added += 1;
        if added > KLINES_KEPT {
            // More than is kept lies between: what was before is out of reach.
            series.clear();
            let flat = KlinePiece::flat(current, last.piece.close);
            last = Kline::around(last.interval, &flat, 0);
        }
        if series.len() == KLINES_KEPT {
            series.pop_front();
        }
        series.push_back(last);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::{piece, trade};
    use super::*;

    fn at(millis: i64) -> TsNanos {
        TsNanos::from_millis(millis).unwrap()
    }

    fn told(kline: &Kline) -> (i64, i64, String) {
        let p = &kline.piece;
        let text = format!("{} {} {} {} {} {}", p.open, p.high, p.low, p.close, p.volume, p.trades);
        (kline.open_time.as_millis(), kline.close_millis(), text)
    }

    #[test]
    fn trades_become_bars_and_silence_becomes_flat_bars() {
        let mut klines = Klines::default();
        // Number, millisecond, price, quantity, taker order.
        for row in [
            (1, 10_000, 100, 1, 1),
            (2, 20_000, 105, 2, 2),
            (3, 59_999, 95, 1, 3),
            (4, 180_000, 97, 1, 4),
        ] {
            klines.absorb(&KlinePiece::of(&trade(row)), KlineInterval::S1);
        }
        let minutes: Vec<_> = klines.of(KlineInterval::M1).iter().map(told).collect();
        let bar = |open, text: &str| (open, open + 59_999, text.to_owned());
        assert_eq!(
            minutes,
            [
                bar(0, "100 105 95 95 4 3"),
                bar(60_000, "95 95 95 95 0 0"),
                bar(120_000, "95 95 95 95 0 0"),
                bar(180_000, "97 97 97 97 1 1"),
            ]
        );
        klines.roll(at(239_999));
        assert_eq!(klines.of(KlineInterval::M1).len(), 4);
        klines.roll(at(240_000));
        assert_eq!(told(klines.running(KlineInterval::M1).unwrap()).2, "97 97 97 97 0 0");
        assert_eq!(told(klines.closed(KlineInterval::M1).unwrap()).0, 180_000);
        assert_eq!(klines.of(KlineInterval::H1).len(), 1);
        assert_eq!(klines.running(KlineInterval::H1).unwrap().piece.ids, Some((1, 4)));
        let opens = |since: Option<i64>, until: Option<i64>, limit| -> Vec<i64> {
            let found = klines.between(KlineInterval::M1, 0, since.map(at), until.map(at), limit);
            found.iter().map(|kline| kline.open_time.as_millis() / 60_000).collect()
        };
        assert_eq!(opens(None, None, 2), [3, 4]);
        assert_eq!(opens(Some(60_000), None, 2), [1, 2]);
        assert_eq!(opens(Some(60_001), Some(180_000), 9), [2, 3]);
        assert_eq!(opens(None, Some(179_999), 2), [1, 2]);
        assert_eq!(opens(Some(300_000), None, 2), [0_i64; 0]);
    }

    #[test]
    fn a_bar_from_before_counts_for_its_interval_and_longer_ones() {
        let mut klines = Klines::default();
        klines.absorb(&piece(0, [10, 12, 9, 11], 7), KlineInterval::M5);
        klines.absorb(&piece(300_000, [11, 15, 11, 14], 3), KlineInterval::M5);
        assert!(klines.of(KlineInterval::M1).is_empty());
        assert_eq!(klines.of(KlineInterval::M5).len(), 2);
        assert_eq!(told(klines.running(KlineInterval::M15).unwrap()).2, "10 15 9 14 10 2");
    }

    #[test]
    fn a_day_in_another_time_zone_is_made_of_hours() {
        let mut klines = Klines::default();
        let hour = 3_600_000;
        // One trade an hour for two days, at 100, 101, ...
        for n in 0..48_i64 {
            let row = (1 + n.unsigned_abs(), n * hour, 100 + n, 1, 1 + n.unsigned_abs());
            klines.absorb(&KlinePiece::of(&trade(row)), KlineInterval::S1);
        }
        let days = |offset: i64| -> Vec<(i64, String)> {
            let found = klines.between(KlineInterval::D1, offset * 60_000_000_000, None, None, 9);
            let told = |k: &Kline| (k.open_time.as_millis() / hour, told(k).2);
            found.iter().map(told).collect()
        };
        let day = |open: i64, text: &str| (open, text.to_owned());
        assert_eq!(days(0), [day(0, "100 123 100 123 24 24"), day(24, "124 147 124 147 24 24")]);
        assert_eq!(
            days(8 * 60),
            [
                day(-8, "100 115 100 115 16 16"),
                day(16, "116 139 116 139 24 24"),
                day(40, "140 147 140 147 8 8")
            ]
        );
        // Half an hour off, quarters have to do.
        assert_eq!(days(330)[1].1, "119 142 119 142 24 24");
    }

    #[test]
    fn what_is_kept_is_bounded_across_any_silence() {
        let mut klines = Klines::default();
        klines.absorb(&KlinePiece::of(&trade((1, 0, 100, 1, 1))), KlineInterval::S1);
        klines.roll(at(86_400_000 * 400));
        assert!(klines.series.iter().all(|series| series.len() <= KLINES_KEPT));
        let second = klines.running(KlineInterval::S1).unwrap();
        assert_eq!(second.open_time, at(86_400_000 * 400));
        let days = klines.of(KlineInterval::D1);
        assert_eq!((days.len(), days[0].piece.trades), (401, 1));
    }
}
