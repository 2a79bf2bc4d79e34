//! Our orders into the venue's parameters (documentation: *New order*, *Order lists*).

use std::fmt::Display;

use types::order::{OrderKind, TimeInForce};
use types::side::Side;
use types::venue::{ExitPair, NewOrder, OrderList};

use crate::capabilities::Capabilities;
use crate::outcome::Refused;
use crate::venues::binance::words::{side_word, tif_word};

/// Parameters in the order in which they are signed and sent.
///
/// Names are ours and values are numbers, words of the venue, symbols and client order ids: all of
/// characters that stand for themselves in a query (RFC 3986, section 2.3), except `/`, which an
/// exchange's symbol could hold and is encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Params(Vec<(&'static str, String)>);

impl Params {
    /// Adds a parameter.
    pub(in super::super) fn add(&mut self, name: &'static str, value: impl Display) {
        self.0.push((name, format!("{value}")));
    }

    /// Returns the parameters with another one behind them.
    pub(in super::super) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.add(name, value);
        self
    }

    /// Returns them as `name=value` joined by `&`.
    pub(in super::super) fn encoded(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.0 {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(name);
            text.push('=');
            percent_encode(value, &mut text);
        }
        text
    }

    /// Returns them by name, for the WebSocket API, which signs them in the order of their names.
    pub(in super::super) fn sorted(mut self) -> Vec<(&'static str, String)> {
        self.0.sort();
        self.0
    }
}

/// Writes what stands for itself as it is and everything else as `%XX` (RFC 3986, section 2.1).
pub(in super::super) fn percent_encode(value: &str, into: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(HEX[usize::from(byte >> 4)]));
            into.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Names of the parameters of one order: they differ between an order and a leg of a list.
struct Names {
    r#type: &'static str,
    side: Option<&'static str>,
    qty: Option<&'static str>,
    client_id: &'static str,
    price: &'static str,
    stop_price: &'static str,
    tif: &'static str,
}

const PLAIN: Names = Names {
    r#type: "type",
    side: Some("side"),
    qty: Some("quantity"),
    client_id: "newClientOrderId",
    price: "price",
    stop_price: "stopPrice",
    tif: "timeInForce",
};

const WORKING: Names = Names {
    r#type: "workingType",
    side: Some("workingSide"),
    qty: Some("workingQuantity"),
    client_id: "workingClientOrderId",
    price: "workingPrice",
    stop_price: "workingStopPrice",
    tif: "workingTimeInForce",
};

const PENDING: Names = Names {
    r#type: "pendingType",
    side: Some("pendingSide"),
    qty: Some("pendingQuantity"),
    client_id: "pendingClientOrderId",
    price: "pendingPrice",
    stop_price: "pendingStopPrice",
    tif: "pendingTimeInForce",
};

const ABOVE: Names = Names {
    r#type: "aboveType",
    side: None,
    qty: None,
    client_id: "aboveClientOrderId",
    price: "abovePrice",
    stop_price: "aboveStopPrice",
    tif: "aboveTimeInForce",
};

const BELOW: Names = Names {
    r#type: "belowType",
    side: None,
    qty: None,
    client_id: "belowClientOrderId",
    price: "belowPrice",
    stop_price: "belowStopPrice",
    tif: "belowTimeInForce",
};

const PENDING_ABOVE: Names = Names {
    r#type: "pendingAboveType",
    side: None,
    qty: None,
    client_id: "pendingAboveClientOrderId",
    price: "pendingAbovePrice",
    stop_price: "pendingAboveStopPrice",
    tif: "pendingAboveTimeInForce",
};

const PENDING_BELOW: Names = Names {
    r#type: "pendingBelowType",
    side: None,
    qty: None,
    client_id: "pendingBelowClientOrderId",
    price: "pendingBelowPrice",
    stop_price: "pendingBelowStopPrice",
    tif: "pendingBelowTimeInForce",
};

/// Returns the parameters of an order.
pub(in super::super) fn order_params(
    order: &NewOrder,
    capabilities: &Capabilities,
) -> Result<Params, Refused> {
    let mut params = Params::default().with("symbol", &order.symbol);
    add_order(&mut params, &PLAIN, order, capabilities)?;
    Ok(params)
}

