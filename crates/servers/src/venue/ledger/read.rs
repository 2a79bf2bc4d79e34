//! [`Reader`]: the rows of a ledger in order, verified; where its tail was torn.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sim::exchange::ledger::{Record, Row};
use types::market::TsNanos;

use super::error::LedgerError;
use super::line::{self, Chain, Line};
use super::segment::{self, io_error};

/// A tail that was being written when the venue ended. Nothing of it had been answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// The file.
    pub file: PathBuf,
    /// The bytes that stay.
    pub offset: u64,
    /// The bytes that go, zeros at the end not counted.
    pub bytes: u64,
}

/// Where a ledger ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    /// Rows.
    pub(super) rows: u64,
    /// The last group.
    pub(super) group: u64,
    pub(super) chain: Chain,
    /// The last segment, 0 if there is none.
    pub(super) segment: u64,
    /// Its bytes of rows.
    pub(super) length: u64,
    /// The time of the last row.
    pub(super) at: TsNanos,
}

/// What a ledger holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows.
    pub rows: u64,
    /// Groups, each synced at once.
    pub groups: u64,
    /// Files.
    pub segments: u64,
    /// The running hash after the last row.
    pub chain: String,
    /// Time of the first row.
    pub first: Option<TsNanos>,
    /// Time of the last row.
    pub last: Option<TsNanos>,
    /// Rows by kind.
    pub kinds: BTreeMap<&'static str, u64>,
    /// A torn tail, which is not part of the ledger.
    pub torn: Option<Cut>,
}

/// Reads a ledger, segment by segment.
#[derive(Debug)]
pub struct Reader {
    folder: PathBuf,
    segments: Vec<u64>,
    end: End,
    cut: Option<Cut>,
}

impl Reader {
    /// Finds the segments of a folder.
    ///
    /// # Errors
    /// `LedgerError` of a folder that cannot be read, or in which a segment is missing.
    pub fn open(folder: &Path) -> Result<Self, LedgerError> {
        let segments = segment::list(folder)?;
        Ok(Self { folder: folder.to_owned(), segments, end: End::default(), cut: None })
    }

    /// Returns whether there is nothing to read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Reads all rows in order. `each` gets the place, the time and the row.
    ///
    /// # Errors
    /// `Damaged` with file and offset where something changed that had been on disk; `Row` for rows of another version.
    pub fn rows(&mut self, mut each: impl FnMut(u64, TsNanos, Row)) -> Result<(), LedgerError> {
        let numbers = std::mem::take(&mut self.segments);
        for (index, number) in numbers.iter().enumerate() {
            self.read_segment(*number, index + 1 == numbers.len(), &mut each)?;
        }
        self.segments = numbers;
        Ok(())
    }

    /// Returns the torn tail, if [`rows`](Self::rows) found one.
    #[must_use]
    pub const fn cut(&self) -> Option<&Cut> {
        self.cut.as_ref()
    }

    pub(super) const fn end(&self) -> &End {
        &self.end
    }

