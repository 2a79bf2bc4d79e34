//! [`Quality`]: what was seen while reading a series, and [`Checker`], which counts it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use types::bar::Bar;
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};
use types::num::Price;

use super::error::{DataError, Place};
use super::fields::Unit;
use super::row::{Reason, Row};

/// Quarantined rows kept as they were.
const KEPT: usize = 10;
/// A series with more quarantined rows than this and than 1 in 100 is refused.
const QUARANTINED_MAX: u64 = 100;

/// How the timeframe was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeframeFrom {
    /// By the file's name.
    Name,
    /// By open and close time of the rows.
    CloseTime,
    /// By the most common step between rows.
    Step,
    /// By the generator's configuration.
    Configuration,
}

/// The unit of the times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// No row was seen.
    #[default]
    Unknown,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Both, row by row.
    Mixed,
}

/// A row that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuarantinedRow {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: u64,
    /// Why.
    pub reason: Reason,
    /// The row as it stands in the file; bytes that are no text are escaped.
    pub text: String,
}

/// Rows that were left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// All of them.
    pub total: u64,
    /// By reason.
    pub by_reason: BTreeMap<Reason, u64>,
    /// The first ten.
    pub first: Vec<QuarantinedRow>,
}

/// Bars that are missing between two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Open time of the last bar before it.
    pub after: TsNanos,
    /// How many bars are missing.
    pub missing: u64,
}

/// A move from one close to the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Move {
    /// Open time of the later bar.
    pub at: TsNanos,
    /// close / previous close - 1.
    pub share: f64,
}

/// What was seen while reading a series. Complete once the series has ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// What is traded.
    pub symbol: Symbol,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// How the length was told.
    pub timeframe_from: TimeframeFrom,
    /// The prices are made up.
    pub simulated: bool,
    /// Unit of the times.
    pub time_unit: TimeUnit,
    /// Rows seen, quarantined ones included.
    pub rows: u64,
    /// Bars handed on.
    pub bars: u64,
    /// Open time of the first bar.
    pub first: Option<TsNanos>,
    /// Open time of the last bar.
    pub last: Option<TsNanos>,
    /// Rows left out.
    pub quarantined: Quarantined,
    /// Places where bars are missing; nothing is put there.
    pub gaps: u64,
    /// Bars missing in all of them.
    pub missing_bars: u64,
    /// The longest of them, the first if several are.
    pub longest_gap: Option<Gap>,
    /// Bars whose volume is known to be 0.
    pub zero_volume: u64,
    /// Bars whose volume is unknown.
    pub unknown_volume: u64,
    /// Bars whose four prices are the same.
    pub flat: u64,
    /// Bars of quotes in which a bid stands above its ask: kept.
    pub crossed: u64,
    /// Bars that close more than 20 % from the close before: kept, but worth a look (a split, a
    /// crash, a slip of the source).
    pub outliers: u64,
    /// The largest of all moves from close to close.
    pub largest_move: Option<Move>,
}

impl Quality {
    /// Returns the report of a series of which nothing has been read.
    #[must_use]
    pub fn new(symbol: Symbol, timeframe: Timeframe, timeframe_from: TimeframeFrom) -> Self {
        Self {
            symbol,
            timeframe,
            timeframe_from,
            simulated: false,
            time_unit: TimeUnit::default(),
            rows: 0,
            bars: 0,
            first: None,
            last: None,
            quarantined: Quarantined::default(),
            gaps: 0,
            missing_bars: 0,
            longest_gap: None,
            zero_volume: 0,
            unknown_volume: 0,
            flat: 0,
            crossed: 0,
            outliers: 0,
            largest_move: None,
        }
    }

    /// Returns whether nothing was left out and nothing is missing.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.quarantined.total == 0 && self.gaps == 0
    }

    /// Counts a row that is left out.
    pub(super) fn quarantine(&mut self, reason: Reason, place: Place, text: String) {
        self.quarantined.total += 1;
        *self.quarantined.by_reason.entry(reason).or_default() += 1;
        if self.quarantined.first.len() < KEPT {
            let Place { file, line } = place;
            self.quarantined.first.push(QuarantinedRow { file, line, reason, text });
        }
    }

    /// Adds what was left out elsewhere.
    pub(super) fn absorb(&mut self, other: &Quarantined) {
        self.quarantined.total += other.total;
        for (reason, count) in &other.by_reason {
            *self.quarantined.by_reason.entry(*reason).or_default() += count;
        }
        let room = KEPT.saturating_sub(self.quarantined.first.len());
        self.quarantined.first.extend(other.first.iter().take(room).cloned());
    }

    /// Judges a series that has ended: there must be a bar, and no more quarantined rows than 100,
    /// or 1 in 100 if that is more, and never more than half.
    pub(super) fn judge(&self, file: &std::path::Path) -> Result<(), DataError> {
        let (rows, quarantined) = (self.rows, self.quarantined.total);
        let file = file.to_owned();
        let first = self.quarantined.first.first().map_or_else(String::new, |row| {
            format!("{}:{}: {:?}: `{}`", row.file.display(), row.line, row.reason, row.text)
        });
        if self.bars == 0 {
            return Err(DataError::NoBar { file, rows, first });
        }
        let many = quarantined > QUARANTINED_MAX && quarantined.saturating_mul(100) > rows;
        if many || quarantined.saturating_mul(2) > rows {
            return Err(DataError::TooManyQuarantined { file, quarantined, rows, first });
        }
        Ok(())
    }
}

