//! Recorded trades and quotes, tick by tick: [`TickReader`].

mod layout;
mod reader;

pub use reader::{TickReader, TickSource};

use types::market::TsNanos;
use types::num::{Price, Qty};
use types::side::Side;

/// One recorded trade or quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// When.
    pub at: TsNanos,
    /// What.
    pub kind: TickKind,
}

/// What was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TickKind {
    /// A trade.
    Trade {
        /// At this price.
        price: Price,
        /// Of this quantity.
        qty: Qty,
        /// Who took, where the file says so.
        taker: Option<Side>,
    },
    /// The best bid and ask.
    Quote {
        /// Best bid.
        bid: Price,
        /// Best ask.
        ask: Price,
        /// Quantities there, bid first, where the file has both.
        sizes: Option<(Qty, Qty)>,
    },
}
