//! `data fetch`: public kline archives, whole and with the right checksum, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use adapters::archive::{
    Archive, ArchiveConfig, ArchiveFile, Fetched, Outcome as Became, Period, Told,
};
use anyhow::Context as _;
use serde_json::json;
use sim::data::{Catalog, Quality};
use types::ids::Symbol;
use types::market::Timeframe;

use super::{details, machine_form, table};
use crate::cli::FetchArgs;
use crate::exit::{Exit, Failure, Kind, Outcome};
use crate::out::{Out, columns};
use crate::progress::Progress;
use crate::show;
use crate::stretch::{days_of, periods};

/// Parts of a file in the bar of progress.
const PARTS: u64 = 1_000;

/// What has come, in the order of the plan.
#[derive(Default)]
struct Haul {
    files: Vec<(ArchiveFile, Fetched)>,
    missing: Vec<ArchiveFile>,
}

/// Downloads, reads what has come, and reports; exit code 2 if a file is missing or a row was left out.
pub(crate) fn run(args: &FetchArgs, out: Out) -> Outcome {
    let periods = periods(args.from, args.to).map_err(Failure::usage)?;
    let mut config = ArchiveConfig::new(&args.base_url);
    config.tries_max = args.tries;
    let archive = Archive::new(config).map_err(Failure::usage)?;
    let haul = download(args, &archive, &periods, out)?;
    let seen = read(&haul)?;
    report(&haul, &seen, out)?;
    let dropped: u64 = seen.iter().map(|quality| quality.quarantined.total).sum();
    if !haul.missing.is_empty() {
        let count = haul.missing.len();
        out.note(format_args!("plimsoll: the archive has no file for {count} of the stretches"));
    }
    Ok(if haul.missing.is_empty() && dropped == 0 { Exit::Ok } else { Exit::No })
}

fn download(
    args: &FetchArgs,
    archive: &Archive,
    periods: &[Period],
    out: Out,
) -> Result<Haul, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let symbols: BTreeSet<&Symbol> = args.symbols.iter().collect();
    let timeframes: BTreeSet<Timeframe> = args.timeframes.iter().copied().collect();
    let mut wanted: Vec<ArchiveFile> = Vec::new();
    for &symbol in &symbols {
        for &timeframe in &timeframes {
            wanted.extend(periods.iter().map(|&period| ArchiveFile {
                market: args.market.into(),
                symbol: symbol.clone(),
                timeframe,
                period,
            }));
        }
    }
    wanted.reverse();
    let last = periods.last().copied();
    let mut haul = Haul::default();
    let mut progress = Progress::new("downloading");
    while let Some(file) = wanted.pop() {
        let done = (haul.files.len() + haul.missing.len()) as u64;
        let total = (done + 1 + wanted.len() as u64) * PARTS;
        let mut told = |told| match told {
            Told::Here { bytes, of } => {
                let part = of.filter(|of| *of > 0).map_or(0, |of| bytes * PARTS / of);
                progress.set(done * PARTS + part, total);
            }
            Told::Waiting { why, wait } => {
                let seconds = wait.as_secs_f64();
                out.note(format_args!("plimsoll: {}: {why}, next try in {seconds} s", file.name()));
            }
        };
        // Apart by timeframe: a run takes a folder of one timeframe.
        let folder = args.out.join(file.timeframe.name());
        let fetched = runtime.block_on(archive.fetch(&file, &folder, &mut told))?;
        progress.set((done + 1) * PARTS, total);
        let missing = fetched.outcome == Became::Missing;
        if missing && Some(file.period) == last && file.period.day.is_none() {
            // A month that is not over has no file of its own yet; its days have.
            let days = days_of(file.period).into_iter().rev();
            wanted.extend(days.map(|period| ArchiveFile { period, ..file.clone() }));
        } else if missing {
            haul.missing.push(file);
        } else {
            haul.files.push((file, fetched));
        }
    }
    Ok(haul)
}

/// Reads everything that has come, series by series: gaps between files show as those within.
fn read(haul: &Haul) -> Result<Vec<Quality>, Failure> {
    let mut series: BTreeMap<(&Symbol, Timeframe), Vec<PathBuf>> = BTreeMap::new();
    for (file, fetched) in &haul.files {
        series.entry((&file.symbol, file.timeframe)).or_default().push(fetched.path.clone());
    }
    let mut seen = Vec::new();
    for ((symbol, timeframe), paths) in series {
        let catalog = Catalog::open(&paths, None).data()?;
        for series in catalog.series() {
            let mut source = series.open();
            let context = || format!("{symbol} {timeframe} was downloaded, and cannot be read");
            while source.next_row().with_context(context).data()?.is_some() {}
            seen.push(source.quality().clone());
        }
    }
    Ok(seen)
}

fn report(haul: &Haul, seen: &[Quality], out: Out) -> Result<(), Failure> {
    let files: Vec<_> = haul
        .files
        .iter()
        .map(|(_, fetched)| {
            json!({
                "file": fetched.path,
                "outcome": outcome(fetched),
                "bytes": fetched.bytes,
                "resumed_from": fetched.resumed_from,
                "tries": fetched.tries,
            })
        })
        .collect();
    let missing: Vec<String> = haul.missing.iter().map(ArchiveFile::path).collect();
    let series: Vec<_> = seen.iter().map(machine_form).collect();
    out.json(&json!({ "files": files, "missing": missing, "series": series }))?;
    let row = |(file, fetched): &(ArchiveFile, Fetched)| {
        vec![file.name(), show::count(fetched.bytes), outcome(fetched).to_owned()]
    };
    let rows: Vec<_> = haul.files.iter().map(row).collect();
    for line in columns(&["file", "bytes", "what"], &rows) {
        out.line(line)?;
    }
    for path in &missing {
        out.line(format_args!("not in the archive: {path}"))?;
    }
    if !seen.is_empty() {
        out.line("")?;
    }
    for line in table(seen) {
        out.line(line)?;
    }
    for line in seen.iter().flat_map(details) {
        out.line(line)?;
    }
    Ok(())
}

const fn outcome(fetched: &Fetched) -> &'static str {
    match fetched.outcome {
        Became::Had => "had",
        Became::Downloaded if fetched.replaced => "replaced",
        Became::Downloaded if fetched.resumed_from > 0 => "resumed",
        Became::Downloaded => "downloaded",
        Became::Missing => "missing",
    }
}
