//! How `confluence` and `null` enter: costs, edge, verdict, order (spec §5, §8).

use types::decision::{Action, Odds, Protection, Protective, Reason, ReasonCode};
use types::entry::SystemMode;
use types::ids::SymbolId;
use types::instrument::Market;
use types::market::Direction;
use types::num::{Price, Qty, Ratio};
use types::side::Side;

use crate::border;
use crate::calibration::Estimate;
use crate::config::EdgeTest;
use crate::guards::Level;
use crate::risk::{
    DataAge, Exposure, Input, Intent, Rates, RiskView, SizeFlags, WorkingEntry, verdict,
};
use crate::state::Core;

/// Hours between two fundings of a perpetual.
const FUNDING_HOURS: f64 = 8.0;

/// A position a policy wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proposal {
    pub(super) symbol: SymbolId,
    pub(super) direction: Direction,
    /// ATR of the decision timeframe.
    pub(super) atr: f64,
    /// ATR of the shortest timeframe.
    pub(super) atr_short: f64,
}

/// What earlier decisions of the same instant have taken of the risk budget.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    entries: Vec<(SymbolId, WorkingEntry)>,
}

/// Decides about a proposal: expected costs, calibrated edge, every risk rule.
pub(super) fn enter(
    core: &Core,
    proposal: &Proposal,
    estimate: Option<&Estimate>,
    taken: &mut Taken,
) -> (Action, Reason) {
    let config = core.config();
    let Some(draft) = Draft::new(core, proposal) else {
        return (Action::Nothing, Reason::word(ReasonCode::NoRange));
    };
    let odds = estimate.map(|estimate| odds(core, estimate, draft.cost));
    let refuse = |reason: Reason| (Action::Nothing, Reason { odds: odds.map(Box::new), ..reason });
    if draft.cost > config.entry.cost_limit_r {
        let limit = config.entry.cost_limit_r;
        return refuse(Reason::compared(ReasonCode::CostTest, draft.cost, limit));
    }
    if let (Some(odds), Some(estimate)) = (&odds, estimate)
        && let Some(edge) = tested_edge(core, odds, estimate)
        && edge <= 0.0
    {
        return refuse(Reason::compared(ReasonCode::EdgeTest, edge, 0.0));
    }
    let verdict = judge(core, proposal, &draft, estimate, taken);
    let approved = verdict.is_approved();
    let qty = verdict.qty;
    let code = if approved { ReasonCode::Enter } else { ReasonCode::Refused };
    let refusal = verdict.refusal().copied();
    let odds = odds.map(Box::new);
    let reason = Reason { odds, verdict: Some(Box::new(verdict)), ..Reason::word(code) };
    if !approved {
        let (seen, limit) = refusal.map_or((0.0, 0.0), |check| (check.seen, check.limit));
        return (Action::Nothing, Reason { seen: Some(seen), limit: Some(limit), ..reason });
    }
    taken.entries.push((proposal.symbol, draft.working(proposal.direction, qty)));
    let action = Action::Enter {
        direction: proposal.direction,
        qty,
        limit: Some(draft.worst),
        protection: Some(Protection { stop: draft.stop, target: draft.target }),
        expires: None,
    };
    (action, reason)
}

/// Returns the expected costs of a round trip as a share of its notional, both fees, both spreads.
pub(super) fn round_trip_rate(core: &Core, symbol: SymbolId) -> f64 {
    let rates = rates(core, symbol);
    2.0 * (border::ratio(rates.fee) + border::ratio(rates.slippage))
}

/// Returns what one taker order is expected to cost.
fn rates(core: &Core, symbol: SymbolId) -> Rates {
    let costs = &core.config().expected_costs;
    let slippage = (costs.half_spread_bps + costs.slippage_bps) / 10_000.0;
    Rates {
        slippage: border::ratio_up(slippage).unwrap_or(Ratio::ONE),
        fee: core.instrument(symbol).taker_fee,
    }
}

/// The order as it would be sent, before its size.
struct Draft {
    mark: Price,
    worst: Price,
    stop: Protective,
    target: Option<Protective>,
    rates: Rates,
    /// Expected costs of the round trip in R.
    cost: f64,
}

impl Draft {
    /// Returns `None` where there is no price or no range to measure by.
    fn new(core: &Core, proposal: &Proposal) -> Option<Self> {
        let config = core.config();
        let symbol = proposal.symbol;
        let mark = core.portfolio().mark(symbol)?;
        let price = border::price(mark);
        let tick = core.instrument(symbol).tick;
        let sign = proposal.direction.sign();
        let bound = price + sign * config.entry.bound_atr * proposal.atr;
        // Rounded towards the market: the bound is never passed.
        let worst = match Side::opening(proposal.direction) {
            Side::Buy => border::price_down(bound)?.floor_to(tick).max(mark.ceil_to(tick)),
            Side::Sell => border::price_up(bound)?.ceil_to(tick).min(mark.floor_to(tick)),
        };
        let distance = config.exit.stop_atr() * proposal.atr;
        let stop = border::price_up(distance).filter(|stop| stop.is_positive())?;
        let target = match config.exit.target_atr() {
            Some(target) => Some(Protective::Distance(border::price_up(target * proposal.atr)?)),
            None => None,
        };
        let funding = match config.market {
            Market::Spot => 0.0,
            Market::Perp => {
                let costs = &config.expected_costs;
                sign * costs.funding_bps / 10_000.0 * costs.hold_hours / FUNDING_HOURS
            }
        };
        let cost = (round_trip_rate(core, symbol) + funding) * price / distance;
        let stop = Protective::Distance(stop);
        Some(Self { mark, worst, stop, target, rates: rates(core, symbol), cost })
    }

