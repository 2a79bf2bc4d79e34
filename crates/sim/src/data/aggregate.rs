//! [`Aggregator`]: coarser bars from finer ones, on the UTC grid.

use types::bar::Bar;
use types::market::{Timeframe, TsNanos};

use super::DataError;

/// A coarser bar in the making.
#[derive(Clone, Copy, Debug)]
struct Window {
    bar: Bar,
    end: TsNanos,
    /// The series began inside it: it is never handed out.
    partial: bool,
}

/// One coarser timeframe.
#[derive(Clone, Debug)]
struct Target {
    timeframe: Timeframe,
    window: Option<Window>,
}

/// Builds coarser bars from native ones of one symbol.
///
/// A coarser bar is handed out when its end on the grid has come: with the native bar that closes
/// there, or, that one missing, at the first later moment that is known, by [`close_until`] or by
/// the next native bar. It holds the native bars that there were; a window without any is no bar.
/// The window in which the series begins is handed out only if the series begins at its open.
/// Prices are exact. The volume is the sum of the known ones, `None` if none is known.
///
/// [`close_until`]: Self::close_until
#[derive(Clone, Debug)]
pub struct Aggregator {
    native: Timeframe,
    targets: Vec<Target>,
    /// The native timeframe is one of those asked for.
    with_native: bool,
    started: bool,
    /// The earliest end of an open window.
    next_end: TsNanos,
}

impl Aggregator {
    /// Builds the given timeframes; the native one, if among them, is handed out as it is.
    ///
    /// # Errors
    /// `FinerThanData` if one is finer than the native timeframe.
    pub fn new(native: Timeframe, timeframes: &[Timeframe]) -> Result<Self, DataError> {
        if let Some(&wanted) = timeframes.iter().find(|timeframe| **timeframe < native) {
            return Err(DataError::FinerThanData { wanted, native });
        }
        let mut coarser: Vec<Timeframe> =
            timeframes.iter().copied().filter(|timeframe| *timeframe > native).collect();
        coarser.sort_unstable();
        coarser.dedup();
        let target = |timeframe| Target { timeframe, window: None };
        Ok(Self {
            native,
            targets: coarser.into_iter().map(target).collect(),
            with_native: timeframes.contains(&native),
            started: false,
            next_end: TsNanos::MAX,
        })
    }

    /// Takes the next native bar and appends the bars that are closed now: first those that were
    /// overdue, then those that close with this one, each short to long.
    #[inline]
    pub fn push(&mut self, bar: &Bar, closed: &mut impl Extend<(Timeframe, Bar)>) {
        self.close_until(bar.open_time, closed);
        if self.with_native {
            closed.extend([(self.native, *bar)]);
        }
        let end = bar.close_time(self.native);
        let first = !self.started;
        self.started = true;
        for target in &mut self.targets {
            match &mut target.window {
                Some(window) => join(&mut window.bar, bar),
                None => {
                    let window = open(target.timeframe, bar, first);
                    self.next_end = self.next_end.min(window.end);
                    target.window = Some(window);
                }
            }
        }
        self.close_until(end, closed);
    }

    /// Appends the bars whose end has come by `now`, short to long.
    #[inline]
    pub fn close_until(&mut self, now: TsNanos, closed: &mut impl Extend<(Timeframe, Bar)>) {
        if now < self.next_end {
            return;
        }
        self.next_end = TsNanos::MAX;
        for target in &mut self.targets {
            let Some(window) = target.window else { continue };
            if window.end > now {
                self.next_end = self.next_end.min(window.end);
                continue;
            }
            target.window = None;
            if !window.partial {
                closed.extend([(target.timeframe, window.bar)]);
            }
        }
    }
}

/// Begins a window with its first native bar.
fn open(timeframe: Timeframe, bar: &Bar, first: bool) -> Window {
    let open_time = timeframe.open_of(bar.open_time);
    let partial = first && open_time != bar.open_time;
    Window { bar: Bar { open_time, ..*bar }, end: open_time.plus(timeframe.nanos()), partial }
}

