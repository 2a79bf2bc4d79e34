//! Daily prices of what flows past, for charts: [`Days`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::border;
use sim::data::{DataError, Quality, Row, RowSource};
use types::ids::Symbol;
use types::market::TsNanos;

use crate::report::DayPrices;

/// Low, high and close of each UTC day, by symbol.
#[derive(Clone, Debug, Default)]
pub(crate) struct Days(Arc<Mutex<BySymbol>>);

type BySymbol = BTreeMap<Symbol, Vec<DayPrices>>;

impl Days {
    /// Returns the series, notes taken of every row that it hands on.
    pub(crate) fn of(&self, source: Box<dyn RowSource>) -> Box<dyn RowSource> {
        let symbol = source.quality().symbol.clone();
        Box::new(Tap { source, symbol, days: self.clone(), day: None })
    }

    /// Returns the days of a symbol that begin within a stretch of time.
    pub(crate) fn between(&self, symbol: &Symbol, from: TsNanos, to: TsNanos) -> Vec<DayPrices> {
        let days = self.lock();
        let days = days.get(symbol).map(Vec::as_slice).unwrap_or_default();
        let within = |day: &&DayPrices| day.at >= from.start_of_day() && day.at < to;
        days.iter().filter(within).copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BySymbol> {
        // A note is taken whole or not at all, so a panic elsewhere leaves good ones.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A series being watched.
#[derive(Debug)]
struct Tap {
    source: Box<dyn RowSource>,
    symbol: Symbol,
    days: Days,
    day: Option<(TsNanos, Row)>,
}

impl Tap {
    fn note(&mut self, row: &Row) {
        let start = row.bar.open_time.start_of_day();
        match &mut self.day {
            Some((day, so_far)) if *day == start => {
                so_far.bar.low = so_far.bar.low.min(row.bar.low);
                so_far.bar.high = so_far.bar.high.max(row.bar.high);
                so_far.bar.close = row.bar.close;
            }
            Some(_) | None => {
                self.keep();
                self.day = Some((start, *row));
            }
        }
    }

    fn keep(&mut self) {
        if let Some((at, Row { bar, .. })) = self.day.take() {
            let [low, high, close] = [bar.low, bar.high, bar.close].map(border::price);
            let mut days = self.days.lock();
            days.entry(self.symbol.clone()).or_default().push(DayPrices { at, low, high, close });
        }
    }
}

impl RowSource for Tap {
    fn next_row(&mut self) -> Result<Option<Row>, DataError> {
        let row = self.source.next_row()?;
        match &row {
            Some(row) => self.note(row),
            None => self.keep(),
        }
        Ok(row)
    }

    fn quality(&self) -> &Quality {
        self.source.quality()
    }
}

impl Drop for Tap {
    /// A run may end before the series does (`--to`).
    fn drop(&mut self) {
        self.keep();
    }
}
