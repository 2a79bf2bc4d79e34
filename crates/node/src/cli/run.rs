//! Arguments of `run`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::run::{FailPoint, Speed};

/// Below the flags of `run`.
pub(crate) const RUN_AFTER: &str = "\
Examples:
  plimsoll run
  plimsoll run --seed 7 --for 2m --state out/seven
  plimsoll run --json | jq 'select(.event == \"report\")'
  plimsoll init --mode paper --out paper.toml && plimsoll run --config paper.toml

Without a configuration it starts a simulated exchange as a process of its own, trades it with paper money for thirty days of market
time as fast as it goes, follows the next trade at 900 times real time, then goes on at 60 times. Ctrl-C stops in good order: entry
orders are cancelled, stops stay at the venue. Started again it goes on where it was. Journal, venue ledger and store lie in the
state folder. Prices, orders and money are SIMULATED.

With mode paper, testnet or live in a configuration it trades an exchange's prices: on paper without a key, at its test network, or with
REAL MONEY, which wants signed limits, a signed permission and words that a person types. See docs/run.md.";

#[derive(Clone, Debug, Args)]
pub(crate) struct RunArgs {
    /// What to trade, where, with whose money: see `config explain`. Default: a simulated venue of its own.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of journal, venue ledger and store. Default: that of the configuration, or `plimsoll-state`.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// Seed of the invented market, at the first start of a state folder.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Market seconds in a second, or `max`. Default: a month at `max`, then 900 until a trade has closed, then 60.
    #[arg(long, value_name = "N|max")]
    pub(crate) speed: Option<Speed>,
    /// Stop in good order after so long, on the clock on the wall: `90s`, `10m`.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub(crate) duration: Option<Duration>,
    /// A simulated venue that somebody else started: its REST address. Its key is that of the configuration. For modes simulated and
    /// paper; others go where `[venue]` says.
    #[arg(long, value_name = "URL", requires_all = ["streams", "ws_api"], help_heading = "Venue")]
    pub(crate) venue: Option<String>,
    /// Where its streams are.
    #[arg(long, value_name = "URL", requires = "venue", help_heading = "Venue")]
    pub(crate) streams: Option<String>,
    /// Where its WebSocket API is.
    #[arg(long, value_name = "URL", requires = "venue", help_heading = "Venue")]
    pub(crate) ws_api: Option<String>,
    /// Where its control port is. Without one its time is taken for real time.
    #[arg(long, value_name = "URL", requires = "venue", help_heading = "Venue")]
    pub(crate) venue_control: Option<String>,
    /// End the turn of a process that still runs on the state folder and take its place.
    #[arg(long)]
    pub(crate) take_over: bool,
    /// End as by `kill -9` at a named place, or be slow, for tests.
    #[arg(long, value_name = "NAME[:N]", hide = true)]
    pub(crate) fail_point: Option<FailPoint>,
    /// Behave as if the journal's disk had no room while this file exists, for tests.
    #[cfg(debug_assertions)]
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) disk_full_while: Option<PathBuf>,
    /// Hours of market time at full speed before the phase at 900x, instead of thirty days, for tests.
    #[cfg(debug_assertions)]
    #[arg(long, value_name = "N", hide = true)]
    pub(crate) first_hours: Option<u32>,
    /// Fold the whole journal beside what a snapshot gave, and compare, for tests.
    #[arg(long, hide = true)]
    pub(crate) check_snapshot: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    let wanted = || format!("`{text}`, wanted a length of time such as 90s, 10m or 2h");
    let read: jiff::SignedDuration = text.parse().map_err(|_| wanted())?;
    Duration::try_from(read).ok().filter(|length| !length.is_zero()).ok_or_else(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_have_units() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("2h", 7_200), ("1m30s", 90)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
        }
        for bad in ["", "0s", "-1s", "10", "soon"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
