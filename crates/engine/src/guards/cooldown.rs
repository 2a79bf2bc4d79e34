//! A symbol pauses after losses in a row.

use serde::{Deserialize, Serialize};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::Money;

use crate::config::CooldownConfig;

/// Losses in a row and the pause they led to, by symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cooldown {
    symbols: Vec<Streak>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Streak {
    losses: u32,
    until: Option<TsNanos>,
}

impl Cooldown {
    /// Returns a state without losses.
    #[must_use]
    pub fn new(symbols: usize) -> Self {
        Self { symbols: vec![Streak::default(); symbols] }
    }

    /// Folds a closed trade. A result of zero ends a row of losses.
    ///
    /// # Panics
    /// If the symbol is not one this state was made for.
    pub fn on_closed(
        &mut self,
        config: &CooldownConfig,
        symbol: SymbolId,
        pnl: Money,
        at: TsNanos,
    ) {
        let streak = &mut self.symbols[symbol.index()];
        streak.losses = if pnl.is_negative() { streak.losses + 1 } else { 0 };
        if streak.losses >= config.losses {
            *streak = Streak { losses: 0, until: Some(at.plus(config.pause.nanos())) };
        }
    }

    /// Returns the end of the pause, `None` when there is none.
    ///
    /// # Panics
    /// If the symbol is not one this state was made for.
    #[must_use]
    pub fn until(&self, symbol: SymbolId, now: TsNanos) -> Option<TsNanos> {
        self.symbols[symbol.index()].until.filter(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    fn hour(h: i64) -> TsNanos {
        TsNanos::from_nanos(h * HOUR)
    }

    #[test]
    fn five_losses_in_a_row_pause_one_symbol_for_four_hours() {
        let config = CooldownConfig::default();
        let mut cooldown = Cooldown::new(2);
        // (hour, P&L, paused until)
        let steps = [
            (1, -1, None),
            (2, -1, None),
            (3, -1, None),
            (4, -1, None),
            (5, 0, None),
            (6, -1, None),
            (7, -1, None),
            (8, -1, None),
            (9, -1, None),
            (10, -1, Some(14)),
            // Counting starts anew.
            (11, -1, Some(14)),
        ];
        for (at, pnl, until) in steps {
            cooldown.on_closed(&config, SymbolId(0), Money::from_units(pnl), hour(at));
            assert_eq!(cooldown.until(SymbolId(0), hour(at)), until.map(hour), "hour {at}");
        }
        assert_eq!(cooldown.until(SymbolId(0), hour(14).plus(-1)), Some(hour(14)));
        assert_eq!(cooldown.until(SymbolId(0), hour(14)), None);
        assert_eq!(cooldown.until(SymbolId(1), hour(11)), None);
    }
}
