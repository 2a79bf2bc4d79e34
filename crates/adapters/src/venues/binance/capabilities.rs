//! What Binance spot declares (documentation: *REST API*, *Enums*, *Filters*, the spot FAQs).

use std::time::Duration;

use types::instrument::Market;
use types::limits::{Cost, Limit, LimitKind};
use types::venue::OrderKindName;

use crate::capabilities::{
    Amend, Capabilities, Certainty, ClientIdRules, DeadManSwitch, ListKind, OrderRow, RecvWindow,
    RequestKind, TifName, Uniqueness,
};

/// Name of the venue in messages.
pub(super) const NAME: &str = "Binance spot";

/// Characters of a client order id beside letters and digits (documentation: error -1100 names the
/// range `^[a-zA-Z0-9-_]{1,36}$`; the newer pages add `.`, `:` and `/`, which we do not need).
const ID_CHARACTERS: &str = "-_";

/// Longest client order id.
const ID_LEN_MAX: usize = 36;

/// Our orders and the venue's words for them.
///
/// Beside these the venue has `TAKE_PROFIT_LIMIT` and trailing, iceberg and pegged forms: nothing here
/// decides on them, so they have no row.
pub(super) static ORDERS: [OrderRow; 6] = [
    // A market order has no time in force at this venue; what finds no counterpart expires.
    OrderRow { kind: OrderKindName::Market, sent_as: "MARKET", tifs: &[TifName::Ioc] },
    OrderRow {
        kind: OrderKindName::Limit,
        sent_as: "LIMIT",
        tifs: &[TifName::Gtc, TifName::Ioc, TifName::Fok],
    },
    OrderRow { kind: OrderKindName::StopMarket, sent_as: "STOP_LOSS", tifs: &[TifName::Gtc] },
    OrderRow {
        kind: OrderKindName::StopLimit,
        sent_as: "STOP_LOSS_LIMIT",
        tifs: &[TifName::Gtc, TifName::Ioc, TifName::Fok],
    },
    OrderRow { kind: OrderKindName::TakeProfit, sent_as: "TAKE_PROFIT", tifs: &[TifName::Gtc] },
    OrderRow { kind: OrderKindName::LimitMaker, sent_as: "LIMIT_MAKER", tifs: &[TifName::Gtc] },
];

const SECOND: i64 = 1_000_000_000;

/// Returns what the venue declares. `engine` is how long its engine may still take an order after the
/// window of the request: 10 s at the real one, where requests time out after that.
pub(super) fn capabilities(engine: Duration) -> Capabilities {
    Capabilities {
        venue: NAME,
        market: Market::Spot,
        orders: &ORDERS,
        reduce_only: false,
        amend: Amend::CancelReplace,
        lists: &[ListKind::Oco, ListKind::Oto, ListKind::Otoco],
        dead_man_switch: DeadManSwitch::None,
        client_ids: ClientIdRules {
            len_max: ID_LEN_MAX,
            also_allowed: ID_CHARACTERS,
            unique: Uniqueness::OpenOnly,
        },
        recv_window: RecvWindow {
            default: Duration::from_secs(2),
            max: Duration::from_secs(60),
            ahead_max: Duration::from_secs(1),
        },
        // Orders are looked up in memory before the database, so what the engine did is seen at once;
        // one second covers the replication that the documentation calls "some delay".
        certainty: Certainty { engine, visibility: Duration::from_secs(1) },
        stop_distance_ticks_min: 0,
        limits: vec![
            Limit { kind: LimitKind::Weight, max: 6_000, interval_nanos: 60 * SECOND },
            Limit { kind: LimitKind::Orders, max: 100, interval_nanos: 10 * SECOND },
            Limit { kind: LimitKind::Orders, max: 200_000, interval_nanos: 86_400 * SECOND },
            Limit { kind: LimitKind::RawRequests, max: 61_000, interval_nanos: 300 * SECOND },
        ],
        cost,
        streams_per_connection: 1_024,
        connection_life: Duration::from_secs(24 * 3_600),
        listings_life: Duration::from_secs(24 * 3_600),
    }
}

