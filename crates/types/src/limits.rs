//! What a venue lets us ask in a time: [`Limit`], the [`Cost`] of a call, what it says was [`Used`].
//!
//! An adapter declares and reports; `hub::budget` decides who goes when.

use serde::{Deserialize, Serialize};

/// What a venue counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// Points, by call: a heavier question costs more. Counted by address.
    Weight,
    /// Orders placed. Counted by account.
    Orders,
    /// Calls, whatever they ask. Counted by address.
    RawRequests,
}

/// A venue's limit: at most `max` within each interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Limit {
    /// What is counted.
    pub kind: LimitKind,
    /// Most within one interval.
    pub max: u32,
    /// Length of the interval, nanoseconds.
    pub interval_nanos: i64,
}

/// What one call adds to each count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Points.
    pub weight: u32,
    /// Orders placed.
    pub orders: u32,
    /// Calls; 1 for everything that is sent.
    pub requests: u32,
}

impl Cost {
    /// Returns the cost of a call that places no order.
    #[must_use]
    pub const fn weight(weight: u32) -> Self {
        Self { weight, orders: 0, requests: 1 }
    }

    /// Returns what is added to a count.
    #[must_use]
    pub const fn of(&self, kind: LimitKind) -> u32 {
        match kind {
            LimitKind::Weight => self.weight,
            LimitKind::Orders => self.orders,
            LimitKind::RawRequests => self.requests,
        }
    }
}

/// What the venue says it has counted in its current interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// What was counted.
    pub kind: LimitKind,
    /// Length of the interval, nanoseconds.
    pub interval_nanos: i64,
    /// The count.
    pub count: u32,
}

/// The venue told us to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// Which count ran over: calls that don't add to it may go on. `None`: nothing may be sent.
    pub kind: Option<LimitKind>,
    /// For how long, nanoseconds; `None` where the venue does not say: one whole interval then.
    pub retry_after_nanos: Option<i64>,
}
