//! Loss of the UTC day, marked and net of flows, as a share of the equity at its start.

use types::decision::{Refusal, RefusalCode};
use types::hard_limits::HardLimits;

use super::Scene;
use super::scene::share;
use crate::units::symbol_ids;

pub(super) fn check(scene: &Scene<'_>, limits: &HardLimits) -> Result<(), Refusal> {
    let state = scene.state;
    let positions = state.books.positions();
    for (symbol, position) in symbol_ids(positions.len()).zip(positions) {
        if !position.qty().is_zero() {
            scene.mark(symbol)?;
        }
    }
    let unknown = Refusal::word(RefusalCode::NotEvaluable);
    let (Some(start), Some(equity)) = (state.day, state.equity()) else { return Err(unknown) };
    // A withdrawal lowers what the day is measured against, and is no loss.
    let loss = start.equity + (state.books.flows() - start.flows) - equity;
    if loss.is_negative() {
        return Ok(());
    }
    let seen = loss.share_of(start.equity).ok_or(unknown)?;
    if seen < limits.daily_loss {
        Ok(())
    } else {
        Err(Refusal::new(RefusalCode::DailyLoss, share(seen), share(limits.daily_loss)))
    }
}
