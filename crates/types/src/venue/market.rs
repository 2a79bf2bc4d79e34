//! Market data as it arrives: bars in the making, trades, quotes, depth.

use crate::bar::Bar;
use crate::ids::Symbol;
use crate::market::{Timeframe, TsNanos};
use crate::num::{Price, Qty};

/// One message of market data.
#[derive(Clone, Debug, PartialEq)]
pub enum MarketEvent {
    /// A bar moved or closed.
    Bar(BarUpdate),
    /// One trade between two orders.
    Trade(TradeTick),
    /// All trades of one taker order at one price.
    AggTrade(AggTrade),
    /// Best bid or ask moved.
    Quote(Quote),
    /// Levels of the book that changed.
    DepthDiff(DepthDiff),
    /// The best levels of the book.
    DepthTop(DepthTop),
}

impl MarketEvent {
    /// Returns the symbol it is about.
    #[must_use]
    pub const fn symbol(&self) -> &Symbol {
        match self {
            Self::Bar(event) => &event.symbol,
            Self::Trade(event) => &event.symbol,
            Self::AggTrade(event) => &event.symbol,
            Self::Quote(event) => &event.symbol,
            Self::DepthDiff(event) => &event.symbol,
            Self::DepthTop(event) => &event.symbol,
        }
    }

    /// Returns when the venue made the message; `None` where its messages carry no time.
    #[must_use]
    pub const fn event_time(&self) -> Option<TsNanos> {
        match self {
            Self::Bar(event) => Some(event.event_time),
            Self::Trade(event) => Some(event.event_time),
            Self::AggTrade(event) => Some(event.event_time),
            Self::DepthDiff(event) => Some(event.event_time),
            Self::Quote(_) | Self::DepthTop(_) => None,
        }
    }
}

/// A bar as it is now. Only a closed one counts for anything.
#[derive(Clone, Debug, PartialEq)]
pub struct BarUpdate {
    /// What is traded.
    pub symbol: Symbol,
    /// The length of the bar.
    pub timeframe: Timeframe,
    /// The bar so far.
    pub bar: Bar,
    /// Whether it has closed.
    pub closed: bool,
    /// Trades in it so far.
    pub trades: u64,
    /// When the venue made the message.
    pub event_time: TsNanos,
}

/// One trade between two orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeTick {
    /// What was traded.
    pub symbol: Symbol,
    /// The venue's number of the trade; rises by one from trade to trade of a symbol.
    pub id: u64,
    /// At what price.
    pub price: Price,
    /// How much.
    pub qty: Qty,
    /// When.
    pub at: TsNanos,
    /// Whether the buyer rested, so that the seller was the taker.
    pub buyer_is_maker: bool,
    /// When the venue made the message.
    pub event_time: TsNanos,
}

/// All trades of one taker order at one price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AggTrade {
    /// What was traded.
    pub symbol: Symbol,
    /// The venue's number of the aggregate; rises by one.
    pub id: u64,
    /// At what price.
    pub price: Price,
    /// How much in all.
    pub qty: Qty,
    /// Number of the first trade in it.
    pub first_id: u64,
    /// Number of the last trade in it.
    pub last_id: u64,
    /// When.
    pub at: TsNanos,
    /// Whether the buyer rested, so that the seller was the taker.
    pub buyer_is_maker: bool,
    /// When the venue made the message.
    pub event_time: TsNanos,
}

/// Best bid and ask with their sizes. An empty side has price and size zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// What is traded.
    pub symbol: Symbol,
    /// The venue's number of the state of the book; rises.
    pub update_id: u64,
    /// Highest price somebody pays.
    pub bid: Price,
    /// How much at it.
    pub bid_qty: Qty,
    /// Lowest price somebody asks.
    pub ask: Price,
    /// How much at it.
    pub ask_qty: Qty,
}

/// A price of the book with everything that rests at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The price.
    pub price: Price,
    /// The quantity there now, not its change; zero means that the level is gone.
    pub qty: Qty,
}

/// The levels that changed between two states of the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepthDiff {
    /// What is traded.
    pub symbol: Symbol,
    /// Number of the first change in it; one above the last of the message before.
    pub first_id: u64,
    /// Number of the last change in it.
    pub final_id: u64,
    /// Bids that changed.
    pub bids: Vec<Level>,
    /// Asks that changed.
    pub asks: Vec<Level>,
    /// When the venue made the message.
    pub event_time: TsNanos,
}

/// The best levels of the book, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepthTop {
    /// What is traded.
    pub symbol: Symbol,
    /// Number of the last change in it.
    pub last_id: u64,
    /// Bids, highest first.
    pub bids: Vec<Level>,
    /// Asks, lowest first.
    pub asks: Vec<Level>,
}

/// The book as asked for at one moment, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepthSnapshot {
    /// Number of the last change in it.
    pub last_id: u64,
    /// Bids, highest first.
    pub bids: Vec<Level>,
    /// Asks, lowest first.
    pub asks: Vec<Level>,
}
