//! Arguments of the commands that talk to a running hub.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use types::market::TsNanos;

use crate::control::operator_name;
use crate::moment;

/// Below the commands that change something.
const ACT_AFTER: &str = "\
Examples:
  plimsoll pause
  plimsoll flatten --operator ada --json
  plimsoll kill --state /var/lib/plimsoll

What is printed is what the venue confirmed, and no more. Your name goes into the journal: the login name, or --operator.

Exit codes: 0 in force, and confirmed where the venue has to confirm; 69 no hub is running; 75 not confirmed in time, look again with
`plimsoll status`; 77 refused, with the reason.";

/// Which hub.
#[derive(Clone, Debug, Args)]
pub(crate) struct HubArgs {
    /// The state folder of the hub.
    #[arg(long, value_name = "DIR", default_value = "plimsoll-state")]
    pub(crate) state: PathBuf,
    /// Seconds of wall time to wait for the answer.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) wait: Duration,
}

/// Which hub, and who asks.
#[derive(Clone, Debug, Args)]
pub(crate) struct ActArgs {
    #[command(flatten)]
    pub(crate) hub: HubArgs,
    /// Who you are; the login name stands beside it in the journal.
    #[arg(long, value_name = "NAME", value_parser = operator_name)]
    pub(crate) operator: Option<String>,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll status
  plimsoll status --state /var/lib/plimsoll --json

Shows first whether money is real; then the mode and why, what was won or lost today and what is left of the loss budget, what is lost if
every stop is hit now, each position with its stop as the venue confirmed it, the next decision, incidents and the health of each part.
Exit code 0 if a hub answered, 69 if none is running.")]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) hub: HubArgs,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll doctor
  plimsoll doctor --config my.toml --json

Looks at the clock, the disk, who can read the state folder, the keys and the socket, the journal, the configuration, and the venue; asks the
running hub for its own view where there is one. It changes nothing and needs no hub. Exit code 0: nothing to do; 2: something is wrong, each
with what to do about it.")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) hub: HubArgs,
    /// The configuration that the hub runs with.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll orders
  plimsoll positions --json")]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) hub: HubArgs,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = ACT_AFTER)]
pub(crate) struct PlainActArgs {
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// What to do with SAFE_MODE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SafeModeStep {
    /// Only what lowers exposure is allowed.
    On,
    /// Trade again, once the latch and the cause allow it.
    Release,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll safe-mode on
  plimsoll safe-mode release --operator ada

SAFE_MODE blocks every order that could raise exposure; stops rest, exits go on. After a drawdown it is latched for 24 h of market time and
a release before that is refused; after another cause it can be released once the cause is gone. It outlives a restart.")]
pub(crate) struct SafeModeArgs {
    /// On or release.
    pub(crate) step: SafeModeStep,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// Planned work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// Begin.
    On,
    /// End.
    Off,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll maintenance on
  plimsoll maintenance off

No entries, stops rest, exits go on.")]
pub(crate) struct MaintenanceArgs {
    /// On or off.
    pub(crate) switch: Switch,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll wind-down --by 2027-01-31
  plimsoll wind-down --by 2027-01-31T16:00:00Z

No new entries from now on; exits run. At that moment, in market time, what is open is closed and everything is cancelled, the venue confirms
it, and the hub stops.")]
pub(crate) struct WindDownArgs {
    /// When: a UTC day or RFC 3339, market time.
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    pub(crate) by: TsNanos,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll release-kill
  plimsoll release-kill --confirm --operator bob
  plimsoll release-kill --cancel

Asks to open the gateway again. A single person brings a one-time code and types the amount at stake, and waits an hour; in a team a second
person confirms with a code of their own. Anyone may cancel it meanwhile. The code is asked for at the terminal, or read from standard input.")]
pub(crate) struct ReleaseKillArgs {
    /// Agree as a second person.
    #[arg(long, conflicts_with = "cancel")]
    pub(crate) confirm: bool,
    /// Stop a release that was asked for.
    #[arg(long)]
    pub(crate) cancel: bool,
    /// The amount at stake, in quote currency.
    #[arg(long, value_name = "AMOUNT", conflicts_with_all = ["cancel", "confirm"])]
    pub(crate) amount: Option<String>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wanted = || format!("`{text}`, wanted a whole number of seconds from 1 to 600");
    let seconds: u64 = text.parse().map_err(|_| wanted())?;
    if !(1..=600).contains(&seconds) {
        return Err(wanted());
    }
    Ok(Duration::from_secs(seconds))
}
