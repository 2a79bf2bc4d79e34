//! Notional of one order, at the highest price it can trade at.

use types::decision::{Refusal, RefusalCode};
use types::defects::{Defect, planted};
use types::hard_limits::HardLimits;

use super::Scene;

pub(super) fn check(scene: &Scene<'_>, limits: &HardLimits) -> Result<(), Refusal> {
    let price = scene.price(limits.price_collar)?;
    let seen = price.notional(scene.request.qty);
    if seen <= limits.order_notional || planted(Defect::OrderNotionalUnchecked) {
        Ok(())
    } else {
        Err(Refusal::new(RefusalCode::OrderNotional, seen, limits.order_notional))
    }
}
