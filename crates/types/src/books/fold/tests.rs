//! Stories of an account, then random ones.

use proptest::prelude::*;

use super::*;
use crate::fill::{Fee, Liquidity};
use crate::market::Direction;
use crate::side::Side;

const LOT: Qty = Qty::from_raw(1_000);

fn price(text: &str) -> Price {
    text.parse().expect("a price")
}

fn qty(text: &str) -> Qty {
    text.parse().expect("a quantity")
}

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

fn fill(side: Side, q: &str, p: &str, fee: Fee) -> Fill {
    Fill {
        order: None,
        trade_id: 0,
        symbol: SymbolId(0),
        side,
        qty: qty(q),
        price: price(p),
        fee,
        liquidity: Liquidity::Taker,
    }
}

fn funded(amount: i64) -> Books {
    let mut books = Books::new(1);
    books.on_flow(Money::from_units(amount));
    books
}

#[test]
fn a_round_trip_with_quote_fees() {
    let mut books = funded(1_000);
    let at = TsNanos::EPOCH;
    let fee = Fee::Quote(Money::from_units(1));
    assert_eq!(books.on_fill(&fill(Side::Buy, "2", "100", fee), LOT, at), None);
    assert_eq!(books.cash(), money("799"));
    assert_eq!(books.equity(&[Some(price("110"))]), money("1019"));
    let closed = books.on_fill(&fill(Side::Sell, "2", "110", fee), LOT, at).expect("flat again");
    assert_eq!((closed.pnl, closed.fees), (money("18"), money("2")));
    assert_eq!((closed.entry, closed.exit), (price("100"), price("110")));
    assert_eq!(books.cash(), money("1018"));
    assert_eq!(books.position(SymbolId(0)).realised(), money("20"));
    assert!(books.is_conserved());
}

#[test]
fn a_base_fee_shrinks_the_position_and_leaves_dust() {
    let mut books = funded(1_000);
    let at = TsNanos::EPOCH;
    books.on_fill(&fill(Side::Buy, "1", "100", Fee::Base(qty("0.001005"))), LOT, at);
    assert_eq!(books.position(SymbolId(0)).qty(), qty("0.998995"));
    let sale = fill(Side::Sell, "0.99899", "100", Fee::Quote(Money::ZERO));
    let closed = books.on_fill(&sale, LOT, at).expect("only dust is left");
    assert_eq!(books.position(SymbolId(0)).qty(), qty("0.000005"));
    assert!(books.position(SymbolId(0)).trade().is_none());
    assert_eq!(closed.pnl, money("-0.1005"), "the fee, the dust counted at the exit price");
    assert_eq!(closed.entry, price("100"), "a base fee is no part of the average fill");
    // The dust belongs to the next trade, at the price it is found at.
    books.on_fill(&fill(Side::Buy, "1", "200", Fee::Quote(Money::ZERO)), LOT, at);
    let sale = fill(Side::Sell, "1", "200", Fee::Quote(Money::ZERO));
    let closed = books.on_fill(&sale, LOT, at).expect("only dust is left");
    assert_eq!(closed.pnl, Money::ZERO);
    assert!(books.is_conserved());
}

#[test]
fn a_short_and_a_flip() {
    let mut books = funded(1_000);
    let at = TsNanos::EPOCH;
    let free = Fee::Quote(Money::ZERO);
    books.on_fill(&fill(Side::Sell, "1", "100", free), LOT, at);
    assert_eq!(books.wallet(), money("1000"));
    assert_eq!(books.equity(&[Some(price("90"))]), money("1010"));
    books.on_funding(SymbolId(0), money("0.5"));
    let closed = books.on_fill(&fill(Side::Buy, "3", "90", free), LOT, at).expect("short closed");
    assert_eq!((closed.direction, closed.pnl), (Direction::Short, money("10.5")));
    let position = books.position(SymbolId(0));
    assert_eq!((position.qty(), position.direction()), (qty("2"), Some(Direction::Long)));
    assert_eq!(position.cost(), money("180"));
    assert_eq!(books.wallet(), money("1010.5"));
    assert!(books.is_conserved());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Invariant 4: money is conserved to the last unit, and the P&L of all trades plus what is
    /// open is the change of equity.
    #[test]
    fn money_is_conserved(
        fills in prop::collection::vec(
            (any::<bool>(), 1_i64..1_000_000_000, 1_i64..10_000_000_000_000, 0_i64..1_000_000),
            1..40,
        ),
        fees_in_base in any::<bool>(),
    ) {
        let mut books = funded(1_000_000);
        let mut closed_pnl = Money::ZERO;
        let mut last = Price::ONE;
        for (buy, q, p, fee) in fills {
            let fee = match (fees_in_base, buy) {
                (true, true) => Fee::Base(Qty::from_raw(fee.min(q))),
                _ => Fee::Quote(Money::from_raw(i128::from(fee))),
            };
            last = Price::from_raw(p);
            let fill = Fill {
                order: None,
                trade_id: 0,
                symbol: SymbolId(0),
                side: if buy { Side::Buy } else { Side::Sell },
                qty: Qty::from_raw(q),
                price: last,
                fee,
                liquidity: Liquidity::Taker,
            };
            if let Some(trade) = books.on_fill(&fill, Qty::STEP, TsNanos::EPOCH) {
                closed_pnl += trade.pnl;
            }
            prop_assert!(books.is_conserved());
        }
        let position = books.position(SymbolId(0));
        let equity = books.equity(&[Some(last)]);
        let made = equity - Money::from_units(1_000_000);
        prop_assert_eq!(made, position.flow() + position.value(last));
        // Realised, unrealised and quote fees are the same money cut another way.
        let quote_fees = if fees_in_base { None } else { Some(position.fees()) };
        if let Some(fees) = quote_fees {
            prop_assert_eq!(made, position.realised() + position.unrealised(last) - fees);
        }
        if position.trade().is_none() {
            prop_assert_eq!(made, closed_pnl + Money::ZERO);
        }
    }
}
