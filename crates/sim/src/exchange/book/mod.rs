//! [`MatchingEngine`]: the book as the exchange's second source of liquidity: many accounts, many
//! symbols, price-time priority.
//!
//! Where the bar walk asks how recorded bars would have treated one account's orders, here orders meet
//! orders: those of clients, and those of a crowd that stands for everybody else. The venue server
//! drives it, and so can a simulation. Filters and rejections are the bar walk's own.
//!
//! A call carries the time, does all that follows from it, and leaves [`Event`]s in order. The state
//! is a function of the calls alone: it can be had again by repeating them, by keeping the whole
//! (it serialises), or by keeping what clients have ([`Saved`]).
//!
//! # Rules
//!
//! After Binance's *REST API*, *Filters*, *ENUM definitions*, *Errors*, *User Data Streams* and the
//! FAQs on self-trade prevention, market orders, amending and one-pays-the-other
//! (binance-spot-api-docs, texts of 2025 and 2026). Where they leave something open:
//!
//! | question | documented | here |
//! | --- | --- | --- |
//! | who trades first | price, then time (*Amend FAQ*) | the same; an order's time is when it came to rest, an amended one keeps it, a stop-limit's begins when it is triggered |
//! | what touches a stop | "stop price compared to the last traded price" | every trade, in the middle of a sweep too; woken orders act when the order that trades is through, rising ones from the nearest price, then falling ones, then by age |
//! | price of a triggered market buy above what was set aside | "lack of funds" is an expiry reason | set aside is the touch price; if all it would cost now is not there, all of it expires as `REJECTED` |
//! | a market order beyond the balance | rejected (*Market orders FAQ*) | what it would cost is worked out against the book first, its fees included where they come on top |
//! | a quote amount | "as close as possible", never off the lot | whole lots, rounded down; what remains is below one lot. Without enough in the book one more lot expires |
//! | which order of an OCO acts | "activation of one order immediately cancels the other" | the first that trades or is triggered; the other expires as `OCO_TRIGGER` |
//! | when is a list done | "no longer active" | when none of its orders is open |
//! | an order of a list is cancelled | "the other order in the order list will also be canceled or expired" | all open ones are cancelled; when one expires or is prevented, the others expire |
//! | funds of pending orders | only one-pays-the-other lists ask for the working order's alone | set aside when the list is placed; of a pair the dearer of the two |
//! | a pending order that no longer fits | "rejected by the matching engine when trying to place it": expires as `REJECTED` | judged by prices, lots, touch prices and funds as if it arrived; of a pair both expire |
//! | self-trade prevention of a FOK | not mentioned | what would be prevented does not count as filled: nothing happens, it expires |
//! | prevention of an order in an OCO | not mentioned | a prevented part leaves the other order as it is; an order that ends takes it along |
//! | halt, break | the symbol does not trade | no order is taken or amended, open ones rest and can be cancelled |
//! | delisting | "orders canceled by the exchange" are `EXPIRED` | all open orders, as `EXCHANGE_CANCELED` |
//! | changed filters | not mentioned | hold for what is placed or released from then on |
//! | MAX_POSITION | position "greater than the maximum" | with the order itself counted as an open buy |
//! | average price with no trade in the window | not mentioned | the last price; without one, price bands and notional of market orders are not judged |
//!
//! Not taken, because a request has no word for it: iceberg, trailing and pegged orders, smart order
//! routing, one-pays-the-other lists, commission in a third asset.
//!
//! # Money
//!
//! Amounts are exact at 1e-16. A fee is rounded up at 1e-8 and never more than what is received (or,
//! where it is paid on top, than what is set aside for it). All that came in is what accounts hold and
//! fees took, to the last unit; [`MatchingEngine::check_invariants`] says so, and that what is locked
//! is what open orders need.
//!
//! # Size
//!
//! A price level is a queue in a sorted map, an order's place in it known: arriving, trading and
//! cancelling cost the logarithm of the levels. Clients' orders are remembered for ever, the crowd's
//! until they are done.

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