/// Returns what a request takes from the limits: the weights of the endpoints' pages.
fn cost(request: RequestKind) -> Cost {
    let weight = match request {
        RequestKind::Time
        | RequestKind::Place
        | RequestKind::PlaceList(_)
        | RequestKind::Cancel
        | RequestKind::CancelReplace
        | RequestKind::KeyRights => 1,
        RequestKind::Bars | RequestKind::UserStream => 2,
        RequestKind::LookUp | RequestKind::LookUpList => 4,
        RequestKind::OpenOrders => 6,
        RequestKind::Depth(0..=100) => 5,
        RequestKind::Listings | RequestKind::Fills | RequestKind::Account => 20,
        RequestKind::Depth(101..=500) | RequestKind::Trades => 25,
        RequestKind::OrderUsage => 40,
        RequestKind::Depth(501..=1_000) => 50,
        RequestKind::AllOpenOrders => 80,
        RequestKind::Depth(1_001..) => 250,
    };
    let orders = match request {
        RequestKind::Place | RequestKind::CancelReplace => 1,
        RequestKind::PlaceList(orders) => orders,
        RequestKind::Time
        | RequestKind::Listings
        | RequestKind::Bars
        | RequestKind::Depth(_)
        | RequestKind::Trades
        | RequestKind::Cancel
        | RequestKind::LookUp
        | RequestKind::LookUpList
        | RequestKind::OpenOrders
        | RequestKind::AllOpenOrders
        | RequestKind::Fills
        | RequestKind::Account
        | RequestKind::OrderUsage
        | RequestKind::KeyRights
        | RequestKind::UserStream => 0,
    };
    Cost { weight, orders, requests: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::ids::{ClientOrderId, JournalId, Leg, OrderId, Seq, Symbol};
    use types::market::TsNanos;
    use types::num::{Price, Qty};
    use types::order::{OrderKind, TimeInForce};
    use types::side::Side;
    use types::venue::NewOrder;

    fn order(kind: OrderKind, tif: TimeInForce) -> NewOrder {
        let id = OrderId::first(Seq(1), Leg::Main);
        NewOrder {
            symbol: Symbol::new("BTCUSDT").expect("a symbol"),
            client_order_id: ClientOrderId::of(JournalId([1; 16]), "main", id),
            side: Side::Sell,
            kind,
            qty: Qty::ONE,
            tif,
            reduce_only: false,
        }
    }

    #[test]
    fn every_kind_has_a_row_and_what_has_none_is_refused_with_a_reason() {
        use OrderKind as K;
        use TimeInForce as T;
        let price = Price::ONE;
        let declared = capabilities(Duration::from_secs(10));
        for (kind, tif, answer) in [
            (K::Market, T::Ioc, Ok("MARKET")),
            (K::Limit { price }, T::Gtc, Ok("LIMIT")),
            (K::Limit { price }, T::Fok, Ok("LIMIT")),
            (K::StopMarket { trigger: price }, T::Gtc, Ok("STOP_LOSS")),
            (K::StopLimit { trigger: price, price }, T::Ioc, Ok("STOP_LOSS_LIMIT")),
            (K::TakeProfit { trigger: price }, T::Gtc, Ok("TAKE_PROFIT")),
            (K::LimitMaker { price }, T::Gtc, Ok("LIMIT_MAKER")),
            (
                K::Market,
                T::Gtc,
                Err(
                    "a market order Gtc cannot be sent to Binance spot: this kind ends on arrival: \
                     send it immediate-or-cancel",
                ),
            ),
            (
                K::LimitMaker { price },
                T::Ioc,
                Err("a limit_maker order Ioc cannot be sent to Binance spot: this kind rests: \
                     send it until cancelled"),
            ),
            (
                K::Limit { price },
                T::Gtd(TsNanos::EPOCH),
                Err("a limit order Gtd(TsNanos(0)) cannot be sent to Binance spot: it has no \
                     orders until a moment: send it until cancelled, and cancel it then"),
            ),
        ] {
            let seen = declared.check(&order(kind, tif)).map(|row| row.sent_as);
            assert_eq!(seen.map_err(|e| e.to_string()), answer.map_err(str::to_owned), "{kind:?}");
        }
    }

    #[test]
    fn a_reduce_only_buy_has_nothing_to_reduce_on_spot() {
        let declared = capabilities(Duration::from_secs(10));
        let mut order = order(OrderKind::Market, TimeInForce::Ioc);
        order.reduce_only = true;
        assert!(declared.check(&order).is_ok(), "a sale can only reduce");
        order.side = Side::Buy;
        assert!(declared.check(&order).is_err());
        order.reduce_only = false;
        order.qty = Qty::ZERO;
        assert!(declared.check(&order).is_err(), "nothing to trade");
    }

    #[test]
    fn our_ids_fit_and_foreign_ones_are_checked() {
        let rules = capabilities(Duration::from_secs(10)).client_ids;
        for (id, fits) in [
            ("pugcndiqk7dah7bam26wrbo7hkmlvvs42", true),
            (&"a".repeat(36), true),
            (&"a".repeat(37), false),
            ("", false),
            ("a b", false),
            ("a&side=SELL", false),
            ("ä", false),
        ] {
            assert_eq!(rules.check(id).is_ok(), fits, "{id}");
        }
    }

    #[test]
    fn nothing_may_be_repeated_where_ids_live_as_long_as_their_orders() {
        let unique = capabilities(Duration::from_secs(10)).client_ids.unique;
        assert!(!unique.makes_repeating_safe(Duration::ZERO));
        assert!(Uniqueness::Window(Duration::from_secs(600)).makes_repeating_safe(Duration::ZERO));
        assert!(Uniqueness::Forever.makes_repeating_safe(Duration::MAX));
    }

    #[test]
    fn deeper_questions_cost_more() {
        let weights =
            [100, 101, 500, 501, 1_000, 1_001].map(|n| cost(RequestKind::Depth(n)).weight);
        assert_eq!(weights, [5, 25, 25, 50, 50, 250]);
        assert_eq!(cost(RequestKind::PlaceList(3)), Cost { weight: 1, orders: 3, requests: 1 });
    }
}
