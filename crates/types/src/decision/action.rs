//! What is to be done.

use serde::{Deserialize, Serialize};

use crate::entry::ModeCause;
use crate::market::{Direction, TsNanos};
use crate::num::{Price, Qty};

/// Where a protective order lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protective {
    /// So far from the average fill, to the losing (stop) or winning (target) side.
    Distance(Price),
    /// At a price.
    At(Price),
}

/// The protective orders of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// Where the position is given up.
    pub stop: Protective,
    /// Where its profit is taken, if anywhere.
    pub target: Option<Protective>,
}

/// What an engine wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing: "no trade" is a decision too.
    Nothing,
    /// Open or enlarge a position.
    Enter {
        /// Long or short.
        direction: Direction,
        /// How much.
        qty: Qty,
        /// Worst price; `None` takes any.
        limit: Option<Price>,
        /// Protective orders; only yardsticks trade without.
        protection: Option<Protection>,
        /// The order is void after this moment.
        expires: Option<TsNanos>,
    },
    /// Make a position smaller at the market.
    Reduce {
        /// How much; `None` closes it.
        qty: Option<Qty>,
    },
    /// Move the stop towards profit.
    MoveStop {
        /// The new trigger.
        trigger: Price,
    },
    /// Ask for SAFE_MODE.
    RequestSafeMode {
        /// Why.
        cause: ModeCause,
    },
}