/// Adds a native bar to a window.
#[inline]
fn join(window: &mut Bar, bar: &Bar) {
    window.high = window.high.max(bar.high);
    window.low = window.low.min(bar.low);
    window.close = bar.close;
    window.volume = match (window.volume, bar.volume) {
        (Some(sum), Some(more)) => Some(sum + more),
        (known, None) => known,
        (None, known) => known,
    };
}

#[cfg(test)]
mod tests {
    use Timeframe::{H1, H4, M1, M5, M15};
    use proptest::prelude::*;
    use types::num::Price;

    use super::*;

    /// A one-minute bar that opens `minute` minutes after 1970.
    fn bar(minute: i64, [o, h, l, c]: [i64; 4], volume: Option<f64>) -> Bar {
        let [open, high, low, close] = [o, h, l, c].map(Price::from_raw);
        let open_time = TsNanos::EPOCH.plus(minute * M1.nanos());
        Bar { open_time, open, high, low, close, volume }
    }

    fn flat(minute: i64) -> Bar {
        bar(minute, [minute + 1; 4], Some(1.0))
    }

    /// Pushes minutes and writes what closes: `after minute: timeframe@open minute close volume`.
    fn story(timeframes: &[Timeframe], minutes: &[i64]) -> Vec<String> {
        let mut aggregator = Aggregator::new(M1, timeframes).unwrap();
        let mut story = Vec::new();
        for minute in minutes {
            let mut closed = Vec::new();
            aggregator.push(&flat(*minute), &mut closed);
            for (timeframe, bar) in closed {
                let open = bar.open_time.as_nanos() / M1.nanos();
                let volume = bar.volume.unwrap();
                story.push(format!("{minute}: {timeframe}@{open} {} {volume}", bar.close.raw()));
            }
        }
        story
    }

    #[test]
    fn bars_close_on_the_grid() {
        let minutes: Vec<i64> = (0..16).collect();
        assert_eq!(
            story(&[M15, M5], &minutes),
            ["4: 5m@0 5 5", "9: 5m@5 10 5", "14: 5m@10 15 5", "14: 15m@0 15 15"]
        );
    }

    #[test]
    fn a_first_partial_bar_is_discarded() {
        let minutes: Vec<i64> = (1..10).collect();
        assert_eq!(story(&[M5, M15], &minutes), ["9: 5m@5 10 5"]);
        // Gaps later on don't make a bar partial.
        assert_eq!(story(&[M5], &[0, 7, 9]), ["7: 5m@0 1 1", "9: 5m@5 10 2"]);
    }

    #[test]
    fn a_bar_with_a_missing_tail_closes_with_the_next_native_bar() {
        assert_eq!(story(&[M5], &[0, 1, 2, 5]), ["5: 5m@0 3 3"]);
        // A window without any native bar is no bar.
        assert_eq!(story(&[M5], &[0, 1, 12]), ["12: 5m@0 2 2"]);
    }

    #[test]
    fn a_bar_with_a_missing_tail_closes_at_its_end_if_the_clock_says_so() {
        let mut aggregator = Aggregator::new(M1, &[M5, M15]).unwrap();
        let mut closed = Vec::new();
        aggregator.push(&flat(0), &mut closed);
        aggregator.close_until(TsNanos::EPOCH.plus(5 * M1.nanos() - 1), &mut closed);
        assert!(closed.is_empty());
        aggregator.close_until(TsNanos::EPOCH.plus(5 * M1.nanos()), &mut closed);
        assert_eq!(closed.len(), 1);
        aggregator.close_until(TsNanos::EPOCH.plus(15 * M1.nanos()), &mut closed);
        assert_eq!(closed.len(), 2);
        aggregator.push(&flat(20), &mut closed);
        assert_eq!(closed.len(), 2);
    }

