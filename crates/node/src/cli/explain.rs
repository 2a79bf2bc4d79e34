//! Arguments of `explain`.

use std::path::PathBuf;

use clap::Args;
use types::market::TsNanos;

use super::market::MarketArgs;
use crate::moment;

#[derive(Clone, Debug, Args)]
#[command(mut_arg("data", |data| data.required_unless_present("state")), after_long_help = "\
Examples:
  plimsoll explain --state plimsoll-state --symbol BTCUSDT
  plimsoll explain --data klines/1h --at 2020-03-12T16:00:00Z --symbol BTCUSDT
  plimsoll explain --generate --days 400 --at 2023-10-01T08:00:00Z --symbol BTCUSDT --json

Runs the backtest up to that moment and prints the decision with its score and contributions,
patterns, regime, odds, and every risk rule with its numbers. Moments are closes of bars. With --state
it reads the journal of a hub instead, running or not, and adds what came of each decision: refusals,
orders, fills; without --at the last instant.")]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) market: MarketArgs,
    /// The instant: a UTC day or RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = moment::parse, required_unless_present = "state")]
    pub(crate) at: Option<TsNanos>,
    /// Read what was decided in this state folder, or journal, instead of running a backtest.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["data", "generate"])]
    pub(crate) state: Option<PathBuf>,
}
