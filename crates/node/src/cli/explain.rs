//! Arguments of `explain`.

use clap::Args;
use types::market::TsNanos;

use super::market::MarketArgs;
use crate::moment;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll explain --data klines/1h --at 2020-03-12T16:00:00Z --symbol BTCUSDT
  plimsoll explain --generate --days 400 --at 2023-10-01T08:00:00Z --symbol BTCUSDT --json

Runs the backtest up to that moment and prints the decision with its score and contributions,
patterns, regime, odds, and every risk rule with its numbers. Moments are closes of bars.")]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) market: MarketArgs,
    /// The instant: a UTC day or RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    pub(crate) at: TsNanos,
}
