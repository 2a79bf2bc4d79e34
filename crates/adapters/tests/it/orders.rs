//! Orders, lists, fills and accounts as the REST interface answers them.

use adapters::venues::binance::decode;
use adapters::{Environment, Half, KeyProblem, RejectKind, UnknownOutcome};
use types::fill::Liquidity;
use types::ids::Asset;
use types::limits::{LimitKind, Used};
use types::num::{Money, Price};
use types::order::{OrderKind, TimeInForce};
use types::side::Side;
use types::venue::{ListStatus, OrderStatus, ReportedKind, VenueListId, VenueOrderId};

use crate::fixtures::*;

fn money(text: &str) -> Money {
    Money::parse(text.as_bytes()).expect("an amount")
}

fn price(text: &str) -> Price {
    text.parse().expect("a price")
}

#[test]
fn a_placed_order_brings_its_fills() {
    let report = decode::order(ORDER_FULL.as_bytes()).expect("an order");
    assert_eq!(report.venue_order_id, VenueOrderId("28".to_owned()));
    assert_eq!((report.side, report.tif), (Side::Buy, TimeInForce::Gtc));
    assert_eq!(report.kind, ReportedKind::Ours(OrderKind::Limit { price: price("4000") }));
    assert_eq!(report.progress.status, OrderStatus::PartiallyFilled);
    assert_eq!(report.fills.len(), 2);
    let sum: i64 = report.fills.iter().map(|fill| fill.qty.raw()).sum();
    assert_eq!(sum, report.progress.filled.raw());
    let fee = report.fills[1].fee.as_ref().expect("a fee");
    assert_eq!((fee.asset.as_str(), fee.amount), ("BTC", money("0.005")));
    assert_eq!(report.fills[1].liquidity, Some(Liquidity::Taker));
}

#[test]
fn a_queried_order_may_have_lost_what_it_cost() {
    let report = decode::order(ORDER_QUERIED.as_bytes()).expect("an order");
    assert_eq!(report.progress.filled_quote, None);
    let wanted = OrderKind::StopLimit { trigger: price("0.2"), price: price("0.1") };
    assert_eq!(report.kind, ReportedKind::Ours(wanted));
    assert_eq!(report.updated_at.as_millis(), 1_499_827_319_560);
}

#[test]
fn a_cancelled_order_is_found_under_its_own_name() {
    let report = decode::order(ORDER_CANCELLED.as_bytes()).expect("an order");
    assert_eq!(report.client_order_id, "myOrder1");
    assert_eq!(report.progress.status, OrderStatus::Cancelled);
}

#[test]
fn an_order_without_its_state_is_an_error() {
    // The answer ACK, which is never asked for.
    let ack = r#"{"symbol":"BTCUSDT","orderId":28,"orderListId":-1,
        "clientOrderId":"6gCrw2kRUAF9CvJDGP16IP","transactTime":1507725176595}"#;
    assert!(decode::order(ack.as_bytes()).is_err());
    let timeless = ORDER_QUERIED.replace("updateTime", "otherTime");
    assert!(decode::order(timeless.as_bytes()).is_err());
}

#[test]
fn a_foreign_order_of_a_kind_we_never_place_is_seen() {
    let foreign = ORDER_QUERIED.replace("STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT");
    let report = decode::order(foreign.as_bytes()).expect("an order");
    let wanted = ReportedKind::TakeProfitLimit { trigger: price("0.2"), price: price("0.1") };
    assert_eq!(report.kind, wanted);
}

#[test]
fn a_list_brings_its_orders() {
    let report = decode::order_list(OCO.as_bytes()).expect("a list");
    assert_eq!(report.list_id, VenueListId("1".to_owned()));
    assert_eq!((report.status, report.reports.len()), (ListStatus::Executing, 2));
    assert!(report.reports.iter().all(|order| order.list_id == Some(report.list_id.clone())));
}

#[test]
fn each_half_of_a_cancel_replace_is_known_by_itself() {
    let half = decode::half_replaced(HALF_REPLACED.as_bytes()).expect("known").expect("halves");
    assert!(
        matches!(&half.cancelled, Half::Done(order) if order.client_order_id == "86M8erehfExV8z2RC8Zo8k")
    );
    assert!(matches!(&half.placed, Half::Rejected(no) if no.kind == RejectKind::WouldTrade));

    let not = decode::half_replaced(NOT_REPLACED.as_bytes()).expect("known").expect("halves");
    assert!(matches!(&not.cancelled, Half::Rejected(no) if no.kind == RejectKind::UnknownOrder));
    assert_eq!(not.placed, Half::NotTried);

    let other = decode::half_replaced(ERROR.as_bytes());
    assert!(matches!(other, Ok(None)), "another error is none of its halves");

    let unsure = HALF_REPLACED.replace("\"code\":-2010", "\"code\":-1007");
    let seen = decode::half_replaced(unsure.as_bytes());
    assert!(matches!(seen, Err(UnknownOutcome::VenueUnsure { code: Some(-1007), .. })), "{seen:?}");
    let odd = HALF_REPLACED.replace("\"FAILURE\"", "\"PERHAPS\"");
    assert!(matches!(decode::half_replaced(odd.as_bytes()), Err(UnknownOutcome::Unreadable(_))));
}

#[test]
fn our_fills_say_who_rested_and_what_they_cost() {
    let fills = decode::fills(MY_TRADES.as_bytes()).expect("fills");
    let fee = fills[0].fee.as_ref().expect("a fee");
    assert_eq!((fills[0].trade_id, fills[0].side), (28_457, Side::Buy));
    assert_eq!((fee.asset.as_str(), fee.amount), ("BNB", money("10.1")));
    assert_eq!(fills[0].liquidity, Some(Liquidity::Taker));
}

#[test]
fn an_account_keeps_what_is_not_zero_to_the_last_digit() {
    let account = decode::account(ACCOUNT.as_bytes()).expect("an account");
    let of = |name: &str| account.balances.get(&Asset::new(name).expect("an asset"));
    assert_eq!(account.balances.len(), 3);
    assert_eq!(of("ETH"), None);
    assert_eq!(of("LTC").map(|held| held.locked), Some(money("1.5")));
    assert_eq!(of("SHIB").map(|held| held.free), Some(money("589000000000.12")));
    assert_eq!(
        (account.maker_fee.to_string(), account.taker_fee.to_string()),
        ("0.0015".to_owned(), "0.0016".to_owned())
    );
    assert!(account.can_trade);
}

#[test]
fn counts_and_rights() {
    let used = |seconds: i64, count| Used {
        kind: LimitKind::Orders,
        interval_nanos: seconds * 1_000_000_000,
        count,
    };
    let seen = decode::order_usage(ORDER_COUNT.as_bytes());
    assert_eq!(seen, Ok(vec![used(10, 3), used(86_400, 27)]));

    let rights = decode::key_rights(RESTRICTIONS.as_bytes()).expect("rights");
    use KeyProblem as P;
    assert_eq!(
        rights.problems(Environment::Live),
        [
            P::CanWithdraw,
            P::CanTransferInternally,
            P::CanTransferUniversally,
            P::NoIpRestriction,
            P::CannotTrade
        ]
    );
    // A right that is not mentioned is not taken for absent.
    let silent = RESTRICTIONS.replace("enableWithdrawals", "enableSomething");
    assert!(decode::key_rights(silent.as_bytes()).is_err());
}
