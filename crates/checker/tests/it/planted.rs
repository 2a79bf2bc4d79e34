//! The clean story, and the defects that are planted in it one at a time.

use types::bar::Bar;
use types::decision::{Action, Decision, Reason, ReasonCode};
use types::entry::{
    Authority, Body, Incident, IncidentKind, ModeCause, OperatorAction, Permit, PermitKind,
    PermitStep, Report, ReportEvent, Scope, SystemMode,
};
use types::fill::{Fee, Fill};
use types::hard_limits::HardLimits;
use types::ids::{Epoch, Leg, OrderId, Seq, SlotId, Symbol};
use types::market::{Timeframe, TsNanos};
use types::num::{Money, Ratio};
use types::order::{OrderKind, OrderRequest, TimeInForce};

use super::rows::USDT;
use super::story::{BTCUSDT, Position, Story, buy, limits, name, price, sale, stop};

/// One position, opened, protected, trailed and closed.
pub(crate) fn clean(story: &mut Story) {
    let position = story.open();
    story.pass(900_000 - 25);
    story.bar("110");
    let moved = trail(story, &position, "95");
    story.close(&moved, "95");
}

/// Moves the stop in the stead of the one that rests: one call cancels and places.
fn trail(story: &mut Story, position: &Position, trigger: &str) -> Position {
    let action = Action::MoveStop { trigger: price(trigger) };
    let reason = Reason::word(ReasonCode::NotWarm);
    let cause = story.say(Body::Decision(Decision { symbol: Some(BTCUSDT), action, reason }));
    story.cancel(position.stop, cause);
    let request = stop("0.999", trigger);
    let order = story.command(Leg::Stop, cause, request);
    story.pass(5);
    story.rows.end(story.now, &name(position.stop), "CANCELLED");
    story.accept(order, &request);
    story.pass(5);
    story.report(position.stop, ReportEvent::Cancelled);
    story.report(order, ReportEvent::Accepted);
    Position { stop: order, protective: request, ..*position }
}

