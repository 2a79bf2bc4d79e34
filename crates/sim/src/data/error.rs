//! [`DataError`]: why market data cannot be used, with the place, what was seen and what was wanted.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};
use types::num::NumError;

/// A line of a file, counted from 1; the file as the caller spelt it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1, the header included.
    pub line: u64,
}

impl Place {
    /// Returns the place.
    #[must_use]
    pub fn new(file: &Path, line: u64) -> Self {
        Self { file: file.to_owned(), line }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// Why market data cannot be used.
///
/// What can be counted and left out (a bar that cannot be one, a time out of order) is no error but
/// quarantined: see [`Quality`](super::Quality).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or folder cannot be opened, created or listed.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The bytes end or break in the middle.
    #[error("{place}: reading stopped: {source}; the file is truncated or damaged, get it again")]
    Damaged {
        /// The last line that was begun.
        place: Place,
        /// What the decoder said.
        source: io::Error,
    },
    /// No row at all.
    #[error("{}: the file holds no row, wanted at least one", .0.display())]
    Empty(PathBuf),
    /// Rows, but every one of them quarantined.
    #[error("{}: none of {rows} rows is a usable bar, the first: {first}", file.display())]
    NoBar {
        /// The file.
        file: PathBuf,
        /// Rows seen.
        rows: u64,
        /// The first quarantined row and why.
        first: String,
    },
    /// The wrong number of columns.
    #[error("{place}: saw {seen} columns, wanted {wanted}{hint}")]
    Columns {
        /// Where.
        place: Place,
        /// Columns seen.
        seen: usize,
        /// Columns wanted, in words.
        wanted: &'static str,
        /// Which are missing, where a header tells; with its separator.
        hint: String,
    },
    /// A header with other names.
    #[error("{place}: the header's column {column} is `{seen}`, wanted `{wanted}`")]
    Header {
        /// Where.
        place: Place,
        /// The column, counted from 1.
        column: usize,
        /// The name seen.
        seen: String,
        /// The name wanted.
        wanted: &'static str,
    },
    /// A field that is no number of this system.
    #[error("{place}: column `{column}`: {source}")]
    Number {
        /// Where.
        place: Place,
        /// The column's name.
        column: &'static str,
        /// What is wrong with it.
        source: NumError,
    },
    /// A time that is none.
    #[error(
        "{place}: column `{column}` is `{seen}`, wanted milliseconds or microseconds since 1970 \
         UTC as a whole number"
    )]
    Time {
        /// Where.
        place: Place,
        /// The column's name.
        column: &'static str,
        /// The text seen.
        seen: String,
    },
    /// A line longer than any row can be.
    #[error("{place}: the line is longer than {max} bytes, wanted rows of comma-separated numbers")]
    LineTooLong {
        /// Where.
        place: Place,
        /// The bound.
        max: usize,
    },
    /// An archive without exactly one CSV file.
    #[error("{}: the archive holds {seen}, wanted exactly one .csv file", file.display())]
    Archive {
        /// The archive.
        file: PathBuf,
        /// Its files, in words.
        seen: String,
    },
    /// More rows quarantined than a usable file has.
    #[error(
        "{}: {quarantined} of {rows} rows are quarantined, wanted at most 1 in 100; the first: \
         {first}",
        file.display()
    )]
    TooManyQuarantined {
        /// The last file read of the series.
        file: PathBuf,
        /// Rows quarantined.
        quarantined: u64,
        /// Rows seen.
        rows: u64,
        /// The first of them and why.
        first: String,
    },
    /// Two files of one symbol that hold the same time.
    #[error(
        "{} and {} overlap at {at}: give files of one symbol that follow each other",
        first.display(),
        second.display()
    )]
    Overlap {
        /// The earlier file.
        first: PathBuf,
        /// The later file.
        second: PathBuf,
        /// The first time that is in both.
        at: TsNanos,
    },
    /// Nothing tells what is traded.
    #[error("{}: the name tells no symbol, wanted SYMBOL-TIMEFRAME-...: pass --symbol", .0.display())]
    SymbolUnknown(PathBuf),
    /// Nothing tells how long a bar is.
    #[error(
        "{}: neither name nor rows tell the timeframe, wanted SYMBOL-TIMEFRAME-... with one of 1m, \
         5m, 15m, 1h, 4h, 1d",
        .0.display()
    )]
    TimeframeUnknown(PathBuf),
    /// A timeframe that the system does not know.
    #[error("{}: timeframe is {seen}, wanted one of 1m, 5m, 15m, 1h, 4h, 1d", file.display())]
    TimeframeUnsupported {
        /// The file.
        file: PathBuf,
        /// The timeframe seen, in words.
        seen: String,
    },
    /// The name says one timeframe, the rows another.
    #[error("{}: the name says {named}, the rows are {rows} bars", file.display())]
    TimeframeContradicts {
        /// The file.
        file: PathBuf,
        /// The name's.
        named: Timeframe,
        /// The rows'.
        rows: Timeframe,
    },
    /// Series of different timeframes for one run.
    #[error(
        "{first} has {first_timeframe} bars, {second} has {second_timeframe} bars, wanted one \
         timeframe for all: use `plimsoll data convert --to`"
    )]
    TimeframesDiffer {
        /// A symbol.
        first: String,
        /// Its timeframe.
        first_timeframe: Timeframe,
        /// Another symbol or file.
        second: String,
        /// Its timeframe.
        second_timeframe: Timeframe,
    },
    /// A timeframe finer than the bars there are.
    #[error("timeframe {wanted} is finer than the data, which has {native} bars")]
    FinerThanData {
        /// The timeframe asked for.
        wanted: Timeframe,
        /// The data's.
        native: Timeframe,
    },
    /// A bid file without its ask file, or the reverse, or beside a file of trades.
    #[error("{symbol}: {seen}, wanted one -bid- and one -ask- file, or files of traded prices")]
    Sides {
        /// The symbol.
        symbol: Symbol,
        /// What is there, in words.
        seen: String,
    },
    /// No file to read.
    #[error("{}: {seen}, wanted kline files (.csv, .csv.gz, .csv.zst, .zip){hint}", folder.display())]
    NoFiles {
        /// The folder or file.
        folder: PathBuf,
        /// What is there, in words.
        seen: String,
        /// What the reader can do, with its separator.
        hint: String,
    },
    /// More symbols than the instrument table holds.
    #[error("{0} symbols, wanted at most 65536")]
    TooManySymbols(usize),
    /// One symbol twice.
    #[error("symbol {0} is given twice")]
    SymbolTwice(Symbol),
    /// A name under which no file can be written.
    #[error("{}: wanted a file name that ends in .csv, .csv.gz or .csv.zst", .0.display())]
    Ending(PathBuf),
    /// Made-up bars under a name that does not say so.
    #[error("{}: the bars are made up, wanted `simulated` in the name: SYMBOL-TF-simulated-...", .0.display())]
    Unmarked(PathBuf),
    /// A generator that was asked for what it cannot make.
    #[error("generator: {key} is {seen}, wanted {wanted}")]
    Generator {
        /// The key.
        key: &'static str,
        /// The value seen.
        seen: String,
        /// The range wanted.
        wanted: &'static str,
    },
}

impl DataError {
    pub(super) fn io(file: &Path, source: io::Error) -> Self {
        Self::Io { file: file.to_owned(), source }
    }
}
