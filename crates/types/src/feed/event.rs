//! What a source's streams say.

use serde::{Deserialize, Serialize};

use super::{Channel, Stream};
use crate::bar::Bar;
use crate::ids::Symbol;
use crate::market::{Timeframe, TsNanos};
use crate::num::{Price, Qty};

/// A bar as a stream tells it, finished or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BarUpdate {
    /// Whose.
    pub symbol: Symbol,
    /// Its length.
    pub timeframe: Timeframe,
    /// The bar so far.
    pub bar: Bar,
    /// The venue's word that it will not change any more. Only such bars count.
    pub closed: bool,
    /// When the venue sent it, by the venue's clock.
    pub at: TsNanos,
}

/// Best bid and ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Whose.
    pub symbol: Symbol,
    /// Highest price somebody buys at.
    pub bid: Price,
    /// Quantity wanted there.
    pub bid_qty: Qty,
    /// Lowest price somebody sells at.
    pub ask: Price,
    /// Quantity offered there.
    pub ask_qty: Qty,
    /// The venue's number of the state of its book; rises.
    pub update_id: u64,
    /// When, by the venue's clock; `None` where the venue does not say.
    pub at: Option<TsNanos>,
}

/// A trade between two others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicTrade {
    /// Whose.
    pub symbol: Symbol,
    /// The venue's number: one more for each trade of the symbol.
    pub id: u64,
    /// Price.
    pub price: Price,
    /// Quantity.
    pub qty: Qty,
    /// The buyer's order rested, the seller's came to it.
    pub buyer_is_maker: bool,
    /// When it traded, by the venue's clock.
    pub at: TsNanos,
    /// When the venue sent it, by its own clock; `None` where it does not say.
    pub sent_at: Option<TsNanos>,
}

/// Trades of one incoming order at one price, told as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AggTrade {
    /// Whose.
    pub symbol: Symbol,
    /// The venue's number: one more for each of the symbol.
    pub id: u64,
    /// Number of the first trade in it.
    pub first_id: u64,
    /// Number of the last trade in it.
    pub last_id: u64,
    /// Price.
    pub price: Price,
    /// Quantity of all of them.
    pub qty: Qty,
    /// The buyer's order rested, the seller's came to it.
    pub buyer_is_maker: bool,
    /// When they traded, by the venue's clock.
    pub at: TsNanos,
    /// When the venue sent it, by its own clock; `None` where it does not say.
    pub sent_at: Option<TsNanos>,
}

/// The quantity that rests at a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Price.
    pub price: Price,
    /// All of the quantity there, not a change of it; zero: the level is gone.
    pub qty: Qty,
}

/// Levels of a book that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepthDiff {
    /// Whose.
    pub symbol: Symbol,
    /// Number of the first change in it.
    pub first_id: u64,
    /// Number of the last change in it.
    pub last_id: u64,
    /// Changed levels of buyers.
    pub bids: Vec<Level>,
    /// Changed levels of sellers.
    pub asks: Vec<Level>,
    /// When, by the venue's clock.
    pub at: TsNanos,
}

/// The best levels of a book, whole each time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepthTop {
    /// Whose.
    pub symbol: Symbol,
    /// Number of the last change that is in it.
    pub last_id: u64,
    /// Buyers, best first.
    pub bids: Vec<Level>,
    /// Sellers, best first.
    pub asks: Vec<Level>,
}

/// A whole book down to some depth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepthSnapshot {
    /// Number of the last change that is in it.
    pub last_id: u64,
    /// Buyers, best first.
    pub bids: Vec<Level>,
    /// Sellers, best first.
    pub asks: Vec<Level>,
}

/// A message of market data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketEvent {
    /// A bar, finished or not.
    Bar(BarUpdate),
    /// Best bid and ask.
    Quote(Quote),
    /// A trade.
    Trade(PublicTrade),
    /// Trades of one incoming order at one price.
    AggTrade(AggTrade),
    /// Changes of a book.
    Depth(DepthDiff),
    /// The best levels of a book.
    DepthTop(DepthTop),
}

impl MarketEvent {
    /// Returns the stream it belongs to.
    #[must_use]
    pub fn stream(&self) -> Stream {
        let (symbol, channel) = match self {
            Self::Bar(update) => (&update.symbol, Channel::Bars(update.timeframe)),
            Self::Quote(quote) => (&quote.symbol, Channel::Quotes),
            Self::Trade(trade) => (&trade.symbol, Channel::Trades),
            Self::AggTrade(trade) => (&trade.symbol, Channel::AggTrades),
            Self::Depth(diff) => (&diff.symbol, Channel::Depth),
            Self::DepthTop(top) => (&top.symbol, Channel::DepthTop),
        };
        Stream::new(symbol.clone(), channel)
    }
}

/// What the connection to a source says. Nothing a source sends is without one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkEvent {
    /// The connection stands; nothing is subscribed yet.
    Connected,
    /// It could not be made, or it ended.
    Closed {
        /// In words.
        why: String,
    },
    /// The venue confirmed a subscription.
    Subscribed(Stream),
    /// The venue refused a subscription.
    Refused {
        /// Which.
        stream: Stream,
        /// The venue's words.
        why: String,
    },
    /// Market data.
    Market(MarketEvent),
    /// Bytes that could not be read.
    Malformed {
        /// Where they came on, if that could be told.
        stream: Option<Stream>,
        /// What was wrong.
        why: String,
    },
}