/// Decides which rows are bars of the series, and counts.
#[derive(Debug)]
pub(crate) struct Checker {
    pub(super) quality: Quality,
    length: i64,
    last: Option<(TsNanos, Price)>,
}

impl Checker {
    pub(crate) fn new(quality: Quality) -> Self {
        let length = quality.timeframe.nanos();
        Self { quality, length, last: None }
    }

    pub(crate) const fn quality(&self) -> &Quality {
        &self.quality
    }

    /// Returns the open time of the last bar admitted.
    pub(super) fn last(&self) -> Option<TsNanos> {
        self.last.map(|(time, _)| time)
    }

    pub(super) fn saw(&mut self, unit: Unit) {
        self.quality.time_unit = match (self.quality.time_unit, unit) {
            (TimeUnit::Unknown | TimeUnit::Milliseconds, Unit::Millis) => TimeUnit::Milliseconds,
            (TimeUnit::Unknown | TimeUnit::Microseconds, Unit::Micros) => TimeUnit::Microseconds,
            (TimeUnit::Mixed, _)
            | (TimeUnit::Milliseconds, Unit::Micros)
            | (TimeUnit::Microseconds, Unit::Millis) => TimeUnit::Mixed,
        };
    }

    /// Admits a row as the next bar, or says why not. Counts the row either way; the caller
    /// quarantines it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `Layout::parse`")]
    pub(crate) fn admit(&mut self, row: Result<Row, Reason>) -> Result<Row, Reason> {
        self.quality.rows += 1;
        let row = row?;
        let time = row.bar.open_time;
        // The bar behind the last one is on the grid as that is: almost all of them are such.
        let follows = self.last.is_some_and(|(last, _)| time.since(last) == self.length);
        if !follows && time.as_nanos() % self.length != 0 {
            return Err(Reason::OffGrid);
        }
        if let Some((last, close)) = self.last {
            if time <= last {
                return Err(if time == last { Reason::Duplicate } else { Reason::Unsorted });
            }
            if !follows {
                self.skip(last, time);
            }
            self.step(close, &row.bar);
        } else {
            self.quality.first = Some(time);
        }
        self.last = Some((time, row.bar.close));
        self.quality.last = Some(time);
        self.count(&row.bar);
        Ok(row)
    }

    /// Counts the bars that are missing between two.
    fn skip(&mut self, last: TsNanos, next: TsNanos) {
        let missing = u64::try_from(next.since(last) / self.length - 1).unwrap_or(0);
        if missing == 0 {
            return;
        }
        self.quality.gaps += 1;
        self.quality.missing_bars += missing;
        if self.quality.longest_gap.is_none_or(|longest| longest.missing < missing) {
            self.quality.longest_gap = Some(Gap { after: last, missing });
        }
    }

    /// Counts what moved between two bars.
    #[inline]
    fn step(&mut self, close: Price, bar: &Bar) {
        let change = bar.close.raw() - close.raw();
        if change.unsigned_abs().saturating_mul(5) > close.raw().unsigned_abs() {
            self.quality.outliers += 1;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share for people to read")]
        let share = change as f64 / close.raw() as f64;
        if self.quality.largest_move.is_none_or(|largest| largest.share.abs() < share.abs()) {
            self.quality.largest_move = Some(Move { at: bar.open_time, share });
        }
    }

    /// Counts what lies within a bar.
    #[inline]
    fn count(&mut self, bar: &Bar) {
        self.quality.bars += 1;
        self.quality.flat += u64::from(bar.high == bar.low);
        match bar.volume {
            Some(volume) => self.quality.zero_volume += u64::from(volume <= 0.0),
            None => self.quality.unknown_volume += 1,
        }
    }
}
