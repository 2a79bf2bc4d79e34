//! What limits, the kill switch, permits and authority forbid.

use types::entry::{Authority, Body, OperatorAction, PermitStep, Scope};
use types::hard_limits::HardLimits;
use types::ids::{Epoch, Leg, SlotId, Symbol};
use types::num::Ratio;
use types::order::{OrderKind, OrderRequest};

use super::{Defect, blank, clean, entry, granted, permit, unfilled, with_limits};
use crate::story::{buy, limits};

pub(super) const LIMITS: &[Defect] = &[
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
];
