//! [`Purse`]: what fills come to, in whole counts of 1e-16 of each asset. This room's own arithmetic.

use std::collections::BTreeMap;

use types::entry::Adopted;
use types::fill::{Fee, Fill};
use types::ids::SymbolId;
use types::side::Side;

/// One unit of a quantity (1e-8) in counts of money (1e-16).
pub(crate) const E8: i128 = 100_000_000;

/// What was bought, sold and paid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Purse {
    /// Cash in the settlement asset, 1e-16.
    pub(crate) cash: i128,
    /// Base by symbol, 1e-16, signed.
    base: BTreeMap<SymbolId, i128>,
}

impl Purse {
    /// Adds a fill of the journal.
    pub(crate) fn fill(&mut self, fill: &Fill) {
        let (fee_base, fee_quote) = match fill.fee {
            Fee::Base(qty) => (i128::from(qty.raw()) * E8, 0),
            Fee::Quote(money) => (0, money.raw()),
        };
        let (qty, price) = (i128::from(fill.qty.raw()), i128::from(fill.price.raw()));
        let sign = match fill.side {
            Side::Buy => 1,
            Side::Sell => -1,
        };
        self.base_moves(fill.symbol, sign * qty * E8 - fee_base);
        self.cash_moves((-sign * qty * price).saturating_sub(fee_quote));
    }

    /// Adds what somebody else traded and an operator has booked.
    pub(crate) fn adopt(&mut self, adopted: &Adopted) {
        self.base_moves(adopted.symbol, i128::from(adopted.qty.raw()) * E8);
        self.cash_moves(adopted.cash.raw());
    }

    /// Adds to the cash. Sums stop at what a number can hold: what a file says is no reason to stop.
    pub(crate) fn cash_moves(&mut self, by: i128) {
        self.cash = self.cash.saturating_add(by);
    }

    fn base_moves(&mut self, symbol: SymbolId, by: i128) {
        let base = self.base.entry(symbol).or_default();
        *base = base.saturating_add(by);
    }

    /// Returns the signed quantity of a symbol, in 1e-16.
    pub(crate) fn held(&self, symbol: SymbolId) -> i128 {
        self.base.get(&symbol).copied().unwrap_or_default()
    }

    /// Returns the symbols that were traded.
    pub(crate) fn symbols(&self) -> impl Iterator<Item = (SymbolId, i128)> {
        self.base.iter().map(|(symbol, held)| (*symbol, *held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::fill::Liquidity;
    use types::num::{Money, Price, Qty};

    fn fill(side: Side, qty: &str, price: &str, fee: Fee) -> Fill {
        Fill {
            order: None,
            trade_id: 1,
            symbol: SymbolId(0),
            side,
            qty: qty.parse().unwrap(),
            price: price.parse().unwrap(),
            fee,
            liquidity: Liquidity::Taker,
        }
    }

    #[test]
    fn a_trade_there_and_back_by_hand() {
        let mut purse = Purse::default();
        purse.fill(&fill(Side::Buy, "2", "100", Fee::Base(Qty::from_raw(200_000))));
        assert_eq!(purse.held(SymbolId(0)), (200_000_000 - 200_000) * E8);
        assert_eq!(purse.cash, -200 * E8 * E8);
        purse.fill(&fill(Side::Sell, "1.998", "110", Fee::Quote(Money::from_units(1))));
        assert_eq!(purse.held(SymbolId(0)), 0);
        // 1.998 x 110 = 219.78, less 1 of fee, less 200.
        assert_eq!(purse.cash, 1_878 * E8 * E8 / 100);
        assert_eq!(Price::ONE.raw(), 100_000_000);
    }
}
