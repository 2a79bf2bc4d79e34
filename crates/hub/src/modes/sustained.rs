//! [`Sustained`]: conditions of the system that put SAFE_MODE in force once they have held long enough.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use types::entry::ModeCause;
use types::market::TsNanos;

const SECOND: i64 = 1_000_000_000;

/// Something that is wrong while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Condition {
    /// Our books and the venue's do not agree, and no rule settles it.
    Drift,
    /// A critical incident is open.
    CriticalIncident,
    /// No source delivers market data.
    DataLost,
    /// The input queue is past its high-water mark.
    Overloaded,
}

impl Condition {
    /// Returns how long it may hold, nanoseconds (spec: "SAFE_MODE").
    #[must_use]
    pub const fn patience(self) -> i64 {
        match self {
            Self::Drift | Self::CriticalIncident => 0,
            Self::DataLost => 3_600 * SECOND,
            Self::Overloaded => 10 * SECOND,
        }
    }

    /// Returns the cause that stands in the journal.
    #[must_use]
    pub const fn cause(self) -> ModeCause {
        match self {
            Self::Drift => ModeCause::ReconciliationDrift,
            Self::CriticalIncident => ModeCause::CriticalIncident,
            Self::DataLost => ModeCause::DataLost,
            Self::Overloaded => ModeCause::Overloaded,
        }
    }
}

/// Which conditions hold, and since when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sustained {
    since: BTreeMap<Condition, TsNanos>,
    /// How fast the venue's time passes; an overloaded queue is a matter of wall time. 0 counts as 1.
    pace: i64,
}

impl Sustained {
    /// Takes over how fast the venue's time passes.
    pub const fn set_pace(&mut self, pace: i64) {
        self.pace = pace;
    }

    fn patience(&self, condition: Condition) -> i64 {
        match condition {
            Condition::Overloaded => condition.patience().saturating_mul(self.pace.max(1)),
            Condition::Drift | Condition::CriticalIncident | Condition::DataLost => {
                condition.patience()
            }
        }
    }

    /// Takes note that a condition holds or does not.
    pub fn set(&mut self, condition: Condition, holds: bool, now: TsNanos) {
        if holds {
            self.since.entry(condition).or_insert(now);
        } else {
            self.since.remove(&condition);
        }
    }

    /// Returns the causes whose condition has held past its patience.
    pub fn due(&self, now: TsNanos) -> impl Iterator<Item = ModeCause> {
        let due = self
            .since
            .iter()
            .filter(move |(condition, since)| now >= since.plus(self.patience(**condition)));
        due.map(|(condition, _)| condition.cause())
    }

    /// Returns how long a condition has held, and its patience, once it is past it; nanoseconds.
    #[must_use]
    pub fn held(&self, condition: Condition, now: TsNanos) -> Option<(i64, i64)> {
        let (held, patience) = (now.since(*self.since.get(&condition)?), self.patience(condition));
        (held >= patience).then_some((held, patience))
    }

    /// Returns whether the condition behind a cause holds.
    #[must_use]
    pub fn holds(&self, cause: ModeCause) -> bool {
        self.since.keys().any(|condition| condition.cause() == cause)
    }

    /// Returns when the next condition is due.
    #[must_use]
    pub fn next_deadline(&self, now: TsNanos) -> Option<TsNanos> {
        let ends =
            self.since.iter().map(|(condition, since)| since.plus(self.patience(*condition)));
        ends.filter(|end| *end > now).min()
    }
}
