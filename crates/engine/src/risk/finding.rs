//! What one rule finds.

use types::num::{Money, Price, Qty};

use crate::border;

/// The two numbers of a check, in the rule's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numbers {
    pub(super) seen: f64,
    pub(super) limit: f64,
}

/// What one rule finds about the size so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Finding {
    /// Yes or no, whatever the size.
    Gate(bool, Numbers),
    /// The size to begin with, and the factor `m` in it.
    Size(Qty, f64, Numbers),
    /// At most this much fits.
    Fits(Qty, Numbers),
    /// At least this much is needed.
    Needs(Qty, Numbers),
    /// The input cannot exist in this mode.
    NotApplicable,
    /// The input should exist and does not.
    Missing,
}

pub(super) const fn numbers(seen: f64, limit: f64) -> Numbers {
    Numbers { seen, limit }
}

pub(super) const fn money(seen: Money, limit: Money) -> Numbers {
    Numbers { seen: border::money(seen), limit: border::money(limit) }
}

pub(super) const fn prices(seen: Price, limit: Price) -> Numbers {
    Numbers { seen: border::price(seen), limit: border::price(limit) }
}

pub(super) fn counts(seen: u32, limit: u32) -> Numbers {
    Numbers { seen: f64::from(seen), limit: f64::from(limit) }
}

/// Passes when the number seen is at or below the limit.
pub(super) fn at_most(seen: f64, limit: f64) -> Finding {
    Finding::Gate(seen <= limit, numbers(seen, limit))
}

/// Passes when the number seen is at or above the limit.
pub(super) fn at_least(seen: f64, limit: f64) -> Finding {
    Finding::Gate(seen >= limit, numbers(seen, limit))
}
