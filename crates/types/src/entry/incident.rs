//! [`Incident`]: something that must be handled, with its class and severity.

use serde::{Deserialize, Serialize};

use crate::decision::Figure;
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

impl IncidentClass {
    /// Every class.
    pub const ALL: [Self; 6] =
        [Self::Data, Self::Risk, Self::Execution, Self::Model, Self::Persistence, Self::System];
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

/// Who books that an incident is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeper {
    /// The gateway, from what is under way there.
    Gateway,
    /// Reconciliation, once books agree again.
    Reconciliation,
    /// The hub, once the thing works again.
    Hub,
    /// A person: nothing shows by itself that it is over.
    Operator,
    /// Nobody: it was a moment, and was over with it.
    Nobody,
}

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)+) => {
        /// A part of the system, as incidents and health name it.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Part {
            $($(#[$doc])* $name,)+
        }

        impl Part {
            /// Every part.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns the number that stands in the journal.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self { $(Self::$name => $number,)+ }
            }
        }
    };
}

parts! {
    /// The configuration and the signed limits.
    Config = 1;
    /// The journal.
    Journal = 2;
    /// The projections in SQLite.
    Store = 3;
    /// Snapshots.
    Snapshots = 4;
    /// Market data.
    Feed = 5;
    /// The venue's answers to requests.
    Venue = 6;
    /// The venue's stream of our own orders and balances.
    UserStream = 7;
    /// An engine in its slot.
    Engine = 8;
    /// The machine's clock.
    Clock = 9;
    /// The disk.
    Disk = 10;
    /// The queue of inputs.
    Queue = 11;
    /// The control socket.
    Control = 12;
    /// The venue's process that the hub started.
    VenueProcess = 13;
}

macro_rules! incidents {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $class:ident, $severity:ident, $quarantines:literal, $keeper:ident, $figure:ident;)+) => {
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

            /// Returns who books that it is over.
            #[must_use]
            pub const fn keeper(self) -> Keeper {
                match self { $(Self::$name => Keeper::$keeper,)+ }
            }

            /// Returns what its numbers mean.
            #[must_use]
            pub const fn figure(self) -> Figure {
                match self { $(Self::$name => Figure::$figure,)+ }
            }

            /// Returns whether it is open until somebody books its end; the others are over as they are seen.
            #[must_use]
            pub const fn lasts(self) -> bool {
                !matches!(self.keeper(), Keeper::Nobody)
            }

            /// Returns whether the system goes into SAFE_MODE for it.
            #[must_use]
            pub const fn is_critical(self) -> bool {
                matches!(self.severity(), Severity::Critical)
            }
        }
    };
}

