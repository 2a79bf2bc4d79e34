//! Notional of all positions with this order and every open one filled, in the worst order (invariant 5, load line).

use types::decision::{Refusal, RefusalCode};
use types::defects::{Defect, planted};
use types::hard_limits::HardLimits;
use types::num::Money;
use types::order::OrderRequest;

use super::super::state::State;
use super::Scene;
use super::scene::worst;
use crate::units::symbol_ids;

pub(super) fn check(scene: &Scene<'_>, limits: &HardLimits) -> Result<(), Refusal> {
    let seen = of(scene.state, Some(&scene.request), limits)?;
    if seen <= limits.gross_exposure || planted(Defect::ExposureUnchecked) {
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
    let symbols = symbol_ids(state.instruments.len());
    symbols.map(|symbol| worst(state, symbol, more, limits.price_collar)).sum()
}
