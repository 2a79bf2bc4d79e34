//! What happens by itself: [`Change`].

use serde::Serialize;
use types::ids::{Asset, Symbol};
use types::market::TsNanos;

use super::decimal::Decimal;

/// Something that is due at a moment of market time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: TsNanos,
    /// Of which fault, or of the control port.
    pub by: String,
    /// What.
    pub change: Change,
}

/// What happens to the venue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The server's time is off by so many nanoseconds.
    Skew {
        /// By how much; zero ends it.
        nanos: i64,
    },
    /// Money comes in, or goes out where the amount is below zero.
    Flow {
        /// The API key of the account.
        account: String,
        /// Which asset.
        asset: Asset,
        /// How much.
        amount: Decimal,
    },
    /// The rules of a symbol change; what is `None` stays.
    Filters {
        /// Whose.
        symbol: Symbol,
        /// Smallest step of a price.
        tick: Option<Decimal>,
        /// Smallest step of a quantity.
        lot: Option<Decimal>,
        /// Smallest quantity.
        min_qty: Option<Decimal>,
        /// Smallest price x quantity.
        min_notional: Option<Decimal>,
    },
    /// A symbol is halted.
    Halt {
        /// Which.
        symbol: Symbol,
    },
    /// A symbol trades again.
    Resume {
        /// Which.
        symbol: Symbol,
    },
    /// A symbol is taken off the list.
    Delist {
        /// Which.
        symbol: Symbol,
    },
}
