//! The clean story, and the defects that are planted in it one at a time.

mod adoptions;
mod limits;
mod orders;
mod protection;

pub(crate) use adoptions::{adopted, adopted_to_dust, bought_by_another};
use types::decision::{Action, Decision, Reason, ReasonCode};
use types::entry::{Body, ModeCause, Permit, PermitKind, PermitStep, ReportEvent, SystemMode};
use types::hard_limits::HardLimits;
use types::ids::{Leg, OrderId, Seq};
use types::order::{OrderKind, OrderRequest};

use crate::story::{BTCUSDT, Position, Story, buy, limits, name, price, stop};

/// One position, opened, protected, trailed and closed.
pub(crate) fn clean(story: &mut Story) {
    let position = story.open();
    story.pass(900_000 - 25);
    story.bar("110");
    let moved = trail(story, &position, "95");
    story.close(&moved, "95");
}

/// A bar of an hour ago comes late, at another price: an entry is held against that of now.
pub(crate) fn late_bar(story: &mut Story) {
    story.bar("100");
    story.bar_of("90", 60);
    unfilled(story, buy("1", "100"));
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

/// Returns every defect.
pub(crate) fn defects() -> impl Iterator<Item = &'static Defect> {
    let all = [orders::ORDERS, limits::LIMITS, protection::PROTECTION, adoptions::ADOPTIONS];
    all.into_iter().flatten()
}
