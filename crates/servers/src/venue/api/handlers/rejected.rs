//! What the venue's rejections are called (`errors.md`, "Messages for -1010, -2010, -2011" and "Filter failures").

use sim::exchange::Rejection;
use types::side::Side;

use super::super::ApiError;

/// Returns the answer to a rejected order or order list.
pub(super) fn order(rejection: &Rejection) -> ApiError {
    let rejected = ApiError::order_rejected;
    match rejection {
        Rejection::PriceFilter { .. }
        | Rejection::PriceRange { .. }
        | Rejection::LotSize { .. }
        | Rejection::MarketLotSize { .. }
        | Rejection::Notional { .. }
        | Rejection::NotionalMax { .. }
        | Rejection::PercentPrice { .. }
        | Rejection::PercentPriceBySide { .. }
        | Rejection::MaxNumOrders { .. }
        | Rejection::MaxNumAlgoOrders { .. }
        | Rejection::MaxNumOrderLists { .. }
        | Rejection::MaxNumAmends { .. }
        | Rejection::MaxPosition { .. }
        | Rejection::ExchangeMaxNumOrders { .. }
        | Rejection::ExchangeMaxNumAlgoOrders { .. }
        | Rejection::ExchangeMaxNumOrderLists { .. } => {
            ApiError::bad_request(-1013, format!("Filter failure: {}", rejection.name()))
        }
        Rejection::WouldTrade { .. } => rejected("Order would immediately match and take."),
        Rejection::WouldTrigger { .. } => rejected("Order would trigger immediately."),
        Rejection::Balance { .. } | Rejection::Margin { .. } => {
            rejected("Account has insufficient balance for requested action.")
        }
        Rejection::Duplicate => rejected("Duplicate order sent."),
        Rejection::ZeroNotional => rejected("Price * QTY is zero or less."),
        Rejection::PairPrices { .. } => {
            rejected("The relationship of the prices for the orders is not correct.")
        }
        Rejection::PairTypes => ApiError::bad_request(-1158, "Order type not supported in OCO."),
        Rejection::PairPlaces { side: Side::Buy } => {
            ApiError::bad_request(-1196, "A stop loss order in a buy OCO must be above.")
        }
        Rejection::PairPlaces { side: Side::Sell } => {
            ApiError::bad_request(-1197, "A stop loss order in a sell OCO must be below.")
        }
        Rejection::NoLiquidity => {
            rejected("Order book liquidity is less than symbol minimum quantity.")
        }
        Rejection::StpMode => {
            rejected("This symbol does not allow the specified self-trade prevention mode.")
        }
        Rejection::MarketClosed => rejected("Market is closed."),
        Rejection::AccountClosed => rejected("This account may not place or cancel orders."),
        Rejection::Combination(_)
        | Rejection::List
        | Rejection::ReduceOnly { .. }
        | Rejection::CancelFailed
        | Rejection::BadRequest(_) => {
            ApiError::bad_request(-1014, "Unsupported order combination.")
        }
        Rejection::UnknownSymbol => ApiError::invalid_symbol(),
        Rejection::UnknownOrder | Rejection::UnknownList => rejected("Unknown order sent."),
        Rejection::Restricted => rejected("Order was not canceled due to cancel restrictions."),
        Rejection::AmendQty { .. } => rejected("Order amend (quantity increase) is not supported."),
        Rejection::UnknownAccount => ApiError::rejected_key(),
    }
}

/// Returns the answer to a rejected cancellation.
pub(super) fn cancel(rejection: &Rejection) -> ApiError {
    let answer = order(rejection);
    if answer.code == -2010 { ApiError::cancel_rejected(answer.msg) } else { answer }
}

/// Returns the answer to a rejected amendment: -2038 ORDER_AMEND_REJECTED.
pub(super) fn amend(rejection: &Rejection) -> ApiError {
    let answer = order(rejection);
    match (rejection, answer.code) {
        (Rejection::MaxNumAmends { .. }, _) | (_, -2010) => {
            ApiError::bad_request(-2038, answer.msg)
        }
        _ => answer,
    }
}
