//! What can be asked of a source, and its answers.

use serde::{Deserialize, Serialize};

use super::{DepthSnapshot, PublicTrade};
use crate::bar::Bar;
use crate::ids::Symbol;
use crate::market::{Timeframe, TsNanos};

/// A question to a source's request interface. No question needs a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Query {
    /// Bars whose open time lies in `from..until`, oldest first.
    Bars {
        /// Whose.
        symbol: Symbol,
        /// Their length.
        timeframe: Timeframe,
        /// Open time of the first.
        from: TsNanos,
        /// Open time of the first that is not wanted any more.
        until: TsNanos,
        /// Most bars of one answer.
        limit: u16,
    },
    /// Trades from a number on, in order.
    Trades {
        /// Whose.
        symbol: Symbol,
        /// Number of the first.
        from_id: u64,
        /// Most trades of one answer.
        limit: u16,
    },
    /// The book.
    Depth {
        /// Whose.
        symbol: Symbol,
        /// Most levels of a side.
        limit: u16,
    },
    /// The venue's clock.
    Time,
}

/// An answer, of the same kind as its question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Bars, oldest first. The last may be unfinished: who reads it decides by the venue's clock.
    Bars(Vec<Bar>),
    /// Trades, in order.
    Trades(Vec<PublicTrade>),
    /// The book.
    Depth(DepthSnapshot),
    /// The venue's clock.
    Time(TsNanos),
}

/// Why there is no answer. A question changes nothing, so it may be asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum QueryFailure {
    /// No connection, a time-out, or a mistake of the venue: worth asking again later.
    #[error("no answer: {0}")]
    Unavailable(String),
    /// The venue will not answer this question however often it is asked.
    #[error("refused by the venue: {0}")]
    Rejected(String),
    /// An answer came and could not be read.
    #[error("unreadable answer: {0}")]
    Malformed(String),
}