incidents! {
    /// It is not known whether the venue accepted an order.
    OutcomeUnknown = 1, Execution, Warning, true, Gateway, Qty;
    /// The venue reported what cannot follow.
    ReportImpossible = 2, Execution, Warning, false, Nobody, Qty;
    /// An order that had ended for us is open at the venue, or trades.
    DeadOrderLives = 3, Execution, Critical, true, Operator, Qty;
    /// The venue does not know an order that it had accepted.
    OrderLost = 4, Execution, Critical, true, Gateway, Qty;
    /// A position is without its stop.
    Unprotected = 5, Execution, Critical, true, Gateway, Qty;
    /// The venue says that more was executed than its executions show.
    FillsMissing = 6, Execution, Warning, true, Gateway, Qty;
    /// An order of somebody else is open on the account: left alone.
    ForeignOrder = 7, Execution, Info, false, Nobody, Qty;
    /// The venue holds less than we own.
    BalanceShort = 8, Execution, Critical, true, Reconciliation, Qty;
    /// The venue holds more than we own, the baseline and known flows: never ours to sell.
    ForeignBalance = 9, Execution, Info, false, Nobody, Qty;
    /// A position of the venue is not ours.
    PositionDiffers = 10, Execution, Critical, true, Reconciliation, Qty;
    /// Money came or went that no entry of ours explains: capital, never profit or loss.
    FlowSeen = 11, Execution, Info, false, Nobody, Quote;
    /// The venue does not trade the symbol.
    SymbolHalted = 12, Data, Warning, true, Gateway, Qty;
    /// The symbol is gone from the venue with a position in it.
    Delisted = 13, Data, Critical, true, Gateway, Qty;
    /// What is held lies above a limit that was lowered: no entry passes, nothing is sold for it.
    AboveLimit = 14, Risk, Warning, false, Gateway, Quote;
    /// The venue did not answer a reconciliation.
    NotReconciled = 15, Execution, Warning, false, Hub, None;
    /// A stream of market data has fallen silent.
    StaleStream = 16, Data, Warning, true, Hub, Seconds;
    /// The venue's clock and ours are too far apart.
    ClockSkew = 17, Data, Warning, false, Hub, Seconds;
    /// Bars are missing, and no source has given them.
    GapUnfilled = 18, Data, Warning, true, Hub, Count;
    /// Two sources contradict each other.
    FeedContradiction = 19, Data, Warning, true, Hub, None;
    /// Quality of a symbol's market data is below its target.
    QualityLow = 20, Data, Warning, true, Hub, Share;
    /// No source has delivered market data for an hour.
    DataLost = 21, Data, Critical, false, Hub, Seconds;
    /// A bar came after its instant had closed: its symbol was not scanned there.
    BarLate = 22, Data, Info, false, Nobody, Seconds;
    /// The venue has changed a symbol's rules.
    RulesChanged = 23, Data, Info, false, Nobody, None;
    /// The venue does not answer, or says that it is being maintained.
    VenueDown = 24, Execution, Warning, false, Hub, Seconds;
    /// Requests to an outside service are held back after failures in a row.
    BreakerOpen = 25, System, Warning, false, Hub, Count;
    /// The venue has asked us to be silent.
    RateLimited = 26, Execution, Warning, false, Hub, Seconds;
    /// The venue's stream of our orders is not connected: they are looked up.
    UserStreamDown = 27, Execution, Warning, false, Hub, Seconds;
    /// The venue refuses our key.
    KeyRefused = 28, Execution, Critical, false, Hub, None;
    /// A drawdown limit is reached.
    DrawdownLimit = 29, Risk, Critical, false, Hub, Share;
    /// The journal's disk is full. No command is durable while it lasts, so nothing is sent that raises exposure.
    JournalFull = 30, Persistence, Warning, false, Hub, Count;
    /// The journal could not be written, other than for room.
    JournalFailed = 31, Persistence, Critical, false, Hub, None;
    /// What was done without the journal is taken into it.
    EmergencyAdopted = 32, Persistence, Warning, false, Nobody, Count;
    /// The projections cannot be written; trading needs none of them.
    StoreFailed = 33, Persistence, Warning, false, Hub, None;
    /// Little room is left on the disk, in bytes.
    DiskLow = 34, Persistence, Warning, false, Hub, Count;
    /// The queue of inputs has been past its mark for too long.
    QueueOverloaded = 35, System, Critical, false, Hub, Seconds;
    /// An engine answered too late for an entry; its answer was refused.
    SlotLate = 36, System, Warning, false, Nobody, Seconds;
    /// A part of the system has stopped or does not answer; it is started again.
    ComponentDown = 37, System, Warning, false, Hub, Count;
    /// A part was started again as often as it may be, and does not run.
    ComponentGivenUp = 38, System, Critical, false, Hub, Count;
    /// A new configuration was refused; the old one is in force.
    ConfigReloadFailed = 39, System, Warning, false, Hub, None;
    /// The machine's clock has jumped.
    ClockJump = 40, System, Warning, false, Hub, Seconds;
    /// The last process did not end by itself: killed, or crashed.
    UncleanStop = 41, System, Warning, false, Hub, Seconds;
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
    /// Which part of the system, if one.
    pub part: Option<Part>,
    /// What was seen, in the kind's unit.
    pub seen: Money,
    /// What was wanted, in the same unit.
    pub wanted: Money,
}

