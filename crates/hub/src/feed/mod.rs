//! Market data: connected, in order, each once, gaps filled; and whether it is good enough to open positions on.

mod backoff;
mod clock;
mod config;
mod cross;
mod depth;
mod line;
mod link;
mod quality;
mod quotes;
mod said;
mod session;
mod source;
mod step;
mod watched;
mod words;

pub(crate) use config::BARS_MAX;
pub use config::{FeedConfig, FeedConfigError, SymbolConfig};
pub use depth::Book;
pub use quality::Counts;
pub use session::Feed;
pub use words::{Command, Delivery, Input, Item, NoEntry, QueryId, Report};
