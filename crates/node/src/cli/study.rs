//! Arguments of `study`.

use std::path::PathBuf;

use clap::Args;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll study
  plimsoll study --days 365 --symbols 5 --seed 7 --out my-report")]
pub(crate) struct StudyArgs {
    /// Days of fifteen-minute bars to invent.
    #[arg(long, value_name = "N", default_value_t = 1_095)]
    pub(crate) days: u32,
    /// Symbols to invent.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) symbols: u16,
    /// Seed of the market and of the random entries.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Runs with random entries to compare with.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) null_seeds: u64,
    /// Folder to write the report into.
    #[arg(long, value_name = "DIR", default_value = "plimsoll-out")]
    pub(crate) out: PathBuf,
}
