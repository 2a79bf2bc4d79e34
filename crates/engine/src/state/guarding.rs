//! The guards of one account, fed together: [`Guarding`].

use serde::{Deserialize, Serialize};
use types::entry::{Mode, SystemMode};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::Money;

use crate::config::RiskConfig;
use crate::guards::{Cooldown, DrawdownGuard, Level, LossBudget, LossReading, SafeMode, Trip};

/// Drawdowns, loss budget, pauses and SAFE_MODE of one account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Guarding {
    pub(crate) drawdown: DrawdownGuard,
    pub(crate) loss: LossBudget,
    pub(crate) cooldown: Cooldown,
    pub(crate) safe_mode: SafeMode,
}

impl Guarding {
    pub(crate) fn new(symbols: usize) -> Self {
        Self {
            drawdown: DrawdownGuard::default(),
            loss: LossBudget::default(),
            cooldown: Cooldown::new(symbols),
            safe_mode: SafeMode::default(),
        }
    }

    pub(crate) fn on_mark(&mut self, at: TsNanos, equity: Money, flows: Money) {
        self.drawdown.on_mark(at, equity, flows);
        self.loss.on_mark(at, equity, flows);
    }

    pub(crate) fn on_closed(
        &mut self,
        config: &RiskConfig,
        symbol: SymbolId,
        pnl: Money,
        at: TsNanos,
    ) {
        self.cooldown.on_closed(&config.cooldown, symbol, pnl, at);
    }

    /// Folds a change of mode.
    pub(crate) fn on_mode(&mut self, before: Mode, mode: Mode, at: TsNanos) {
        match (before.mode, mode.mode) {
            (_, SystemMode::SafeMode) => {
                self.safe_mode.on_enter(at, mode.cause, mode.latched_until);
            }
            (SystemMode::SafeMode, _) if self.safe_mode.on_release(at).is_ok() => {
                self.drawdown.on_release();
            }
            _ => {}
        }
    }

    /// Returns the drawdowns.
    #[must_use]
    pub const fn drawdown(&self) -> &DrawdownGuard {
        &self.drawdown
    }

    /// Returns loss and budget, `None` before the first mark.
    #[must_use]
    pub fn loss(&self, config: &RiskConfig) -> Option<LossReading> {
        self.loss.reading(&config.loss_budget)
    }

    /// Returns the level of the account.
    #[must_use]
    pub fn level(&self, config: &RiskConfig) -> Level {
        self.safe_mode.level(self.loss(config).as_ref())
    }

    pub(crate) fn trip(&self, config: &RiskConfig) -> Option<Trip> {
        self.drawdown.trip(&config.drawdown)
    }
}
