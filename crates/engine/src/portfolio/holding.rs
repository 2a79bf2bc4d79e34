//! Why a position is held and how it is guarded.

use serde::{Deserialize, Serialize};
use types::decision::{Protection, ReasonCode};
use types::ids::{OrderId, Seq};
use types::market::{Direction, PatternId, Regime, TsNanos};
use types::num::{Price, Qty};

/// What an entry decision meant, kept until its position is closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The decision.
    pub decision: Seq,
    /// Long or short.
    pub direction: Direction,
    /// Its protective legs.
    pub protection: Option<Protection>,
    /// The price the decision was made at.
    pub price: Price,
    /// The score, where the policy has one.
    pub score: Option<f64>,
    /// The regime.
    pub regime: Option<Regime>,
    /// The patterns that spoke for the direction.
    pub patterns: Vec<PatternId>,
    /// The main orders commanded for it: the first, and those that take its stead at another price.
    pub orders: Vec<OrderId>,
    /// What was decided.
    pub qty: Qty,
    /// What of it has traded.
    pub filled: Qty,
}

/// A position and what became of its plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    /// The plan.
    pub plan: Plan,
    /// When the first fill was folded.
    pub since: TsNanos,
    /// Trigger of the resting stop.
    pub stop: Option<Price>,
    /// Trigger of the first stop: what R is measured by.
    pub first_stop: Option<Price>,
    /// Average price of the entry when the first stop was placed.
    pub entry: Option<Price>,
    /// Best price of closed decision-timeframe bars since the entry.
    pub best: Option<Price>,
    /// Decision-timeframe bars closed since the entry.
    pub bars: u32,
    /// When the stop was moved last.
    pub moved_at: Option<TsNanos>,
    /// Why it is being closed, once that was decided.
    pub exit: Option<ReasonCode>,
}

impl Holding {
    /// Returns the distance from the entry to the first stop, per unit.
    #[must_use]
    pub fn risk(&self) -> Option<Price> {
        let (entry, stop) = (self.entry?, self.first_stop?);
        Some(match self.plan.direction {
            Direction::Long => entry - stop,
            Direction::Short => stop - entry,
        })
        .filter(|risk| risk.is_positive())
    }
}
