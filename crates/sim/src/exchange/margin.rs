//! Isolated margin of a perpetual position: when the venue closes it, and at which price.
//!
//! Source: Binance, *Liquidation Protocols* and *How to Calculate Liquidation Price of USD-M
//! Futures Contracts*: a position is liquidated when its margin balance is at or below its
//! maintenance margin, both at the mark price:
//!
//! ```text
//! margin + q * mark - cost <= rate * |q| * mark        (q signed, cost = q * entry)
//! ```
//!
//! Solved for the mark: long `(cost - margin) / (q (1 - rate))`, short
//! `(margin - cost) / (|q| (1 + rate))`. The maintenance amount of the higher notional tiers is
//! taken as zero, so `rate` is the instrument's for every size: exact in the lowest tier (BTCUSDT
//! below 50,000 USDT of notional), late by up to the tiers' difference above it.
//!
//! The *bankruptcy price* is where the margin balance is zero. Binance closes by an IOC order,
//! returns what is left after a clearance fee, and hands the rest to its insurance fund at the
//! bankruptcy price. The pessimistic choice here: nothing is left, the whole position is closed at
//! the bankruptcy price (rounded to the tick inside it) and the fee takes the remainder. Isolated
//! margin bounds the loss from the other side: a gap beyond the bankruptcy price costs no more.

use types::num::{Money, ONE_E8, Price, Qty, Ratio};
use types::side::Side;

/// The parts of a position that decide its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Isolated {
    /// Signed quantity, not zero.
    pub(super) qty: Qty,
    /// Signed cost: quantity x average entry.
    pub(super) cost: Money,
    /// Margin set aside for it, funding folded in.
    pub(super) margin: Money,
}

/// How the venue closes a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Takeover {
    pub(super) side: Side,
    pub(super) price: Price,
    pub(super) fee: Money,
}

impl Isolated {
    /// Returns margin + unrealised P&L at a price.
    pub(super) fn balance(self, price: Price) -> Money {
        self.margin + price.notional(self.qty) - self.cost
    }

    /// Returns the mark at which the position is liquidated: at or below it for a long, at or above
    /// it for a short; `None` if no price above zero does it.
    pub(super) fn liquidation_price(self, rate: Ratio) -> Option<Price> {
        let one = i128::from(ONE_E8);
        let rate = i128::from(rate.raw());
        let qty = i128::from(self.qty.raw());
        let raw = if qty > 0 {
            ((self.cost - self.margin).raw() * one).div_euclid(qty * (one - rate))
        } else {
            let over = (self.margin - self.cost).raw() * one;
            -(-over).div_euclid(-qty * (one + rate))
        };
        i64::try_from(raw).ok().map(Price::from_raw).filter(|price| price.is_positive())
    }

    /// Returns whether a mark liquidates the position.
    pub(super) fn is_liquidated_at(self, mark: Price, rate: Ratio) -> bool {
        let maintenance = mark.notional(self.qty.abs()).scaled_down(rate);
        self.balance(mark) <= maintenance
    }

    /// Returns the terms on which the venue closes the position.
    pub(super) fn takeover(self, tick: Price, fee_rate: Ratio) -> Takeover {
        let (side, price) = if self.qty.is_positive() {
            let at = (self.cost - self.margin).per(self.qty).unwrap_or(Price::ZERO);
            // `per` rounds down, so one step more is where the balance is not below zero.
            let inside = if self.balance(at).is_negative() { at + Price::STEP } else { at };
            (Side::Sell, inside.ceil_to(tick).max(tick))
        } else {
            let at = (self.margin - self.cost).per(self.qty.abs()).unwrap_or(tick);
            (Side::Buy, at.floor_to(tick).max(tick))
        };
        let notional = price.notional(self.qty.abs());
        let left = self.balance(price);
        let step = i128::from(ONE_E8);
        let most = Money::from_raw(left.raw().max(0).div_euclid(step) * step);
        Takeover { side, price, fee: notional.fee(fee_rate).min(most) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn isolated(qty: &str, entry: &str, margin: &str) -> Isolated {
        let qty: Qty = qty.parse().unwrap();
        let cost = entry.parse::<Price>().unwrap().notional(qty);
        Isolated { qty, cost, margin: margin.parse().unwrap() }
    }

    /// By hand: long 1 at 100 with 10 of margin and 0.4 %: (100 - 10) / 0.996 = 90.36144578;
    /// short: (10 + 100) / 1.004 = 109.56175299.
    #[test]
    fn liquidation_prices_by_hand() {
        let rate = Ratio::from_bps(40);
        let long = isolated("1", "100", "10").liquidation_price(rate);
        assert_eq!(long.unwrap().to_string(), "90.36144578");
        let short = isolated("-1", "100", "10").liquidation_price(rate);
        assert_eq!(short.unwrap().to_string(), "109.56175299");
        assert_eq!(isolated("1", "100", "100").liquidation_price(rate), None, "leverage 1");
    }

    #[test]
    fn the_price_is_the_first_that_liquidates() {
        let rate = Ratio::from_bps(50);
        for (qty, step) in [("0.3", 1), ("-0.7", -1)] {
            let position = isolated(qty, "31234.5", "1500");
            let price = position.liquidation_price(rate).unwrap();
            assert!(position.is_liquidated_at(price, rate));
            let before = price + Price::from_raw(step);
            assert!(!position.is_liquidated_at(before, rate), "one step earlier");
        }
    }

    #[test]
    fn a_takeover_costs_the_margin_and_no_more() {
        let tick = "0.1".parse().unwrap();
        for qty in ["0.3", "-0.7"] {
            let position = isolated(qty, "31234.5", "1500");
            let end = position.takeover(tick, Ratio::from_bps(125));
            let left = position.balance(end.price) - end.fee;
            assert!(!left.is_negative(), "{left}");
            assert!(left < Money::from_units(1), "{left}");
        }
    }
}
