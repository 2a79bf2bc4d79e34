//! What an entry can say.

use serde::{Deserialize, Serialize};

use super::{Adopted, Incident, IncidentOver, Permit, Stage};
use crate::bar::Bar;
use crate::decision::{Decision, Refusal};
use crate::fill::Fill;
use crate::hard_limits::HardLimits;
use crate::ids::{Asset, Epoch, JournalId, OrderId, Seq, SlotId, SymbolId};
use crate::instrument::Instrument;
use crate::market::{Timeframe, TsNanos};
use crate::num::{Money, Price, Qty, Ratio};
use crate::order::OrderRequest;

/// Who an entry came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    /// The hub itself (until it exists, the driver of a backtest).
    Hub,
    /// A venue or the recorded data that stands for it.
    Venue,
    /// An engine.
    Engine,
    /// A person, or the script that stands for one in a backtest.
    Operator,
}

/// What the system as a whole may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemMode {
    /// Not ready.
    Initializing,
    /// Trading.
    Running,
    /// Only what lowers exposure.
    SafeMode,
    /// No entries, exits go on.
    Maintenance,
    /// Ending.
    Shutdown,
}

/// Why a mode was asked for or entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModeCause {
    /// The start is done.
    Started,
    /// The daily drawdown limit.
    DailyDrawdown,
    /// The monthly drawdown limit.
    MonthlyDrawdown,
    /// The limit from the peak.
    PeakDrawdown,
    /// An operator.
    Operator,
    /// Our books and the venue's do not agree.
    ReconciliationDrift,
    /// A critical incident is open.
    CriticalIncident,
    /// An hour of market data is lost.
    DataLost,
    /// The input queue has been overloaded for 10 s.
    Overloaded,
    /// A release was rolled back in an emergency.
    EmergencyRollback,
    /// Planned work.
    Maintenance,
}

impl ModeCause {
    /// Every cause.
    pub const ALL: [Self; 11] = [
        Self::Started,
        Self::DailyDrawdown,
        Self::MonthlyDrawdown,
        Self::PeakDrawdown,
        Self::Operator,
        Self::ReconciliationDrift,
        Self::CriticalIncident,
        Self::DataLost,
        Self::Overloaded,
        Self::EmergencyRollback,
        Self::Maintenance,
    ];

    /// Returns the end of this cause's latch on SAFE_MODE: `cooldown` nanoseconds after a drawdown, for a monthly one the
    /// month's end as well; `None` where no cause holds a latch (spec: "SAFE_MODE"). Market time.
    #[must_use]
    pub fn latched_until(self, at: TsNanos, cooldown: i64) -> Option<TsNanos> {
        let cooled = at.plus(cooldown);
        match self {
            Self::DailyDrawdown | Self::PeakDrawdown => Some(cooled),
            Self::MonthlyDrawdown => Some(cooled.max(at.start_of_next_month())),
            Self::Started
            | Self::Operator
            | Self::ReconciliationDrift
            | Self::CriticalIncident
            | Self::DataLost
            | Self::Overloaded
            | Self::EmergencyRollback
            | Self::Maintenance => None,
        }
    }
}

/// A change of system mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mode {
    /// The new mode.
    pub mode: SystemMode,
    /// Why.
    pub cause: ModeCause,
    /// No release before this moment; `None` where a cause holds no latch.
    pub latched_until: Option<TsNanos>,
}

/// What an operator did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorAction {
    /// Ask for SAFE_MODE.
    SafeMode,
    /// Release SAFE_MODE.
    Release,
    /// Close all positions.
    Flatten,
    /// Close the gateway: entry orders are cancelled, stops rest.
    Kill,
    /// Open the gateway again.
    ReleaseKill,
    /// Begin planned work: no entries, stops rest, exits go on.
    MaintenanceOn,
    /// End planned work.
    MaintenanceOff,
    /// No entries until resumed; exits go on, stops rest.
    Pause,
    /// Entries again.
    Resume,
    /// No entries any more; what is open at the moment named is closed, then the system stops.
    WindDown,
    /// End the system: stops stay resting.
    Stop,
    /// Read the configuration again: limits fall at once.
    ReloadConfig,
    /// Use the venue's new keys.
    RotateKeys,
}

impl OperatorAction {
    /// Every action.
    pub const ALL: [Self; 13] = [
        Self::SafeMode,
        Self::Release,
        Self::Flatten,
        Self::Kill,
        Self::ReleaseKill,
        Self::MaintenanceOn,
        Self::MaintenanceOff,
        Self::Pause,
        Self::Resume,
        Self::WindDown,
        Self::Stop,
        Self::ReloadConfig,
        Self::RotateKeys,
    ];
}

