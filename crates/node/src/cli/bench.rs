//! Arguments of `bench`.

use std::path::PathBuf;

use clap::Args;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll bench
  plimsoll bench --data klines/1m --json
  plimsoll bench --processes --kills 100

Prints machine, build and commit with every figure: figures of different machines do not compare.")]
pub(crate) struct BenchArgs {
    /// One-minute bars to run over; default: a generated market.
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) data: Vec<PathBuf>,
    /// Days of one-minute bars to generate.
    #[arg(long, value_name = "N", default_value_t = 365)]
    pub(crate) days: u32,
    /// Symbols to generate.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) symbols: u16,
    /// Measure processes over loopback instead: bar to order, load, starts, `kill -9`. Some three minutes.
    #[arg(long, conflicts_with_all = ["data", "days", "symbols"])]
    pub(crate) processes: bool,
    /// How often a run is killed.
    #[arg(long, value_name = "N", default_value_t = 30, requires = "processes")]
    pub(crate) kills: usize,
}
