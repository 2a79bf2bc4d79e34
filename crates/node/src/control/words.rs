//! What is said over the control socket: [`Request`], [`Command`] and the lines that answer.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::entry::PermitKind;
use types::market::TsNanos;

/// Version of the protocol. A hub answers only requests of its own.
pub(crate) const VERSION: u32 = 1;

/// Most bytes of a request line.
pub(crate) const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// Most bytes of an answer line: all orders of the largest account stay far below it.
pub(crate) const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Most characters of an operator's name.
const NAME_CHARS_MAX: usize = 64;

/// What an operator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Command {
    /// How things are.
    Status,
    /// What the hub knows of its own health.
    Doctor,
    /// Open orders.
    Orders,
    /// Positions with their stops.
    Positions,
    /// Open incidents.
    Incidents,
    /// What is asked for and not granted yet.
    Permits,
    /// No new entries until resumed.
    Pause,
    /// Entries again.
    Resume,
    /// Only what lowers exposure.
    SafeModeOn,
    /// End SAFE_MODE, once its latch and its cause allow it.
    SafeModeRelease,
    /// Planned work: no entries, stops rest, exits go on.
    MaintenanceOn,
    /// Planned work is over.
    MaintenanceOff,
    /// Close all positions within bounds.
    Flatten,
    /// No new entries; at a date close and cancel all, then stop.
    WindDown {
        /// When.
        by: TsNanos,
    },
    /// Close the gateway: entry orders are cancelled, stops rest.
    Kill,
    /// End the hub: entry orders are cancelled, stops rest.
    Stop,
    /// What only a person can judge is over: an incident, by the place of its entry.
    CloseIncident {
        /// Which.
        incident: u64,
    },
    /// What somebody else traded on our account: look at it, or book it.
    Adopt(Adopt),
    /// A step towards what only people may allow.
    Permit(Grant),
    /// Read the configuration again; what is brought counts where a limit rises.
    ConfigReload(Brought),
    /// Take the venue's new key from its configured source.
    KeysRotate,
}

impl Command {
    /// Returns whether it stops something: such a request waits behind no other.
    pub(crate) const fn stops(&self) -> bool {
        match self {
            Self::Kill | Self::Flatten | Self::Pause | Self::SafeModeOn => true,
            Self::Status
            | Self::Doctor
            | Self::Orders
            | Self::Positions
            | Self::Incidents
            | Self::Permits
            | Self::Resume
            | Self::SafeModeRelease
            | Self::MaintenanceOn
            | Self::MaintenanceOff
            | Self::WindDown { .. }
            | Self::Stop
            | Self::CloseIncident { .. }
            | Self::Adopt(_)
            | Self::Permit(_)
            | Self::ConfigReload(_)
            | Self::KeysRotate => false,
        }
    }
}

/// What somebody else traded on our account, of one symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Adopt {
    /// Of which.
    pub(crate) symbol: String,
    /// How much of the difference in money belongs to it, where several symbols differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) money: Option<String>,
    /// What was looked at and is to be booked; without it: look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agreed: Option<Agreed>,
}

/// What a person has looked at, and wants booked as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agreed {
    /// Why: in the journal for good.
    pub(crate) reason: String,
    /// How many of the coins lie at the venue.
    pub(crate) total: String,
    /// How much more money lies there than our books say.
    pub(crate) cash: String,
}

/// What a person brings to something that only people may allow.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Brought {
    /// A one-time code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// The amount typed, in quote currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) typed: Option<String>,
}

/// A step towards something that only people may allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    /// What is to be allowed.
    pub(crate) kind: PermitKind,
    /// Which step.
    pub(crate) step: GrantStep,
    /// What the person brings.
    #[serde(default)]
    pub(crate) brought: Brought,
}

/// A step of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GrantStep {
    /// Ask for it.
    Ask,
    /// Agree as a second person.
    Confirm,
    /// Stop it.
    Cancel,
}

impl fmt::Debug for Brought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.as_ref().map(|_| "..");
        f.debug_struct("Brought").field("code", &code).field("typed", &self.typed).finish()
    }
}

/// A request: one line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    v: u32,
    /// What.
    pub(crate) command: Command,
    /// Who says to be asking; without it the login name of the process that asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) operator: Option<String>,
}

impl Request {
    /// Returns a request of this version.
    pub(crate) const fn new(command: Command, operator: Option<String>) -> Self {
        Self { v: VERSION, command, operator }
    }

