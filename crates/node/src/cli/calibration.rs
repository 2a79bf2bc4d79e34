//! Arguments of `calibration`.

use clap::Args;

use super::market::MarketArgs;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll calibration --data klines/1h
  plimsoll calibration --generate --days 720 --json

Every close of the decision timeframe with a score of 40 or more is followed to an outcome, traded
or not. The diagram shows, for each band of scores, what the odds said and what was seen.")]
pub(crate) struct CalibrationArgs {
    #[command(flatten)]
    pub(crate) market: MarketArgs,
}
