//! [`MarkReader`]: mark prices beside the bars of trades.

use types::bar::Bar;
use types::market::TsNanos;

use super::DataError;
use super::quality::Quality;
use super::reader::{BarReader, RowSource};

/// Mark prices of one symbol, asked for bar by bar in ascending time.
#[derive(Debug)]
pub struct MarkReader {
    reader: BarReader,
    head: Option<Bar>,
    primed: bool,
}

impl MarkReader {
    /// Reads the marks.
    #[must_use]
    pub const fn new(reader: BarReader) -> Self {
        Self { reader, head: None, primed: false }
    }

    /// Returns the mark bar that opens at `open_time`, `None` if there is none. The times asked for
    /// must not descend: earlier bars are passed over for good.
    ///
    /// # Errors
    /// `DataError` of the file.
    pub fn at(&mut self, open_time: TsNanos) -> Result<Option<Bar>, DataError> {
        while !self.primed || self.head.is_some_and(|bar| bar.open_time < open_time) {
            self.head = self.reader.next_row()?.map(|row| row.bar);
            self.primed = true;
        }
        Ok(self.head.filter(|bar| bar.open_time == open_time))
    }

    /// Returns what has been seen so far.
    #[must_use]
    pub fn quality(&self) -> &Quality {
        self.reader.quality()
    }
}
