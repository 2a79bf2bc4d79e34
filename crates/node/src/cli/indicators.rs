//! Arguments of `indicators`.

use std::path::PathBuf;

use clap::Args;
use types::ids::Symbol;
use types::market::Timeframe;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll indicators --data BTCUSDT-1h-2020.csv.gz --timeframe 1h --csv
  plimsoll indicators --data BTCUSD-1m-2019.csv.gz --timeframe 4h --csv > 4h.csv
  plimsoll indicators --data BTCUSDT-1h-2020.csv.gz --profile --bins 24 --window all --json

Values start cold at the first row and are empty until they are defined. Numbers are the shortest
text that reads back as the same 64-bit float.")]
pub(crate) struct IndicatorsArgs {
    /// Kline file of one symbol.
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// What is traded, for files whose names don't tell it.
    #[arg(long, value_name = "SYMBOL")]
    pub(crate) symbol: Option<Symbol>,
    /// Length of the bars; default: that of the data.
    #[arg(long, value_name = "TIMEFRAME")]
    pub(crate) timeframe: Option<Timeframe>,
    /// One line per bar: `open_time,ema20,...`, times in milliseconds.
    #[arg(long, conflicts_with_all = ["profile", "json"])]
    pub(crate) csv: bool,
    /// Volume by price instead of indicators.
    #[arg(long)]
    pub(crate) profile: bool,
    /// Levels of the volume profile.
    #[arg(long, value_name = "N", default_value_t = 50, requires = "profile")]
    pub(crate) bins: u32,
    /// Newest bars the volume profile covers: a number or `all`.
    #[arg(long, value_name = "BARS", default_value = "200", requires = "profile", value_parser = window)]
    pub(crate) window: Window,
    /// Rows to skip at the start of the file.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) skip: usize,
    /// Most rows to read after that.
    #[arg(long, value_name = "N")]
    pub(crate) rows: Option<usize>,
}

/// How many bars a volume profile covers; `None` for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window(pub(crate) Option<usize>);

fn window(text: &str) -> Result<Window, String> {
    if text == "all" {
        return Ok(Window(None));
    }
    match text.parse::<usize>() {
        Ok(bars) if bars > 0 => Ok(Window(Some(bars))),
        Ok(_) | Err(_) => Err("wanted a number above 0, or `all`".to_owned()),
    }
}