    const fn working(&self, direction: Direction, qty: Qty) -> WorkingEntry {
        WorkingEntry { direction, qty, worst: self.worst, stop: Some(self.stop) }
    }
}

fn odds(core: &Core, estimate: &Estimate, cost: f64) -> Odds {
    Odds {
        p: estimate.p,
        outcomes: estimate.outcomes,
        target_ratio: estimate.target_ratio,
        cost,
        edge: estimate.edge(cost),
        uncalibrated: estimate.outcomes < core.config().calibration.platt,
    }
}

/// Returns the edge that has to be above zero; `None` where the test is not applied.
fn tested_edge(core: &Core, odds: &Odds, estimate: &Estimate) -> Option<f64> {
    if odds.uncalibrated {
        return None;
    }
    match core.config().entry.edge_test {
        EdgeTest::Point => Some(odds.edge),
        EdgeTest::Lower80 => Some(estimate.e80(odds.cost)),
        EdgeTest::Off => None,
    }
}

fn judge(
    core: &Core,
    proposal: &Proposal,
    draft: &Draft,
    estimate: Option<&Estimate>,
    taken: &Taken,
) -> types::decision::Verdict {
    let config = core.config();
    let symbol = proposal.symbol;
    let exposures = exposures(core, taken);
    let intent = Intent {
        symbol,
        instrument: core.instrument(symbol),
        direction: proposal.direction,
        worst: draft.worst,
        mark: Some(draft.mark),
        stop: Some(draft.stop),
        target: draft.target,
        atr_shortest: Some(proposal.atr_short),
        rates: draft.rates,
        estimate: estimate.copied(),
        cost: draft.cost,
        advice: Ratio::ONE,
        flags: SizeFlags {
            adaptive_position_sizing: config.flags.adaptive_position_sizing,
            conservative_mode: config.flags.conservative_mode,
        },
    };
    let view = RiskView {
        now: core.now(),
        market: config.market,
        mode: mode(core),
        level: level(core),
        equity: core.equity(),
        cash: core.portfolio().books().cash(),
        loss: core.guards().loss(&config.risk),
        exposures: &exposures,
        covariance: core.covariance(),
        cooldown_until: core.guards().cooldown.until(symbol, core.now()),
        bar_age: core.bar_age(symbol).map_or(Input::Missing, |(age, timeframe)| {
            Input::Known(DataAge { age, timeframe: timeframe.nanos() })
        }),
        // Recorded bars come without quotes and without a venue to wait for.
        quote_age: Input::NotApplicable,
        venue_latency: Input::NotApplicable,
        orders_open: count(core.portfolio().orders_of(symbol).count()),
        orders_needed: 2 + u32::from(draft.target.is_some()),
        orders_last_second: core.portfolio().sent_since(core.now().plus(-1_000_000_000))
            + count(taken.entries.len()),
        opposite: opposite(core, symbol, proposal.direction),
        leverage: match config.market {
            Market::Spot => Input::NotApplicable,
            Market::Perp => Input::Known(config.risk.perp.leverage),
        },
    };
    verdict(&config.risk, &view, &intent)
}

/// A drawdown limit that is reached at this instant counts before its SAFE_MODE is an entry.
fn mode(core: &Core) -> SystemMode {
    if core.guards().trip(&core.config().risk).is_some() {
        SystemMode::SafeMode
    } else {
        core.mode().mode
    }
}

fn level(core: &Core) -> Level {
    core.guards().level(&core.config().risk)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Returns every symbol that is held or may soon be, this instant's earlier entries among them.
fn exposures(core: &Core, taken: &Taken) -> Vec<Exposure> {
    let portfolio = core.portfolio();
    let mut exposures = Vec::new();
    for &symbol in &core.by_name {
        let Some(mark) = portfolio.mark(symbol) else { continue };
        let rates = rates(core, symbol);
        let position = portfolio.books().position(symbol);
        let mut exposure = match position.trade() {
            Some(_) => {
                let stop = portfolio.holding(symbol).and_then(|holding| holding.stop);
                Exposure::held(symbol, position.qty(), stop, mark, rates)
            }
            None => Exposure::flat(symbol),
        };
        for entry in portfolio.working_entries(symbol) {
            exposure = exposure.with_entry(&entry, mark, rates);
        }
        for (_, entry) in taken.entries.iter().filter(|(taken, _)| *taken == symbol) {
            exposure = exposure.with_entry(entry, mark, rates);
        }
        if exposure.is_open() {
            exposures.push(exposure);
        }
    }
    exposures
}

/// Returns the best price of our resting orders that this entry could meet.
fn opposite(core: &Core, symbol: SymbolId, direction: Direction) -> Option<Price> {
    let side = Side::closing(direction);
    let resting = core.portfolio().orders_of(symbol).filter(|order| order.request.side == side);
    let prices = resting.filter_map(|order| crate::portfolio::resting_price(&order.request));
    match side {
        Side::Sell => prices.min(),
        Side::Buy => prices.max(),
    }
}
