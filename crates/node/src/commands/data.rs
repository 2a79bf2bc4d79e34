//! `data check`: what is in files of bars.

pub(super) mod fetch;

use serde_json::json;
use sim::data::{Catalog, Quality, Reason};
use types::market::TsNanos;

use crate::cli::CheckArgs;
use crate::exit::{Exit, Kind, Outcome};
use crate::out::{Out, columns};
use crate::progress::Progress;
use crate::show;

/// Bars between two words of progress.
const TELL_EVERY: u64 = 100_000;

/// Reads every series to its end and reports; exit code 2 if a row was left out.
pub(crate) fn check(args: &CheckArgs, out: Out) -> Outcome {
    let catalog = Catalog::open(&args.paths, args.symbol.as_ref()).data()?;
    let mut seen: Vec<Quality> = Vec::new();
    let count = catalog.series().count() as u64;
    for (n, series) in (0..).zip(catalog.series()) {
        let mut progress = Progress::new(format!("reading {}", series.symbol));
        let mut source = series.open();
        let mut bars = 0_u64;
        while source.next_row().data()?.is_some() {
            bars += 1;
            if bars.is_multiple_of(TELL_EVERY) {
                progress.set(n, count);
            }
        }
        seen.push(source.quality().clone());
    }
    let skipped: Vec<_> = catalog
        .skipped()
        .iter()
        .map(|skipped| json!({ "file": skipped.file, "why": skipped.why }))
        .collect();
    let series: Vec<_> = seen.iter().map(machine_form).collect();
    out.json(&json!({ "series": series, "skipped": skipped }))?;
    for line in table(&seen) {
        out.line(line)?;
    }
    for quality in &seen {
        for line in details(quality) {
            out.line(line)?;
        }
    }
    for skipped in catalog.skipped() {
        out.line(format_args!("left alone: {}: {}", skipped.file.display(), skipped.why))?;
    }
    let dropped: u64 = seen.iter().map(|quality| quality.quarantined.total).sum();
    if dropped > 0 {
        out.note(format_args!("plimsoll: {dropped} rows cannot be bars and were left out"));
        return Ok(Exit::No);
    }
    Ok(Exit::Ok)
}

/// Lays out one line per series.
pub(crate) fn table(seen: &[Quality]) -> Vec<String> {
    let (head, rows) = cells(seen);
    columns(&head, &rows)
}

/// Returns the names and cells of the table of series.
pub(crate) fn cells(seen: &[Quality]) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let head = vec![
        "symbol",
        "bars of",
        "bars",
        "first",
        "last",
        "left out",
        "gaps",
        "missing",
        "zero volume",
        "flat",
        "outliers",
    ];
    let day = |at: Option<TsNanos>| show::option(at, show::minute);
    let row = |quality: &Quality| {
        vec![
            format!("{}{}", quality.symbol, if quality.simulated { " (simulated)" } else { "" }),
            quality.timeframe.to_string(),
            show::count(quality.bars),
            day(quality.first),
            day(quality.last),
            show::count(quality.quarantined.total),
            show::count(quality.gaps),
            show::count(quality.missing_bars),
            show::count(quality.zero_volume),
            show::count(quality.flat),
            show::count(quality.outliers),
        ]
    };
    (head, seen.iter().map(row).collect())
}

fn details(quality: &Quality) -> Vec<String> {
    let mut lines = Vec::new();
    let symbol = &quality.symbol;
    if let Some(gap) = quality.longest_gap {
        let after = show::minute(gap.after);
        lines.push(format!("{symbol}: longest gap {} bars after {after}", gap.missing));
    }
    if let Some(largest) = quality.largest_move {
        let (share, at) = (show::signed_percent(largest.share), show::minute(largest.at));
        lines.push(format!("{symbol}: largest move {share} at {at}"));
    }
    for row in &quality.quarantined.first {
        let (file, line, why) = (row.file.display(), row.line, reason(row.reason));
        lines.push(format!("{file}:{line}: left out, {why}: {}", row.text));
    }
    let more = quality.quarantined.total - quality.quarantined.first.len() as u64;
    if more > 0 {
        lines.push(format!("{symbol}: {more} more rows left out"));
    }
    lines
}

const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NotABar => "the prices or the volume cannot be those of a bar",
        Reason::Crossed => "the bid is above the ask",
        Reason::OffGrid => "the time is not on the timeframe's grid",
        Reason::Duplicate => "the time was there already",
        Reason::Unsorted => "the time is before that of an earlier row",
        Reason::Unpaired => "the other side has no row at this time",
    }
}

/// Moments as RFC 3339: nanoseconds as numbers do not survive readers that know only `f64`.
pub(crate) fn machine_form(quality: &Quality) -> serde_json::Value {
    let mut value = json!(quality);
    value["first"] = json!(quality.first.map(|at| at.to_string()));
    value["last"] = json!(quality.last.map(|at| at.to_string()));
    if let Some(gap) = quality.longest_gap {
        value["longest_gap"]["after"] = json!(gap.after.to_string());
    }
    if let Some(largest) = quality.largest_move {
        value["largest_move"]["at"] = json!(largest.at.to_string());
    }
    value
}
