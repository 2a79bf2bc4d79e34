//! [`Bars`]: one symbol's bars, from its history and then from its trades, as the venue tells them.

use std::collections::BTreeMap;

use types::bar::Bar;
use types::market::{Timeframe, TsNanos};
use types::num::{Price, Qty};

/// The bars of one symbol.
#[derive(Clone, Debug)]
pub(super) struct Bars {
    series: BTreeMap<Timeframe, Series>,
    last: Option<Price>,
}

#[derive(Clone, Debug)]
struct Series {
    timeframe: Timeframe,
    /// Oldest first, without a gap from the first live one on.
    closed: Vec<Bar>,
    open: Option<Bar>,
}

impl Bars {
    pub(super) fn new(timeframes: &[Timeframe]) -> Self {
        let series = |timeframe: &Timeframe| {
            let (closed, open) = (Vec::new(), None);
            (*timeframe, Series { timeframe: *timeframe, closed, open })
        };
        Self { series: timeframes.iter().map(series).collect(), last: None }
    }

    /// Adds a bar from before the start.
    pub(super) fn add_history(&mut self, timeframe: Timeframe, bar: Bar) {
        self.last = Some(bar.close);
        if let Some(series) = self.series.get_mut(&timeframe) {
            series.closed.push(bar);
        }
    }

    /// Takes a trade.
    pub(super) fn on_trade(&mut self, at: TsNanos, price: Price, qty: Qty) {
        self.roll(at);
        #[expect(clippy::cast_precision_loss, reason = "volume is analysis, which is f64")]
        let volume = qty.raw() as f64 / 1e8;
        for series in self.series.values_mut() {
            let open_time = series.timeframe.open_of(at);
            let bar = series.open.get_or_insert(flat(open_time, price));
            if bar.volume == Some(0.0) {
                *bar = flat(bar.open_time, price);
            }
            bar.high = bar.high.max(price);
            bar.low = bar.low.min(price);
            bar.close = price;
            bar.volume = bar.volume.map(|sum| sum + volume);
        }
        self.last = Some(price);
    }

    /// Ends the bars whose time is over. One without a trade is flat at the last price.
    pub(super) fn roll(&mut self, now: TsNanos) {
        let Some(last) = self.last else { return };
        for series in self.series.values_mut() {
            loop {
                let nanos = series.timeframe.nanos();
                let after = series.closed.last().map(|bar| bar.open_time.plus(nanos));
                let open_time = after.unwrap_or_else(|| series.timeframe.open_of(now));
                if open_time.plus(nanos) > now {
                    break;
                }
                let bar = series.open.take().filter(|bar| bar.open_time == open_time);
                series.closed.push(bar.unwrap_or_else(|| flat(open_time, last)));
            }
        }
    }

    /// Returns the bar that is open.
    pub(super) fn open(&self, timeframe: Timeframe, now: TsNanos) -> Option<Bar> {
        let series = self.series.get(&timeframe)?;
        series.open.or_else(|| Some(flat(timeframe.open_of(now), self.last?)))
    }

    /// Returns the bar that closed last.
    pub(super) fn closed(&self, timeframe: Timeframe) -> Option<Bar> {
        self.series.get(&timeframe)?.closed.last().copied()
    }

    /// Returns the bars that opened in a time, oldest first; the last may be unfinished.
    pub(super) fn between(
        &self,
        timeframe: Timeframe,
        (from, until): (TsNanos, TsNanos),
        limit: u16,
        now: TsNanos,
    ) -> Vec<Bar> {
        let Some(series) = self.series.get(&timeframe) else { return Vec::new() };
        let first = series.closed.partition_point(|bar| bar.open_time < from);
        let open = self.open(timeframe, now);
        let bars = series.closed[first..].iter().copied().chain(open);
        bars.filter(|bar| bar.open_time >= from && bar.open_time < until)
            .take(limit.into())
            .collect()
    }
}

fn flat(open_time: TsNanos, price: Price) -> Bar {
    Bar { open_time, open: price, high: price, low: price, close: price, volume: Some(0.0) }
}
