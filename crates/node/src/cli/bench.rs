//! Arguments of `bench`.

use std::path::PathBuf;

use clap::Args;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll bench
  plimsoll bench --data klines/1m --json

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
}
