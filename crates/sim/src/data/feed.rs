//! [`Feed`]: many series on one clock.

use types::ids::{Symbol, SymbolId};
use types::market::{Timeframe, TsNanos};

use super::DataError;
use super::quality::Quality;
use super::reader::RowSource;
use super::row::Row;

/// A series and its next row.
#[derive(Debug)]
struct Lane {
    source: Box<dyn RowSource>,
    head: Option<Row>,
}

/// Many series of one timeframe on one clock: instant by instant, the bars that close there.
///
/// Symbols are numbered in the order of their names, whatever the order in which the series were
/// given. The work per instant grows with the number of series, which all close at most instants.
#[derive(Debug)]
pub struct Feed {
    symbols: Vec<Symbol>,
    timeframe: Timeframe,
    lanes: Vec<Lane>,
    /// Open time of each lane's next row, `MAX` at its end.
    heads: Vec<TsNanos>,
    from: TsNanos,
    to: TsNanos,
    primed: bool,
}

impl Feed {
    /// Joins series.
    ///
    /// # Errors
    /// `TimeframesDiffer`, `SymbolTwice`, `TooManySymbols`, or `NoFiles` without a series.
    pub fn new(mut sources: Vec<Box<dyn RowSource>>) -> Result<Self, DataError> {
        if sources.len() > usize::from(u16::MAX) + 1 {
            return Err(DataError::TooManySymbols(sources.len()));
        }
        sources.sort_by(|a, b| a.quality().symbol.cmp(&b.quality().symbol));
        let Some(first) = sources.first().map(|source| source.quality()) else {
            return Err(DataError::NoFiles {
                folder: std::path::PathBuf::new(),
                seen: "no series".to_owned(),
                hint: String::new(),
            });
        };
        let timeframe = first.timeframe;
        if let Some(other) = sources.iter().find(|other| other.quality().timeframe != timeframe) {
            return Err(DataError::TimeframesDiffer {
                first: first.symbol.to_string(),
                first_timeframe: timeframe,
                second: other.quality().symbol.to_string(),
                second_timeframe: other.quality().timeframe,
            });
        }
        let symbols: Vec<Symbol> =
            sources.iter().map(|source| source.quality().symbol.clone()).collect();
        if let Some(twice) = symbols.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(DataError::SymbolTwice(twice[0].clone()));
        }
        let lanes: Vec<Lane> =
            sources.into_iter().map(|source| Lane { source, head: None }).collect();
        let heads = vec![TsNanos::MAX; lanes.len()];
        let (from, to) = (TsNanos::from_nanos(i64::MIN), TsNanos::MAX);
        Ok(Self { symbols, timeframe, lanes, heads, from, to, primed: false })
    }

    /// Keeps only bars that open at `from` or later and close at `to` or earlier.
    #[must_use]
    pub fn between(mut self, from: Option<TsNanos>, to: Option<TsNanos>) -> Self {
        self.from = from.unwrap_or(self.from);
        self.to = to.unwrap_or(self.to);
        self
    }

    /// Returns the symbols; the place of each is its `SymbolId`.
    #[must_use]
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// Returns the timeframe of every bar.
    #[must_use]
    pub const fn timeframe(&self) -> Timeframe {
        self.timeframe
    }

    /// Returns what has been seen of each symbol, in the order of the symbols.
    pub fn quality(&self) -> impl Iterator<Item = &Quality> {
        self.lanes.iter().map(|lane| lane.source.quality())
    }

    /// Clears `out`, fills it with the bars of the next instant in the order of the symbols, and
    /// returns the instant, which is their close time; `None` at the end.
    ///
    /// # Errors
    /// `DataError` of a series; the feed is then at its end.
    pub fn next(&mut self, out: &mut Vec<(SymbolId, Row)>) -> Result<Option<TsNanos>, DataError> {
        out.clear();
        let next = self.visit(|_, symbol, row| {
            out.push((symbol, *row));
            Ok(())
        });
        if next.is_err() {
            out.clear();
        }
        next
    }

    /// Shows the bars of the next instant to `each`, with the instant, in the order of the symbols,
    /// and returns the instant, which is their close time; `None` at the end.
    ///
    /// # Errors
    /// `DataError` of a series or of `each`; the feed is then at its end.
    #[inline]
    pub(crate) fn visit(
        &mut self,
        each: impl FnMut(TsNanos, SymbolId, &Row) -> Result<(), DataError>,
    ) -> Result<Option<TsNanos>, DataError> {
        let next = self.show(each);
        if next.is_err() {
            self.heads.fill(TsNanos::MAX);
            self.primed = true;
        }
        next
    }

    #[inline]
    fn show(
        &mut self,
        mut each: impl FnMut(TsNanos, SymbolId, &Row) -> Result<(), DataError>,
    ) -> Result<Option<TsNanos>, DataError> {
        if !self.primed {
            for index in 0..self.lanes.len() {
                self.advance(index)?;
            }
            self.primed = true;
        }
        let open = self.heads.iter().copied().min().unwrap_or(TsNanos::MAX);
        let close = open.plus(self.timeframe.nanos());
        if open == TsNanos::MAX || close > self.to {
            self.heads.fill(TsNanos::MAX);
            return Ok(None);
        }
        for index in 0..self.lanes.len() {
            if self.heads[index] != open {
                continue;
            }
            if let Some(row) = &self.lanes[index].head {
                let id = u16::try_from(index).expect("`new` bounds the number of series");
                each(close, SymbolId(id), row)?;
            }
            self.advance(index)?;
        }
        Ok(Some(close))
    }

    /// Fetches a lane's next row that is not before the range.
    fn advance(&mut self, index: usize) -> Result<(), DataError> {
        let lane = &mut self.lanes[index];
        loop {
            lane.head = lane.source.next_row()?;
            self.heads[index] = match &lane.head {
                Some(row) if row.bar.open_time < self.from => continue,
                Some(row) => row.bar.open_time,
                None => TsNanos::MAX,
            };
            return Ok(());
        }
    }
}
