//! What a hub tells of itself, in words and decimals that both sides of the socket share: [`StatusTold`].

use serde::{Deserialize, Serialize};

use crate::run_config::Mode;

/// How a hub is. Amounts are decimals in quote currency, moments RFC 3339 in market time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StatusTold {
    /// Whose money.
    pub(crate) money: Mode,
    /// Version of the build.
    pub(crate) version: String,
    /// The process.
    pub(crate) pid: u32,
    /// Market seconds in a second; `None` where the market waits for us.
    pub(crate) speed: Option<u32>,
    /// Market time.
    pub(crate) now: String,
    /// What the system may do.
    pub(crate) mode: String,
    /// What keeps it from more, each in words.
    pub(crate) why: Vec<String>,
    /// Cash and positions at mark.
    pub(crate) equity: Option<String>,
    /// Cash.
    pub(crate) cash: String,
    /// Change of equity since 00:00 UTC, deposits and withdrawals among it.
    pub(crate) today: Option<String>,
    /// What may be lost before no entry is made any more.
    pub(crate) loss_budget: Option<Budget>,
    /// What every stop together would cost.
    pub(crate) if_stopped: IfStopped,
    /// What is held.
    pub(crate) positions: Vec<PositionTold>,
    /// Orders that have not ended.
    pub(crate) orders: Vec<OrderTold>,
    /// Incidents that are not over.
    pub(crate) incidents: Vec<IncidentTold>,
    /// What is asked for and not granted yet.
    pub(crate) permits: Vec<PermitTold>,
    /// The parts of the system.
    pub(crate) parts: Vec<PartTold>,
    /// What keeps entries off a symbol.
    pub(crate) no_entries: Vec<(String, Vec<String>)>,
    /// The instant closed last.
    pub(crate) instant: Option<String>,
    /// When the next bar closes on which something can be decided.
    pub(crate) next_decision: Option<Next>,
    /// The journal.
    pub(crate) journal: JournalTold,
    /// What the last restart found.
    pub(crate) restart: Option<RestartTold>,
}

/// A loss budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Budget {
    /// All of it.
    pub(crate) limit: String,
    /// What is left.
    pub(crate) left: String,
}

/// What every stop together would cost, without fees and slippage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IfStopped {
    /// Change of equity from the marks to the stops.
    pub(crate) amount: Option<String>,
    /// The same in parts of ten thousand of equity.
    pub(crate) bps: Option<i64>,
    /// Positions for which no stop rests: they are not in the amount.
    pub(crate) without: u32,
}

/// A position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PositionTold {
    pub(crate) symbol: String,
    pub(crate) qty: String,
    pub(crate) average: Option<String>,
    pub(crate) mark: Option<String>,
    pub(crate) unrealised: Option<String>,
    /// Trigger of the stop that rests at the venue.
    pub(crate) stop: Option<String>,
    /// Seconds of market time since the venue last said that it rests.
    pub(crate) stop_confirmed_seconds: Option<i64>,
    /// Quantity without a resting stop; `0` is all protected.
    pub(crate) unprotected: String,
    /// Stops of which it is not known whether they rest: trigger and state. Told from a journal; a hub looks them up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) stops_in_doubt: Vec<String>,
    /// Quantity too small to be sold; `null` where no hub knows the venue's rules.
    pub(crate) dust: Option<String>,
}

/// An order that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OrderTold {
    pub(crate) symbol: String,
    pub(crate) side: String,
    pub(crate) kind: String,
    pub(crate) qty: String,
    pub(crate) filled: String,
    pub(crate) state: String,
    pub(crate) reduce_only: bool,
    pub(crate) client_id: String,
}

/// An incident that is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IncidentTold {
    /// Its name: the place of its entry.
    pub(crate) seq: u64,
    pub(crate) kind: String,
    pub(crate) class: String,
    pub(crate) severity: String,
    pub(crate) symbol: Option<String>,
    pub(crate) seen: String,
    pub(crate) wanted: String,
    pub(crate) since: String,
}

/// Something that is asked for and not granted yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PermitTold {
    /// What is to be allowed: `raise_limits`, `release_kill`, `go_live`.
    pub(crate) kind: String,
    /// Who asked.
    pub(crate) by: String,
    /// When.
    pub(crate) since: String,
    /// When it is granted unless somebody cancels it; `None` where a second person has to confirm it.
    pub(crate) granted_at: Option<String>,
    /// The lines that would change.
    pub(crate) lines: Vec<LineTold>,
}

/// A hard limit, and what is asked for in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LineTold {
    /// Its key in the file of limits.
    pub(crate) key: String,
    /// In force now.
    pub(crate) now: String,
    /// What is asked for.
    pub(crate) asked: String,
}

/// A part of the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartTold {
    pub(crate) name: String,
    /// `None`: nothing is known yet.
    pub(crate) healthy: Option<bool>,
    /// What is wrong, in words.
    pub(crate) trouble: Option<String>,
    pub(crate) since: String,
    /// Median time of its checks, microseconds of wall time.
    pub(crate) p50_us: Option<i64>,
    /// 99th percentile of them.
    pub(crate) p99_us: Option<i64>,
}

/// A moment to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Next {
    /// When, market time.
    pub(crate) at: String,
    /// In so many seconds of market time.
    pub(crate) seconds: i64,
}

/// The journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JournalTold {
    pub(crate) id: String,
    /// The newest entry.
    pub(crate) seq: u64,
    /// The newest entry that is on disk.
    pub(crate) durable: u64,
}

/// What the last restart found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RestartTold {
    /// Milliseconds of market time without a hub.
    pub(crate) down_ms: i64,
    /// For so long the start waited, milliseconds of wall time: what the life before had sent could still be accepted.
    #[serde(default)]
    pub(crate) quiet_ms: i64,
    /// Orders of unknown outcome, and what became of each.
    pub(crate) unknown: Vec<(String, Option<String>)>,
    pub(crate) positions: u32,
    pub(crate) protected: u32,
    /// Longest time a position was without its stop, milliseconds of market time.
    pub(crate) unprotected_ms: i64,
    /// Decisions of the life before that were not carried out.
    pub(crate) dropped: u32,
}
