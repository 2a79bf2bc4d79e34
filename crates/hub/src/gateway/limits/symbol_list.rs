//! Only listed symbols are traded.

use types::decision::{Refusal, RefusalCode};
use types::hard_limits::HardLimits;

use super::Scene;

pub(super) fn check(scene: &Scene<'_>, limits: &HardLimits) -> Result<(), Refusal> {
    let symbol = &scene.state.instrument(scene.request.symbol).symbol;
    if limits.symbols.contains(symbol) {
        Ok(())
    } else {
        Err(Refusal::word(RefusalCode::SymbolNotListed))
    }
}
