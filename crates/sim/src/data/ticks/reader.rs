//! [`TickReader`]: the files of one symbol's trades or quotes as one stream.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};

use types::market::TsNanos;

use super::Tick;
use super::layout::{TickError, TickLayout};
use crate::data::error::{DataError, Place};
use crate::data::lines::{LINE_MAX, LineError, Lines};
use crate::data::source;

/// Where ticks come from. They ascend by time; several may have the same.
pub trait TickSource: fmt::Debug + Send {
    /// Returns the next tick, `None` at the end.
    ///
    /// # Errors
    /// `DataError` if the source cannot be read or is not what it should be.
    fn next_tick(&mut self) -> Result<Option<Tick>, DataError>;
}

struct OpenFile {
    path: PathBuf,
    lines: Lines,
    layout: TickLayout,
}

/// The files of one symbol's trades or quotes as one stream, first file first.
///
/// A row that cannot be a tick (a price of zero, a bid at or above its ask) or stands before an
/// earlier one is left out and counted. Nothing is repaired.
pub struct TickReader {
    waiting: VecDeque<PathBuf>,
    current: Option<OpenFile>,
    last: Option<TsNanos>,
    read: u64,
    left_out: u64,
}

impl fmt::Debug for TickReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TickReader")
            .field("file", &self.current.as_ref().map(|file| &file.path))
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}

impl TickReader {
    /// Reads files that follow each other in time.
    #[must_use]
    pub fn new(files: Vec<PathBuf>) -> Self {
        Self { waiting: files.into(), current: None, last: None, read: 0, left_out: 0 }
    }

    /// Returns whether a file's first line is one of trades or quotes.
    ///
    /// # Errors
    /// `DataError` if it cannot be read.
    pub fn knows(file: &Path) -> Result<bool, DataError> {
        let mut lines = Lines::new(source::open(file)?);
        let line = next_line(&mut lines, file)?;
        Ok(line.is_some_and(|line| TickLayout::of(line).is_ok()))
    }

    /// Returns how many rows were left out so far, and of how many.
    #[must_use]
    pub const fn left_out(&self) -> (u64, u64) {
        (self.left_out, self.read)
    }

    fn open_next(&mut self) -> Result<bool, DataError> {
        let Some(path) = self.waiting.pop_front() else { return Ok(false) };
        let mut lines = Lines::new(source::open(&path)?);
        let Some(line) = next_line(&mut lines, &path)? else { return Err(DataError::Empty(path)) };
        let (layout, named) = match TickLayout::of(line) {
            Ok(told) => told,
            Err(error) => return Err(place(error, &path, 1)),
        };
        if !named {
            lines.again(0);
        }
        self.current = Some(OpenFile { path, lines, layout });
        Ok(true)
    }
}

impl TickSource for TickReader {
    fn next_tick(&mut self) -> Result<Option<Tick>, DataError> {
        loop {
            let Some(file) = &mut self.current else {
                if !self.open_next()? {
                    return Ok(None);
                }
                continue;
            };
            let Some(line) = next_line(&mut file.lines, &file.path)? else {
                self.current = None;
                continue;
            };
            let parsed = file.layout.parse(line);
            let number = file.lines.number();
            let (at, tick) = parsed.map_err(|error| place(error, &file.path, number))?;
            self.read += 1;
            match tick.filter(|_| self.last.is_none_or(|last| at >= last)) {
                Some(tick) => {
                    self.last = Some(at);
                    return Ok(Some(tick));
                }
                None => self.left_out += 1,
            }
        }
    }
}

/// Returns the next line that is not empty.
fn next_line<'a>(lines: &'a mut Lines, path: &Path) -> Result<Option<&'a [u8]>, DataError> {
    loop {
        match lines.next() {
            Ok(Some([])) => {}
            Ok(Some(_)) => return Ok(Some(lines.last())),
            Ok(None) => return Ok(None),
            Err(error) => {
                let place = Place::new(path, lines.number());
                return Err(match error {
                    LineError::Read(source) => DataError::Damaged { place, source },
                    LineError::TooLong => DataError::LineTooLong { place, max: LINE_MAX },
                });
            }
        }
    }
}

fn place(error: TickError, path: &Path, line: u64) -> DataError {
    let place = Place::new(path, line);
    match error {
        TickError::Header { seen, wanted } => DataError::Header { place, column: 1, seen, wanted },
        TickError::Columns { seen, wanted } => DataError::Columns {
            place,
            seen,
            wanted: "as many as the header",
            hint: format!(" ({wanted})"),
        },
        TickError::Number { column, source } => DataError::Number { place, column, source },
        TickError::Time { seen } => DataError::Time { place, column: "time", seen },
    }
}