/// Adds an order under the given names.
fn add_order(
    params: &mut Params,
    names: &Names,
    order: &NewOrder,
    capabilities: &Capabilities,
) -> Result<(), Refused> {
    let row = capabilities.check(order)?;
    params.add(names.r#type, row.sent_as);
    if let Some(name) = names.side {
        params.add(name, side_word(order.side));
    }
    if let Some(name) = names.qty {
        params.add(name, order.qty);
    }
    params.add(names.client_id, order.client_order_id.as_str());
    let (price, trigger, has_tif) = match order.kind {
        OrderKind::Market => (None, None, false),
        OrderKind::Limit { price } => (Some(price), None, true),
        OrderKind::StopMarket { trigger } | OrderKind::TakeProfit { trigger } => {
            (None, Some(trigger), false)
        }
        OrderKind::StopLimit { trigger, price } => (Some(price), Some(trigger), true),
        OrderKind::LimitMaker { price } => (Some(price), None, false),
    };
    for price in price.iter().chain(&trigger) {
        if !price.is_positive() {
            return Err(Refused::Value {
                what: "price",
                seen: price.to_string(),
                wanted: "above 0".to_owned(),
            });
        }
    }
    if let Some(price) = price {
        params.add(names.price, price);
    }
    if let Some(trigger) = trigger {
        params.add(names.stop_price, trigger);
    }
    if has_tif && let Some(word) = tif_word(order.tif) {
        params.add(names.tif, word);
    }
    Ok(())
}

/// Returns where a list is sent.
pub(in super::super) const fn list_path(list: &OrderList) -> &'static str {
    match list {
        OrderList::Oco { .. } => "/api/v3/orderList/oco",
        OrderList::Oto { .. } => "/api/v3/orderList/oto",
        OrderList::Otoco { .. } => "/api/v3/orderList/otoco",
    }
}

/// Returns the parameters of a list.
pub(in super::super) fn list_params(
    list: &OrderList,
    capabilities: &Capabilities,
) -> Result<Params, Refused> {
    let id = list.client_list_id();
    if list.client_order_ids().contains(&id) {
        return Err(Refused::Value {
            what: "client list id",
            seen: format!("`{}`, which one of its orders has too", id.as_str()),
            wanted: "a name of its own".to_owned(),
        });
    }
    let mut params =
        Params::default().with("symbol", list.symbol()).with("listClientOrderId", id.as_str());
    match list {
        OrderList::Oco { symbol, exits, .. } => {
            params.add("side", side_word(exits.side));
            params.add("quantity", exits.qty);
            add_exits(&mut params, [&ABOVE, &BELOW], symbol, exits, capabilities)?;
        }
        OrderList::Oto { working, pending, .. } => {
            check_working(&working.0)?;
            add_order(&mut params, &WORKING, &working.0, capabilities)?;
            if pending.symbol != working.0.symbol {
                return Err(Refused::Value {
                    what: "symbol of the pending order",
                    seen: pending.symbol.to_string(),
                    wanted: format!("{}, as the working one's", working.0.symbol),
                });
            }
            add_order(&mut params, &PENDING, pending, capabilities)?;
        }
        OrderList::Otoco { working, exits, .. } => {
            check_working(&working.0)?;
            add_order(&mut params, &WORKING, &working.0, capabilities)?;
            params.add("pendingSide", side_word(exits.side));
            params.add("pendingQuantity", exits.qty);
            let names = [&PENDING_ABOVE, &PENDING_BELOW];
            add_exits(&mut params, names, &working.0.symbol, exits, capabilities)?;
        }
    }
    Ok(params)
}

/// The order that works first rests: a limit order, or one that only rests.
fn check_working(order: &NewOrder) -> Result<(), Refused> {
    match order.kind {
        OrderKind::Limit { .. } | OrderKind::LimitMaker { .. } => Ok(()),
        OrderKind::Market
        | OrderKind::StopMarket { .. }
        | OrderKind::StopLimit { .. }
        | OrderKind::TakeProfit { .. } => Err(Refused::NotOffered {
            what: "a list whose working order is no limit order".to_owned(),
            venue: super::super::capabilities::NAME,
            why: "it takes limit and limit_maker there",
        }),
    }
}

