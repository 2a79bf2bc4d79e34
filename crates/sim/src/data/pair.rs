//! [`PairReader`]: a series of bid prices and one of ask prices, joined by time.

use std::path::PathBuf;

use types::market::TsNanos;

use super::DataError;
use super::error::Place;
use super::quality::{Checker, Quality};
use super::reader::{BarReader, RowSource};
use super::row::{Reason, Row};

/// One side and its next bar.
#[derive(Debug)]
struct Side {
    reader: BarReader,
    head: Option<(Row, Place, String)>,
}

impl Side {
    fn new(files: Vec<PathBuf>, quality: Quality) -> Self {
        Self { reader: BarReader::new(files, quality), head: None }
    }

    /// Fetches the next bar, with its place and text for the case that it finds no partner.
    fn advance(&mut self) -> Result<(), DataError> {
        self.head = match self.reader.next_row()? {
            None => None,
            Some(row) => {
                let place = self.reader.place().expect("a row comes from an open file");
                Some((row, place, self.reader.last_text()))
            }
        };
        Ok(())
    }

    /// Returns the time of the next bar, `MAX` at the end.
    fn time(&self) -> TsNanos {
        self.head.as_ref().map_or(TsNanos::MAX, |(row, _, _)| row.bar.open_time)
    }
}

/// A series of bid prices and one of ask prices, joined by time; what is on one side only is
/// quarantined as [`Reason::Unpaired`].
#[derive(Debug)]
pub struct PairReader {
    bid: Side,
    ask: Side,
    checker: Checker,
    primed: bool,
    ended: bool,
}

impl PairReader {
    /// Joins the files of the two sides, each in time order.
    #[must_use]
    pub fn new(bid: Vec<PathBuf>, ask: Vec<PathBuf>, quality: Quality) -> Self {
        Self {
            bid: Side::new(bid, quality.clone()),
            ask: Side::new(ask, quality.clone()),
            checker: Checker::new(quality),
            primed: false,
            ended: false,
        }
    }

    fn advance(&mut self) -> Result<Option<Row>, DataError> {
        if !self.primed {
            self.bid.advance()?;
            self.ask.advance()?;
            self.primed = true;
        }
        loop {
            let (bid_time, ask_time) = (self.bid.time(), self.ask.time());
            let earlier = if bid_time <= ask_time { &mut self.bid } else { &mut self.ask };
            let Some((row, place, text)) = earlier.head.take() else { return self.end() };
            earlier.advance()?;
            let mut crossed = false;
            let joined = if bid_time == ask_time {
                let (ask, _, _) = self.ask.head.take().expect("its time was equal");
                self.ask.advance()?;
                crossed = Row::crossings(&row.bar, &ask.bar) > 0;
                Row::of_quotes(&row.bar, &ask.bar)
            } else {
                Err(Reason::Unpaired)
            };
            match self.checker.admit(joined) {
                Ok(row) => {
                    self.checker.quality.crossed += u64::from(crossed);
                    return Ok(Some(row));
                }
                Err(reason) => self.checker.quality.quarantine(reason, place, text),
            }
        }
    }

    /// Adds what each side left out by itself, and judges.
    fn end(&mut self) -> Result<Option<Row>, DataError> {
        let quality = &mut self.checker.quality;
        quality.time_unit = self.bid.reader.quality().time_unit;
        for side in [&self.bid, &self.ask] {
            let left_out = &side.reader.quality().quarantined;
            quality.rows += left_out.total;
            quality.absorb(left_out);
        }
        quality.judge(self.bid.reader.file())?;
        Ok(None)
    }
}

impl RowSource for PairReader {
    fn next_row(&mut self) -> Result<Option<Row>, DataError> {
        if self.ended {
            return Ok(None);
        }
        let row = self.advance();
        self.ended = !matches!(row, Ok(Some(_)));
        row
    }

    fn quality(&self) -> &Quality {
        &self.checker.quality
    }
}
