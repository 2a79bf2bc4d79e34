//! Arguments that say which bars, which account, which policy.

use std::path::PathBuf;

use clap::Args;
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};

use super::words::{MarketName, PolicyArg};
use crate::ladder::Rung;
use crate::moment;

/// Which bars, which account, which policy.
#[derive(Clone, Debug, Args)]
pub(crate) struct MarketArgs {
    /// Kline file, or a folder of them; several may be given, their order does not matter.
    ///
    /// 12-column kline CSV with or without header, times in milliseconds or microseconds, plain,
    /// .gz, .zip or .zst; or bid/ask bars. The name tells symbol and timeframe:
    /// BTCUSDT-1h-2020.csv.gz.
    #[arg(
        long,
        value_name = "FILE|DIR",
        required_unless_present = "generate",
        help_heading = "Bars"
    )]
    pub(crate) data: Vec<PathBuf>,
    /// Invent a market instead of reading one; the same seed gives the same bars.
    #[arg(long, conflicts_with = "data", help_heading = "Bars")]
    pub(crate) generate: bool,
    /// Days to invent.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 365,
        requires = "generate",
        help_heading = "Bars"
    )]
    pub(crate) days: u32,
    /// Symbols to invent.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 3,
        requires = "generate",
        help_heading = "Bars"
    )]
    pub(crate) symbols: u16,
    /// Length of the bars to invent.
    #[arg(long, value_name = "TIMEFRAME", default_value_t = Timeframe::M15, requires = "generate", help_heading = "Bars")]
    pub(crate) timeframe: Timeframe,
    /// What is traded, for one file whose name doesn't tell it; of `explain`, whose decision.
    #[arg(long, value_name = "SYMBOL", help_heading = "Bars")]
    pub(crate) symbol: Option<Symbol>,
    /// Use bars that open at this moment or later: a UTC day or RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = moment::parse, help_heading = "Bars")]
    pub(crate) from: Option<TsNanos>,
    /// Use bars that close at this moment or earlier: a UTC day or RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = moment::parse, help_heading = "Bars")]
    pub(crate) to: Option<TsNanos>,
    /// Kind of account. Default: the configuration's, spot without one.
    #[arg(long, value_enum, help_heading = "Account")]
    pub(crate) market: Option<MarketName>,
    /// Folder of mark prices; default: the folder `<timeframe>-mark` beside the data's, if there.
    #[arg(long, value_name = "DIR", help_heading = "Account")]
    pub(crate) mark: Option<PathBuf>,
    /// Folder of funding rates; default: the folder `funding` beside the data's, if there.
    #[arg(long, value_name = "DIR", help_heading = "Account")]
    pub(crate) funding: Option<PathBuf>,
    /// Steps, minima and fees of symbols, beside the embedded list.
    #[arg(long, value_name = "FILE", help_heading = "Account")]
    pub(crate) instruments: Option<PathBuf>,
    /// Starting cash in quote currency. Default: the configuration's, 10000 without one.
    #[arg(long, value_name = "AMOUNT", help_heading = "Account")]
    pub(crate) capital: Option<String>,
    /// Configuration file; `plimsoll config explain` lists every key.
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub(crate) config: Option<PathBuf>,
    /// The rule that decides. Default: the configuration's, confluence without one.
    #[arg(long, value_enum, help_heading = "Rules")]
    pub(crate) policy: Option<PolicyArg>,
    /// Hold the rules to a rung of the ladder to live money: to compare with a paper run, `paper`.
    #[arg(long, value_enum, value_name = "NAME", help_heading = "Rules")]
    pub(crate) rung: Option<Rung>,
    /// Seed of every random draw, the generated market's too.
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Rules")]
    pub(crate) seed: u64,
}