    /// Reads a request; says what is wrong with one that cannot be read.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u32,
        }
        let wanted = "wanted a line of JSON such as {\"v\":1,\"command\":\"status\"}";
        let Versioned { v } =
            serde_json::from_slice(line).map_err(|error| format!("{error}: {wanted}"))?;
        if v != VERSION {
            return Err(format!(
                "the request is of version {v}, this hub speaks {VERSION}: use the client of the same build"
            ));
        }
        let request: Self = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        if let Some(name) = &request.operator {
            operator_name(name)?;
        }
        Ok(request)
    }
}

/// Returns a name that may stand in the journal.
pub(crate) fn operator_name(name: &str) -> Result<String, String> {
    let shows = |c: char| !c.is_control() && !c.is_whitespace() || c == ' ';
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    if fits && name.trim() == name && name.chars().all(shows) {
        return Ok(name.to_owned());
    }
    Err(format!(
        "an operator's name has 1 to {NAME_CHARS_MAX} printable characters and no blank at either end, saw {name:?}"
    ))
}

/// A line that answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) v: u32,
    #[serde(flatten)]
    pub(crate) said: Said,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    /// How far it is; more follows.
    Progress(String),
    /// What came of it; the last line.
    Answer(Answer),
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// What was asked to be told.
    Told(Value),
    /// It is in force, and the venue confirmed what it had to.
    Done(Confirmed),
    /// It is in force or under way; not all of it is confirmed yet.
    Unconfirmed(Confirmed),
    /// A rule said no.
    Refused {
        /// A stable word for machines.
        code: String,
        /// The reason, and what to do.
        message: String,
    },
    /// It could not be carried out, or not be understood.
    Failed {
        /// Why.
        message: String,
    },
}

/// What the venue confirmed, and what it did not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Confirmed {
    /// Place of the operator's entry in the journal.
    pub(crate) seq: Option<u64>,
    /// The mode now in force, with its reason.
    pub(crate) mode: Option<String>,
    /// Orders that the venue says are cancelled.
    pub(crate) cancelled: Vec<OrderLine>,
    /// Positions, or parts of them, that the venue says are closed.
    pub(crate) closed: Vec<ClosedLine>,
    /// Orders that protect what is held, as the venue has them.
    pub(crate) resting: Vec<OrderLine>,
    /// What somebody else traded on our account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) adoption: Option<Box<AdoptionLine>>,
    /// What is not confirmed, in words.
    pub(crate) open: Vec<String>,
    /// What else the operator should know.
    pub(crate) notes: Vec<String>,
}

/// An order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OrderLine {
    /// Of what.
    pub(crate) symbol: String,
    /// Buy or sell.
    pub(crate) side: String,
    /// What kind, with its prices.
    pub(crate) kind: String,
    /// How much of it.
    pub(crate) qty: String,
    /// Our name of it.
    pub(crate) client_id: String,
    /// The venue's name of it, where it is known.
    pub(crate) venue_id: Option<String>,
}

/// What somebody else traded on our account, of one symbol; amounts of coins and of money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AdoptionLine {
    /// Of which.
    pub(crate) symbol: String,
    /// Its coins.
    pub(crate) asset: String,
    /// How many of them lie at the venue.
    pub(crate) total: String,
    /// How many of them were not ours, by our books.
    pub(crate) foreign: String,
    /// How many were.
    pub(crate) owned: String,
    /// By how much our holding changes.
    pub(crate) change: String,
    /// How many of them are not ours from then on.
    pub(crate) foreign_after: String,
    /// How much more money lies at the venue than our books say.
    pub(crate) beyond: String,
    /// Other symbols that differ, of which that money may be too.
    pub(crate) beside: Vec<String>,
    /// By how much our money changes.
    pub(crate) cash: String,
    /// The mark at which coins leave.
    pub(crate) price: String,
    /// What comes in (+) or goes out (-) by that, all told.
    pub(crate) flow: String,
}

/// A position that was closed, or a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ClosedLine {
    /// Of what.
    pub(crate) symbol: String,
    /// How much was closed.
    pub(crate) qty: String,
    /// Average price of the fills, quote per unit of base.
    pub(crate) price: Option<String>,
    /// How many fills.
    pub(crate) fills: u32,
    /// Realised P&L after fees, in quote currency.
    pub(crate) realised: Option<String>,
}