/// An operator's action under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// Who.
    pub name: String,
    /// What.
    pub action: OperatorAction,
    /// When it is to be done by; only a wind-down has a date.
    pub by: Option<TsNanos>,
}

/// Whose orders an authority is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every symbol of the account that has none of its own, and the account itself.
    Account,
    /// One symbol.
    Symbol(SymbolId),
}

/// Which slot's decisions are carried out from here on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Over what.
    pub scope: Scope,
    /// Whose.
    pub slot: SlotId,
    /// Its number; higher than every earlier one of the scope.
    pub epoch: Epoch,
}

/// What the gateway is to carry out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandAction {
    /// Place an order; its identity is this entry's sequence number and the leg.
    Place(OrderRequest),
    /// Cancel an order.
    Cancel,
}

/// A command, durable before it is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The order meant: to be placed (its `command` is this entry) or to be cancelled.
    pub order: OrderId,
    /// The entry that caused it: a decision, or the fill a protective order answers.
    pub cause: Seq,
    /// What to do.
    pub action: CommandAction,
}

/// The gateway's "no" to a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The decision that is not carried out, or not any further.
    pub cause: Seq,
    /// Its symbol.
    pub symbol: SymbolId,
    /// Why.
    pub refusal: Refusal,
}

/// What a venue said about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportEvent {
    /// Accepted.
    Accepted,
    /// Not accepted, with the venue's words.
    Rejected(String),
    /// A part traded.
    Filled(Fill),
    /// Cancelled.
    Cancelled,
    /// Ended by its time in force.
    Expired,
    /// A look-up proved that it was never accepted, and never will be.
    NeverAccepted,
    /// The cancellation that was asked for has not come about and will not: the order works on.
    CancelRejected,
}

/// A venue's report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Whose; `None` for a liquidation.
    pub order: Option<OrderId>,
    /// What.
    pub event: ReportEvent,
}

/// What happened. `docs/entries.md` lists all kinds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Body {
    /// The first entry: which journal, which seed.
    Genesis {
        /// Identity of the journal.
        journal: JournalId,
        /// Seed of every random draw.
        seed: u64,
    },
    /// The configuration of the engine in force from here on, as TOML.
    Config {
        /// The text.
        toml: String,
    },
    /// The instrument table; a symbol's id is its place in it.
    Instruments(Vec<Instrument>),
    /// A closed bar.
    Bar {
        /// Whose.
        symbol: SymbolId,
        /// Its length.
        timeframe: Timeframe,
        /// The bar.
        bar: Bar,
    },
    /// The price positions are valued and liquidated at.
    Mark {
        /// Whose.
        symbol: SymbolId,
        /// The price.
        price: Price,
    },
    /// All bars that close at this moment have been sequenced.
    InstantClosed {
        /// The moment.
        at: TsNanos,
    },
    /// A deadline an engine asked for has come.
    Timer {
        /// The deadline.
        at: TsNanos,
    },
    /// An engine's decision.
    Decision(Decision),
    /// A command.
    Command(Command),
    /// A venue's report.
    Report(Report),
    /// The gateway refused to carry a decision out.
    Refused(Refused),
    /// A change of system mode.
    Mode(Mode),
    /// An operator's action.
    Operator(Operator),
    /// A deposit (+) or withdrawal (-) in the settlement asset.
    Flow {
        /// How much.
        amount: Money,
    },
    /// Funding of a perpetual.
    Funding {
        /// Whose.
        symbol: SymbolId,
        /// Rate of the interval.
        rate: Ratio,
        /// Signed quantity it was charged on.
        qty: Qty,
        /// Received (+) or paid (-).
        amount: Money,
    },
    /// The hard limits in force from here on.
    Limits(HardLimits),
    /// A step towards something that only people may allow.
    Permit(Permit),
    /// What of an asset is not ours from here on: held before the first start, or come in from outside.
    Baseline {
        /// Of what.
        asset: Asset,
        /// How much; never ours to sell.
        amount: Money,
    },
    /// Something that must be handled.
    Incident(Incident),
    /// It is over.
    IncidentOver(IncidentOver),
    /// A slot may act from here on, and no other.
    Authority(Authority),
    /// Closed bars from before the system watched, oldest first: an engine learns from them and
    /// decides nothing on them.
    History {
        /// Whose.
        symbol: SymbolId,
        /// Their length.
        timeframe: Timeframe,
        /// The bars; each closed before the first instant.
        bars: Vec<Bar>,
    },
    /// An operator has booked what somebody else traded on our account.
    Adopted(Adopted),
    /// Whose money moves from here on, where, and on which rung.
    Stage(Stage),
}
