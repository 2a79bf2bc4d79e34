//! The yardstick `trend`: long or flat by past returns, sized by volatility.
//!
//! Time-series momentum as in Moskowitz, Ooi and Pedersen, *Time Series Momentum* (Journal of
//! Financial Economics, 2012), long side only, decided at each UTC day's close. What beats
//! buy-and-hold but not this has no edge of its own.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use types::bar::Bar;
use types::decision::{Action, Decision, Reason, ReasonCode};
use types::ids::{Seq, SymbolId};
use types::market::{Direction, Timeframe, TsNanos};
use types::num::{Price, Qty};

use super::Policy;
use crate::border;
use crate::config::TrendConfig;
use crate::state::Core;

/// Trading days of a year: these markets never close.
const DAYS_PER_YEAR: f64 = 365.0;

/// The yardstick.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trend {
    config: TrendConfig,
    /// Daily closes by symbol, oldest first, as many as the longest look-back needs.
    closes: Vec<VecDeque<f64>>,
}

impl Trend {
    pub(crate) fn new(config: &TrendConfig, symbols: usize) -> Self {
        Self { config: config.clone(), closes: vec![VecDeque::new(); symbols] }
    }

    fn needed(&self) -> usize {
        let longest = self.config.lookback_days.iter().copied().max().unwrap_or(0);
        let days = longest.max(self.config.volatility_days);
        usize::try_from(days).unwrap_or(usize::MAX).saturating_add(1)
    }

    /// Returns the wanted share of equity, 0 to 1, `None` until enough days were seen.
    fn weight(&self, symbol: SymbolId) -> Option<f64> {
        let closes = &self.closes[symbol.index()];
        if closes.len() < self.needed() {
            return None;
        }
        let last = *closes.back()?;
        let back = |days: u32| closes.get(closes.len() - 1 - usize::try_from(days).ok()?).copied();
        let mut above = 0.0;
        for days in &self.config.lookback_days {
            above += if last > back(*days)? { 1.0 } else { 0.0 };
        }
        let lookbacks = u32::try_from(self.config.lookback_days.len()).ok()?;
        let signal = above / f64::from(lookbacks);
        let volatility = self.volatility(closes)?;
        if volatility <= 0.0 {
            return Some(0.0);
        }
        let scale = self.config.volatility_target / volatility;
        Some(signal * analysis::num::min(scale, 1.0))
    }

    /// Returns the standard deviation of daily log returns per year.
    fn volatility(&self, closes: &VecDeque<f64>) -> Option<f64> {
        let days = usize::try_from(self.config.volatility_days).ok()?;
        let start = closes.len().checked_sub(days + 1)?;
        let returns: Vec<f64> = closes
            .iter()
            .skip(start)
            .zip(closes.iter().skip(start + 1))
            .map(|(before, after)| analysis::num::ln(after / before))
            .collect();
        let n = f64::from(self.config.volatility_days);
        let mean = returns.iter().sum::<f64>() / n;
        let squares: f64 = returns.iter().map(|r| (r - mean) * (r - mean)).sum();
        Some((squares / (n - 1.0) * DAYS_PER_YEAR).sqrt())
    }

    fn decide_one(&self, core: &Core, symbol: SymbolId) -> (Action, Reason) {
        let nothing = |code| (Action::Nothing, Reason::word(code));
        if !core.closed[symbol.index()] {
            return nothing(ReasonCode::NoBar);
        }
        if core.portfolio().has_main_order(symbol) {
            return nothing(ReasonCode::OrderWorking);
        }
        let (Some(weight), Some(mark)) = (self.weight(symbol), core.portfolio().mark(symbol))
        else {
            return nothing(ReasonCode::NotWarm);
        };
        self.rebalance(core, symbol, weight, mark)
    }

    fn rebalance(
        &self,
        core: &Core,
        symbol: SymbolId,
        weight: f64,
        mark: Price,
    ) -> (Action, Reason) {
        let symbols = u16::try_from(core.instruments().len()).expect("symbol ids are 16 bits");
        let share = weight / f64::from(symbols);
        let full = border::money(core.equity()) / f64::from(symbols);
        let price = border::price(mark);
        let position = core.portfolio().books().position(symbol);
        let held = border::qty(position.qty()) * price;
        let wanted = full * weight;
        let change = wanted - held;
        let instrument = core.instrument(symbol);
        if wanted <= 0.0 && position.trade().is_some() {
            let reason = Reason::compared(ReasonCode::ExitRule, share, 0.0);
            return (Action::Reduce { qty: None }, reason);
        }
        let small = change.abs() < self.config.rebalance_share * full;
        let code =
            if position.trade().is_some() { ReasonCode::Holding } else { ReasonCode::NoSignal };
        if small {
            return (Action::Nothing, Reason::compared(code, change, full));
        }
        let reason = Reason::compared(ReasonCode::Rebalance, held, wanted);
        let size =
            border::qty_down(change.abs() / price).unwrap_or_default().floor_to(instrument.lot);
        if size < instrument.min_qty || mark.notional(size) < instrument.min_notional {
            return (Action::Nothing, Reason::compared(code, change, full));
        }
        if change < 0.0 {
            return (Action::Reduce { qty: Some(size) }, reason);
        }
        (buy(core, mark, size, instrument.lot), reason)
    }
}

/// Returns the purchase of at most `size`, held to what cash pays for with 1 % to spare.
fn buy(core: &Core, mark: Price, size: Qty, lot: Qty) -> Action {
    let cash = core.portfolio().books().cash();
    let affordable = cash.scaled_down(types::num::Ratio::from_bps(9_900)).qty_at(mark);
    let qty = size.min(affordable).floor_to(lot);
    if !qty.is_positive() {
        return Action::Nothing;
    }
    Action::Enter { direction: Direction::Long, qty, limit: None, protection: None, expires: None }
}

impl Policy for Trend {
    fn on_bar(&mut self, _: &Core, symbol: SymbolId, timeframe: Timeframe, bar: &Bar) {
        if timeframe != Timeframe::D1 {
            return;
        }
        let needed = self.needed();
        let closes = &mut self.closes[symbol.index()];
        if closes.len() == needed {
            closes.pop_front();
        }
        closes.push_back(border::price(bar.close));
    }

    fn on_instant(&mut self, _: &Core, _: TsNanos) {}

    fn on_decision(&mut self, _: &Core, _: Seq, _: &Decision) {}

    fn decide(&self, core: &Core, _: Seq, _: TsNanos, out: &mut Vec<Decision>) {
        for &symbol in &core.by_name {
            let (action, reason) = self.decide_one(core, symbol);
            out.push(Decision { symbol: Some(symbol), action, reason });
        }
    }
}
