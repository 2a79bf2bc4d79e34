//! Arguments of `data`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use types::ids::Symbol;
use types::market::Timeframe;

use super::words::MarketName;
use crate::stretch::Bound;

#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Report gaps, duplicates, order and outliers; exit code 2 if a row had to be left out.
    Check(CheckArgs),
    /// Write bars in the plain 12-column form, aggregated if wanted.
    Convert(ConvertArgs),
    /// Download public kline archives: whole and with the right checksum, or not at all.
    Fetch(Box<FetchArgs>),
    /// Invent a market and write it to files marked as simulated.
    Generate(GenerateArgs),
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll data check BTCUSDT-1h-2020.csv.gz
  plimsoll data check klines/ --json

Nothing is repaired and no bar is invented: a row that cannot be a bar is left out, counted, and
shown with its file and line.")]
pub(crate) struct CheckArgs {
    /// Kline files, or folders of them.
    #[arg(required = true, value_name = "FILE|DIR")]
    pub(crate) paths: Vec<PathBuf>,
    /// What is traded, for files whose names don't tell it.
    #[arg(long, value_name = "SYMBOL")]
    pub(crate) symbol: Option<Symbol>,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll data convert BTCUSD-1m-2019.csv.gz --to 1h --out hourly/
  plimsoll data convert archive.zip --out plain/

Windows of a coarser bar that the data begins within are left out; a window without any bar stays
a gap.")]
pub(crate) struct ConvertArgs {
    /// Kline files, or folders of them.
    #[arg(required = true, value_name = "FILE|DIR")]
    pub(crate) paths: Vec<PathBuf>,
    /// What is traded, for files whose names don't tell it.
    #[arg(long, value_name = "SYMBOL")]
    pub(crate) symbol: Option<Symbol>,
    /// Length of the bars to write; default: that of the data.
    #[arg(long, value_name = "TIMEFRAME")]
    pub(crate) to: Option<Timeframe>,
    /// Folder to write into.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll data fetch --symbols BTCUSDT,ETHUSDT --timeframes 1h --from 2024-01 --to 2024-12 --out klines
  plimsoll data fetch --symbols BTCUSDT --timeframes 15m,1h --from 2024-12 --to 2025-01-15 --out klines
  plimsoll backtest --data klines/1h

No key is needed. A file appears under its name once it is whole and its SHA-256 is what the archive says;
an interrupted run is gone on with by the same command. What is there already is checked, not downloaded
again. Whole months come as one file, other days one by one; a last month that has no file yet is taken by its days.
Exit code 2 if the archive lacks a file or a row had to be left out.")]
pub(crate) struct FetchArgs {
    /// What is traded, in the exchange's spelling.
    #[arg(long, required = true, value_delimiter = ',', value_name = "SYMBOL,..")]
    pub(crate) symbols: Vec<Symbol>,
    /// Lengths of bars.
    #[arg(long, value_delimiter = ',', value_name = "TIMEFRAME,..", default_values_t = [Timeframe::H1])]
    pub(crate) timeframes: Vec<Timeframe>,
    /// First month (2024-01) or day (2024-01-31), UTC.
    #[arg(long, value_name = "MONTH|DAY")]
    pub(crate) from: Bound,
    /// Last month or day, UTC, included.
    #[arg(long, value_name = "MONTH|DAY")]
    pub(crate) to: Bound,
    /// Folder to write into; each timeframe gets its own below it.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Spot, or perpetuals margined in the quote asset.
    #[arg(long, value_enum, default_value_t = MarketName::Spot)]
    pub(crate) market: MarketName,
    /// Address of the archive, or of a mirror with the same layout.
    #[arg(long, value_name = "URL", default_value = "https://data.binance.vision")]
    pub(crate) base_url: String,
    /// How often one file is asked for before giving up.
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) tries: u32,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll data generate --days 365 --symbols 5 --seed 7 --out market/
  plimsoll backtest --data market/

The market has calm and wild stretches, fat tails, gaps, a flash crash and halts. The files' names
say that it is simulated.")]
pub(crate) struct GenerateArgs {
    /// Days to invent.
    #[arg(long, value_name = "N", default_value_t = 365)]
    pub(crate) days: u32,
    /// Number of symbols.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) symbols: u16,
    /// Length of a bar.
    #[arg(long, value_name = "TIMEFRAME", default_value_t = Timeframe::M1)]
    pub(crate) timeframe: Timeframe,
    /// Seed: the same seed gives the same bars.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Folder to write into.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}
