//! Reads the pair of an order list: the order above the market and the one below.

use sim::exchange::book::{NewOrder, OrderType, Pair, Size};
use types::num::Qty;
use types::side::Side;

use super::super::words::TypeWord;
use super::super::{ApiError, Params};
use super::reading::{self, Names};

/// Reads both orders of a pair of one side and one quantity.
///
/// # Errors
/// -1102, -1158, -1165 to -1168, -1196 to -1199 and what reading an order gives.
pub(super) fn pair(
    params: &Params,
    (above, below): (Names, Names),
    side: Side,
    qty: Qty,
) -> Result<Pair, ApiError> {
    let (up, down) = (word(params, above)?, word(params, below)?);
    check_places(side, up, down)?;
    let read = |names: Names, word: TypeWord| -> Result<NewOrder, ApiError> {
        let kind = reading::kind(params, names, word)?;
        reading::leg(params, names, side, kind, Size::Base(qty))
    };
    Ok(Pair { above: read(above, up)?, below: read(below, down)? })
}

fn word(params: &Params, names: Names) -> Result<TypeWord, ApiError> {
    let name = names.of("type");
    let word = params.word(&name, ApiError::invalid_order_type)?;
    let word = word.ok_or_else(|| ApiError::mandatory(&name))?;
    match word {
        TypeWord::Limit | TypeWord::Market => {
            Err(ApiError::bad_request(-1158, "Order type not supported in OCO."))
        }
        TypeWord::LimitMaker
        | TypeWord::StopLoss
        | TypeWord::StopLossLimit
        | TypeWord::TakeProfit
        | TypeWord::TakeProfitLimit => Ok(word),
    }
}

/// Says which of the two is on the wrong side of the market.
fn check_places(side: Side, above: TypeWord, below: TypeWord) -> Result<(), ApiError> {
    let is_stop = |word| matches!(word, TypeWord::StopLoss | TypeWord::StopLossLimit);
    let is_profit = |word| matches!(word, TypeWord::TakeProfit | TypeWord::TakeProfitLimit);
    let no = |code, msg: &str| Err(ApiError::bad_request(code, msg));
    if above == TypeWord::LimitMaker && below == TypeWord::LimitMaker {
        return no(-1168, "At least one OCO order must be contingent.");
    }
    match side {
        Side::Buy if above == TypeWord::LimitMaker => {
            no(-1165, "A limit order in a buy OCO must be below.")
        }
        Side::Sell if below == TypeWord::LimitMaker => {
            no(-1166, "A limit order in a sell OCO must be above.")
        }
        Side::Buy if is_stop(below) => no(-1196, "A stop loss order in a buy OCO must be above."),
        Side::Sell if is_stop(above) => no(-1197, "A stop loss order in a sell OCO must be below."),
        Side::Buy if is_profit(above) => {
            no(-1198, "A take profit order in a buy OCO must be below.")
        }
        Side::Sell if is_profit(below) => {
            no(-1199, "A take profit order in a sell OCO must be above.")
        }
        Side::Buy | Side::Sell => Ok(()),
    }
}

/// Reads the pair of the older form: a limit order and a stop order, whose places follow from the side.
///
/// # Errors
/// As [`pair`]; -1102 if a limit price of the stop order comes without how long it works.
pub(super) fn old_pair(params: &Params, side: Side, qty: Qty) -> Result<Pair, ApiError> {
    let need = |name: &str| params.price(name)?.ok_or_else(|| ApiError::mandatory(name));
    let (price, stop) = (need("price")?, need("stopPrice")?);
    let tif = params.word("stopLimitTimeInForce", ApiError::invalid_time_in_force)?;
    let kind = match (params.price("stopLimitPrice")?, tif) {
        (None, None) => OrderType::StopLoss { stop },
        (Some(price), Some(tif)) => OrderType::StopLossLimit { stop, price, tif },
        (Some(_), None) => return Err(ApiError::mandatory("stopLimitTimeInForce")),
        (None, Some(_)) => return Err(ApiError::not_required("stopLimitTimeInForce")),
    };
    if params.whole("trailingDelta")?.is_some() {
        return Err(ApiError::bad_request(
            -1013,
            "Trailing stop orders are not supported for this symbol.",
        ));
    }
    let limit = reading::leg(
        params,
        Names("limit"),
        side,
        OrderType::LimitMaker { price },
        Size::Base(qty),
    )?;
    let stop = reading::leg(params, Names("stop"), side, kind, Size::Base(qty))?;
    Ok(match side {
        Side::Buy => Pair { above: stop, below: limit },
        Side::Sell => Pair { above: limit, below: stop },
    })
}
