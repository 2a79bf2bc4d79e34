//! Reads an order out of parameters: which of them belong to which type.
//!
//! Source: `rest-api.md`, "New order", the table of additional mandatory parameters.

use sim::exchange::book::{
    CancelOnly, ClientId, NewOrder, OrderRef, OrderType, Size, Stp, Strategy, Tif, VenueOrderId,
};
use types::num::{Money, Price, Qty};
use types::side::Side;

use super::super::words::{Response, TypeWord};
use super::super::{ApiError, Params};

/// The smallest `strategyType` that is not reserved.
const STRATEGY_TYPE_MIN: i64 = 1_000_000;

/// How the parameters of an order are called: plain (`price`) or with the name of its place before them (`abovePrice`).
#[derive(Clone, Copy)]
pub(super) struct Names(pub(super) &'static str);

impl Names {
    /// Returns the name of a parameter.
    pub(super) fn of(self, plain: &str) -> String {
        if self.0.is_empty() {
            return plain.to_owned();
        }
        let mut letters = plain.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        self.0.chars().chain(first).chain(letters).collect()
    }

    /// Returns the name of the client order id, which plainly is `newClientOrderId`.
    fn client_id(self) -> String {
        if self.0.is_empty() { "newClientOrderId".to_owned() } else { self.of("clientOrderId") }
    }
}

/// Reads side, type, size and labels of an order.
///
/// # Errors
/// -1102, -1106, -1115, -1116, -1117 and what reading numbers gives.
pub(super) fn order(params: &Params, names: Names) -> Result<NewOrder, ApiError> {
    let side = side(params, &names.of("side"))?;
    let kind_name = names.of("type");
    let word: TypeWord = params
        .word(&kind_name, ApiError::invalid_order_type)?
        .ok_or_else(|| ApiError::mandatory(&kind_name))?;
    let kind = kind(params, names, word)?;
    let size = size(params, names, word)?;
    leg(params, names, side, kind, size)
}

/// Reads the labels of an order whose side, type and size are known.
///
/// # Errors
/// -1013 for icebergs, trailing stops and pegged prices, -1134, and what reading numbers gives.
pub(super) fn leg(
    params: &Params,
    names: Names,
    side: Side,
    kind: OrderType,
    size: Size,
) -> Result<NewOrder, ApiError> {
    refuse_unsupported(params, names)?;
    let client_id = client_id(params, &names.client_id())?;
    let strategy = Strategy {
        id: params.whole(&names.of("strategyId"))?,
        kind: strategy_type(params, &names.of("strategyType"))?,
    };
    Ok(NewOrder { side, kind, size, client_id, stp: None, strategy })
}

/// Reads a side that has to be there.
pub(super) fn side(params: &Params, name: &str) -> Result<Side, ApiError> {
    params.word(name, ApiError::invalid_side)?.ok_or_else(|| ApiError::mandatory(name))
}

/// Reads the prices of a type.
pub(super) fn kind(params: &Params, names: Names, word: TypeWord) -> Result<OrderType, ApiError> {
    let (price, stop, tif) = (names.of("price"), names.of("stopPrice"), names.of("timeInForce"));
    let wanted = |prices: bool, stops: bool, tifs: bool| -> Result<(), ApiError> {
        for (name, wanted) in [(&price, prices), (&stop, stops), (&tif, tifs)] {
            if !wanted && params.has(name) {
                return Err(ApiError::not_required(name));
            }
        }
        Ok(())
    };
    let a_price = |name: &str| -> Result<Price, ApiError> {
        params.price(name)?.ok_or_else(|| ApiError::mandatory(name))
    };
    let a_tif = || -> Result<Tif, ApiError> {
        params.word(&tif, ApiError::invalid_time_in_force)?.ok_or_else(|| ApiError::mandatory(&tif))
    };
    Ok(match word {
        TypeWord::Limit => {
            wanted(true, false, true)?;
            OrderType::Limit { tif: a_tif()?, price: a_price(&price)? }
        }
        TypeWord::LimitMaker => {
            wanted(true, false, false)?;
            OrderType::LimitMaker { price: a_price(&price)? }
        }
        TypeWord::Market => {
            wanted(false, false, false)?;
            OrderType::Market
        }
        TypeWord::StopLoss => {
            wanted(false, true, false)?;
            OrderType::StopLoss { stop: a_price(&stop)? }
        }
        TypeWord::TakeProfit => {
            wanted(false, true, false)?;
            OrderType::TakeProfit { stop: a_price(&stop)? }
        }
        TypeWord::StopLossLimit => OrderType::StopLossLimit {
            tif: a_tif()?,
            price: a_price(&price)?,
            stop: a_price(&stop)?,
        },
        TypeWord::TakeProfitLimit => OrderType::TakeProfitLimit {
            tif: a_tif()?,
            price: a_price(&price)?,
            stop: a_price(&stop)?,
        },
    })
}

/// Reads `quantity` or, of a market order, `quoteOrderQty`.
fn size(params: &Params, names: Names, word: TypeWord) -> Result<Size, ApiError> {
    let (base, quote) = (names.of("quantity"), names.of("quoteOrderQty"));
    if word != TypeWord::Market {
        if params.has(&quote) {
            return Err(ApiError::not_required(&quote));
        }
        return quantity(params, &base).map(Size::Base);
    }
    match (params.qty(&base)?, params.qty(&quote)?) {
        (Some(qty), None) => Ok(Size::Base(qty)),
        (None, Some(amount)) => Ok(Size::Quote(Money::of_qty(amount))),
        (Some(_), Some(_)) => Err(ApiError::not_required(&quote)),
        (None, None) => Err(ApiError::either(&base, &quote)),
    }
}

/// Reads a quantity that has to be there.
pub(super) fn quantity(params: &Params, name: &str) -> Result<Qty, ApiError> {
    params.qty(name)?.ok_or_else(|| ApiError::mandatory(name))
}

/// Refuses what the venue's symbols do not have. An iceberg of 0 is none.
fn refuse_unsupported(params: &Params, names: Names) -> Result<(), ApiError> {
    let refuse = |what: &str| {
        let msg = format!("{what} orders are not supported for this symbol.");
        Err(ApiError::bad_request(-1013, msg))
    };
    if params.qty(&names.of("icebergQty"))?.is_some_and(Qty::is_positive) {
        return refuse("Iceberg");
    }
    if params.whole(&names.of("trailingDelta"))?.is_some() {
        return refuse("Trailing stop");
    }
    let pegs = ["pegPriceType", "pegOffsetType", "pegOffsetValue"];
    if pegs.iter().any(|peg| params.has(&names.of(peg))) {
        return refuse("Pegged");
    }
    Ok(())
}

fn strategy_type(params: &Params, name: &str) -> Result<Option<i32>, ApiError> {
    match params.whole(name)? {
        None => Ok(None),
        Some(kind) if kind < STRATEGY_TYPE_MIN => {
            Err(ApiError::bad_request(-1134, "strategyType was less than 1000000."))
        }
        Some(kind) => i32::try_from(kind).map(Some).map_err(|_| ApiError::overflow(name)),
    }
}

/// Reads a name that the client gives.
pub(super) fn client_id(params: &Params, name: &str) -> Result<Option<ClientId>, ApiError> {
    let text = params.client_id(name)?;
    Ok(text.map(|text| ClientId::new(text).expect("both have one alphabet and one length")))
}

/// Reads `selfTradePreventionMode`.
pub(super) fn prevention(params: &Params) -> Result<Option<Stp>, ApiError> {
    const NAME: &str = "selfTradePreventionMode";
    params.word(NAME, || ApiError::invalid_data(NAME))
}

/// Reads `newOrderRespType`.
pub(super) fn response(params: &Params) -> Result<Option<Response>, ApiError> {
    const NAME: &str = "newOrderRespType";
    params.word(NAME, || ApiError::invalid_data(NAME))
}

/// Reads which order is meant, by number or by name.
pub(super) fn order_ref(params: &Params, id: &str, name: &str) -> Result<OrderRef, ApiError> {
    let number = params.whole(id)?.map(|id| VenueOrderId(id.unsigned_abs()));
    match (number, client_id(params, name)?) {
        (Some(id), Some(name)) => Ok(OrderRef::Both(id, name)),
        (Some(id), None) => Ok(OrderRef::Id(id)),
        (None, Some(name)) => Ok(OrderRef::ClientId(name)),
        (None, None) => Err(ApiError::either(name, id)),
    }
}

/// Reads `cancelRestrictions`.
pub(super) fn cancel_only(params: &Params) -> Result<CancelOnly, ApiError> {
    let only = params.word("cancelRestrictions", ApiError::invalid_cancel_restrictions)?;
    Ok(only.unwrap_or(CancelOnly::Always))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_their_place() {
        assert_eq!(Names("").of("stopPrice"), "stopPrice");
        assert_eq!(Names("pendingAbove").of("stopPrice"), "pendingAboveStopPrice");
        assert_eq!(Names("").client_id(), "newClientOrderId");
        assert_eq!(Names("above").client_id(), "aboveClientOrderId");
    }

    /// Parameters, code wanted (0 = read).
    #[test]
    fn each_type_takes_its_parameters_and_no_others() {
        for (text, wanted) in [
            ("side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=2", 0),
            ("side=BUY&type=LIMIT&quantity=1&price=2", -1102),
            ("side=BUY&type=LIMIT&timeInForce=GTC&quantity=1", -1102),
            ("side=BUY&type=LIMIT&timeInForce=GTC&price=2", -1102),
            ("side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=2&stopPrice=3", -1106),
            ("side=BUY&type=LIMIT&timeInForce=GTX&quantity=1&price=2", -1115),
            ("side=BUY&type=LIMIT&timeInForce=GTC&quoteOrderQty=1&price=2", -1106),
            ("side=BUY&type=MARKET&quantity=1", 0),
            ("side=BUY&type=MARKET&quoteOrderQty=1", 0),
            ("side=BUY&type=MARKET", -1102),
            ("side=BUY&type=MARKET&quantity=1&quoteOrderQty=1", -1106),
            ("side=BUY&type=MARKET&quantity=1&price=2", -1106),
            ("side=BUY&type=MARKET&quantity=1&timeInForce=GTC", -1106),
            ("side=BUY&type=LIMIT_MAKER&quantity=1&price=2", 0),
            ("side=BUY&type=LIMIT_MAKER&quantity=1&price=2&timeInForce=GTC", -1106),
            ("side=BUY&type=STOP_LOSS&quantity=1&stopPrice=2", 0),
            ("side=BUY&type=STOP_LOSS&quantity=1", -1102),
            ("side=BUY&type=STOP_LOSS&quantity=1&trailingDelta=10&stopPrice=2", -1013),
            ("side=BUY&type=STOP_LOSS_LIMIT&quantity=1&stopPrice=2&price=2&timeInForce=IOC", 0),
            ("side=BUY&type=TAKE_PROFIT&quantity=1&stopPrice=2", 0),
            ("side=BUY&type=TAKE_PROFIT_LIMIT&quantity=1&stopPrice=2&price=2&timeInForce=FOK", 0),
            ("side=BUY&type=FUNNY&quantity=1", -1116),
            ("side=LONG&type=MARKET&quantity=1", -1117),
            ("type=MARKET&quantity=1", -1102),
            ("side=BUY&quantity=1", -1102),
            ("side=BUY&type=MARKET&quantity=1&icebergQty=0", 0),
            ("side=BUY&type=MARKET&quantity=1&icebergQty=1", -1013),
            ("side=BUY&type=MARKET&quantity=1&pegPriceType=PRIMARY_PEG", -1013),
            ("side=BUY&type=MARKET&quantity=1&strategyId=4&strategyType=1000000", 0),
            ("side=BUY&type=MARKET&quantity=1&strategyType=999999", -1134),
            ("side=BUY&type=MARKET&quantity=1&newClientOrderId=a%20b", -1100),
        ] {
            let pairs = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
            let params = Params::new(pairs).unwrap();
            let code = order(&params, Names("")).map_or_else(|error| error.code, |_| 0);
            assert_eq!(code, wanted, "{text}");
        }
    }
}
