//! [`Incident`]: something that must be handled, with its class and severity.

use serde::{Deserialize, Serialize};

use crate::ids::{OrderId, Seq, SymbolId};
use crate::num::Money;

/// Which reactions an incident has (spec: "Errors, recovery, watchdog").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentClass {
    /// Market data.
    Data,
    /// Limits and drawdowns.
    Risk,
    /// Orders, fills, balances.
    Execution,
    /// Language models.
    Model,
    /// Journal and store.
    Persistence,
    /// Parts of the system itself.
    System,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Seen and noted.
    Info,
    /// Somebody should look.
    Warning,
    /// Nothing that raises exposure goes on beside it.
    Critical,
}

macro_rules! incidents {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $class:ident, $severity:ident, $quarantines:literal;)+) => {
        /// What happened.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum IncidentKind {
            $($(#[$doc])* $name,)+
        }

        impl IncidentKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns the number that stands in the journal.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self { $(Self::$name => $number,)+ }
            }

            /// Returns its class.
            #[must_use]
            pub const fn class(self) -> IncidentClass {
                match self { $(Self::$name => IncidentClass::$class,)+ }
            }

            /// Returns how bad it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            /// Returns whether its symbol takes no entries until it is over.
            #[must_use]
            pub const fn quarantines(self) -> bool {
                match self { $(Self::$name => $quarantines,)+ }
            }
        }
    };
}

incidents! {
    /// It is not known whether the venue accepted an order.
    OutcomeUnknown = 1, Execution, Warning, true;
    /// The venue reported what cannot follow.
    ReportImpossible = 2, Execution, Warning, false;
    /// An order that had ended for us is open at the venue, or trades.
    DeadOrderLives = 3, Execution, Critical, true;
    /// The venue does not know an order that it had accepted.
    OrderLost = 4, Execution, Critical, true;
    /// A position is without its stop.
    Unprotected = 5, Execution, Critical, true;
    /// The venue says that more was executed than its executions show.
    FillsMissing = 6, Execution, Warning, true;
    /// An order of somebody else is open on the account: left alone.
    ForeignOrder = 7, Execution, Info, false;
    /// The venue holds less than we own.
    BalanceShort = 8, Execution, Critical, true;
    /// The venue holds more than we own, the baseline and known flows: never ours to sell.
    ForeignBalance = 9, Execution, Info, false;
    /// A position of the venue is not ours.
    PositionDiffers = 10, Execution, Critical, true;
    /// Money came or went that no entry of ours explains: capital, never profit or loss.
    FlowSeen = 11, Execution, Info, false;
    /// The venue does not trade the symbol.
    SymbolHalted = 12, Data, Warning, true;
    /// The symbol is gone from the venue with a position in it.
    Delisted = 13, Data, Critical, true;
    /// What is held lies above a limit that was lowered: no entry passes, nothing is sold for it.
    AboveLimit = 14, Risk, Warning, false;
    /// The venue did not answer a reconciliation.
    NotReconciled = 15, Execution, Warning, false;
}

/// Something to be handled. Its identity is the place of its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// What happened.
    pub kind: IncidentKind,
    /// Whose; `None` for the account.
    pub symbol: Option<SymbolId>,
    /// Which order, if one.
    pub order: Option<OrderId>,
    /// What was seen: a quantity or an amount.
    pub seen: Money,
    /// What was wanted.
    pub wanted: Money,
}

/// The end of an incident: booked only when the thing works again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentOver {
    /// Place of the incident's entry.
    pub incident: Seq,
    /// Whether it ended without a person.
    pub by_itself: bool,
}
