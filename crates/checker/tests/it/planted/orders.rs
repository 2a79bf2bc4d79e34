//! What becomes of orders, fills and money.

use types::entry::{
    Body, Incident, IncidentKind, IncidentOver, OperatorAction, Report, ReportEvent,
};
use types::fill::{Fee, Fill};
use types::ids::{Leg, OrderId, Seq};
use types::num::Money;
use types::order::{OrderRequest, TimeInForce};

use super::{Defect, clean, entry, forget};
use crate::rows::BTC;
use crate::story::{BTCUSDT, buy, name, price, sale};

pub(super) const ORDERS: &[Defect] = &[
    (
        "a position that is ours and is said not to be",
        |s| {
            clean(s);
            let differs = Incident::word(IncidentKind::PositionDiffers).of_symbol(BTCUSDT);
            s.say(Body::Incident(differs));
        },
        &["difference_real"],
    ),
    (
        "an end that is heard of too late",
        |s| {
            let (order, request) = s.sent();
            s.works(order, &request);
            s.rows.end(s.now, &name(order), "EXPIRED");
            s.pass(180_001);
            s.report(order, ReportEvent::Expired);
        },
        &["heard_in_time"],
    ),
    (
        "an end that is heard of too late while the symbol is halted",
        |s| {
            let (order, request) = s.sent();
            s.works(order, &request);
            s.rows.end(s.now, &name(order), "EXPIRED");
            s.rows.row(s.now, r#"{"status":{"symbol":0,"status":"halt"}}"#);
            s.pass(180_001);
            s.rows.row(s.now, r#"{"status":{"symbol":0,"status":"trading"}}"#);
            s.report(order, ReportEvent::Expired);
        },
        &["heard_in_time"],
    ),
    (
        "an end that is heard of too late while a difference is open",
        |s| {
            let (order, request) = s.sent();
            s.works(order, &request);
            s.rows.end(s.now, &name(order), "EXPIRED");
            s.rows.flow(s.now, BTC, 1);
            let incident = s.differs();
            s.pass(180_001);
            s.report(order, ReportEvent::Expired);
            s.say(Body::IncidentOver(IncidentOver { incident, by_itself: true }));
        },
        &["heard_in_time"],
    ),
    (
        "a fault behind four minutes without a word of an end",
        |s| {
            let (order, request) = s.sent();
            s.works(order, &request);
            s.rows.end(s.now, &name(order), "EXPIRED");
            s.pass(240_000);
            s.rows.row(s.now, r#"{"fault":{}}"#);
            s.pass(500);
            s.report(order, ReportEvent::Expired);
        },
        &["heard_in_time"],
    ),
    (
        "an order at the venue before its command",
        |s| {
            let (decision, request) = (s.decide("1", "101", "90"), buy("1", "101"));
            let order = OrderId::first(Seq(s.entries.len() as u64 + 1), Leg::Main);
            s.accept(order, &request);
            s.pass(2_000);
            s.command_as(order, decision, request);
            s.report(order, ReportEvent::Accepted);
            s.ends(order, "EXPIRED");
        },
        &["cause_before_effect"],
    ),
    (
        "an order without a command",
        |s| {
            clean(s);
            let order = OrderId::first(Seq(9_999), Leg::Main);
            s.accept(order, &buy("1", "101"));
            s.rows.end(s.now, &name(order), "EXPIRED");
        },
        &["cause_before_effect"],
    ),
    (
        "an entry that no decision wanted",
        |s| {
            let cause = s.operator(OperatorAction::Flatten);
            let order = s.command(Leg::Main, cause, buy("1", "101"));
            s.works(order, &buy("1", "101"));
            s.ends(order, "EXPIRED");
        },
        &["cause_before_effect"],
    ),
    (
        "a cause that comes later",
        |s| {
            let position = s.open();
            let later = Seq(s.entries.len() as u64 + 2);
            s.cancel(position.stop, later);
            s.ends(position.stop, "CANCELLED");
            s.protect(position.filled, "0.999", "90");
        },
        &["cause_before_effect"],
    ),
    (
        "more ordered than decided",
        |s| {
            let decision = s.decide("0.5", "101", "90");
            let order = s.command(Leg::Main, decision, buy("1", "101"));
            s.works(order, &buy("1", "101"));
            s.ends(order, "EXPIRED");
        },
        &["cause_before_effect"],
    ),
    (
        "two orders of one decision at once",
        |s| {
            let decision = s.decide("1", "101", "90");
            for _ in 0..2 {
                let order = s.command(Leg::Main, decision, buy("1", "101"));
                s.works(order, &buy("1", "101"));
            }
        },
        &["cause_before_effect"],
    ),
    (
        "a price worse than decided",
        |s| {
            let decision = s.decide("1", "100", "90");
            let order = s.command(Leg::Main, decision, buy("1", "101"));
            s.works(order, &buy("1", "101"));
            s.ends(order, "EXPIRED");
        },
        &["cause_before_effect"],
    ),
    (
        "another order than the commanded one",
        |s| {
            let decision = s.decide("1", "101", "90");
            let order = s.command(Leg::Main, decision, buy("1", "101"));
            s.accept(order, &OrderRequest { tif: TimeInForce::Gtc, ..buy("1", "101.5") });
            s.report(order, ReportEvent::Accepted);
            s.ends(order, "EXPIRED");
        },
        &["cause_before_effect"],
    ),
    (
        "one name accepted twice",
        |s| {
            let order = entry(s, buy("1", "101"));
            s.ends(order, "EXPIRED");
            s.accept(order, &buy("1", "101"));
            s.rows.end(s.now, &name(order), "EXPIRED");
        },
        &["intent_once"],
    ),
    (
        "an attempt raised without proof, both accepted",
        |s| {
            let (decision, request) = (s.decide("2", "101", "90"), buy("1", "101"));
            let first = s.command(Leg::Main, decision, request);
            s.pass(10);
            s.accept(first, &request);
            let second = s.command_as(OrderId { attempt: 1, ..first }, decision, request);
            s.works(second, &request);
            s.ends(second, "EXPIRED");
            s.report(first, ReportEvent::Accepted);
            s.ends(first, "EXPIRED");
        },
        &["intent_once"],
    ),
    (
        "booked as never accepted, and it was",
        |s| {
            let (first, request) = s.sent();
            s.accept(first, &request);
            s.rows.end(s.now, &name(first), "EXPIRED");
            s.pass(14_000);
            s.report(first, ReportEvent::NeverAccepted);
        },
        &["intent_once", "nothing_lost"],
    ),
    (
        "an answer that timed out booked as rejected",
        |s| {
            let (first, request) = s.sent();
            s.accept(first, &request);
            s.pass(5_000);
            s.report(first, ReportEvent::Rejected("timed out".to_owned()));
        },
        &["intent_once", "books_agree", "nothing_lost"],
    ),
    (
        "a second command under one name",
        |s| {
            let order = entry(s, buy("1", "101"));
            s.ends(order, "EXPIRED");
            s.command_as(order, order.command, buy("1", "101"));
        },
        &["intent_once"],
    ),
    (
        "a fill counted twice",
        |s| {
            let position = s.open();
            s.report(position.order, ReportEvent::Filled(position.fill));
        },
        &["books_agree"],
    ),
    (
        "a fill that is another at the venue",
        |s| {
            let position = s.open();
            let index = usize::try_from(position.filled.0 - 1).unwrap();
            let fill = Fill { price: price("99"), ..position.fill };
            let event = ReportEvent::Filled(fill);
            s.entries[index].body = Body::Report(Report { order: fill.order, event });
        },
        &["books_agree"],
    ),
    (
        "a fee that is another at the venue",
        |s| {
            let position = s.open();
            let index = usize::try_from(position.filled.0 - 1).unwrap();
            let fill = Fill { fee: Fee::Quote(Money::ZERO), ..position.fill };
            let event = ReportEvent::Filled(fill);
            s.entries[index].body = Body::Report(Report { order: fill.order, event });
        },
        &["books_agree"],
    ),
    (
        "a fill of the venue in no entry",
        |s| {
            let position = s.open();
            let fill = s.close(&position, "90");
            assert!(fill.order.is_some());
            forget(s, Seq(s.entries.len() as u64));
        },
        &["books_agree", "nothing_lost"],
    ),
    (
        "an order that has ended for us and works",
        |s| {
            let position = s.open();
            s.report(position.stop, ReportEvent::Cancelled);
            s.protect(position.filled, "0.999", "90");
        },
        &["books_agree", "money_conserved"],
    ),
    (
        "an order that works for us and has ended",
        |s| {
            let position = s.open();
            s.rows.end(s.now, &name(position.stop), "CANCELLED");
            s.protect(position.filled, "0.999", "90");
        },
        &["books_agree", "nothing_lost"],
    ),
    (
        "reports of an order that never was",
        |s| {
            clean(s);
            let decision = s.decide("1", "100", "90");
            let order = s.command(Leg::Main, decision, buy("1", "100"));
            s.report(order, ReportEvent::Accepted);
            s.report(order, ReportEvent::Expired);
        },
        &["books_agree"],
    ),
    (
        "a fill of an order that nobody commanded",
        |s| {
            let position = s.open();
            s.close(&position, "90");
            let order = OrderId::first(Seq(2), Leg::Main);
            let fill = Fill { order: Some(order), trade_id: 99, ..position.fill };
            s.report(order, ReportEvent::Filled(fill));
        },
        &["books_agree"],
    ),
    (
        "a fill of no order at all",
        |s| {
            let position = s.open();
            s.close(&position, "90");
            let event = ReportEvent::Filled(Fill { order: None, trade_id: 99, ..position.fill });
            s.say(Body::Report(Report { order: None, event }));
        },
        &["books_agree"],
    ),
    (
        "a unit of money too much at the venue",
        |s| {
            clean(s);
            s.rows.bend_balance(s.now, 1, 1);
        },
        &["money_conserved"],
    ),
    (
        "coins that were there before us are sold",
        |s| {
            let position = s.open();
            let order = s.command(Leg::Main, position.filled, sale("1.5"));
            s.works(order, &sale("1.5"));
            let fill = s.trade(order, &sale("1.5"), "1.5", "100");
            s.report(order, ReportEvent::Filled(fill));
            s.cancel(position.stop, position.filled);
            s.ends(position.stop, "CANCELLED");
        },
        &["money_conserved"],
    ),
    (
        "a withdrawal that nobody saw",
        |s| {
            s.open();
            s.rows.flow(s.now, 1, -600 * 10_000_000_000_000_000);
            s.pass(600_000);
        },
        &["money_conserved"],
    ),
];
