//! The worst price at which an order can trade on arrival lies near the mark. An order without a price has no
//! worst one and is refused: a limit that cannot be evaluated refuses.

use types::decision::{Refusal, RefusalCode};
use types::hard_limits::HardLimits;
use types::num::{Money, Price};
use types::order::OrderKind;
use types::side::Side;

use super::Scene;
use super::scene::share;

pub(super) fn check(scene: &Scene<'_>, limits: &HardLimits) -> Result<(), Refusal> {
    let code = RefusalCode::PriceCollar;
    let mark = scene.mark(scene.request.symbol)?;
    let price = match scene.request.kind {
        OrderKind::Limit { price } | OrderKind::LimitMaker { price } => price,
        // A trigger is no price; what it lets loose with a limit is bounded by that.
        OrderKind::StopLimit { price, .. } => price,
        OrderKind::Market | OrderKind::StopMarket { .. } | OrderKind::TakeProfit { .. } => {
            return Err(Refusal::new(
                code,
                Money::from_units(i64::MAX),
                share(limits.price_collar),
            ));
        }
    };
    // Below the mark a buyer only rests; above it a seller does.
    let beyond = match scene.request.side {
        Side::Buy => price - mark,
        Side::Sell => mark - price,
    };
    let seen = Money::of_qty(types::num::Qty::from_raw(beyond.max(Price::ZERO).raw()));
    let whole = Money::of_qty(types::num::Qty::from_raw(mark.raw()));
    match seen.share_of(whole) {
        Some(seen)
            if seen <= limits.price_collar && beyond <= mark.scaled_down(limits.price_collar) =>
        {
            Ok(())
        }
        Some(seen) => Err(Refusal::new(code, share(seen), share(limits.price_collar))),
        None => Err(Refusal::new(code, Money::from_units(i64::MAX), share(limits.price_collar))),
    }
}
