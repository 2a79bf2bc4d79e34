//! [`HardLimits`]: the lines at the gateway that no engine sees and no advice moves.

use serde::{Deserialize, Serialize};

use crate::ids::Symbol;
use crate::num::{Money, Ratio};

/// Hard limits in force (spec: "Hard limits"). A change is an entry of the journal; lowering is instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HardLimits {
    /// Version of the signed file they come from; it only rises.
    pub version: u64,
    /// Largest notional of one order, quote currency.
    pub order_notional: Money,
    /// Largest notional of all positions and open orders, quote currency.
    pub gross_exposure: Money,
    /// Most orders open at once.
    pub open_orders: u32,
    /// Most orders within one second.
    pub orders_per_second: u32,
    /// Largest distance of a price at which an order can trade on arrival from the mark, a share of it.
    pub price_collar: Ratio,
    /// Loss of the UTC day, a share of the equity at its start, at which no entry passes.
    pub daily_loss: Ratio,
    /// What may be traded; sorted.
    pub symbols: Vec<Symbol>,
}

impl HardLimits {
    /// Returns whether nothing of these lies above the other's lines.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.lower_of(other) == Self { version: self.version, ..self.clone() }
    }

    /// Returns the lower of both, line by line, under this version.
    #[must_use]
    pub fn lower_of(&self, other: &Self) -> Self {
        let both = |symbol: &&Symbol| other.symbols.contains(symbol);
        Self {
            version: self.version,
            order_notional: self.order_notional.min(other.order_notional),
            gross_exposure: self.gross_exposure.min(other.gross_exposure),
            open_orders: self.open_orders.min(other.open_orders),
            orders_per_second: self.orders_per_second.min(other.orders_per_second),
            price_collar: self.price_collar.min(other.price_collar),
            daily_loss: self.daily_loss.min(other.daily_loss),
            symbols: self.symbols.iter().filter(both).cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(notional: i64, symbols: &[&str]) -> HardLimits {
        HardLimits {
            version: 1,
            order_notional: Money::from_units(notional),
            gross_exposure: Money::from_units(1_000),
            open_orders: 10,
            orders_per_second: 5,
            price_collar: Ratio::from_bps(200),
            daily_loss: Ratio::from_bps(1_000),
            symbols: symbols.iter().map(|name| Symbol::new(name).unwrap()).collect(),
        }
    }

    #[test]
    fn what_lies_within_changes_nothing_when_lowered() {
        let (low, high) = (limits(10, &["BTCUSDT"]), limits(20, &["BTCUSDT", "ETHUSDT"]));
        assert!(low.is_within(&high) && low.is_within(&low) && !high.is_within(&low));
        assert_eq!(high.lower_of(&low), low);
        // One line up and another down is neither: the lower of both holds at once.
        let mixed = limits(5, &["BTCUSDT", "SOLUSDT"]);
        assert!(!mixed.is_within(&low));
        assert_eq!(mixed.lower_of(&low), limits(5, &["BTCUSDT"]));
    }
}
