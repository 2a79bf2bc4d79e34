//! Orders within one second, this one among them. Protective orders count, and always pass.

use types::decision::{Refusal, RefusalCode};
use types::hard_limits::HardLimits;

use super::super::state::RATE_WINDOW;
use super::Scene;

pub(super) fn check(scene: &Scene<'_>, limits: &HardLimits) -> Result<(), Refusal> {
    let now = scene.state.now;
    let recent = scene.state.sent.iter().filter(|sent| now.since(**sent) < RATE_WINDOW).count();
    let limit = usize::try_from(limits.orders_per_second).unwrap_or(usize::MAX);
    if recent < limit {
        Ok(())
    } else {
        Err(Refusal::count(RefusalCode::OrderRate, recent + 1, limit))
    }
}
