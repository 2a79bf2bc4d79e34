//! `data convert`: bars in the plain 12-column form, aggregated if wanted.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::json;
use sim::data::{Aggregator, Catalog, Series};
use types::bar::Bar;
use types::market::Timeframe;

use crate::cli::ConvertArgs;
use crate::exit::{Exit, Failure, Kind, Outcome};
use crate::out::Out;
use crate::progress::Progress;

/// The header of the kline archive; columns that are not known stay empty.
const HEADER: &str = "open_time,open,high,low,close,volume,close_time,quote_volume,trades,\
                      taker_buy_base,taker_buy_quote,ignore";

/// Bars between two words of progress.
const TELL_EVERY: u64 = 100_000;

/// Writes one file per series.
pub(crate) fn run(args: &ConvertArgs, out: Out) -> Outcome {
    let catalog = Catalog::open(&args.paths, args.symbol.as_ref()).data()?;
    let mut written = Vec::new();
    for series in catalog.series() {
        let to = args.to.unwrap_or(series.timeframe);
        let (path, bars) = convert(series, to, &args.out)?;
        out.line(format_args!("{}: {bars} bars of {to}", path.display()))?;
        written
            .push(json!({ "file": path, "symbol": series.symbol, "timeframe": to, "bars": bars }));
    }
    out.json(&json!({ "written": written }))?;
    Ok(Exit::Ok)
}

fn convert(series: &Series, to: Timeframe, folder: &Path) -> Result<(PathBuf, u64), Failure> {
    let mut aggregator = Aggregator::new(series.timeframe, &[to]).data()?;
    let made_up = if series.simulated { "-simulated" } else { "" };
    let path = folder.join(format!("{}-{to}{made_up}.csv", series.symbol));
    let mut file = Klines::create(&path, to)?;
    let mut source = series.open();
    let mut closed = Vec::new();
    let mut progress = Progress::new(format!("converting {}", series.symbol));
    let mut read = 0_u64;
    while let Some(row) = source.next_row().data()? {
        closed.clear();
        aggregator.push(&row.bar, &mut closed);
        for (_, bar) in &closed {
            file.write(bar)?;
        }
        read += 1;
        if read.is_multiple_of(TELL_EVERY) {
            progress.set(read, read + TELL_EVERY);
        }
    }
    Ok((path, file.finish()?))
}

/// A kline file being written.
pub(crate) struct Klines {
    file: BufWriter<File>,
    path: PathBuf,
    timeframe: Timeframe,
    bars: u64,
}

impl Klines {
    /// Creates the file and the folders above it; a file that is there is not overwritten.
    pub(crate) fn create(path: &Path, timeframe: Timeframe) -> Result<Self, Failure> {
        let name = || path.display().to_string();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let mut file = BufWriter::new(File::create_new(path).with_context(name)?);
        writeln!(file, "{HEADER}").with_context(name)?;
        Ok(Self { file, path: path.to_owned(), timeframe, bars: 0 })
    }

    /// Appends a bar.
    pub(crate) fn write(&mut self, bar: &Bar) -> Result<(), Failure> {
        let open = bar.open_time.as_millis();
        let close = bar.close_time(self.timeframe).as_millis() - 1;
        let volume = bar.volume.map(|volume| volume.to_string()).unwrap_or_default();
        let Bar { open: o, high: h, low: l, close: c, .. } = bar;
        writeln!(self.file, "{open},{o},{h},{l},{c},{volume},{close},,,,,")
            .with_context(|| self.path.display().to_string())?;
        self.bars += 1;
        Ok(())
    }

    /// Writes what is left and returns the number of bars.
    pub(crate) fn finish(mut self) -> Result<u64, Failure> {
        self.file.flush().with_context(|| self.path.display().to_string())?;
        Ok(self.bars)
    }
}
