//! [`Difference`]: what an account has against our books, of one symbol, for an operator to look at.

use serde::{Deserialize, Serialize};
use types::ids::{Asset, Seq, SymbolId};
use types::num::{Money, Price, Qty};
use types::venue::{Balance, Balances};

use super::compare::{Reconciler, TOLD, is_drift};
use super::holdings::Holdings;

/// A symbol's coins and the money at the venue against our books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Whose.
    pub symbol: SymbolId,
    /// Its coins.
    pub asset: Asset,
    /// How many of them lie at the venue.
    pub total: Money,
    /// How many of them are not ours, by our books.
    pub foreign: Money,
    /// How many are, by our books.
    pub owned: Qty,
    /// How much more money lies there than our books say; below zero: less.
    pub cash: Money,
}

impl Difference {
    /// Returns what of the coins is ours still: what lies there beside those that are not, and never more than before.
    #[must_use]
    pub fn kept(&self) -> Qty {
        let left = (self.total - self.foreign).raw().max(0) / Money::of_qty(TOLD).raw();
        let left = Qty::from_raw(i64::try_from(left).unwrap_or(i64::MAX));
        left.min(self.owned)
    }

    /// Returns by how much our holding changes; never above zero.
    #[must_use]
    pub fn change(&self) -> Qty {
        self.kept() - self.owned
    }

    /// Returns how many of the coins are not ours from then on: what came from outside is not.
    #[must_use]
    pub fn foreign_after(&self) -> Money {
        self.total - Money::of_qty(self.kept())
    }

    /// Says why so much money cannot belong to the coins that came or went: money moves against coins, and no coin changes hands at
    /// more than twice the mark.
    #[must_use]
    pub fn is_no_price(&self, money: Money, mark: Price) -> Option<String> {
        let coins = self.total - self.foreign - Money::of_qty(self.owned);
        let moved = coins.raw() / Money::of_qty(TOLD).raw();
        let moved = Qty::from_raw(i64::try_from(moved).unwrap_or(i64::MAX));
        let worth = mark.notional(moved);
        let against = money.is_zero() || money.is_negative() != coins.is_negative();
        let fits = against && money.abs() <= worth.abs() + worth.abs();
        (!fits).then(|| {
            format!(
                "{money} of money for {moved} {}, which are worth {worth} at the mark of {mark}: money moves against coins, and by no more than twice that",
                self.asset
            )
        })
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        let small = |amount: Money| amount.abs() < Money::of_qty(TOLD);
        small(self.cash) && small(self.total - self.foreign - Money::of_qty(self.owned))
    }
}

impl Reconciler {
    /// Returns the open incidents that say that books and venue differ in a symbol's coins.
    pub fn drifts_of(&self, symbol: SymbolId) -> impl Iterator<Item = Seq> {
        let of = move |(_, open): &(&Seq, &types::entry::Incident)| {
            is_drift(open) && open.symbol == Some(symbol)
        };
        self.open.iter().filter(of).map(|(seq, _)| *seq)
    }

    /// Compares what the venue has with our books, as far as a symbol is concerned; `None` if it is held under another one.
    #[must_use]
    pub fn difference(
        &self,
        symbol: SymbolId,
        ours: &Holdings,
        theirs: &Balances,
    ) -> Option<Difference> {
        let total = |asset: &Asset| theirs.get(asset).map(Balance::total).unwrap_or_default();
        let (asset, (_, owned)) = ours.base.iter().find(|(_, (of, _))| *of == symbol)?;
        let settlement = ours.settlement.as_ref()?;
        Some(Difference {
            symbol,
            asset: asset.clone(),
            total: total(asset),
            foreign: self.baseline(asset),
            owned: *owned,
            cash: total(settlement) - self.baseline(settlement) - ours.cash,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_moves_against_coins_and_at_no_price_far_from_the_mark() {
        let units = Money::from_units;
        // Coins that came, money of the operator's word; ten is the mark.
        for (coins, money, fits) in [
            (-3, 30, true),
            (-3, 60, true),
            (-3, 61, false),
            (-3, 0, true),
            (-3, -1, false),
            (3, -29, true),
            (3, -61, false),
            (3, 1, false),
        ] {
            let difference = Difference {
                symbol: SymbolId(0),
                asset: Asset::new("BTC").unwrap(),
                total: units(7 + coins),
                foreign: units(5),
                owned: Qty::from_raw(200_000_000),
                cash: units(1_000),
            };
            let mark = Price::from_raw(1_000_000_000);
            let refused = difference.is_no_price(units(money), mark);
            assert_eq!(refused.is_none(), fits, "{coins} {money}: {refused:?}");
        }
    }

    #[test]
    fn coins_that_are_gone_are_ours_first_and_more_of_them_are_not() {
        let units = Money::from_units;
        // Lying there, not ours, ours: what is kept, what is not ours then.
        for (total, foreign, owned, kept, after) in [
            (7, 5, 2, 2, 5),
            (6, 5, 2, 1, 5),
            (5, 5, 2, 0, 5),
            // Of what was never ours some is gone as well.
            (4, 5, 2, 0, 4),
            (0, 5, 2, 0, 0),
            // Somebody bought.
            (9, 5, 2, 2, 7),
        ] {
            let qty = |units: i64| Qty::from_raw(units * 100_000_000);
            let difference = Difference {
                symbol: SymbolId(0),
                asset: Asset::new("BTC").unwrap(),
                total: units(total),
                foreign: units(foreign),
                owned: qty(owned),
                cash: Money::ZERO,
            };
            let case = (total, foreign, owned);
            assert_eq!(difference.kept(), qty(kept), "{case:?}");
            assert_eq!(difference.change(), qty(kept - owned), "{case:?}");
            assert_eq!(difference.foreign_after(), units(after), "{case:?}");
            assert_eq!(difference.is_none(), total == foreign + owned, "{case:?}");
        }
    }
}
