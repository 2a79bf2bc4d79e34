//! Arguments of `instruments`.

use std::path::PathBuf;

use clap::Args;

use super::words::MarketName;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll instruments
  plimsoll instruments --instruments mine.toml --market perp --json

A symbol that is in no list is traded in a backtest with steps of 1e-8, no minima and 10 bps of
fee; the report says so.")]
pub(crate) struct InstrumentsArgs {
    /// More instruments, or others for the same symbols.
    #[arg(long, value_name = "FILE")]
    pub(crate) instruments: Option<PathBuf>,
    /// Only those of one kind of account.
    #[arg(long, value_enum)]
    pub(crate) market: Option<MarketName>,
}
