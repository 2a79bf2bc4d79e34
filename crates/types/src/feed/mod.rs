//! Market data as it crosses from an adapter to the hub: streams, what they say, what can be asked.
//!
//! No wire format: an adapter decodes bytes into these words, a feed session puts them in order.

mod event;
mod query;
mod stream;

pub use event::{
    AggTrade, BarUpdate, DepthDiff, DepthSnapshot, DepthTop, Level, LinkEvent, MarketEvent,
    PublicTrade, Quote,
};
pub use query::{Answer, Query, QueryFailure};
pub use stream::{Channel, SourceId, Stream};
