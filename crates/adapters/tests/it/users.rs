//! Messages about the account.

use adapters::DecodeError;
use adapters::venues::binance::decode::{self, AccountMessage};
use types::fill::Liquidity;
use types::ids::Asset;
use types::num::Money;
use types::venue::{
    Execution, ListStatus, OrderReport, OrderStatus, UserEvent, VenueOrderId, VenueRejection,
};

use crate::fixtures::*;

fn event(data: &str) -> UserEvent {
    match decode::account_message(subscribed(data).as_bytes()) {
        Ok(AccountMessage::Event(event)) => event,
        other => panic!("{other:?}"),
    }
}

fn order(data: &str) -> (Execution, OrderReport) {
    let event = event(data);
    let UserEvent::Order { execution, report, .. } = event else { panic!("{event:?}") };
    (execution, *report)
}

fn money(text: &str) -> Money {
    Money::parse(text.as_bytes()).expect("an amount")
}

#[test]
fn a_fill_carries_its_fee_and_its_side_of_the_book() {
    let (execution, report) = order(EXECUTION);
    let Execution::Fill(fill) = execution else { panic!("{execution:?}") };
    assert_eq!((fill.trade_id, fill.qty.to_string()), (77, "0.25".to_owned()));
    assert_eq!(fill.price.to_string(), "0.102644");
    let fee = fill.fee.expect("a fee");
    assert_eq!((fee.asset.as_str(), fee.amount), ("ETH", money("0.00025")));
    assert_eq!(fill.liquidity, Some(Liquidity::Maker));
    assert_eq!(fill.venue_order_id, VenueOrderId("4293153".to_owned()));
    assert_eq!(report.progress.status, OrderStatus::PartiallyFilled);
    assert_eq!(report.progress.filled.to_string(), "0.5");
    assert_eq!(report.progress.filled_quote, Some(money("0.051322")));
    assert_eq!(report.list_id, None);
}

#[test]
fn each_execution_type_is_a_step_of_an_orders_life() {
    let step = |kind: &str, status: &str| {
        let quiet = EXECUTION
            .replace("\"x\":\"TRADE\"", &format!("\"x\":\"{kind}\""))
            .replace("\"PARTIALLY_FILLED\"", &format!("\"{status}\""))
            .replace("\"r\":\"NONE\"", "\"r\":\"INSUFFICIENT_BALANCES\"")
            .replace("\"t\":77", "\"t\":-1");
        let (execution, report) = order(&quiet);
        (execution, report.progress.status)
    };
    let rejected = Execution::Rejected(VenueRejection("INSUFFICIENT_BALANCES".to_owned()));
    for (kind, status, wanted) in [
        ("NEW", "NEW", (Execution::Accepted, OrderStatus::Working)),
        ("NEW", "PENDING_NEW", (Execution::Accepted, OrderStatus::Waiting)),
        ("CANCELED", "CANCELED", (Execution::Cancelled, OrderStatus::Cancelled)),
        ("REPLACED", "NEW", (Execution::Amended, OrderStatus::Working)),
        ("REJECTED", "REJECTED", (rejected, OrderStatus::Rejected)),
        ("EXPIRED", "EXPIRED", (Execution::Expired, OrderStatus::Expired)),
        (
            "TRADE_PREVENTION",
            "EXPIRED_IN_MATCH",
            (Execution::SelfTradePrevented, OrderStatus::SelfTradePrevented),
        ),
    ] {
        assert_eq!(step(kind, status), wanted, "{kind} {status}");
    }
}

#[test]
fn a_cancelled_order_keeps_its_own_name() {
    let cancelled = EXECUTION
        .replace("\"x\":\"TRADE\"", "\"x\":\"CANCELED\"")
        .replace("\"C\":\"\"", "\"C\":\"theOrder\"");
    assert_eq!(order(&cancelled).1.client_order_id, "theOrder");
    assert_eq!(order(EXECUTION).1.client_order_id, "mUvoqJxFIILMdfAW5iGSOW");
    let amended = cancelled.replace("CANCELED", "REPLACED");
    assert_eq!(order(&amended).1.client_order_id, "mUvoqJxFIILMdfAW5iGSOW", "its new one");
}

