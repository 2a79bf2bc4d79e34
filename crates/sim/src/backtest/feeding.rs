//! What a run is fed with: [`Moment`]s made of native bars, marks and funding on one clock.

use std::iter::Enumerate;
use std::slice::IterMut;

use types::bar::Bar;
use types::ids::SymbolId;
use types::market::{Timeframe, TsNanos};
use types::num::{Price, Ratio};

use crate::data::{Aggregator, DataError, Feed, FundingRate, MarkReader};
use crate::exchange::BarInput;

/// Nanoseconds of a minute: venues stamp fundings a few milliseconds after their time.
const MINUTE: i64 = 60_000_000_000;

/// What a run reads.
#[derive(Debug)]
pub struct Inputs {
    /// The bars.
    pub feed: Feed,
    /// Mark prices by symbol; empty, or one place per symbol of the feed.
    pub marks: Vec<Option<MarkReader>>,
    /// Funding rates by symbol, oldest first; empty, or one place per symbol of the feed.
    pub funding: Vec<Option<Vec<FundingRate>>>,
}

impl Inputs {
    /// Ends the data: nothing that closes, or is due, after `cut` is left.
    #[must_use]
    pub(super) fn until(mut self, cut: TsNanos) -> Self {
        self.feed = self.feed.between(None, Some(cut));
        for rates in self.funding.iter_mut().flatten() {
            rates.retain(|rate| due(rate) <= cut.as_nanos());
        }
        self
    }

    /// Returns bars without marks and funding.
    #[must_use]
    pub const fn of_bars(feed: Feed) -> Self {
        Self { feed, marks: Vec::new(), funding: Vec::new() }
    }
}

/// Returns the nanosecond at which a funding is due: its time, rounded down to the minute.
const fn due(funding: &FundingRate) -> i64 {
    let nanos = funding.time.as_nanos();
    nanos - nanos.rem_euclid(MINUTE)
}

/// Told how far a run has come.
pub trait Progress {
    /// So many bars were read; the newest closed at `at`.
    fn on_bars(&mut self, bars: u64, at: TsNanos);

    /// So many cuts of so many were compared by the check for look-ahead.
    fn on_cut(&mut self, _done: usize, _of: usize) {}
}

impl Progress for () {
    fn on_bars(&mut self, _: u64, _: TsNanos) {}
}

/// One instant of the native clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    /// When the native bars opened.
    pub(super) open: TsNanos,
    /// When they closed.
    pub(super) close: TsNanos,
    /// The native bars, by symbol.
    pub(super) bars: &'a [BarInput],
    /// Bars of every timeframe that ended here, by symbol, short to long.
    pub(super) closed: &'a [(SymbolId, Timeframe, Bar)],
    /// Mark prices at the close.
    pub(super) marks: &'a [(SymbolId, Price)],
    /// Funding due.
    pub(super) funding: &'a [(SymbolId, Ratio)],
}

/// Where moments come from, oldest first.
pub(super) trait Clock {
    /// Returns the next moment, `None` at the end of the data.
    fn next(&mut self) -> Result<Option<Moment<'_>>, DataError>;
}

/// Makes moments out of inputs.
pub(super) struct Moments<'a> {
    inputs: &'a mut Inputs,
    native: Timeframe,
    aggregators: Vec<Aggregator>,
    /// The next funding of each symbol.
    next_funding: Vec<usize>,
    bars: Vec<BarInput>,
    closed: Vec<(SymbolId, Timeframe, Bar)>,
    mark_prices: Vec<(SymbolId, Price)>,
    funding: Vec<(SymbolId, Ratio)>,
}

