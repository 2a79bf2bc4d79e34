//! Arguments of `config`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::control::ReloadArgs;
use super::keys::KeyFolderArgs;
use super::words::{MarketName, PolicyArg};

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check that a configuration can be used and that its limits can be met.
    #[command(after_long_help = "\
Examples:
  plimsoll config check my.toml
  plimsoll config check --capital 500 --price BTCUSDT=95000 --stop 4

Refuses contradictions with both keys and what to change. Exit code 2 if the account cannot trade.")]
    Check(ConfigArgs),
    /// Print every key with its value, origin, unit, range and meaning.
    #[command(after_long_help = "\
Examples:
  plimsoll config explain
  plimsoll config explain my.toml
  plimsoll config explain --key risk.drawdown")]
    Explain(ConfigFile),
    /// Let a running hub read its configuration again: limits fall at once.
    Reload(ReloadArgs),
    /// Sign a file of hard limits: writes FILE.sig beside it.
    #[command(after_long_help = "\
Examples:
  plimsoll config sign limits.toml --key ada

A second key adds its signature. The version in the file has to rise with each change: an older file does not come back.")]
    Sign(SignArgs),
    /// Write and sign the permission to trade with real money.
    #[command(after_long_help = "\
Examples:
  plimsoll config permit-live plimsoll.toml --key ada --stake 1000 --served paper-state --backtest paper-backtest

A rung is earned on the one below, for minimal on paper: days with the system running, round trips, the same decisions as a backtest of the
same period; from minimal on also no incidents and slippage within the model, for maximum a small drawdown. All that lacks is named.

It names venue, capital, rung and limits, and counts for nothing beyond them. One person's (profile solo) counts a day later; of a team,
two have to run this. Wants a one-time code: `plimsoll keys totp NAME` once, then the code at the terminal or from standard input. Anyone may
take it back: `plimsoll permits cancel go-live --config plimsoll.toml`.")]
    PermitLive(PermitArgs),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PermitArgs {
    /// Configuration of the run, in mode live.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Name of the operator's key that signs.
    #[arg(long, value_name = "NAME")]
    pub(crate) key: String,
    /// The amount that will be at stake: the gross_exposure of the limits.
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) stake: String,
    /// State folder of the run on the rung below, whose journal earns this one; several may be given, of one time after another.
    /// Default: run.state, if it has a journal.
    #[arg(long, value_name = "STATE")]
    pub(crate) served: Vec<PathBuf>,
    /// Journal of a backtest of the same period as a --served, in their order.
    #[arg(long, value_name = "JOURNAL")]
    pub(crate) backtest: Vec<PathBuf>,
    /// How long it counts.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub(crate) days: u16,
    #[command(flatten)]
    pub(crate) folder: KeyFolderArgs,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SignArgs {
    /// File of hard limits.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Name of the operator's key that signs.
    #[arg(long, value_name = "NAME")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) folder: KeyFolderArgs,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ConfigFile {
    /// Configuration file; without one the defaults are shown.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The rule that decides, where the file does not say.
    #[arg(long, value_enum)]
    pub(crate) policy: Option<PolicyArg>,
    /// Only keys that begin with this.
    #[arg(long, value_name = "KEY", default_value = "")]
    pub(crate) key: String,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Configuration file; without one the defaults are checked.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Starting cash in quote currency.
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) capital: Option<String>,
    /// Kind of account.
    #[arg(long, value_enum)]
    pub(crate) market: Option<MarketName>,
    /// The rule that decides, where the file does not say.
    #[arg(long, value_enum)]
    pub(crate) policy: Option<PolicyArg>,
    /// Steps, minima and fees of symbols, beside the embedded list.
    #[arg(long, value_name = "FILE")]
    pub(crate) instruments: Option<PathBuf>,
    /// Symbols the account is to trade with the price assumed for each; several may be given. Default: those of the file, at round prices.
    #[arg(long, value_name = "SYMBOL=PRICE")]
    pub(crate) price: Vec<String>,
    /// How far away a first stop usually lies, in percent of the price.
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0)]
    pub(crate) stop: f64,
}
