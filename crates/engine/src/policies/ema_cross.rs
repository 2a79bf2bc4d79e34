//! The reference rule that every engine can run: [`EmaCross`].
//!
//! Long when the fast average crosses above the slow one, flat when it crosses below, a stop at
//! 2 ATR, 1 % of equity at risk. It exists to compare engines on the same work, not to make money.

use std::iter::once_with;

use analysis::Period;
use analysis::indicators::{Atr, Ema};
use serde::{Deserialize, Serialize};
use types::bar::Bar;
use types::decision::{Action, Decision, Protection, Protective, Reason, ReasonCode};
use types::ids::{Seq, SymbolId};
use types::market::{Direction, Timeframe, TsNanos};

use super::Policy;
use crate::border;
use crate::config::{EmaCrossConfig, StopFrom};
use crate::state::Core;

/// The averages of one symbol.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Averages {
    fast: Ema,
    slow: Ema,
    atr: Atr,
    /// Fast minus slow at the newest bar and the one before.
    gap: Option<f64>,
    gap_before: Option<f64>,
    range: Option<f64>,
    close: f64,
}

/// The fast average against the slow one.
#[derive(Clone, Copy, Debug)]
enum Crossed {
    Above { gap: f64, range: f64 },
    Below { gap: f64 },
}

/// The reference rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmaCross {
    config: EmaCrossConfig,
    symbols: Vec<Averages>,
}

impl EmaCross {
    pub(crate) fn new(config: &EmaCrossConfig, symbols: usize) -> Self {
        let period = |bars| Period::new(bars).expect("validated: 1 to 5,000");
        let averages = Averages {
            fast: Ema::new(period(config.fast)),
            slow: Ema::new(period(config.slow)),
            atr: Atr::new(period(config.atr)),
            gap: None,
            gap_before: None,
            range: None,
            close: 0.0,
        };
        Self { config: config.clone(), symbols: vec![averages; symbols] }
    }

    /// Returns which way a symbol has crossed, if that is to be acted on, or the word for why nothing is wanted.
    #[inline]
    fn crossed(&self, core: &Core, symbol: SymbolId) -> Result<Crossed, ReasonCode> {
        if !core.closed[symbol.index()] {
            return Err(ReasonCode::NoBar);
        }
        let averages = &self.symbols[symbol.index()];
        let (Some(gap), Some(before), Some(range)) =
            (averages.gap, averages.gap_before, averages.range)
        else {
            return Err(ReasonCode::NotWarm);
        };
        if core.portfolio().holding(symbol).is_some() {
            return if gap < 0.0 && before >= 0.0 {
                Ok(Crossed::Below { gap })
            } else {
                Err(ReasonCode::Holding)
            };
        }
        if !(gap > 0.0 && before <= 0.0) {
            return Err(ReasonCode::NoSignal);
        }
        if range <= 0.0 {
            return Err(ReasonCode::NoRange);
        }
        Ok(Crossed::Above { gap, range })
    }

    /// Returns what a crossing leads to. Kept apart: inlined, it has the "nothing" of nearly every bar made where
    /// this is made, and copied from there.
    #[inline(never)]
    fn act(&self, core: &Core, symbol: SymbolId, crossed: Crossed) -> Decision {
        let (action, reason) = match crossed {
            Crossed::Above { gap, range } => {
                self.enter(core, symbol, &self.symbols[symbol.index()], gap, range)
            }
            Crossed::Below { gap } => {
                let reason = Reason::compared(ReasonCode::ExitRule, gap, 0.0);
                (Action::Reduce { qty: None }, reason)
            }
        };
        Decision { symbol: Some(symbol), action, reason }
    }

    fn enter(
        &self,
        core: &Core,
        symbol: SymbolId,
        averages: &Averages,
        gap: f64,
        range: f64,
    ) -> (Action, Reason) {
        let equity = border::money(core.equity());
        let distance = self.config.stop_atr * range;
        let at_risk = self.config.risk_share * equity / distance;
        let affordable = equity / averages.close;
        let stop = match self.config.stop_from {
            StopFrom::Fill => border::price_nearest(distance).map(Protective::Distance),
            StopFrom::SignalClose => {
                border::price_nearest(averages.close - distance).map(Protective::At)
            }
        };
        let lot = core.instrument(symbol).lot;
        let qty = border::qty_down(analysis::num::min(at_risk, affordable));
        let qty = qty.map(|qty| qty.floor_to(lot));
        let (Some(qty), Some(stop)) = (qty.filter(|qty| qty.is_positive()), stop) else {
            return (Action::Nothing, Reason::compared(ReasonCode::NoRange, at_risk, 0.0));
        };
        let action = Action::Enter {
            direction: Direction::Long,
            qty,
            limit: None,
            protection: Some(Protection { stop, target: None }),
            expires: None,
        };
        (action, Reason::compared(ReasonCode::Enter, gap, 0.0))
    }
}

impl Policy for EmaCross {
    fn on_bar(&mut self, _: &Core, symbol: SymbolId, _: Timeframe, bar: &Bar) {
        let averages = &mut self.symbols[symbol.index()];
        let bar = border::bar(bar);
        let (fast, slow) = (averages.fast.update(bar.close), averages.slow.update(bar.close));
        averages.range = averages.atr.update(&bar);
        averages.gap_before = averages.gap;
        averages.gap = fast.zip(slow).map(|(fast, slow)| fast - slow);
        averages.close = bar.close;
    }

    fn on_instant(&mut self, _: &Core, _: TsNanos) {}

    fn on_decision(&mut self, _: &Core, _: Seq, _: &Decision) {}

    fn decide(&self, core: &Core, _: Seq, _: TsNanos, out: &mut Vec<Decision>) {
        for &symbol in &core.by_name {
            match self.crossed(core, symbol) {
                Ok(crossed) => out.push(self.act(core, symbol, crossed)),
                // What comes at nearly every bar is made where it stays: decisions are large.
                Err(code) => out.extend(once_with(|| Decision::nothing(symbol, code))),
            }
        }
    }
}
