//! Arguments of `venue`.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use servers::venue::market::Speed;
use sim::market::Trends;
use types::ids::Symbol;
use types::market::TsNanos;

use crate::moment;

/// Below the flags of `venue`.
pub(crate) const VENUE_AFTER: &str = "\
Examples:
  plimsoll venue --generate --account mykey:mysecret:USDT=100000,BTC=2
  plimsoll venue --data klines/ --speed 60 --ledger out/venue --account mykey:mysecret:USDT=100000
  plimsoll venue --generate --speed max --control 127.0.0.1:9100 --faults faults.toml --account k:s:USDT=1
  plimsoll venue ledger out/venue

It listens on loopback alone unless --allow-remote says otherwise. When it is ready it prints one line of JSON: rest, streams,
ws_api, control (addresses), speed, symbols. It ends on SIGTERM, SIGINT or POST /shutdown on the control port. Clients of the
exchange work with it as they are, pointed at those addresses; see docs/simulated-venue.md. There are no default credentials. All
prices, orders and money in it are simulated.";

/// A simulated exchange behind Binance's public spot API.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct VenueArgs {
    #[command(subcommand)]
    pub(crate) command: Option<VenueCommand>,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VenueCommand {
    /// Verify a venue's ledger and say what it holds; with --json every row.
    Ledger(VenueLedgerArgs),
}

#[derive(Debug, Args)]
pub(crate) struct VenueLedgerArgs {
    /// The ledger's folder.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Where REST, streams and the WebSocket API are served; port 0 lets the system choose.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Where the control port is; it has no keys, so keep it on loopback.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) control: SocketAddr,
    /// Let --listen or --control be an address that other machines can reach. Nothing is encrypted there, and the control
    /// port asks nobody who it is.
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// Files or folders of bars, trades or quotes; their names tell the symbol.
    #[arg(long, value_name = "FILE|DIR", help_heading = "Market")]
    pub(crate) data: Vec<PathBuf>,
    /// What is traded, for files whose names don't tell it.
    #[arg(long, value_name = "SYMBOL", requires = "data", help_heading = "Market")]
    pub(crate) symbol: Option<Symbol>,
    /// Invent the market; the same seed gives the same prices.
    #[arg(
        long,
        value_name = "SYMBOL,...",
        num_args = 0..=1,
        require_equals = true,
        value_delimiter = ',',
        default_missing_value = "BTCUSDT,ETHUSDT",
        conflicts_with = "data",
        help_heading = "Market"
    )]
    pub(crate) generate: Option<Vec<Symbol>>,
    /// Whose the trends of an invented market are: `common` to all, as of coins; each symbol's `own`, of a few days, so that
    /// something happens every day; or `lively`: its own, of half a day.
    #[arg(
        long,
        value_enum,
        value_name = "WHOSE",
        default_value_t,
        requires = "generate",
        help_heading = "Market"
    )]
    pub(crate) trends: TrendsName,
    /// Market seconds in a second, or `max`: as fast as its paced clients let it.
    #[arg(long, value_name = "N|max", default_value = "1", value_parser = speed, help_heading = "Market")]
    pub(crate) speed: Speed,
    /// Seed of invented prices, of the crowd and of faults left to chance.
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Market")]
    pub(crate) seed: u64,
    /// Where in the data it begins: a UTC day or RFC 3339. Default: behind 300 days of history, or half of what there is.
    #[arg(long, value_name = "TIME", value_parser = moment::parse, help_heading = "Market")]
    pub(crate) from: Option<TsNanos>,
    /// Steps, minima and fees that replace or add to the embedded ones.
    #[arg(long, value_name = "FILE", help_heading = "Market")]
    pub(crate) instruments: Option<PathBuf>,
    /// Trades that the crowd makes in an ordinary minute of a bar.
    #[arg(long, value_name = "N", default_value_t = 24, help_heading = "Market")]
    pub(crate) trades_per_minute: u32,
    /// Moments of a minute at which the crowd's quotes are filled up.
    #[arg(long, value_name = "N", default_value_t = 60, help_heading = "Market")]
    pub(crate) beats_per_minute: u32,
    /// An account: KEY:SECRET:USDT=100000,BTC=2, or KEY:ed25519=FILE:...; may be given often.
    ///
    /// Without one there are no credentials at all: public data is served, signed requests are refused. FILE is the public half
    /// of an Ed25519 key in PEM. RIGHTS are words of read, trade, withdraw, transfer, any-ip; default: read,trade. KEY:SECRET:of=OTHER is
    /// a second key of an account.
    #[arg(long, value_name = "KEY:SECRET:BALANCES[:RIGHTS]", help_heading = "Accounts")]
    pub(crate) account: Vec<AccountText>,
    /// A file of such accounts, one a line; `#` begins a comment. For secrets that must not stand on a command line,
    /// where every user of the machine can read them.
    #[arg(long, value_name = "FILE", help_heading = "Accounts")]
    pub(crate) accounts_file: Option<PathBuf>,
    /// Faults to play, a TOML file.
    #[arg(long, value_name = "FILE", help_heading = "Faults and record")]
    pub(crate) faults: Option<PathBuf>,
    /// Keep a ledger in this folder, and go on where it stops.
    #[arg(long, value_name = "DIR", help_heading = "Faults and record")]
    pub(crate) ledger: Option<PathBuf>,
}

/// Whose the trends are, on the command line.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum TrendsName {
    /// The whole market's.
    #[default]
    Common,
    /// Each symbol's.
    Own,
    /// Each symbol's, and short.
    Lively,
}

impl From<TrendsName> for Trends {
    fn from(name: TrendsName) -> Self {
        match name {
            TrendsName::Common => Self::Common,
            TrendsName::Own => Self::Own,
            TrendsName::Lively => Self::Lively,
        }
    }
}

fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let wanted = || format!("`{text}`, wanted a whole number from 1 to 1000000, or `max`");
    let times: u32 = text.parse().map_err(|_| wanted())?;
    Speed::times(times).filter(|_| times <= 1_000_000).ok_or_else(wanted)
}

/// An account as it was typed. It is read later: a parser of the command line repeats what it does not understand, and there is
/// a secret in it.
#[derive(Clone)]
pub(crate) struct AccountText(pub(crate) String);

impl From<String> for AccountText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for AccountText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountText(..)")
    }
}