impl Incident {
    /// Returns an incident of the account as a whole, with the numbers on both sides.
    #[must_use]
    pub const fn new(kind: IncidentKind, seen: Money, wanted: Money) -> Self {
        Self { kind, symbol: None, order: None, part: None, seen, wanted }
    }

    /// Returns an incident whose kind says everything.
    #[must_use]
    pub const fn word(kind: IncidentKind) -> Self {
        Self::new(kind, Money::ZERO, Money::ZERO)
    }

    /// Returns it as one of a symbol.
    #[must_use]
    pub const fn of_symbol(self, symbol: SymbolId) -> Self {
        Self { symbol: Some(symbol), ..self }
    }

    /// Returns it as one of an order.
    #[must_use]
    pub const fn of_order(self, order: OrderId) -> Self {
        Self { order: Some(order), ..self }
    }

    /// Returns it as one of a part of the system.
    #[must_use]
    pub const fn of_part(self, part: Part) -> Self {
        Self { part: Some(part), ..self }
    }

    /// Returns whether another one is about the same thing: of one thing, one is open at a time.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let key = |of: &Self| (of.kind, of.symbol, of.order, of.part);
        key(self) == key(other)
    }
}

/// The end of an incident: booked only when the thing works again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentOver {
    /// Place of the incident's entry.
    pub incident: Seq,
    /// Whether it ended without a person.
    pub by_itself: bool,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Returns the word that rows, JSON and documents show.
    fn word(member: &impl std::fmt::Debug) -> String {
        let mut word = String::new();
        for letter in format!("{member:?}").chars() {
            if letter.is_uppercase() && !word.is_empty() {
                word.push('_');
            }
            word.extend(letter.to_lowercase());
        }
        word
    }

    #[test]
    fn no_number_is_used_twice() {
        let kinds: BTreeSet<u32> = IncidentKind::ALL.iter().map(|kind| kind.number()).collect();
        assert_eq!(kinds.len(), IncidentKind::ALL.len());
        let parts: BTreeSet<u32> = Part::ALL.iter().map(|part| part.number()).collect();
        assert_eq!(parts.len(), Part::ALL.len());
    }

    #[test]
    fn each_kind_has_its_row_in_the_documents() {
        let document = include_str!("../../../../docs/entries.md");
        for kind in IncidentKind::ALL {
            let yes = if kind.quarantines() { "yes" } else { "no" };
            let row = format!(
                "| {} | {} | {} | {} | {yes} |",
                word(kind),
                kind.number(),
                word(&kind.class()),
                word(&kind.severity()),
            );
            let end = format!("| {} |", word(&kind.keeper()));
            let described = document.lines().find(|line| line.starts_with(&row));
            assert!(described.is_some_and(|line| line.ends_with(&end)), "{row} ... {end}");
        }
        for part in Part::ALL {
            let text = format!("{} {}", word(part), part.number());
            assert!(document.contains(&text), "{text}");
        }
    }

    /// What holds entries back has an end, or it would hold them back for ever.
    #[test]
    fn what_is_critical_or_quarantines_lasts_until_its_end_is_booked() {
        for kind in IncidentKind::ALL.iter().filter(|kind| kind.is_critical() || kind.quarantines())
        {
            assert!(kind.lasts(), "{kind:?}");
        }
    }

    #[test]
    fn incidents_are_the_same_when_they_are_about_the_same_thing() {
        let down = Incident::word(IncidentKind::ComponentDown);
        let more = Incident { seen: Money::from_units(3), ..down };
        assert!(down.is_same(&more), "numbers change while it lasts");
        assert!(!down.is_same(&down.of_part(Part::Feed)));
        assert!(!down.of_part(Part::Store).is_same(&down.of_part(Part::Feed)));
        assert!(!down.is_same(&down.of_symbol(SymbolId(0))));
        assert!(!down.is_same(&Incident::word(IncidentKind::ClockJump)));
    }
}
