//! [`Step`]: one thing that happens on a symbol.

use types::market::TsNanos;
use types::side::Side;

/// One thing that happens on a symbol, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: TsNanos,
    /// What.
    pub kind: StepKind,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A trade.
    Print(Print),
    /// Quotes move to these touches: best bid and ask in ticks, their sizes in lots if known.
    Quote {
        /// Best bid, in ticks.
        bid: i64,
        /// Best ask, in ticks, above the bid.
        ask: i64,
        /// Quantities there, in lots.
        sizes: Option<(i64, i64)>,
        /// What trades in an ordinary minute, in lots.
        pace: i64,
    },
    /// Quotes are filled up where they were taken.
    Beat,
    /// The source knows nothing for a while: quotes are withdrawn, nothing trades.
    Halt,
    /// The source knows prices again. A print or quote follows at the same moment or later.
    Resume,
    /// The source has ended; nothing follows.
    End,
}

/// A trade of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Print {
    /// Price in ticks.
    pub price: i64,
    /// Quantity in lots, at least 1.
    pub lots: i64,
    /// Who takes.
    pub taker: Side,
    /// Best ask less best bid after it, in ticks, at least 1.
    pub spread: i64,
    /// What trades in an ordinary minute, in lots: the measure of depth.
    pub pace: i64,
}
