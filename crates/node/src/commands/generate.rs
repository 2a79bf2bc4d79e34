//! `data generate`: a made-up market in files whose names say so.

use std::path::Path;

use serde_json::json;
use sim::data::RowSource;
use types::market::Timeframe;

use super::convert::Klines;
use crate::cli::GenerateArgs;
use crate::exit::{Exit, Failure, Kind, Outcome};
use crate::out::Out;
use crate::progress::Progress;
use crate::setup::Made;

/// Bars between two words of progress.
const TELL_EVERY: u64 = 100_000;

/// Writes one file per symbol.
pub(crate) fn run(args: &GenerateArgs, out: Out) -> Outcome {
    let made = Made { days: args.days, symbols: args.symbols, seed: args.seed };
    let minutes = u64::from(args.days) * 1_440;
    let mut written = Vec::new();
    for mut source in made.generator()?.sources() {
        let (file, bars) = write(source.as_mut(), &args.out, args.seed, minutes)?;
        out.line(format_args!("{file}: {bars} bars, SIMULATED"))?;
        written.push(json!({ "file": file, "bars": bars, "simulated": true }));
    }
    out.json(&json!({ "simulated": true, "seed": args.seed, "written": written }))?;
    Ok(Exit::Ok)
}

/// Writes the bars of one symbol and returns the file's name and the number of bars.
pub(crate) fn write(
    source: &mut dyn RowSource,
    folder: &Path,
    seed: u64,
    minutes: u64,
) -> Result<(String, u64), Failure> {
    let symbol = source.quality().symbol.clone();
    let path = folder.join(format!("{symbol}-1m-simulated-{seed}.csv"));
    let mut file = Klines::create(&path, Timeframe::M1)?;
    let mut progress = Progress::new(format!("generating {symbol}"));
    let mut bars = 0_u64;
    while let Some(row) = source.next_row().data()? {
        file.write(&row.bar)?;
        bars += 1;
        if bars.is_multiple_of(TELL_EVERY) {
            progress.set(bars, minutes);
        }
    }
    file.finish()?;
    Ok((path.display().to_string(), bars))
}
