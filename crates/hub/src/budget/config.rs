//! What a budget is told: [`BudgetConfig`].

use types::limits::{Limit, LimitKind};

use super::Ceilings;

const SECOND: i64 = 1_000_000_000;

/// A venue's limits and how they are shared out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetConfig {
    /// What the venue declares.
    pub limits: Vec<Limit>,
    /// How much of each limit a class may fill.
    pub ceilings: Ceilings,
    /// Most requests of one class that may wait; one more is given up at once. 1,024.
    pub waiting_max: usize,
    /// Market data that has waited so long goes before entries and up to their ceiling, nanoseconds. 30 s.
    pub starved_after_nanos: i64,
    /// After this a request without an answer counts as settled, nanoseconds. 70 s: a signed request cannot
    /// take effect later than its `recvWindow` (60 s at most) and the venue's own time-out (10 s).
    pub flight_max_nanos: i64,
}

/// Limits that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BudgetConfigError {
    /// A limit of nothing or over no time.
    #[error(
        "limit of {:?} is {} in {} ns, wanted both above 0", .0.kind, .0.max, .0.interval_nanos
    )]
    Empty(Limit),
    /// One count limited twice over the same time.
    #[error("{kind:?} is limited twice over {interval_nanos} ns, wanted once")]
    Twice {
        /// What is counted.
        kind: LimitKind,
        /// The interval.
        interval_nanos: i64,
    },
    /// A time that is none.
    #[error("{key} is {seen} ns, wanted above 0")]
    NotPositive {
        /// The key.
        key: &'static str,
        /// What was given.
        seen: i64,
    },
    /// Nothing may wait.
    #[error("waiting_max is 0, wanted at least 1")]
    NobodyWaits,
}

impl BudgetConfig {
    /// Returns the default sharing of a venue's limits.
    #[must_use]
    pub fn new(limits: Vec<Limit>) -> Self {
        Self {
            limits,
            ceilings: Ceilings::default(),
            waiting_max: 1_024,
            starved_after_nanos: 30 * SECOND,
            flight_max_nanos: 70 * SECOND,
        }
    }

    /// Checks that the limits can be kept.
    ///
    /// # Errors
    /// `BudgetConfigError` for the first that cannot.
    pub fn check(&self) -> Result<(), BudgetConfigError> {
        check_limits(&self.limits)?;
        for (key, seen) in [
            ("starved_after_nanos", self.starved_after_nanos),
            ("flight_max_nanos", self.flight_max_nanos),
        ] {
            if seen <= 0 {
                return Err(BudgetConfigError::NotPositive { key, seen });
            }
        }
        if self.waiting_max == 0 {
            return Err(BudgetConfigError::NobodyWaits);
        }
        Ok(())
    }
}

/// Checks limits as a venue declares them.
pub(super) fn check_limits(limits: &[Limit]) -> Result<(), BudgetConfigError> {
    for (at, limit) in limits.iter().enumerate() {
        if limit.max == 0 || limit.interval_nanos <= 0 {
            return Err(BudgetConfigError::Empty(*limit));
        }
        let same = |other: &Limit| {
            (other.kind, other.interval_nanos) == (limit.kind, limit.interval_nanos)
        };
        if limits[..at].iter().any(same) {
            let Limit { kind, interval_nanos, .. } = *limit;
            return Err(BudgetConfigError::Twice { kind, interval_nanos });
        }
    }
    Ok(())
}
