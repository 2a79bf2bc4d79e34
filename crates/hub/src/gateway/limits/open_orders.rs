//! Orders open at once, with the protective orders that this entry and those under way will need.

use types::decision::{Refusal, RefusalCode};
use types::defects::{Defect, planted};
use types::hard_limits::HardLimits;

use super::Scene;

pub(super) fn check(scene: &Scene<'_>, limits: &HardLimits) -> Result<(), Refusal> {
    let seen = scene.open_orders() + scene.to_be_protected() + scene.legs;
    let limit = usize::try_from(limits.open_orders).unwrap_or(usize::MAX);
    if seen <= limit || planted(Defect::OpenOrdersUnchecked) {
        Ok(())
    } else {
        Err(Refusal::count(RefusalCode::OpenOrders, seen, limit))
    }
}
