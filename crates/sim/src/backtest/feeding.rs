//! What a run is fed with: [`Moment`]s made of native bars, marks and funding on one clock.

use types::bar::Bar;
use types::ids::SymbolId;
use types::market::{Timeframe, TsNanos};
use types::num::{Price, Ratio};

use crate::data::{Aggregator, DataError, Feed, FundingRate, MarkReader, Row};
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
    rows: Vec<(SymbolId, Row)>,
    ended: Vec<(Timeframe, Bar)>,
    bars: Vec<BarInput>,
    closed: Vec<(SymbolId, Timeframe, Bar)>,
    mark_prices: Vec<(SymbolId, Price)>,
    funding: Vec<(SymbolId, Ratio)>,
    /// The earliest moment at which a window of a symbol without a bar may end.
    started: Vec<bool>,
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
            rows: Vec::new(),
            ended: Vec::new(),
            bars: Vec::new(),
            closed: Vec::new(),
            mark_prices: Vec::new(),
            funding: Vec::new(),
            started: vec![false; symbols],
        })
    }

    /// Funding is due at the close that reaches its time, rounded down to the minute.
    fn collect_funding(&mut self, close: TsNanos) {
        for (index, next) in self.next_funding.iter_mut().enumerate() {
            let rates = self.inputs.funding.get(index).and_then(Option::as_ref);
            let symbol = SymbolId(u16::try_from(index).expect("symbol ids are 16 bits"));
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
        let Some(close) = self.inputs.feed.next(&mut self.rows)? else { return Ok(None) };
        self.bars.clear();
        self.closed.clear();
        self.mark_prices.clear();
        self.funding.clear();
        let mut rows = self.rows.iter().peekable();
        for index in 0..self.aggregators.len() {
            let symbol = SymbolId(u16::try_from(index).expect("symbol ids are 16 bits"));
            let row = rows.next_if(|(of, _)| *of == symbol).map(|(_, row)| row);
            if let Some(row) = row {
                let marks = self.inputs.marks.get_mut(index).and_then(Option::as_mut);
                let mark = match marks {
                    Some(marks) => marks.at(row.bar.open_time)?,
                    None => None,
                };
                self.mark_prices.extend(mark.map(|mark| (symbol, mark.close)));
                let half_spread = row.half_spread;
                self.bars.push(BarInput { symbol, bar: row.bar, half_spread, mark });
                self.started[index] = true;
                self.aggregators[index].push(&row.bar, &mut self.ended);
            }
            if self.started[index] {
                self.aggregators[index].close_until(close, &mut self.ended);
                self.closed.extend(self.ended.drain(..).map(|(t, bar)| (symbol, t, bar)));
            }
        }
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
