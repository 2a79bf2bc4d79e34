//! Arguments of `init`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::run_config::Mode;

/// Modes that `init` writes. Live money is not one: it is a step of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InitMode {
    /// Invented prices and money.
    Simulated,
    /// Real prices, no key, fills simulated.
    Paper,
    /// The venue's test network.
    Testnet,
}

impl From<InitMode> for Mode {
    fn from(mode: InitMode) -> Self {
        match mode {
            InitMode::Simulated => Self::Simulated,
            InitMode::Paper => Self::Paper,
            InitMode::Testnet => Self::Testnet,
        }
    }
}

/// What is not given is asked for on a terminal; without one, --capital and --max-daily-loss are wanted.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll init
  plimsoll init --capital 1000 --max-daily-loss 30 --never-touch BNB --symbols BTCUSDT,ETHUSDT --out plimsoll.toml

Writes the configuration (25 lines at most) and limits.toml beside it, and overwrites neither unless --force says so.")]
pub(crate) struct InitArgs {
    /// What Plimsoll may use, in the currency the symbols are paid in.
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) capital: Option<String>,
    /// Coins that are neither bought nor sold; empty for none.
    #[arg(long, value_name = "COIN,...")]
    pub(crate) never_touch: Option<String>,
    /// What is traded.
    #[arg(long, value_name = "SYMBOL,...")]
    pub(crate) symbols: Option<String>,
    /// The most you may lose in a day, in money.
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) max_daily_loss: Option<String>,
    /// Whose money moves.
    #[arg(long, value_enum, default_value_t = InitMode::Simulated)]
    pub(crate) mode: InitMode,
    /// File to write; limits.toml is written beside it.
    #[arg(long, value_name = "FILE", default_value = "plimsoll.toml")]
    pub(crate) out: PathBuf,
    /// Overwrite what is there.
    #[arg(long)]
    pub(crate) force: bool,
}