/// Adds target and stop, the one with the higher price as the leg above.
///
/// A sale's target is above the market and its stop below; a buy's the other way round. A pair whose
/// prices say otherwise can only be a mistake.
fn add_exits(
    params: &mut Params,
    [above, below]: [&Names; 2],
    symbol: &types::ids::Symbol,
    exits: &ExitPair,
    capabilities: &Capabilities,
) -> Result<(), Refused> {
    let (target, stop) = (&exits.target, &exits.stop);
    let target_is_above = exits.side == Side::Sell;
    if target.price == stop.trigger || (target.price > stop.trigger) != target_is_above {
        return Err(Refused::Value {
            what: "target and stop",
            seen: format!("{} and {} for a {}", target.price, stop.trigger, exits.side.name()),
            wanted: "the target on the winning side of the stop".to_owned(),
        });
    }
    let leg = |client_order_id: types::ids::ClientOrderId, kind| NewOrder {
        symbol: symbol.clone(),
        client_order_id,
        side: exits.side,
        kind,
        qty: exits.qty,
        tif: TimeInForce::Gtc,
        reduce_only: false,
    };
    let target_leg = leg(target.client_order_id, OrderKind::LimitMaker { price: target.price });
    let stop_kind = match stop.limit {
        Some(price) => OrderKind::StopLimit { trigger: stop.trigger, price },
        None => OrderKind::StopMarket { trigger: stop.trigger },
    };
    let stop_leg = leg(stop.client_order_id, stop_kind);
    let (over, under) =
        if target_is_above { (&target_leg, &stop_leg) } else { (&stop_leg, &target_leg) };
    add_order(params, above, over, capabilities)?;
    add_order(params, below, under, capabilities)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use types::ids::{ClientOrderId, JournalId, Leg, OrderId, Seq, Symbol};
    use types::num::{Price, Qty};
    use types::venue::{StopExit, TargetExit, WorkingOrder};

    use super::*;
    use crate::venues::binance::capabilities::capabilities;

    fn id(seq: u64) -> ClientOrderId {
        ClientOrderId::of(JournalId([1; 16]), "main", OrderId::first(Seq(seq), Leg::Main))
    }

    fn price(text: &str) -> Price {
        text.parse().expect("a price")
    }

    fn order(seq: u64, side: Side, kind: OrderKind, tif: TimeInForce) -> NewOrder {
        NewOrder {
            symbol: Symbol::new("BTCUSDT").expect("a symbol"),
            client_order_id: id(seq),
            side,
            kind,
            qty: "0.00150".parse::<Qty>().expect("a quantity"),
            tif,
            reduce_only: false,
        }
    }

    fn exits(side: Side, target: &str, stop: &str, limit: Option<&str>) -> ExitPair {
        ExitPair {
            side,
            qty: Qty::ONE,
            target: TargetExit { client_order_id: id(2), price: price(target) },
            stop: StopExit {
                client_order_id: id(3),
                trigger: price(stop),
                limit: limit.map(price),
            },
        }
    }

    /// Parameters without ids, which are long and always the same.
    fn sent(params: Result<Params, Refused>) -> Result<String, String> {
        let ids = (1..5).map(id).collect::<Vec<_>>();
        params.map_err(|refused| refused.to_string()).map(|params| {
            ids.iter()
                .zip(1..)
                .fold(params.encoded(), |text, (id, n)| text.replace(id.as_str(), &format!("#{n}")))
        })
    }

    #[test]
    fn each_kind_carries_the_parameters_that_are_wanted_and_no_other() {
        use OrderKind as K;
        use TimeInForce as T;
        let declared = capabilities(Duration::from_secs(10));
        let (trigger, limit) = (price("26000.5"), price("25900"));
        for (kind, tif, wanted) in [
            (K::Market, T::Ioc, "type=MARKET&side=BUY&quantity=0.0015&newClientOrderId=#1"),
            (
                K::Limit { price: limit },
                T::Fok,
                "type=LIMIT&side=BUY&quantity=0.0015&newClientOrderId=#1&price=25900&timeInForce=FOK",
            ),
            (
                K::StopMarket { trigger },
                T::Gtc,
                "type=STOP_LOSS&side=BUY&quantity=0.0015&newClientOrderId=#1&stopPrice=26000.5",
            ),
            (
                K::StopLimit { trigger, price: limit },
                T::Gtc,
                "type=STOP_LOSS_LIMIT&side=BUY&quantity=0.0015&newClientOrderId=#1&price=25900\
                 &stopPrice=26000.5&timeInForce=GTC",
            ),
            (
                K::TakeProfit { trigger },
                T::Gtc,
                "type=TAKE_PROFIT&side=BUY&quantity=0.0015&newClientOrderId=#1&stopPrice=26000.5",
            ),
            (
                K::LimitMaker { price: limit },
                T::Gtc,
                "type=LIMIT_MAKER&side=BUY&quantity=0.0015&newClientOrderId=#1&price=25900",
            ),
        ] {
            let seen = sent(order_params(&order(1, Side::Buy, kind, tif), &declared));
            assert_eq!(seen, Ok(format!("symbol=BTCUSDT&{wanted}")), "{kind:?}");
        }
    }

    #[test]
    fn a_price_of_nothing_is_refused() {
        let declared = capabilities(Duration::from_secs(10));
        let order = order(1, Side::Buy, OrderKind::Limit { price: Price::ZERO }, TimeInForce::Gtc);
        assert_eq!(
            sent(order_params(&order, &declared)),
            Err("price is 0, wanted above 0".to_owned())
        );
    }

    #[test]
    fn lists_put_the_higher_price_above() {
        let declared = capabilities(Duration::from_secs(10));
        let symbol = Symbol::new("BTCUSDT").expect("a symbol");
        let oco = |exits| OrderList::Oco { symbol: symbol.clone(), client_list_id: id(4), exits };
        let head = "symbol=BTCUSDT&listClientOrderId=#4";
        assert_eq!(
            sent(list_params(&oco(exits(Side::Sell, "110", "90", Some("89"))), &declared)),
            Ok(format!(
                "{head}&side=SELL&quantity=1&aboveType=LIMIT_MAKER&aboveClientOrderId=#2\
                 &abovePrice=110&belowType=STOP_LOSS_LIMIT&belowClientOrderId=#3&belowPrice=89\
                 &belowStopPrice=90&belowTimeInForce=GTC"
            ))
        );
        assert_eq!(
            sent(list_params(&oco(exits(Side::Buy, "90", "110", None)), &declared)),
            Ok(format!(
                "{head}&side=BUY&quantity=1&aboveType=STOP_LOSS&aboveClientOrderId=#3\
                 &aboveStopPrice=110&belowType=LIMIT_MAKER&belowClientOrderId=#2&belowPrice=90"
            ))
        );
        for wrong in [exits(Side::Sell, "90", "110", None), exits(Side::Buy, "100", "100", None)] {
            assert!(list_params(&oco(wrong), &declared).is_err());
        }
        let working = order(1, Side::Buy, OrderKind::Limit { price: Price::ONE }, TimeInForce::Gtc);
        let list = OrderList::Otoco {
            client_list_id: id(4),
            working: WorkingOrder(working.clone()),
            exits: exits(Side::Sell, "110", "90", None),
        };
        assert_eq!(
            sent(list_params(&list, &declared)),
            Ok(format!(
                "{head}&workingType=LIMIT&workingSide=BUY&workingQuantity=0.0015\
                 &workingClientOrderId=#1&workingPrice=1&workingTimeInForce=GTC&pendingSide=SELL\
                 &pendingQuantity=1&pendingAboveType=LIMIT_MAKER&pendingAboveClientOrderId=#2\
                 &pendingAbovePrice=110&pendingBelowType=STOP_LOSS&pendingBelowClientOrderId=#3\
                 &pendingBelowStopPrice=90"
            ))
        );
        let pending =
            order(2, Side::Sell, OrderKind::StopMarket { trigger: Price::ONE }, TimeInForce::Gtc);
        let oto = |working: NewOrder| OrderList::Oto {
            client_list_id: id(4),
            working: WorkingOrder(working),
            pending: pending.clone(),
        };
        assert_eq!(
            sent(list_params(&oto(working), &declared)),
            Ok(format!(
                "{head}&workingType=LIMIT&workingSide=BUY&workingQuantity=0.0015\
                 &workingClientOrderId=#1&workingPrice=1&workingTimeInForce=GTC\
                 &pendingType=STOP_LOSS&pendingSide=SELL&pendingQuantity=0.0015\
                 &pendingClientOrderId=#2&pendingStopPrice=1"
            ))
        );
        let market = order(1, Side::Buy, OrderKind::Market, TimeInForce::Ioc);
        assert!(list_params(&oto(market), &declared).is_err(), "nothing rests");
    }

    #[test]
    fn a_list_cannot_have_the_name_of_its_order() {
        let declared = capabilities(Duration::from_secs(10));
        let list = OrderList::Oco {
            symbol: Symbol::new("BTCUSDT").expect("a symbol"),
            client_list_id: id(2),
            exits: exits(Side::Sell, "110", "90", None),
        };
        assert!(list_params(&list, &declared).is_err());
    }

    #[test]
    fn what_does_not_stand_for_itself_is_encoded() {
        let params = Params::default().with("symbol", "BTC/USD-1").with("signature", "a+b/c==&x");
        assert_eq!(params.encoded(), "symbol=BTC%2FUSD-1&signature=a%2Bb%2Fc%3D%3D%26x");
        // The documentation's own example.
        let params = Params::default().with("symbol", "１２３４５６");
        assert_eq!(
            params.encoded(),
            "symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96"
        );
    }
}
