//! What always holds of the venue's own books, checked by the tests after every step.

use types::instrument::Market;
use types::num::{Money, Qty};

use super::Exchange;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("books agree: {0}")]
pub struct BrokenInvariant(pub(super) String);

impl Exchange {
    /// Checks that money is conserved, that no balance is below zero, that what orders have set
    /// aside is there, and that no order is open for nothing.
    ///
    /// # Errors
    /// `BrokenInvariant` with the numbers.
    pub fn check_invariants(&self) -> Result<(), BrokenInvariant> {
        let broken = |text: String| Err(BrokenInvariant(text));
        if !self.books().is_conserved() {
            return broken(format!("cash {} is not what fills moved", self.books().cash()));
        }
        let lends = self.market() == Market::Spot && self.conventions().allow_negative_cash;
        if self.account.spendable().is_negative() && !lends {
            return broken(format!("spendable money is {}", self.account.spendable()));
        }
        if self.free().is_negative() && !lends {
            return broken(format!("{} is set aside, free is {}", self.locked(), self.free()));
        }
        for (index, slot) in self.slots.iter().enumerate() {
            let position = &self.books().positions()[index];
            let symbol = &slot.instrument.symbol;
            let margin = self.account.margins()[index];
            match self.market() {
                Market::Spot => {
                    if position.qty() < Qty::ZERO || slot.base_locked() > position.qty() {
                        let (held, locked) = (position.qty(), slot.base_locked());
                        return broken(format!("{symbol}: held {held}, locked {locked}"));
                    }
                }
                Market::Perp if position.qty().is_zero() && margin != Money::ZERO => {
                    return broken(format!("{symbol}: flat with a margin of {margin}"));
                }
                Market::Perp => {}
            }
            for order in &slot.orders {
                if !order.left.is_positive() || order.left > order.request.qty {
                    return broken(format!("{symbol}: order with {} left", order.left));
                }
                if order.locked.is_negative() {
                    return broken(format!("{symbol}: order has {} set aside", order.locked));
                }
            }
        }
        Ok(())
    }
}
