//! What can be subscribed to, and where.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::Symbol;
use crate::market::Timeframe;

/// Place of a source in the list of sources: 0 is preferred, the next takes over when it fails.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SourceId(pub u8);

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "source {}", self.0)
    }
}

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Bars of one timeframe, the unfinished one included.
    Bars(Timeframe),
    /// Best bid and ask.
    Quotes,
    /// Single trades.
    Trades,
    /// Trades of one incoming order at one price, told as one.
    AggTrades,
    /// Changes of the order book.
    Depth,
    /// The best levels of the order book, whole each time.
    DepthTop,
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bars(timeframe) => write!(f, "bars of {timeframe}"),
            Self::Quotes => f.write_str("quotes"),
            Self::Trades => f.write_str("trades"),
            Self::AggTrades => f.write_str("aggregate trades"),
            Self::Depth => f.write_str("depth"),
            Self::DepthTop => f.write_str("top of the book"),
        }
    }
}

/// One subscription: what, of which symbol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stream {
    /// Whose.
    pub symbol: Symbol,
    /// What.
    pub channel: Channel,
}

impl Stream {
    /// Returns the stream of a channel of a symbol.
    #[must_use]
    pub const fn new(symbol: Symbol, channel: Channel) -> Self {
        Self { symbol, channel }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.symbol, self.channel)
    }
}