#[test]
fn a_fill_that_cannot_be_one_is_an_error() {
    for (from, to, wanted) in [
        ("\"t\":77", "\"t\":-1", "trade id: -1 in the report of a fill"),
        ("\"l\":\"0.25000000\"", "\"l\":\"0.00000000\"", "fill: 0 at 0.102644"),
        ("\"N\":\"ETH\"", "\"N\":null", "commission: an amount without its asset"),
        ("\"x\":\"TRADE\"", "\"x\":\"BUST\"", "execution type is `BUST`, wanted one of NEW,"),
        ("\"PARTIALLY_FILLED\"", "\"HALF\"", "order status is `HALF`, wanted one of NEW,"),
        ("\"o\":\"LIMIT\"", "\"o\":\"PEGGED\"", "order type is `PEGGED`"),
        ("\"S\":\"BUY\"", "\"S\":\"HOLD\"", "side is `HOLD`, wanted one of BUY, SELL"),
        ("\"f\":\"GTC\"", "\"f\":\"DAY\"", "time in force is `DAY`"),
        ("\"z\":\"0.50000000\"", "\"z\":\"-0.5\"", "executed quantity: -0.5 of 1 filled"),
    ] {
        let seen = decode::account_message(subscribed(&EXECUTION.replace(from, to)).as_bytes());
        let text = seen.expect_err(wanted).to_string();
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let free = EXECUTION.replace("\"N\":\"ETH\"", "\"N\":null").replace("0.00025000", "0");
    let (Execution::Fill(fill), _) = order(&free) else { panic!("a fill") };
    assert_eq!(fill.fee, None);
}

#[test]
fn balances_and_what_changes_them_from_outside() {
    let UserEvent::Balances { balances, .. } = event(POSITION) else { panic!("balances") };
    let eth = balances[&Asset::new("ETH").expect("an asset")];
    assert_eq!((eth.free, eth.locked), (money("10000"), money("0.5")));
    // An asset whose name does not fit here hides no other.
    let more = POSITION.replace("\"B\":[", "\"B\":[{\"a\":\"币安人生\",\"f\":\"1\",\"l\":\"0\"},");
    let UserEvent::Balances { balances, .. } = event(&more) else { panic!("balances") };
    assert_eq!(balances.len(), 1);

    let UserEvent::BalanceChange { change, .. } = event(BALANCE) else { panic!("a change") };
    assert_eq!((change.delta, change.is_lock), (money("-100"), false));
    let UserEvent::BalanceChange { change, .. } = event(LOCK) else { panic!("a lock") };
    assert_eq!((change.delta, change.is_lock), (money("10"), true));
}

#[test]
fn lists_and_the_end_of_a_subscription() {
    let UserEvent::List { report, .. } = event(LIST_STATUS) else { panic!("a list") };
    assert_eq!(report.client_list_id, "F4QN4G8DlFATFlIUQ0cjdD");
    assert_eq!((report.status, report.orders.len()), (ListStatus::Executing, 2));
    assert!(matches!(event(TERMINATED), UserEvent::Ended { .. }));
}

#[test]
fn the_answer_to_the_subscription() {
    let [yes, no] = [account_messages()[6].clone(), account_messages()[7].clone()];
    let yes = decode::account_message(yes.as_bytes());
    assert_eq!(yes, Ok(AccountMessage::Reply { id: Some(1), refused: None }));
    let Ok(AccountMessage::Reply { refused: Some(no), .. }) =
        decode::account_message(no.as_bytes())
    else {
        panic!("a refusal")
    };
    assert_eq!(no.code, -2015);
    let seen = decode::account_message(subscribed(r#"{"e":"newEvent"}"#).as_bytes());
    assert!(matches!(seen, Err(DecodeError::UnknownWord { raw, .. }) if raw == "newEvent"));
}
