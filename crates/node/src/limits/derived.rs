//! Limits where no file names any: derived from the capital and the engine's own rules. For invented money only.

use engine::config::EngineConfig;
use types::hard_limits::HardLimits;
use types::ids::Symbol;
use types::instrument::Market;
use types::num::{Money, Ratio};

/// Orders that one position can have open at once: entry, stop, target.
const ORDERS_OF_A_POSITION: u32 = 3;

/// Loss of the UTC day at which no entry passes, unless a file says otherwise (spec: "Hard limits").
const DAILY_LOSS: Ratio = Ratio::from_bps(1_000);

/// Returns limits as wide as the engine's own rules make use of at this capital, and no wider.
pub(crate) fn derived(
    engine: &EngineConfig,
    symbols: &[Symbol],
    capital: Money,
    version: u64,
) -> HardLimits {
    let risk = &engine.risk;
    let mut symbols = symbols.to_vec();
    symbols.sort_unstable();
    HardLimits {
        version,
        order_notional: capital.scaled_down(risk.symbol(Market::Spot)),
        gross_exposure: capital.scaled_down(risk.gross(Market::Spot)),
        open_orders: risk.positions.saturating_mul(ORDERS_OF_A_POSITION),
        orders_per_second: risk.orders.per_second,
        price_collar: risk.orders.collar.get(),
        daily_loss: DAILY_LOSS,
        symbols,
    }
}
