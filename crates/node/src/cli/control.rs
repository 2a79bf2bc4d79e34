//! Arguments of the commands that talk to a running hub.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
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
  plimsoll release-kill --stake 1000
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
    /// The amount at stake, in quote currency: the gross_exposure of the limits.
    #[arg(long, value_name = "AMOUNT", conflicts_with_all = ["cancel", "confirm"])]
    pub(crate) stake: Option<String>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll config reload
  plimsoll config reload --operator ada --json
  plimsoll config reload --raise --stake 2000 --operator ada

The hub reads the file it was started with. Hard limits that are lower hold at once. What is higher wants --raise and the one-time code of
the operator, asked for at the terminal or read from standard input; a single person also types the amount that will be at stake, the new
gross_exposure, and waits a day; in a team a second person confirms (`plimsoll permits`). Analysis, strategy and risk change by a deployment
alone, everything else at the next start: what was not taken over is named.")]
pub(crate) struct ReloadArgs {
    /// Ask for what is higher, too.
    #[arg(long)]
    pub(crate) raise: bool,
    /// The amount that will be at stake, in quote currency: the gross_exposure of the new limits.
    #[arg(long, value_name = "AMOUNT", requires = "raise")]
    pub(crate) stake: Option<String>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// What only people may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PermitWord {
    /// Hard limits above those in force: asked for with `config reload --raise`.
    RaiseLimits,
    /// The kill switch off again: asked for with `release-kill`.
    ReleaseKill,
    /// Trading with real money: asked for and confirmed with `config permit-live`.
    GoLive,
}

#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "\
Examples:
  plimsoll permits
  plimsoll permits --config live.toml
  plimsoll permits confirm raise-limits --operator bob
  plimsoll permits cancel raise-limits
  plimsoll permits cancel go-live --config live.toml

Shows what is asked for and not granted yet: raised limits, the release of the kill switch and, with --config, trading with real money. In a
team a second person confirms it with a one-time code of their own, asked for at the terminal or read from standard input. Anyone may cancel
it."
)]
pub(crate) struct PermitsArgs {
    #[command(subcommand)]
    pub(crate) step: Option<PermitsStep>,
    #[command(flatten)]
    pub(crate) hub: HubArgs,
    /// Configuration of a live run, to show what its permission file asks for.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// A step that somebody else than who asked may take.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum PermitsStep {
    /// Agree as a second person.
    Confirm(PermitStepArgs),
    /// Stop what is asked for.
    Cancel(PermitStepArgs),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PermitStepArgs {
    /// What is asked for.
    pub(crate) kind: PermitWord,
    /// Configuration of a live run, for `go-live`.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Examples:
  plimsoll adopt BTCUSDT
  plimsoll adopt BTCUSDT --reason 'sold on the exchange page' --operator ada
  plimsoll adopt BTCUSDT --reason 'sold by the tax script' --yes --json
  plimsoll adopt BTCUSDT --money 89700 --reason 'sold on the exchange page'

Where somebody else has traded on the account that Plimsoll trades on, its books and the venue's differ, and no rule says what to do: the
incident position_differs (or balance_short) stays open and SAFE_MODE with it. This shows what the venue holds and what is ours by our
books. With --reason it asks for the symbol to be typed once more (or --yes) and books just that: coins that are gone leave the position at
the mark, coins that came are not ours, and what is left over is a flow, never profit or loss. The stop follows, the incident is over, and
SAFE_MODE can be released. Where several symbols differ, balances do not tell whose the money is: say with --money how much of it this trade
brought (below zero: cost), as the venue's list of your trades has it; the last symbol takes what is left. Refused while an order on the symbol is open or something is in doubt, while the venue does not answer, and
where the venue says something else than what was shown.

Exit codes: 0 shown, or booked; 1 not confirmed by you; 69 no hub is running; 75 not answered in time; 77 refused, with the reason.")]
pub(crate) struct AdoptArgs {
    /// Of which symbol.
    #[arg(value_name = "SYMBOL")]
    pub(crate) symbol: String,
    /// How much of the difference in money is this symbol's; wanted where other symbols differ too.
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub(crate) money: Option<String>,
    /// Why: in the journal for good. Without it the difference is shown and nothing is booked.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Book it without asking once more.
    #[arg(long, requires = "reason")]
    pub(crate) yes: bool,
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
