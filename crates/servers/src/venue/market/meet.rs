//! [`meet`]: somebody else trades with an order of a client, as much as is asked for.

use sim::exchange::Rejection;
use sim::exchange::book::{AccountId, MatchingEngine, NewOrder, OrderRef, OrderType, Tif};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::Qty;

use super::CROWD;

/// Why somebody does not trade with an order.
#[derive(Debug, thiserror::Error)]
pub enum NotMet {
    /// The account has no such order.
    #[error("the account has no such order")]
    Unknown,
    /// It has ended, or waits for its touch price.
    #[error("the order does not rest on the book")]
    NotResting,
    /// More is wanted than is left of it, or nothing.
    #[error("{left} of the order is left, wanted more than 0 and no more than that")]
    Quantity {
        /// What is left of it.
        left: Qty,
    },
    /// What the matching engine says.
    #[error("{0}")]
    Rejected(Rejection),
}

/// Lets somebody of the crowd trade with an order that rests. Who rests before it, at a better price or earlier at its own, trades first
/// and whole, as it would have to.
///
/// # Errors
/// `NotMet`; then nothing has traded.
pub fn meet(
    engine: &mut MatchingEngine,
    (account, symbol, order): (AccountId, SymbolId, OrderRef),
    qty: Qty,
    now: TsNanos,
) -> Result<(), NotMet> {
    let order = *engine.order(account, symbol, order).ok_or(NotMet::Unknown)?;
    let before = engine.resting_before(symbol, order.id).ok_or(NotMet::NotResting)?;
    let price = order.kind.price().ok_or(NotMet::NotResting)?;
    if !qty.is_positive() || qty > order.left() {
        return Err(NotMet::Quantity { left: order.left() });
    }
    let all = before.checked_add(qty).ok_or(NotMet::Quantity { left: order.left() })?;
    let against = OrderType::Limit { price, tif: Tif::Ioc };
    let taker = NewOrder::new(order.side.opposite(), against, all);
    engine.place(CROWD, symbol, taker, now).map_err(NotMet::Rejected)?;
    Ok(())
}
