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
    let (days, symbols, timeframe) = (args.days, args.symbols, args.timeframe);
    let made = Made { days, symbols, seed: args.seed, timeframe };
    let mut written = Vec::new();
    for mut source in made.generator()?.sources() {
        let (file, bars) = write(source.as_mut(), &args.out, made)?;
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
    made: Made,
) -> Result<(String, u64), Failure> {
    let symbol = source.quality().symbol.clone();
    let (timeframe, seed) = (made.timeframe, made.seed);
    let path = folder.join(format!("{symbol}-{timeframe}-simulated-{seed}.csv"));
    let mut file = Klines::create(&path, timeframe)?;
    let all = u64::from(made.days) * Timeframe::D1.minutes().unsigned_abs()
        / timeframe.minutes().unsigned_abs();
    let mut progress = Progress::new(format!("generating {symbol}"));
    let mut bars = 0_u64;
    while let Some(row) = source.next_row().data()? {
        file.write(&row.bar)?;
        bars += 1;
        if bars.is_multiple_of(TELL_EVERY) {
            progress.set(bars, all);
        }
    }
    file.finish()?;
    Ok((path.display().to_string(), bars))
}
