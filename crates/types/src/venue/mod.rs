//! What venues and we tell each other about orders and accounts, in words of no venue.
//!
//! The bytes are the adapters'; market data is [`feed`](crate::feed)'s.

mod account;
mod fill;
mod list;
mod listing;
mod order;
mod report;

pub use account::{Account, Balance, BalanceChange, Balances};
pub use fill::{FeeCharged, VenueFill};
pub use list::{
    ExitPair, ListReport, ListStatus, OrderList, StopExit, TargetExit, VenueListId, WorkingOrder,
};
pub use listing::{Listing, ListingStatus, LotRule, OrderKindName, PriceBand};
pub use order::{NewOrder, OrderKey, VenueOrderId};
pub use report::{
    Execution, OrderReport, OrderStatus, Progress, ReportedKind, UserEvent, VenueRejection,
};
