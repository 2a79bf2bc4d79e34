//! The yardstick `null`: as many entries as `confluence` made, at random decision closes, with its
//! exits and sizing. What does not leave this band behind shows no evidence of edge.

use analysis::Period;
use analysis::indicators::Atr;
use serde::{Deserialize, Serialize};
use types::bar::Bar;
use types::decision::{Action, Decision, Reason, ReasonCode};
use types::ids::{Seq, SymbolId};
use types::instrument::Market;
use types::market::{Direction, Timeframe, TsNanos};

use super::exits::{Close, manage};
use super::{Policy, entry};
use crate::border;
use crate::config::EngineConfig;
use crate::draw;
use crate::state::Core;

/// One symbol: its ranges and how many entries are left among how many closes.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Lot {
    decision: Atr,
    short: Atr,
    atr: Option<f64>,
    atr_short: Option<f64>,
    bars: u32,
    decides: bool,
    entries: u32,
    closes: u32,
}

/// The yardstick.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Null {
    decision: Timeframe,
    short: Timeframe,
    warm_up: u32,
    lots: Vec<Lot>,
}

impl Null {
    pub(crate) fn new(config: &EngineConfig, symbols: usize) -> Self {
        let period = Period::new(14).expect("14 bars");
        let lot = Lot {
            decision: Atr::new(period),
            short: Atr::new(period),
            atr: None,
            atr_short: None,
            bars: 0,
            decides: false,
            entries: 0,
            closes: 0,
        };
        let decision = config.entry.decision_timeframe;
        let short = config.timeframes_in_use().first().copied().unwrap_or(decision);
        let longest = config.timeframes_in_use().last().copied().unwrap_or(decision);
        // The closes `confluence` can trade begin when its longest timeframe is warm.
        let needed = config.analysis.components.warm_up.as_f64() * longest.minutes() as f64
            / decision.minutes() as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 5,000 bars x 96 per day"
        )]
        let warm_up = needed as u32;
        Self { decision, short, warm_up, lots: vec![lot; symbols] }
    }

    /// Selection sampling (Knuth, *The Art of Computer Programming*, vol. 2, algorithm S): each
    /// close that is left is as likely as any other, and the number of entries comes out as told.
    fn is_drawn(core: &Core, seq: Seq, symbol: SymbolId, lot: &Lot) -> bool {
        let draw = draw::uniform(core.seed, seq, symbol.0.into());
        lot.closes > 0 && draw * f64::from(lot.closes) < f64::from(lot.entries)
    }

    fn decide_one(
        &self,
        core: &Core,
        seq: Seq,
        symbol: SymbolId,
        taken: &mut entry::Taken,
    ) -> (Action, Reason) {
        let nothing = |code| (Action::Nothing, Reason::word(code));
        let lot = &self.lots[symbol.index()];
        let (Some(atr), Some(atr_short)) = (lot.atr, lot.atr_short) else {
            return nothing(ReasonCode::NotWarm);
        };
        if !lot.decides {
            return nothing(ReasonCode::NoDecisionClose);
        }
        if let Some(holding) = core.portfolio().holding(symbol)
            && core.can_leave(symbol)
        {
            return manage(core, symbol, holding, Close { atr, atr_short, opposite: false });
        }
        if core.portfolio().has_main_order(symbol) {
            return nothing(ReasonCode::OrderWorking);
        }
        if lot.bars < self.warm_up {
            return nothing(ReasonCode::NotWarm);
        }
        if !Self::is_drawn(core, seq, symbol, lot) {
            return nothing(ReasonCode::NoSignal);
        }
        let long = core.config().market == Market::Spot
            || draw::uniform(core.seed, seq, u64::from(symbol.0) + (1 << 32)) < 0.5;
        let direction = if long { Direction::Long } else { Direction::Short };
        let proposal = entry::Proposal { symbol, direction, atr, atr_short };
        entry::enter(core, &proposal, None, taken)
    }
}

impl Policy for Null {
    fn on_bar(&mut self, core: &Core, symbol: SymbolId, timeframe: Timeframe, bar: &Bar) {
        let lot = &mut self.lots[symbol.index()];
        if lot.closes == 0 && lot.bars == 0 {
            let name = &core.instrument(symbol).symbol;
            let quotas = &core.config().null.quotas;
            if let Some(quota) = quotas.iter().find(|quota| quota.symbol == *name) {
                (lot.entries, lot.closes) = (quota.entries, quota.closes);
            }
        }
        if timeframe == self.short {
            lot.atr_short = lot.short.update(&border::bar(bar));
        }
        if timeframe == self.decision {
            lot.atr = lot.decision.update(&border::bar(bar));
            lot.bars = lot.bars.saturating_add(1);
            lot.decides = true;
        }
    }

    fn on_instant(&mut self, core: &Core, at: TsNanos) {
        for (lot, closed) in self.lots.iter_mut().zip(&core.closed) {
            lot.decides = lot.decides && *closed && self.decision.closes_at(at);
        }
    }

    fn on_decision(&mut self, _: &Core, _: Seq, decision: &Decision) {
        let Some(symbol) = decision.symbol else { return };
        let lot = &mut self.lots[symbol.index()];
        if !lot.decides {
            return;
        }
        let entered = matches!(decision.action, Action::Enter { .. });
        lot.decides = false;
        if lot.bars >= self.warm_up {
            lot.closes = lot.closes.saturating_sub(1);
            lot.entries = lot.entries.saturating_sub(u32::from(entered));
        }
    }

    fn decide(&self, core: &Core, seq: Seq, _: TsNanos, out: &mut Vec<Decision>) {
        let mut taken = entry::Taken::default();
        for &symbol in &core.by_name {
            let (action, reason) = self.decide_one(core, seq, symbol, &mut taken);
            out.push(Decision { symbol: Some(symbol), action, reason });
        }
    }
}
