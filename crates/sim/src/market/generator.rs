//! [`Generator`]: the made-up market as rows, for a feed or a file.

use types::bar::Bar;
use types::market::{Timeframe, TsNanos};

use super::common::Common;
use super::config::{Calendar, GeneratorConfig, Listing};
use super::path::Path;
use crate::data::{
    Aggregator, Checker, DataError, Feed, Quality, Row, RowSource, TimeUnit, TimeframeFrom,
};

/// A made-up market. Nothing is held: every symbol's bars are made as they are asked for.
#[derive(Clone, Debug)]
pub struct Generator {
    config: GeneratorConfig,
}

impl Generator {
    /// Prepares a market.
    ///
    /// # Errors
    /// `Generator` or `SymbolTwice` naming what is wrong with the configuration.
    pub fn new(config: GeneratorConfig) -> Result<Self, DataError> {
        config.validate()?;
        Ok(Self { config })
    }

    /// Returns what the market was made of.
    #[must_use]
    pub const fn config(&self) -> &GeneratorConfig {
        &self.config
    }

    /// Returns the bars of each symbol, in the order of the listings. Their quality says that they
    /// are simulated.
    #[must_use]
    pub fn sources(&self) -> Vec<Box<dyn RowSource>> {
        let source = |listing| Box::new(Stream::new(&self.config, listing)) as Box<dyn RowSource>;
        self.config.listings.iter().map(source).collect()
    }

    /// Puts all symbols on one clock.
    ///
    /// # Errors
    /// `TooManySymbols`.
    pub fn feed(&self) -> Result<Feed, DataError> {
        Feed::new(self.sources())
    }
}

/// One symbol's bars.
#[derive(Debug)]
struct Stream {
    common: Common,
    path: Path,
    calendar: Calendar,
    next: TsNanos,
    end: TsNanos,
    closed_minutes: u32,
    aggregator: Aggregator,
    /// Bars that are closed and not yet handed out, last one first.
    ready: Vec<(Timeframe, Bar)>,
    checker: Checker,
}

impl Stream {
    fn new(config: &GeneratorConfig, listing: &Listing) -> Self {
        let timeframe = config.timeframe;
        let from = TimeframeFrom::Configuration;
        let mut quality = Quality::new(listing.symbol.clone(), timeframe, from);
        quality.simulated = true;
        quality.time_unit = TimeUnit::Milliseconds;
        let length = i64::from(config.days).saturating_mul(Timeframe::D1.nanos());
        Self {
            common: Common::new(config, listing),
            path: Path::new(config, listing),
            calendar: config.calendar,
            next: config.start,
            end: config.start.plus(length),
            closed_minutes: 0,
            aggregator: Aggregator::new(Timeframe::M1, &[timeframe])
                .expect("no timeframe is finer than a minute"),
            ready: Vec::new(),
            checker: Checker::new(quality),
        }
    }

    /// Makes minutes until a bar is closed; false at the end.
    fn make(&mut self) -> bool {
        while self.ready.is_empty() {
            let at = self.next;
            if at >= self.end {
                self.aggregator.close_until(self.end, &mut self.ready);
                break;
            }
            self.next = at.plus(Timeframe::M1.nanos());
            if !self.calendar.is_open(at) {
                self.closed_minutes += 1;
                continue;
            }
            if self.closed_minutes > 0 {
                self.path.reopen(f64::from(self.closed_minutes));
                self.closed_minutes = 0;
            }
            let moment = self.common.step();
            if let Some(bar) = self.path.step(&moment, at) {
                self.aggregator.push(&bar, &mut self.ready);
            }
        }
        self.ready.reverse();
        !self.ready.is_empty()
    }
}

impl RowSource for Stream {
    fn next_row(&mut self) -> Result<Option<Row>, DataError> {
        if self.ready.is_empty() && !self.make() {
            return Ok(None);
        }
        let Some((_, bar)) = self.ready.pop() else { return Ok(None) };
        let row = self.checker.admit(Ok(Row::of_bar(bar)));
        Ok(Some(row.expect("the generator makes bars in order and on the grid")))
    }

    fn quality(&self) -> &Quality {
        self.checker.quality()
    }
}
