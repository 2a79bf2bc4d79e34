//! What people may want to know: [`Event`]. Everything that is an entry of the journal is told by the entry.

use serde::Serialize;
use types::entry::Part;
use types::market::TsNanos;

use super::status::{Component, Restart};

/// Something that happened and is no entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// A gate of the start was passed.
    GatePassed {
        /// Which.
        component: Component,
        /// How long it took, nanoseconds of market time.
        took_nanos: i64,
    },
    /// A gate of the start does not open.
    GateFailed {
        /// Which.
        component: Component,
        /// In words.
        why: String,
    },
    /// The start is done.
    Ready,
    /// The start came after another life: what it found. Told once everything unknown is settled, or its time is over.
    Restarted(Restart),
    /// A component fails.
    Failing {
        /// Which.
        component: Component,
        /// In words.
        why: String,
    },
    /// A component works again.
    Recovered {
        /// Which.
        component: Component,
        /// How long it did not, nanoseconds of market time.
        after_nanos: i64,
    },
    /// A part of the system has stopped by itself; it is made anew.
    Ended {
        /// Which.
        part: Part,
        /// In words.
        why: String,
    },
    /// The venue's adapter is made anew: what it held of connections is dropped.
    Reset {
        /// Why, in words.
        why: String,
    },
    /// The market data says something an operator may want to know.
    Feed {
        /// In words.
        what: String,
        /// Whether it is an incident (class: data).
        incident: bool,
    },
    /// An instant was closed without bars that were expected: their symbols were not scanned.
    BarsLate {
        /// The instant.
        at: TsNanos,
        /// `SYMBOL timeframe`, each that lacked.
        missing: Vec<String>,
    },
    /// A request was given up before it was sent: the venue's limits left no room.
    GivenUp {
        /// In words.
        what: String,
    },
    /// A wind-down has begun its last step.
    WindingDown,
}
