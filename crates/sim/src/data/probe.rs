//! [`Probe`]: what the first rows of a file tell.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use types::market::{Timeframe, TsNanos};

use super::DataError;
use super::layout::timeframe_of;
use super::name::FileName;
use super::quality::TimeframeFrom;
use super::reader::OpenFile;

/// Rows looked at: enough for the most common step to be the timeframe, gaps or not.
const ROWS: usize = 64;

/// What the first rows of a file tell.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) path: PathBuf,
    /// Time of the first row.
    pub(super) first: TsNanos,
    pub(super) timeframe: Timeframe,
    pub(super) timeframe_from: TimeframeFrom,
}

impl Probe {
    /// Reads the first rows. The timeframe is the name's; without one, what the rows' open and
    /// close times say; without those, their most common step.
    pub(super) fn of(path: &Path, name: &FileName) -> Result<Self, DataError> {
        let rows = first_rows(path)?;
        let told = rows.length.map(|length| (length, TimeframeFrom::CloseTime));
        let told = told.or(rows.step.map(|step| (step, TimeframeFrom::Step)));
        let unsupported = |seen| DataError::TimeframeUnsupported { file: path.to_owned(), seen };
        let (timeframe, timeframe_from) = match (&name.timeframe, told) {
            (Some(Err(word)), _) => return Err(unsupported(word.clone())),
            (Some(Ok(named)), told) => {
                contradiction(path, *named, told)?;
                (*named, TimeframeFrom::Name)
            }
            (None, Some((length, from))) => {
                let timeframe = timeframe_of(length).ok_or_else(|| unsupported(seconds(length)))?;
                (timeframe, from)
            }
            (None, None) => return Err(DataError::TimeframeUnknown(path.to_owned())),
        };
        Ok(Self { path: path.to_owned(), first: rows.first, timeframe, timeframe_from })
    }
}

struct FirstRows {
    first: TsNanos,
    /// The most common length by open and close time, in nanoseconds.
    length: Option<i64>,
    /// The most common step, in nanoseconds.
    step: Option<i64>,
}

fn first_rows(path: &Path) -> Result<FirstRows, DataError> {
    let mut file = OpenFile::open(path)?;
    let first = file.first_time()?;
    let mut lengths: BTreeMap<i64, usize> = BTreeMap::new();
    let mut steps: BTreeMap<i64, usize> = BTreeMap::new();
    let mut last: Option<TsNanos> = None;
    for _ in 0..ROWS {
        // What is wrong with a later row is said when it is read.
        let Ok(Some(row)) = file.next() else { break };
        if let Some(length) = file.layout.length(file.last_line()) {
            *lengths.entry(length).or_default() += 1;
        }
        let step = last.map_or(0, |last| row.time.since(last));
        if step > 0 {
            *steps.entry(step).or_default() += 1;
        }
        last = Some(row.time);
    }
    Ok(FirstRows { first, length: most_common(&lengths), step: most_common(&steps) })
}

/// Returns the most common value, the smallest if several are.
fn most_common(counts: &BTreeMap<i64, usize>) -> Option<i64> {
    counts.iter().rev().max_by_key(|(_, count)| **count).map(|(value, _)| *value)
}

/// Refuses a file whose name and rows say different things. Steps longer than the name says are
/// gaps; shorter ones can't be.
fn contradiction(
    path: &Path,
    named: Timeframe,
    told: Option<(i64, TimeframeFrom)>,
) -> Result<(), DataError> {
    let Some((length, from)) = told else { return Ok(()) };
    let Some(rows) = timeframe_of(length) else { return Ok(()) };
    if rows < named || (rows > named && from == TimeframeFrom::CloseTime) {
        return Err(DataError::TimeframeContradicts { file: path.to_owned(), named, rows });
    }
    Ok(())
}

fn seconds(nanos: i64) -> String {
    format!("{} s", nanos / 1_000_000_000)
}
