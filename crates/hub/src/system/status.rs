//! What the hub says of itself: [`Status`].

use std::collections::BTreeMap;

use serde::Serialize;
use types::entry::{Incident, ModeCause, SystemMode};
use types::hard_limits::HardLimits;
use types::ids::{Seq, Symbol};
use types::market::TsNanos;
use types::num::{Money, Price, Qty};

use super::operator::OrderLine;
use crate::permits::PermitLine;

/// A component of the system that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// The configuration.
    Config,
    /// The journal.
    Journal,
    /// The projections.
    Store,
    /// The venue's request interface.
    Venue,
    /// The stream of the account's own events.
    UserStream,
    /// Market data.
    Feed,
    /// Market data from before the start.
    History,
    /// Our books against the venue's.
    Reconciliation,
    /// The engine.
    Engine,
}

impl Component {
    /// The gates of a start, in their order.
    pub const GATES: [Self; 7] = [
        Self::Config,
        Self::Journal,
        Self::Store,
        Self::Venue,
        Self::History,
        Self::Reconciliation,
        Self::Engine,
    ];
}

/// How a component is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentState {
    /// Nothing is known yet.
    Waiting,
    /// It works.
    Working,
    /// It works, and answers later than it should; in words.
    Degraded(String),
    /// It does not, in words.
    Failing(String),
}

/// A component, for people and monitors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComponentStatus {
    /// How it is.
    pub state: ComponentState,
    /// Since when.
    pub since: TsNanos,
    /// Median time of its checks, nanoseconds of wall time; `None` before the first.
    pub p50_nanos: Option<i64>,
    /// 99th percentile of them.
    pub p99_nanos: Option<i64>,
}

/// A gate of the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateStatus {
    /// Which.
    pub component: Component,
    /// How it is.
    pub state: ComponentState,
    /// How long it took after the gate before it, nanoseconds of market time; `None` until it is passed.
    pub took_nanos: Option<i64>,
}

/// A position, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PositionLine {
    /// Of what.
    pub symbol: Symbol,
    /// Signed quantity.
    pub qty: Qty,
    /// Average price of the entry.
    pub average: Option<Price>,
    /// The price it is valued at.
    pub mark: Option<Price>,
    /// Unrealised profit or loss.
    pub unrealised: Option<Money>,
    /// Where the stop belongs; one rests for what is neither dust nor unprotected.
    pub stop: Option<Price>,
    /// When the venue last said that the stop rests: its acceptance, or the last reconciliation that listed it.
    pub stop_confirmed: Option<TsNanos>,
    /// Quantity without a resting stop.
    pub unprotected: Qty,
    /// Quantity too small to be sold.
    pub dust: Qty,
}

/// An open incident, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncidentLine {
    /// Its identity: the place of its entry.
    pub seq: Seq,
    /// What.
    pub incident: Incident,
    /// Its symbol's name.
    pub symbol: Option<Symbol>,
    /// When it was entered.
    pub since: TsNanos,
}

/// What a restart found and did (spec: "After each restart one message").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Restart {
    /// From the last entry of the life before to the begin of this one, nanoseconds of market time.
    pub down_nanos: i64,
    /// Of that it kept quiet, for what the life before had sent could still be accepted, nanoseconds of wall time.
    pub quiet_nanos: i64,
    /// Orders of unknown outcome that were found: each with what became of it.
    pub unknown: Vec<Resolved>,
    /// Positions held.
    pub positions: u32,
    /// Of them, with a stop resting at the venue.
    pub protected: u32,
    /// Longest time any position was without its stop in this life so far, nanoseconds of market time.
    pub unprotected_nanos: i64,
    /// Decisions that were not carried out because they are of the life before.
    pub dropped: u32,
}

/// What became of an order that the life before left open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resolved {
    /// The name the venue knows.
    pub client_id: String,
    /// Where it is now; `None` while it is not known.
    pub state: Option<String>,
}

/// Everything the hub says of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// Market time.
    pub now: TsNanos,
    /// The newest entry.
    pub seq: Seq,
    /// Up to where the journal is on disk.
    pub durable: Seq,
    /// The mode.
    pub mode: SystemMode,
    /// Why.
    pub mode_cause: ModeCause,
    /// No release of SAFE_MODE before this moment.
    pub latched_until: Option<TsNanos>,
    /// Entries are paused by an operator.
    pub paused: bool,
    /// The kill switch is on.
    pub killed: bool,
    /// The hard limits in force; `None` before the first.
    pub limits: Option<HardLimits>,
    /// What is asked for and not granted yet.
    pub permits: Vec<PermitLine>,
    /// Everything is closed at this moment.
    pub winding_down: Option<TsNanos>,
    /// The gates of the start, in their order.
    pub gates: Vec<GateStatus>,
    /// The components.
    pub components: BTreeMap<Component, ComponentStatus>,
    /// Cash plus positions at mark.
    pub equity: Option<Money>,
    /// Cash.
    pub cash: Money,
    /// Equity at the start of the UTC day.
    pub day_start: Option<Money>,
    /// Positions.
    pub positions: Vec<PositionLine>,
    /// Orders that have not ended.
    pub orders: Vec<OrderLine>,
    /// Open incidents.
    pub incidents: Vec<IncidentLine>,
    /// What keeps entries off a symbol, as codes of the feed.
    pub no_entries: BTreeMap<Symbol, Vec<String>>,
    /// The last restart; `None` in the first life of a journal.
    pub restart: Option<Restart>,
    /// The instant closed last.
    pub instant: Option<TsNanos>,
    /// When bars close next.
    pub next_close: Option<TsNanos>,
}
