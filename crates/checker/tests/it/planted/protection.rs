//! Stops, the age of what is decided on, modes and time.

use types::bar::Bar;
use types::entry::{
    Body, Incident, IncidentKind, ModeCause, OperatorAction, ReportEvent, SystemMode,
};
use types::ids::{Leg, Seq};
use types::market::{Timeframe, TsNanos};
use types::num::Money;
use types::order::OrderKind;

use super::{Defect, clean, drawn_down, entry, instead, trail, unfilled};
use crate::rows::USDT;
use crate::story::{BTCUSDT, buy, name, price};

pub(super) const PROTECTION: &[Defect] = &[
    (
        "a fill that waits too long for its stop",
        |s| {
            let (_, _, filled) = s.bought(0);
            s.pass(1_000);
            s.protect(filled, "0.999", "90");
        },
        &["protected"],
    ),
    (
        "a stop that takes too long in a market that waits",
        |s| {
            s.rows.row(s.now, r#"{"control":{"what":"speed max"}}"#);
            let (_, _, filled) = s.bought(60_000);
            s.pass(1_000);
            s.protect(filled, "0.999", "90");
        },
        &["protected"],
    ),
    (
        "new rules that the hub never asks for",
        |s| {
            s.rules_change();
            let (_, _, filled) = s.bought(0);
            s.pass(66_500);
            s.protect(filled, "0.999", "90");
        },
        &["protected"],
    ),
    (
        "a stop that takes too long behind new rules",
        |s| {
            s.rules_change();
            let (_, _, filled) = s.bought(0);
            s.pass(30_000);
            s.rules_heard();
            s.pass(1_100);
            s.protect(filled, "0.999", "90");
        },
        &["protected"],
    ),
    (
        "a stop for a part",
        |s| {
            let (_, _, filled) = s.bought(0);
            s.protect(filled, "0.9", "90");
        },
        &["protected"],
    ),
    (
        "a fault behind half a minute without a stop",
        |s| {
            let (_, _, filled) = s.bought(0);
            s.pass(30_000);
            s.rows.row(s.now, r#"{"fault":{}}"#);
            s.pass(500);
            s.protect(filled, "0.999", "90");
        },
        &["protected"],
    ),
    (
        "a sale that rests above in the stead of a stop",
        |s| instead(s, OrderKind::Limit { price: price("110") }),
        &["protected"],
    ),
    (
        "a take-profit in the stead of a stop",
        |s| instead(s, OrderKind::TakeProfit { trigger: price("110") }),
        &["protected"],
    ),
    (
        "a stop taken off and not put back",
        |s| {
            let position = s.open();
            s.cancel(position.stop, position.filled);
            s.ends(position.stop, "CANCELLED");
        },
        &["protected"],
    ),
    (
        "a stop moved towards loss",
        |s| {
            let position = s.open();
            trail(s, &position, "89.99");
        },
        &["stops_towards_profit"],
    ),
    (
        "a command of which nothing was heard",
        |s| {
            clean(s);
            let decision = s.decide("1", "100", "90");
            s.command(Leg::Main, decision, buy("1", "100"));
        },
        &["orders_settled"],
    ),
    (
        "an entry on old bars",
        |s| {
            s.pass(1_800_001);
            unfilled(s, buy("1", "100"));
        },
        &["entries_on_fresh_data"],
    ),
    (
        "an entry on a bar of the future",
        |s| {
            let open_time = TsNanos::from_nanos(s.now);
            let close = price("100");
            let bar = Bar { open_time, open: close, high: close, low: close, close, volume: None };
            s.say(Body::Bar { symbol: BTCUSDT, timeframe: Timeframe::M15, bar });
            unfilled(s, buy("1", "100"));
        },
        &["entries_on_fresh_data"],
    ),
    (
        "an entry in SAFE_MODE",
        |s| {
            s.mode(SystemMode::SafeMode, ModeCause::Operator, None);
            unfilled(s, buy("1", "100"));
        },
        &["entries_while_running"],
    ),
    (
        "an entry that left before SAFE_MODE and is accepted long after",
        |s| {
            let (order, request) = s.sent();
            s.mode(SystemMode::SafeMode, ModeCause::Operator, None);
            s.pass(14_000);
            s.works(order, &request);
            s.ends(order, "EXPIRED");
        },
        &["entries_while_running"],
    ),
    (
        "an order that ended for us before it ended at the venue",
        |s| {
            let order = entry(s, buy("1", "100"));
            s.report(order, ReportEvent::Cancelled);
            s.pass(5_000);
            s.rows.end(s.now, &name(order), "CANCELLED");
        },
        &["books_agree"],
    ),
    (
        "a second order for what the first has bought unheard",
        |s| {
            let (decision, request) = (s.decide("1", "1000", "90"), buy("1", "100"));
            for _ in 0..2 {
                let order = s.command(Leg::Main, decision, request);
                s.works(order, &request);
                s.trade(order, &request, "1", "100");
                s.report(order, ReportEvent::Cancelled);
            }
        },
        &["cause_before_effect", "books_agree", "nothing_lost", "protected"],
    ),
    (
        "a second stop beside the first",
        |s| {
            let position = s.open();
            let order = s.command(Leg::Stop, Seq(s.entries.len() as u64), position.protective);
            s.works(order, &position.protective);
            s.ends(order, "CANCELLED");
            s.close(&position, "90");
        },
        &["money_conserved"],
    ),
    (
        "an entry that is long on its way",
        |s| {
            let (order, request) = s.sent();
            s.pass(16_000);
            s.works(order, &request);
            s.ends(order, "EXPIRED");
        },
        &["entries_on_fresh_data"],
    ),
    (
        "an entry that an earlier life decided",
        |s| {
            let (decision, request) = (s.decide("1", "1000", "90"), buy("1", "100"));
            s.mode(SystemMode::Initializing, ModeCause::Started, None);
            s.mode(SystemMode::Running, ModeCause::Started, None);
            let order = s.command(Leg::Main, decision, request);
            s.works(order, &request);
            s.ends(order, "EXPIRED");
        },
        &["entries_on_fresh_data"],
    ),
    (
        "an entry of a symbol that is halted",
        |s| {
            let halted = Incident::word(IncidentKind::SymbolHalted);
            s.say(Body::Incident(halted.of_symbol(BTCUSDT)));
            unfilled(s, buy("1", "100"));
        },
        &["symbol_open"],
    ),
    (
        "a withdrawal that counts as a drawdown",
        |s| {
            clean(s);
            s.rows.flow(s.now, USDT, Money::from_units(-500).raw());
            s.say(Body::Flow { amount: Money::from_units(-500) });
            drawn_down(s);
        },
        &["drawdown_measured"],
    ),
    (
        "SAFE_MODE left by itself",
        |s| {
            clean(s);
            s.mode(SystemMode::SafeMode, ModeCause::DailyDrawdown, Some(1_000));
            s.pass(2_000);
            s.mode(SystemMode::Running, ModeCause::Operator, None);
        },
        &["safe_mode_released"],
    ),
    (
        "SAFE_MODE released before its latch",
        |s| {
            clean(s);
            s.mode(SystemMode::SafeMode, ModeCause::DailyDrawdown, Some(1_000));
            s.pass(999);
            s.operator(OperatorAction::Release);
            s.mode(SystemMode::Running, ModeCause::Operator, None);
        },
        &["safe_mode_released"],
    ),
    (
        "SAFE_MODE lost over a restart",
        |s| {
            clean(s);
            s.mode(SystemMode::SafeMode, ModeCause::Operator, None);
            s.mode(SystemMode::Initializing, ModeCause::Started, None);
            s.mode(SystemMode::Running, ModeCause::Started, None);
        },
        &["safe_mode_released"],
    ),
    (
        "time that goes back",
        |s| {
            clean(s);
            s.pass(-1);
            s.bar("100");
            s.pass(1);
        },
        &["order_of_time"],
    ),
];