    fn read_segment(
        &mut self,
        number: u64,
        last: bool,
        each: &mut impl FnMut(u64, TsNanos, Row),
    ) -> Result<(), LedgerError> {
        let file = segment::path(&self.folder, number);
        let bytes = fs::read(&file).map_err(io_error(&file))?;
        let (mut at, mut whole) = (0, 0);
        let mut group: Vec<(usize, Line<'_>)> = Vec::new();
        let mut chain = self.end.chain;
        let wrong = loop {
            if at == bytes.len() {
                break "its last group is not whole".to_owned();
            }
            let checked = next(&bytes, at).and_then(|(line, end)| {
                self.follows(&line, chain, group.last().map(|(_, line)| line))?;
                Ok((line, end))
            });
            let (line, end) = match checked {
                Ok(checked) => checked,
                Err(wrong) => break wrong,
            };
            chain = line.chain;
            group.push((at, line));
            at = end;
            if line.left == 0 {
                for (offset, line) in group.drain(..) {
                    self.take(&file, offset, &line, each)?;
                }
                self.end = End { group: line.group, chain, segment: number, ..self.end };
                whole = end;
            }
        };
        self.end.length = if self.end.segment == number { whole as u64 } else { self.end.length };
        let rest = &bytes[whole..];
        let used = rest.len() - rest.iter().rev().take_while(|byte| **byte == 0).count();
        if used == 0 && (last || rest.is_empty()) {
            return Ok(());
        }
        if !last || self.is_behind(rest) {
            return Err(LedgerError::Damaged { file, offset: at as u64, seen: wrong });
        }
        self.cut = Some(Cut { file, offset: whole as u64, bytes: used as u64 });
        Ok(())
    }

    /// Checks a line's place in chain and group.
    fn follows(
        &self,
        line: &Line<'_>,
        chain: Chain,
        before: Option<&Line<'_>>,
    ) -> Result<(), String> {
        if line.chain != chain.with(line.json) {
            return Err("its chain does not follow the row before it".to_owned());
        }
        let fits = match before {
            Some(before) => line.group == before.group && line.left + 1 == before.left,
            None => line.group == self.end.group + 1,
        };
        if fits { Ok(()) } else { Err("its group does not follow the row before it".to_owned()) }
    }

    /// Returns whether there is a row of a later group than the one that is torn: it was written when that one was on disk.
    fn is_behind(&self, rest: &[u8]) -> bool {
        let torn = self.end.group + 1;
        let later = |bytes: &[u8]| line::read(bytes).is_ok_and(|line| line.group > torn);
        // A bent line end joins two lines, so a line is looked for wherever a checksum could stand.
        rest.split(|byte| *byte == b'\n').any(|piece| {
            let blanks = piece.iter().enumerate().filter(|(_, byte)| **byte == b' ');
            blanks.filter_map(|(at, _)| at.checked_sub(8)).any(|from| later(&piece[from..]))
        })
    }

    fn take(
        &mut self,
        file: &Path,
        offset: usize,
        line: &Line<'_>,
        each: &mut impl FnMut(u64, TsNanos, Row),
    ) -> Result<(), LedgerError> {
        let wrong = |seen| LedgerError::Row { file: file.to_owned(), offset: offset as u64, seen };
        let record: Record<'_> =
            serde_json::from_slice(line.json).map_err(|error| wrong(error.to_string()))?;
        if record.n != self.end.rows + 1 {
            return Err(wrong(format!("row {}, wanted {}", record.n, self.end.rows + 1)));
        }
        self.end.rows = record.n;
        self.end.at = record.t;
        each(record.n, record.t, record.row.into_owned());
        Ok(())
    }
}

/// Returns the line at a place and where the next one begins.
fn next(bytes: &[u8], at: usize) -> Result<(Line<'_>, usize), String> {
    let rest = &bytes[at..];
    let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
        return Err("it has no end".to_owned());
    };
    let line = line::read(&rest[..length]).map_err(|wrong| wrong.to_string())?;
    Ok((line, at + length + 1))
}

/// Reads a whole ledger and says what it holds.
///
/// # Errors
/// As [`Reader::rows`].
pub fn verify(folder: &Path) -> Result<Summary, LedgerError> {
    let mut reader = Reader::open(folder)?;
    if reader.is_empty() {
        let seen = "no segment".to_owned();
        return Err(LedgerError::Folder { folder: folder.to_owned(), seen });
    }
    let mut summary = Summary::default();
    reader.rows(|_, at, row| {
        // A file begins before anything has happened.
        if !matches!(row, Row::Segment { .. }) {
            summary.first.get_or_insert(at);
        }
        summary.last = Some(at);
        *summary.kinds.entry(row.kind()).or_default() += 1;
    })?;
    let end = *reader.end();
    summary.rows = end.rows;
    summary.groups = end.group;
    summary.segments = end.segment;
    summary.chain = end.chain.hex();
    summary.torn = reader.cut().cloned();
    Ok(summary)
}
