//! Arguments of `backtest`.

use std::path::PathBuf;

use clap::Args;

use super::market::MarketArgs;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll backtest --generate --days 400
      a generated market, everything at its default
  plimsoll backtest --data klines/1h --from 2020-01-01 --to 2021-01-01 --report out
      a year of every file in a folder, one portfolio, with a report to look at
  plimsoll backtest --data BTCUSD-1m-2019.csv.gz --policy ema_cross --json
      the reference rule that other engines can run too
  plimsoll backtest --data usdm/1h --market perp --mark usdm/1h-mark --funding usdm/funding
      perpetuals with their mark prices and funding
  plimsoll backtest --data klines/1h --journal out/journal
      every entry kept, hashed and signed: see plimsoll audit and plimsoll replay
  plimsoll backtest --generate --days 400 --gate gates/smoke.toml
      fails with exit code 2 when a threshold or a stored result is missed

Two runs over the same bars with the same configuration print the same hashes, in any build profile.")]
pub(crate) struct BacktestArgs {
    #[command(flatten)]
    pub(crate) market: MarketArgs,
    /// Runs with random entries to compare with; 0 for none.
    ///
    /// Default 200 with --report and confluence, 0 otherwise. The middle 90 % of them is the band
    /// within which a result is no evidence of edge.
    #[arg(long, value_name = "N", help_heading = "Answers")]
    pub(crate) null_seeds: Option<u64>,
    /// Write a self-contained HTML report into this folder.
    #[arg(long, value_name = "DIR", help_heading = "Answers")]
    pub(crate) report: Option<PathBuf>,
    /// Compare with thresholds and a stored result; exit code 2 if one is missed.
    #[arg(long, value_name = "FILE", help_heading = "Answers")]
    pub(crate) gate: Option<PathBuf>,
    /// Cut the bars at 100 places and check that nothing before a cut depends on what is after it.
    ///
    /// Exit code 2 if something does, and where nothing traded: then the check shows nothing.
    #[arg(long, help_heading = "Answers")]
    pub(crate) check_lookahead: bool,
    /// Keep every entry of the run in a new journal in this folder.
    ///
    /// `plimsoll audit` shows and verifies it, `plimsoll replay` decides again from it.
    #[arg(long, value_name = "DIR", help_heading = "Answers")]
    pub(crate) journal: Option<PathBuf>,
    /// Folder of the keys that sign the journal; without it, DIR.keys beside the journal.
    ///
    /// Made if absent, with a new key that only its owner can read. Keep it away from the journal.
    #[arg(long, value_name = "DIR", help_heading = "Answers", requires = "journal")]
    pub(crate) keys: Option<PathBuf>,
}
