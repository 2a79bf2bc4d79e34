//! [`FundingRate`]: what a perpetual's holders pay each other, and [`read_funding`].

use std::path::{Path, PathBuf};

use types::market::TsNanos;
use types::num::Ratio;

use super::error::{DataError, Place};
use super::fields::Fields;
use super::layout::shown;
use super::lines::{LINE_MAX, LineError, Lines};
use super::source;

/// The columns of a funding file.
const COLUMNS: [&str; 2] = ["funding_time", "funding_rate"];

/// One funding of a perpetual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingRate {
    /// When it is exchanged.
    pub time: TsNanos,
    /// Share of the notional that longs pay to shorts; negative: shorts pay longs.
    pub rate: Ratio,
}

/// Reads funding files (`funding_time,funding_rate`, with or without that header), in time order
/// whatever the order of the files. Held whole: three rows a day.
///
/// A rate with more than 8 decimals is an error, not rounded.
///
/// # Errors
/// `DataError` of the first line that is wrong; times that do not ascend over all files are
/// `Overlap` (two files) or `Time` (one file).
pub fn read_funding(files: &[PathBuf]) -> Result<Vec<FundingRate>, DataError> {
    let mut parts = Vec::with_capacity(files.len());
    for file in files {
        parts.push((read_file(file)?, file));
    }
    parts.sort_by_key(|(rates, _)| rates.first().map(|rate| rate.time));
    let mut all: Vec<FundingRate> = Vec::new();
    let mut before: Option<&PathBuf> = None;
    for (rates, file) in parts {
        if let (Some(last), Some(first), Some(before)) = (all.last(), rates.first(), before)
            && first.time <= last.time
        {
            let (first_file, second) = (before.clone(), file.clone());
            return Err(DataError::Overlap { first: first_file, second, at: first.time });
        }
        all.extend(rates);
        before = Some(file);
    }
    Ok(all)
}

fn read_file(path: &Path) -> Result<Vec<FundingRate>, DataError> {
    let mut lines = Lines::new(source::open(path)?);
    let mut rates: Vec<FundingRate> = Vec::new();
    loop {
        let line = match lines.next() {
            Ok(Some([])) => continue,
            Ok(Some(_)) => lines.last(),
            Ok(None) => break,
            Err(error) => return Err(stopped(error, Place::new(path, lines.number()))),
        };
        let place = || Place::new(path, lines.number());
        if lines.number() == 1 && line.first().is_some_and(u8::is_ascii_alphabetic) {
            check_header(line, place())?;
            continue;
        }
        let rate = parse(line, place())?;
        if rates.last().is_some_and(|last| rate.time <= last.time) {
            let seen = format!("{}, not after the row before", rate.time);
            return Err(DataError::Time { place: place(), column: COLUMNS[0], seen });
        }
        rates.push(rate);
    }
    if rates.is_empty() { Err(DataError::Empty(path.to_owned())) } else { Ok(rates) }
}

fn stopped(error: LineError, place: Place) -> DataError {
    match error {
        LineError::Read(source) => DataError::Damaged { place, source },
        LineError::TooLong => DataError::LineTooLong { place, max: LINE_MAX },
    }
}

fn check_header(line: &[u8], place: Place) -> Result<(), DataError> {
    let text = String::from_utf8_lossy(line).to_ascii_lowercase();
    let names: Vec<&str> = text.split(',').map(str::trim).collect();
    for (index, wanted) in COLUMNS.into_iter().enumerate() {
        let seen = names.get(index).copied().unwrap_or_default();
        if seen != wanted {
            let (column, seen) = (index + 1, seen.to_owned());
            return Err(DataError::Header { place, column, seen, wanted });
        }
    }
    columns(names.len(), place)
}

fn columns(seen: usize, place: Place) -> Result<(), DataError> {
    if seen == COLUMNS.len() {
        return Ok(());
    }
    Err(DataError::Columns { place, seen, wanted: "2 (funding)", hint: String::new() })
}

fn parse(line: &[u8], place: Place) -> Result<FundingRate, DataError> {
    let mut fields = Fields::new(line);
    columns(fields.count(), place.clone())?;
    let (time, _) = fields.time().map_err(|seen| DataError::Time {
        place: place.clone(),
        column: COLUMNS[0],
        seen: shown(seen),
    })?;
    let rate =
        fields.e8().map_err(|source| DataError::Number { place, column: COLUMNS[1], source })?;
    Ok(FundingRate { time, rate: Ratio::from_raw(rate) })
}
