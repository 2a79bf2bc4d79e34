//! How `confluence` and `null` leave a position (spec §5): opposite signal, time stop, breakeven,
//! chandelier trail. Judged at closes of the decision timeframe.

use types::decision::{Action, Reason, ReasonCode};
use types::defects::{Defect, planted};
use types::ids::SymbolId;
use types::market::Direction;
use types::num::Price;

use crate::border;
use crate::portfolio::Holding;
use crate::risk::{StopMove, check_stop_move};
use crate::state::Core;

/// What the market shows at a decision close.
#[derive(Clone, Copy, Debug)]
pub(super) struct Close {
    /// ATR of the decision timeframe.
    pub(super) atr: f64,
    /// ATR of the shortest timeframe in use.
    pub(super) atr_short: f64,
    /// Whether a signal of the other direction was born here.
    pub(super) opposite: bool,
}

/// Decides about a held position.
pub(super) fn manage(
    core: &Core,
    symbol: SymbolId,
    holding: &Holding,
    close: Close,
) -> (Action, Reason) {
    let nothing = |code| (Action::Nothing, Reason::word(code));
    let leave = |reason| (Action::Reduce { qty: None }, reason);
    if core.portfolio().has_main_order(symbol) {
        return nothing(ReasonCode::OrderWorking);
    }
    if close.opposite {
        return leave(Reason::word(ReasonCode::ExitOpposite));
    }
    let (Some(mark), Some(risk), Some(entry)) =
        (core.portfolio().mark(symbol), holding.risk(), holding.entry)
    else {
        return nothing(ReasonCode::Holding);
    };
    let exit = &core.config().exit;
    let made = in_r(holding.plan.direction, entry, mark, risk);
    if let Some(bars) = exit.time_stop_bars()
        && holding.bars >= bars
        && made < exit.time_stop_r()
    {
        return leave(Reason::compared(ReasonCode::ExitTimeStop, made, exit.time_stop_r()));
    }
    match wanted_stop(core, symbol, holding, entry, risk, close.atr) {
        Some((stop, code)) => move_stop(core, symbol, holding, mark, stop, code, close),
        None => nothing(ReasonCode::Holding),
    }
}

/// Returns what a price is worth in R.
fn in_r(direction: Direction, entry: Price, price: Price, risk: Price) -> f64 {
    direction.sign() * (border::price(price) - border::price(entry)) / border::price(risk)
}

/// Returns where the stop should be once the position has made enough, and which rule says so.
fn wanted_stop(
    core: &Core,
    symbol: SymbolId,
    holding: &Holding,
    entry: Price,
    risk: Price,
    atr: f64,
) -> Option<(Price, ReasonCode)> {
    let exit = &core.config().exit;
    let direction = holding.plan.direction;
    let best = holding.best?;
    if in_r(direction, entry, best, risk) < exit.trail_from_r() {
        return None;
    }
    let sign = direction.sign();
    let trail = exit
        .trail_atr()
        .map(|distance| (border::price(best) - sign * distance * atr, ReasonCode::StopTrail));
    let costs = super::entry::round_trip_rate(core, symbol);
    let breakeven = exit
        .breakeven()
        .then(|| (border::price(entry) * (1.0 + sign * costs), ReasonCode::StopBreakeven));
    let nearer = |a: (f64, ReasonCode), b: (f64, ReasonCode)| {
        if (a.0 - b.0) * sign >= 0.0 { a } else { b }
    };
    let (price, code) = match (trail, breakeven) {
        (Some(trail), Some(breakeven)) => nearer(trail, breakeven),
        (one, other) => one.or(other)?,
    };
    let tick = core.instrument(symbol).tick;
    // Rounded away from profit: a stop is never nearer than the rule says.
    let price = border::price_nearest(price)?;
    let price = match direction {
        Direction::Long => price.floor_to(tick),
        Direction::Short => price.ceil_to(tick),
    };
    Some((price, code))
}

fn move_stop(
    core: &Core,
    symbol: SymbolId,
    holding: &Holding,
    mark: Price,
    wanted: Price,
    code: ReasonCode,
    close: Close,
) -> (Action, Reason) {
    let sides =
        |reason: ReasonCode| Reason::compared(reason, border::price(wanted), border::price(mark));
    let passed = match holding.plan.direction {
        Direction::Long => mark <= wanted,
        Direction::Short => mark >= wanted,
    };
    if passed {
        // A stop beyond the market cannot rest: what it would have done is done at the market.
        return (Action::Reduce { qty: None }, sides(ReasonCode::ExitStopPassed));
    }
    let Some(current) = holding.stop else {
        return (Action::Nothing, sides(ReasonCode::Holding));
    };
    let timeframe = core.config().entry.decision_timeframe;
    let request = StopMove {
        instrument: core.instrument(symbol),
        direction: holding.plan.direction,
        current,
        wanted,
        mark: Some(mark),
        atr_shortest: Some(close.atr_short),
        atr_decision: Some(close.atr),
        moved_at: holding.moved_at,
        bar: timeframe.open_of(core.now()),
    };
    if planted(Defect::StopTrailsAway) {
        return (Action::MoveStop { trigger: current - (wanted - current) }, sides(code));
    }
    match check_stop_move(&core.config().risk.stop, &request) {
        Ok(trigger) => (Action::MoveStop { trigger }, sides(code)),
        Err(_) => (Action::Nothing, sides(ReasonCode::Holding)),
    }
}