impl<'a> Moments<'a> {
    pub(super) fn new(inputs: &'a mut Inputs, timeframes: &[Timeframe]) -> Result<Self, DataError> {
        let native = inputs.feed.timeframe();
        let symbols = inputs.feed.symbols().len();
        let aggregator = Aggregator::new(native, timeframes)?;
        Ok(Self {
            inputs,
            native,
            aggregators: vec![aggregator; symbols],
            next_funding: vec![0; symbols],
            bars: Vec::new(),
            closed: Vec::new(),
            mark_prices: Vec::new(),
            funding: Vec::new(),
        })
    }

    /// Funding is due at the close that reaches its time, rounded down to the minute.
    fn collect_funding(&mut self, close: TsNanos) {
        for (index, next) in self.next_funding.iter_mut().enumerate() {
            let rates = self.inputs.funding.get(index).and_then(Option::as_ref);
            let symbol = id_of(index);
            while let Some(funding) = rates.and_then(|rates| rates.get(*next)) {
                if due(funding) > close.as_nanos() {
                    break;
                }
                self.funding.push((symbol, funding.rate));
                *next += 1;
            }
        }
    }
}

impl Clock for Moments<'_> {
    fn next(&mut self) -> Result<Option<Moment<'_>>, DataError> {
        self.bars.clear();
        self.closed.clear();
        self.mark_prices.clear();
        self.funding.clear();
        let Inputs { feed, marks, .. } = &mut *self.inputs;
        let (bars, mark_prices) = (&mut self.bars, &mut self.mark_prices);
        let mut windows =
            Windows { closed: &mut self.closed, left: self.aggregators.iter_mut().enumerate() };
        let close = feed.visit(|close, symbol, row| {
            let mark = match marks.get_mut(symbol.index()).and_then(Option::as_mut) {
                Some(marks) => marks.at(row.bar.open_time)?,
                None => None,
            };
            mark_prices.extend(mark.map(|mark| (symbol, mark.close)));
            bars.push(BarInput { symbol, bar: row.bar, half_spread: row.half_spread, mark });
            windows.push(symbol, &row.bar, close);
            Ok(())
        })?;
        let Some(close) = close else { return Ok(None) };
        windows.close(close);
        self.collect_funding(close);
        Ok(Some(Moment {
            open: close.plus(-self.native.nanos()),
            close,
            bars: &self.bars,
            closed: &self.closed,
            marks: &self.mark_prices,
            funding: &self.funding,
        }))
    }
}

/// The windows of an instant: each symbol's end in its turn, with a bar of it or without.
struct Windows<'a> {
    closed: &'a mut Vec<(SymbolId, Timeframe, Bar)>,
    left: Enumerate<IterMut<'a, Aggregator>>,
}

impl Windows<'_> {
    /// Takes a symbol's bar, once the symbols before it have had their turn.
    #[inline]
    fn push(&mut self, symbol: SymbolId, bar: &Bar, now: TsNanos) {
        for (index, aggregator) in self.left.by_ref() {
            let id = id_of(index);
            let mut closed = Closed { symbol: id, all: self.closed };
            if id == symbol {
                aggregator.push(bar, &mut closed);
            }
            aggregator.close_until(now, &mut closed);
            if id == symbol {
                return;
            }
        }
    }

    /// Gives the symbols that are left their turn.
    #[inline]
    fn close(mut self, now: TsNanos) {
        for (index, aggregator) in self.left.by_ref() {
            aggregator.close_until(now, &mut Closed { symbol: id_of(index), all: self.closed });
        }
    }
}

fn id_of(index: usize) -> SymbolId {
    SymbolId(u16::try_from(index).expect("symbol ids are 16 bits"))
}

/// Where the bars of one symbol go when they close.
struct Closed<'a> {
    symbol: SymbolId,
    all: &'a mut Vec<(SymbolId, Timeframe, Bar)>,
}

impl Extend<(Timeframe, Bar)> for Closed<'_> {
    #[inline]
    fn extend<T: IntoIterator<Item = (Timeframe, Bar)>>(&mut self, bars: T) {
        for (timeframe, bar) in bars {
            self.all.push((self.symbol, timeframe, bar));
        }
    }
}
