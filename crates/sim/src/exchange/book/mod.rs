//! [`MatchingEngine`]: the book as the exchange's second source of liquidity: many accounts, many
//! symbols, price-time priority.

mod account;
mod average;
mod cancelling;
mod checks;
mod engine;
mod event;
mod funds;
mod ids;
mod invariants;
mod ladder;
mod life;
mod matching;
mod order;
mod orders;
mod placing;
mod prevention;
mod query;
mod request;
mod rules;
mod running;
mod saved;
mod symbol;
mod triggers;

pub use account::{AccountKind, AccountTrade, Balance, NewAccount};
pub use cancelling::{Cancelled, Replacement};
pub use engine::{MatchingEngine, VenueLimits};
pub use event::{
    Event, Execution, ExpiryReason, Level, ListChange, OrderEvent, PreventedMatch, Quote, Rejected,
    Trade,
};
pub use ids::{AccountId, AssetId, ClientId, ClientIdError, ListId, TradeId, VenueOrderId};
pub use order::{Contingency, ListStatus, Order, OrderList, OrderStatus};
pub use query::Depth;
pub use request::{
    Cancel, CancelOnly, ListRef, ListShape, NewList, NewOrder, OrderRef, OrderType, Pair,
    ReplaceMode, Size, Stp, Strategy, Tif,
};
pub use rules::{LotRule, PriceBand, SymbolRules, SymbolStatus};
pub use saved::{Saved, SavedAccount, SavedSymbol};
pub use symbol::Numbers;
