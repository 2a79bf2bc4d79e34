//! [`BarReader`]: the files of one series as one stream of checked bars.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};

use types::market::TsNanos;

use super::error::{DataError, Place};
use super::layout::{Layout, LayoutError, Parsed, shown};
use super::lines::{LineError, Lines};
use super::quality::{Checker, Quality};
use super::row::Row;
use super::source;

/// Where bars come from: files, or a generator. Bars ascend by time.
pub trait RowSource: fmt::Debug + Send {
    /// Returns the next row, `None` at the end; after an error or the end, `None`.
    ///
    /// # Errors
    /// `DataError` if the source cannot be read or is not what it should be.
    fn next_row(&mut self) -> Result<Option<Row>, DataError>;

    /// Returns what has been seen so far.
    fn quality(&self) -> &Quality;
}

/// An open file and its layout.
pub(super) struct OpenFile {
    pub(super) path: PathBuf,
    lines: Lines,
    pub(super) layout: Layout,
    empty: bool,
}

impl OpenFile {
    /// Opens a file and reads its header, if it has one.
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let lines = Lines::new(source::open(path)?);
        let layout = Layout::Klines;
        let mut file = Self { path: path.to_owned(), lines, layout, empty: true };
        file.read_header()?;
        Ok(file)
    }

    fn read_header(&mut self) -> Result<(), DataError> {
        let Some(line) = next_line(&mut self.lines, &self.path)? else {
            return Err(DataError::Empty(self.path.clone()));
        };
        // Some spreadsheets begin a file with a byte order mark.
        let mark = if line.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let (layout, header) = Layout::of(&line[mark..]).map_err(|error| self.place(error))?;
        self.layout = layout;
        if !header {
            self.lines.again(mark);
        }
        Ok(())
    }

    /// Returns the next row before its checks.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `Layout::parse`")]
    pub(super) fn next(&mut self) -> Result<Option<Parsed>, DataError> {
        let Some(line) = next_line(&mut self.lines, &self.path)? else {
            if self.empty {
                return Err(DataError::Empty(self.path.clone()));
            }
            return Ok(None);
        };
        match self.layout.parse(line) {
            Ok(parsed) => {
                self.empty = false;
                Ok(Some(parsed))
            }
            Err(error) => Err(self.place(error)),
        }
    }

    /// Returns the time of the first row, which is handed out again.
    pub(super) fn first_time(&mut self) -> Result<TsNanos, DataError> {
        match self.next()? {
            Some(parsed) => {
                self.lines.again(0);
                Ok(parsed.time)
            }
            None => Err(DataError::Empty(self.path.clone())),
        }
    }

    /// Returns the line of the row handed out last.
    pub(super) fn last_line(&self) -> &[u8] {
        self.lines.last()
    }

    /// Returns where the row handed out last stands.
    pub(super) fn last_place(&self) -> Place {
        Place::new(&self.path, self.lines.number())
    }

    /// Adds the place to what is wrong with a line.
    fn place(&self, error: LayoutError) -> DataError {
        let place = self.last_place();
        match error {
            LayoutError::Columns { seen, wanted, hint } => {
                DataError::Columns { place, seen, wanted, hint }
            }
            LayoutError::Header { column, seen, wanted } => {
                DataError::Header { place, column, seen, wanted }
            }
            LayoutError::Number { column, source } => DataError::Number { place, column, source },
            LayoutError::Time { column, seen } => DataError::Time { place, column, seen },
        }
    }
}

/// Returns the next line that is not empty.
#[inline]
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
                    LineError::TooLong => {
                        DataError::LineTooLong { place, max: super::lines::LINE_MAX }
                    }
                });
            }
        }
    }
}

/// The files of one series as one stream of checked bars; the memory it takes is that of one
/// buffer, whatever the length of the files.
///
/// A row that cannot be a bar, or stands out of order, is quarantined: counted, the first ten kept
/// as they are. Nothing is repaired and nothing invented. Empty lines are passed over.
pub struct BarReader {
    waiting: VecDeque<PathBuf>,
    current: Option<OpenFile>,
    last_file: PathBuf,
    checker: Checker,
    ended: bool,
}

impl fmt::Debug for BarReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarReader")
            .field("file", &self.last_file)
            .field("quality", &self.checker.quality)
            .finish_non_exhaustive()
    }
}

impl BarReader {
    /// Reads files that follow each other in time, first file first.
    #[must_use]
    pub fn new(files: Vec<PathBuf>, quality: Quality) -> Self {
        Self {
            last_file: files.first().cloned().unwrap_or_default(),
            waiting: files.into(),
            current: None,
            checker: Checker::new(quality),
            ended: false,
        }
    }

    /// Returns where the row handed out last stands.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        self.current.as_ref().map(OpenFile::last_place)
    }

    /// Returns the file read last.
    pub(super) fn file(&self) -> &Path {
        &self.last_file
    }

    /// Returns the line of the row handed out last, for messages.
    pub(super) fn last_text(&self) -> String {
        self.current.as_ref().map_or_else(String::new, |file| shown(file.last_line()))
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `Layout::parse`")]
    fn advance(&mut self) -> Result<Option<Row>, DataError> {
        loop {
            let Some(file) = &mut self.current else {
                if !self.open_next()? {
                    self.checker.quality.judge(&self.last_file)?;
                    return Ok(None);
                }
                continue;
            };
            let Some(parsed) = file.next()? else {
                self.current = None;
                continue;
            };
            self.checker.saw(parsed.unit);
            match self.checker.admit(parsed.row) {
                Ok(row) => {
                    self.checker.quality.crossed += u64::from(parsed.crossed);
                    return Ok(Some(row));
                }
                Err(reason) => {
                    let (place, text) = (file.last_place(), shown(file.last_line()));
                    self.checker.quality.quarantine(reason, place, text);
                }
            }
        }
    }

    /// Opens the next file; false if there is none. Its first row must follow the bars so far.
    fn open_next(&mut self) -> Result<bool, DataError> {
        let Some(path) = self.waiting.pop_front() else { return Ok(false) };
        let mut file = OpenFile::open(&path)?;
        let at = file.first_time()?;
        if self.checker.last().is_some_and(|last| at <= last) {
            let first = std::mem::take(&mut self.last_file);
            return Err(DataError::Overlap { first, second: path, at });
        }
        self.last_file = path;
        self.current = Some(file);
        Ok(true)
    }
}

impl RowSource for BarReader {
    #[inline]
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

impl Iterator for BarReader {
    type Item = Result<Row, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose()
    }
}