/// A defect: what it is, how it is told, the rules that have to catch it. No other may fail.
pub(crate) type Defect = (&'static str, fn(&mut Story), &'static [&'static str]);

/// A decision and its order, which works at the venue.
fn entry(story: &mut Story, request: OrderRequest) -> OrderId {
    let decision = story.decide(&request.qty.to_string(), "1000", "90");
    let order = story.command(Leg::Main, decision, request);
    story.works(order, &request);
    order
}

/// Lets an entry end without a fill.
pub(crate) fn unfilled(story: &mut Story, request: OrderRequest) {
    let order = entry(story, request);
    story.ends(order, "EXPIRED");
}

/// Lets an order rest in the stead of a stop.
fn instead(story: &mut Story, kind: OrderKind) {
    let (_, _, filled) = story.bought(0);
    let request = OrderRequest { kind, ..stop("0.999", "90") };
    let order = story.command(Leg::Main, filled, request);
    story.works(order, &request);
}

/// The engine asks for SAFE_MODE at a drawdown of a tenth.
pub(crate) fn drawn_down(story: &mut Story) {
    let cause = ModeCause::DailyDrawdown;
    let action = Action::RequestSafeMode { cause };
    let reason = Reason::compared(ReasonCode::Drawdown, 0.1, 0.1);
    story.say(Body::Decision(Decision { symbol: None, action, reason }));
    story.mode(SystemMode::SafeMode, cause, Some(1_000));
}

/// Leaves out the report of a fill.
fn forget(story: &mut Story, filled: Seq) {
    let index = usize::try_from(filled.0 - 1).unwrap();
    story.entries[index].body = Body::Timer { at: story.entries[index].ts };
}

/// Takes entries out of the story that was told so far.
pub(crate) fn blank(story: &mut Story, which: impl Fn(&Body) -> bool) {
    for entry in story.entries.iter_mut().filter(|entry| which(&entry.body)) {
        entry.body = Body::Timer { at: entry.ts };
    }
}

fn permit(story: &mut Story, step: PermitStep, limits: &HardLimits) {
    let (kind, name, limits) = (PermitKind::RaiseLimits, "ann".to_owned(), Some(limits.clone()));
    story.say(Body::Permit(Permit { kind, step, name, limits }));
}

/// Somebody asks for so many open orders, and so many are granted.
pub(crate) fn granted(story: &mut Story, asked: u32, open_orders: u32) {
    permit(story, PermitStep::Asked, &HardLimits { open_orders: asked, ..limits() });
    story.pass(86_400_000);
    permit(story, PermitStep::Granted, &HardLimits { open_orders, ..limits() });
}

pub(crate) fn with_limits(story: &mut Story, change: impl FnOnce(&mut HardLimits)) {
    let mut lower = limits();
    change(&mut lower);
    story.say(Body::Limits(lower));
}

pub(crate) const DEFECTS: &[Defect] = &[
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
    ("an order above the largest notional", |s| unfilled(s, buy("2.1", "100")), &["load_line"]),
    (
        "an order past the exposure with all others open",
        |s| {
            let decision = s.decide("2", "100", "90");
            let first = s.command(Leg::Main, decision, buy("1.9", "100"));
            s.works(first, &buy("1.9", "100"));
            unfilled(s, buy("1.2", "100"));
            s.ends(first, "EXPIRED");
        },
        &["load_line"],
    ),
    (
        "too many open orders",
        |s| {
            with_limits(s, |limits| limits.open_orders = 1);
            let first = entry(s, buy("0.1", "100"));
            unfilled(s, buy("0.1", "100"));
            s.ends(first, "EXPIRED");
        },
        &["load_line"],
    ),
    (
        "too many orders in a second",
        |s| {
            with_limits(s, |limits| limits.orders_per_second = 2);
            for _ in 0..3 {
                unfilled(s, buy("0.1", "100"));
            }
        },
        &["load_line"],
    ),
    ("a price outside the collar", |s| unfilled(s, buy("1", "102.1")), &["load_line"]),
    (
        "an order without a worst price",
        |s| {
            unfilled(s, OrderRequest { kind: OrderKind::Market, ..buy("1", "100") });
        },
        &["load_line"],
    ),
    (
        "a symbol that is not listed",
        |s| {
            with_limits(s, |limits| limits.symbols = vec![Symbol::new("ETHUSDT").unwrap()]);
            unfilled(s, buy("1", "100"));
        },
        &["load_line"],
    ),
    (
        "an entry after the loss of the day",
        |s| {
            let position = s.open();
            with_limits(s, |limits| limits.daily_loss = Ratio::from_bps(100));
            s.close(&position, "85");
            unfilled(s, buy("1", "100"));
        },
        &["load_line"],
    ),
    (
        "limits raised without a permit",
        |s| {
            clean(s);
            with_limits(s, |limits| limits.open_orders = 4);
        },
        &["load_line"],
    ),
    (
        "limits raised past what was granted",
        |s| {
            clean(s);
            granted(s, 4, 4);
            with_limits(s, |limits| limits.open_orders = 5);
        },
        &["load_line"],
    ),
    (
        "another line raised than was granted",
        |s| {
            clean(s);
            granted(s, 4, 4);
            with_limits(s, |limits| limits.price_collar = Ratio::from_bps(201));
        },
        &["load_line"],
    ),
    (
        "a grant of more than was asked for",
        |s| {
            clean(s);
            granted(s, 4, 5);
        },
        &["load_line"],
    ),
    (
        "a grant that somebody had stopped",
        |s| {
            clean(s);
            let raised = HardLimits { open_orders: 4, ..limits() };
            for step in [PermitStep::Asked, PermitStep::Cancelled, PermitStep::Granted] {
                permit(s, step, &raised);
            }
        },
        &["load_line"],
    ),
    (
        "an entry without limits in force",
        |s| {
            blank(s, |body| matches!(body, Body::Limits(_)));
            clean(s);
        },
        &["load_line"],
    ),
    (
        "an entry whose loss of the day nobody can tell",
        |s| {
            blank(s, |body| matches!(body, Body::Flow { .. }));
            clean(s);
        },
        &["load_line"],
    ),
    (
        "an entry without a bar and a mark",
        |s| {
            blank(s, |body| matches!(body, Body::Bar { .. }));
            unfilled(s, buy("1", "100"));
        },
        &["load_line", "entries_on_fresh_data"],
    ),
    (
        "books of which nobody said what was held at first",
        |s| {
            blank(s, |body| matches!(body, Body::Flow { .. } | Body::Baseline { .. }));
            clean(s);
        },
        &["load_line"],
    ),
    (
        "more money than a number can hold",
        |s| {
            clean(s);
            s.rows.flow_alone(s.now, 1, i128::MAX);
            s.rows.flow_alone(s.now, 1, i128::MAX);
        },
        &["money_conserved"],
    ),
    (
        "an entry after kill",
        |s| {
            s.operator(OperatorAction::Kill);
            unfilled(s, buy("1", "100"));
        },
        &["load_line", "entries_while_running"],
    ),
    (
        "an entry that rests on behind kill",
        |s| {
            let order = entry(s, buy("1", "100"));
            s.operator(OperatorAction::Kill);
            s.pass(200_000);
            s.ends(order, "CANCELLED");
        },
        &["entries_while_running"],
    ),
    (
        "an entry while paused",
        |s| {
            s.operator(OperatorAction::Pause);
            unfilled(s, buy("1", "100"));
        },
        &["entries_while_running"],
    ),
    (
        "an entry while winding down",
        |s| {
            s.operator(OperatorAction::WindDown);
            unfilled(s, buy("1", "100"));
        },
        &["entries_while_running"],
    ),
    (
        "an epoch given twice",
        |s| {
            clean(s);
            for slot in [1, 2] {
                let (slot, epoch) = (SlotId(slot), Epoch(1));
                s.say(Body::Authority(Authority { scope: Scope::Account, slot, epoch }));
            }
        },
        &["one_authority"],
    ),
    (
        "an order of a hub behind one of its successor",
        |s| {
            let (order, request) = s.sent();
            s.succeed();
            unfilled(s, buy("1", "101"));
            s.works(order, &request);
            s.ends(order, "EXPIRED");
        },
        &["one_authority"],
    ),
    (
        "an order of a hub long after its turn",
        |s| {
            let (order, request) = s.sent();
            s.succeed();
            s.pass(13_001);
            s.works(order, &request);
            s.ends(order, "EXPIRED");
        },
        &["one_authority"],
    ),
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
