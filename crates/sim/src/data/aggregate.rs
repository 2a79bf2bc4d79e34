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
    pub fn push(&mut self, bar: &Bar, closed: &mut Vec<(Timeframe, Bar)>) {
        self.close_until(bar.open_time, closed);
        if self.with_native {
            closed.push((self.native, *bar));
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
    pub fn close_until(&mut self, now: TsNanos, closed: &mut Vec<(Timeframe, Bar)>) {
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
                closed.push((target.timeframe, window.bar));
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
