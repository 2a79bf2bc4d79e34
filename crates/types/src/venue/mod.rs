//! What venues and we tell each other, in words of no venue: market data, orders to place, reports.
//!
//! The bytes are the adapters'; here is what they mean.

mod account;
mod fill;
mod list;
mod listing;
mod market;
mod order;
mod report;

pub use account::{Account, Balance, BalanceChange, Balances};
pub use fill::{FeeCharged, VenueFill};
pub use list::{
    ExitPair, ListReport, ListStatus, OrderList, StopExit, TargetExit, VenueListId, WorkingOrder,
};
pub use listing::{Listing, ListingStatus, LotRule, OrderKindName, PriceBand};
pub use market::{
    AggTrade, BarUpdate, DepthDiff, DepthSnapshot, DepthTop, Level, MarketEvent, Quote, TradeTick,
};
pub use order::{NewOrder, OrderKey, VenueOrderId};
pub use report::{
    Execution, OrderReport, OrderStatus, Progress, ReportedKind, UserEvent, VenueRejection,
};
