//! Notional of all positions with this order and every open one filled, in the worst order (invariant 5, load line).

use types::decision::{Refusal, RefusalCode};
use types::hard_limits::HardLimits;
use types::ids::SymbolId;
use types::num::Money;
use types::order::OrderRequest;

use super::super::state::State;
use super::Scene;
use super::scene::worst;

pub(super) fn check(scene: &Scene<'_>, limits: &HardLimits) -> Result<(), Refusal> {
    let seen = of(scene.state, Some(&scene.request), limits)?;
    if seen <= limits.gross_exposure {
        Ok(())
    } else {
        Err(Refusal::new(RefusalCode::GrossExposure, seen, limits.gross_exposure))
    }
}

/// Returns the exposure with everything open filled, and one order more.
pub(super) fn of(
    state: &State,
    more: Option<&OrderRequest>,
    limits: &HardLimits,
) -> Result<Money, Refusal> {
    let count = u16::try_from(state.instruments.len()).expect("symbol ids are 16 bits");
    let each = (0..count).map(|index| worst(state, SymbolId(index), more, limits.price_collar));
    each.sum()
}