    #[test]
    fn the_native_timeframe_is_handed_on_as_it_is_and_a_finer_one_refused() {
        assert_eq!(story(&[M1], &[3, 9]), ["3: 1m@3 4 1", "9: 1m@9 10 1"]);
        assert!(matches!(
            Aggregator::new(H1, &[M15, H4]),
            Err(DataError::FinerThanData { wanted: M15, native: H1 })
        ));
    }

    #[test]
    fn an_unknown_volume_is_not_zero() {
        let mut aggregator = Aggregator::new(M1, &[M5]).unwrap();
        let mut closed = Vec::new();
        for minute in 0..10 {
            let volume = (minute == 7).then_some(2.5);
            aggregator.push(&bar(minute, [10, 12, 9, 11], volume), &mut closed);
        }
        let volumes: Vec<Option<f64>> = closed.iter().map(|(_, bar)| bar.volume).collect();
        assert_eq!(volumes, [None, Some(2.5)]);
    }

    prop_compose! {
        fn minutes()(rows in prop::collection::vec(
            (1_i64..40, 1_i64..1_000, 0_i64..50, 0_i64..50, 0_i64..50, prop::option::of(0_u32..1_000)), 1..400,
        )) -> Vec<Bar> {
            let mut minute = 0;
            rows.into_iter().map(|(step, low, open, close, wick, volume)| {
                minute += if step < 30 { 1 } else { step };
                let (open, close) = (low + open, low + close);
                bar(minute, [open, open.max(close) + wick, low, close], volume.map(f64::from))
            }).collect()
        }
    }

    /// Aggregates on the whole series at once, from the definition.
    fn by_definition(bars: &[Bar], timeframe: Timeframe) -> Vec<Bar> {
        let mut windows = std::collections::BTreeMap::<TsNanos, Vec<Bar>>::new();
        for bar in bars {
            windows.entry(timeframe.open_of(bar.open_time)).or_default().push(*bar);
        }
        let whole = |(open_time, inside): (TsNanos, Vec<Bar>)| {
            let known: Vec<f64> = inside.iter().filter_map(|bar| bar.volume).collect();
            Bar {
                open_time,
                open: inside[0].open,
                high: inside.iter().map(|bar| bar.high).max().unwrap(),
                low: inside.iter().map(|bar| bar.low).min().unwrap(),
                close: inside[inside.len() - 1].close,
                volume: (!known.is_empty()).then(|| known.iter().sum()),
            }
        };
        let first = bars[0].open_time;
        let in_window = |open: TsNanos| open == first || timeframe.open_of(first) != open;
        windows.into_iter().filter(|(open, _)| in_window(*open)).map(whole).collect()
    }

    /// Every bar, the last window closed by a late clock.
    fn aggregated(bars: &[Bar], native: Timeframe, timeframe: Timeframe) -> Vec<Bar> {
        let mut aggregator = Aggregator::new(native, &[timeframe]).unwrap();
        let mut closed = Vec::new();
        for bar in bars {
            aggregator.push(bar, &mut closed);
        }
        aggregator.close_until(TsNanos::MAX, &mut closed);
        closed.into_iter().map(|(_, bar)| bar).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn every_bar_is_the_one_of_the_definition(bars in minutes()) {
            for timeframe in [M5, M15, H1, H4] {
                prop_assert_eq!(aggregated(&bars, M1, timeframe), by_definition(&bars, timeframe));
            }
        }

        #[test]
        fn two_steps_give_what_one_gives(bars in minutes()) {
            let hours = aggregated(&bars, M1, H1);
            let quarters = aggregated(&bars, M1, M15);
            let by_quarters = aggregated(&quarters, M15, H1);
            // The quarter in which the series begins is left out when it is partial; what is then
            // the first quarter may lie inside the next hour, which is left out with it.
            prop_assert!(hours.ends_with(&by_quarters));
            let late = usize::from(H1.open_of(bars[0].open_time) != bars[0].open_time);
            prop_assert!(hours.len() <= by_quarters.len() + late);
        }
    }
}
