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
    assert_eq!((closed.entry, closed.exit, closed.qty), (price("100"), price("110"), qty("2")));
    assert_eq!(books.cash(), money("1018"));
    assert_eq!(books.position(SymbolId(0)).realised(), money("20"));
    assert!(books.is_conserved());
}

/// So many coins left at a mark, for so much money.
fn adopted(gone: &str, cash: &str, mark: &str) -> Adopted {
    Adopted {
        name: "ada".to_owned(),
        reason: "by hand".to_owned(),
        symbol: SymbolId(0),
        incident: crate::ids::Seq(1),
        qty: Qty::ZERO - qty(gone),
        cash: money(cash),
        price: price(mark),
    }
}

#[test]
fn coins_that_somebody_else_sold_leave_at_the_mark_and_the_rest_is_a_flow() {
    for (gone, cash, mark, flow, equity, closes) in [
        // Sold below the mark, above it, given away; all of it or a part.
        ("2", "215", "110", "-5", "1015", true),
        ("2", "230", "110", "10", "1030", true),
        ("2", "0", "110", "-220", "800", true),
        ("0.5", "54", "110", "-1", "1019", false),
        // Money alone: somebody bought coins that are not ours.
        ("0", "-100", "110", "-100", "920", false),
    ] {
        let mut books = funded(1_000);
        let at = TsNanos::EPOCH;
        books.on_fill(&fill(Side::Buy, "2", "100", Fee::Quote(Money::ZERO)), LOT, at);
        let marks = [Some(price("110"))];
        let before = books.equity(&marks) - books.flows();
        let closed = books.on_adopted(&adopted(gone, cash, mark), LOT, at);
        assert_eq!(closed.is_some(), closes, "{gone} for {cash}");
        assert_eq!(books.cash(), money("800") + money(cash));
        assert_eq!(books.flows(), money("1000") + money(flow), "{gone} for {cash}");
        assert_eq!(books.equity(&marks), money(equity), "{gone} for {cash}");
        assert_eq!(books.equity(&marks) - books.flows(), before, "no result of trading");
        assert_eq!(books.position(SymbolId(0)).qty(), qty("2") - qty(gone));
        assert!(books.is_conserved());
    }
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
    assert_eq!(closed.qty, qty("0.998995"), "what came of it");
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
    assert_eq!(closed.funding, money("0.5"));
    let position = books.position(SymbolId(0));
    assert_eq!((position.qty(), position.direction()), (qty("2"), Some(Direction::Long)));
    assert_eq!((position.cost(), position.funding()), (money("180"), money("0.5")));
    assert_eq!(books.wallet(), money("1010.5"));
    // The long that the flip opened is a trade of its own: what the short made is no part of it.
    let trade = position.trade().expect("2 are held");
    assert_eq!((trade.opened_qty, trade.average_entry()), (qty("2"), Some(price("90"))));
    let closed = books.on_fill(&fill(Side::Sell, "2", "95", free), LOT, at).expect("long closed");
    assert_eq!((closed.direction, closed.pnl), (Direction::Long, money("10")));
    assert_eq!((closed.entry, closed.exit), (price("90"), price("95")));
    assert_eq!((closed.qty, closed.funding), (qty("2"), Money::ZERO));
    assert!(books.is_conserved());
}

#[test]
fn a_position_that_grows_realises_nothing_and_one_that_shrinks_its_share_of_the_cost() {
    let (mut books, at, free) = (funded(1_000), TsNanos::EPOCH, Fee::Quote(Money::ZERO));
    for (side, q, p, cost, realised) in [
        (Side::Buy, "1", "100", "100", "0"),
        (Side::Buy, "1", "200", "300", "0"),
        (Side::Sell, "1", "200", "150", "50"),
        (Side::Sell, "2", "210", "-210", "110"),
        (Side::Sell, "1", "190", "-400", "110"),
        (Side::Buy, "1", "190", "-200", "120"),
    ] {
        books.on_fill(&fill(side, q, p, free), LOT, at);
        let position = books.position(SymbolId(0));
        assert_eq!(
            (position.cost(), position.realised()),
            (money(cost), money(realised)),
            "{side:?} {q} at {p}"
        );
    }
}

#[test]
fn a_base_fee_of_a_sale_is_taken_from_what_is_held() {
    let (mut books, at, free) = (funded(1_000), TsNanos::EPOCH, Fee::Quote(Money::ZERO));
    books.on_fill(&fill(Side::Buy, "2", "100", free), LOT, at);
    let fee = Fee::Base(qty("0.01"));
    assert_eq!(books.on_fill(&fill(Side::Sell, "1", "100", fee), LOT, at), None);
    let position = books.position(SymbolId(0));
    assert_eq!((position.qty(), position.fees()), (qty("0.99"), money("1")));
    let closed = books.on_fill(&fill(Side::Sell, "0.99", "100", free), LOT, at).expect("flat");
    assert_eq!((closed.pnl, closed.fees, closed.exit), (money("-1"), money("1"), price("99.5")));
}

/// Short: 1 lot left is a trade that goes on, a step less is dust that ends it. Long the same.
#[test]
fn a_trade_ends_when_less_than_a_lot_is_left() {
    let (at, free) = (TsNanos::EPOCH, Fee::Quote(Money::ZERO));
    for (open, close) in [(Side::Buy, Side::Sell), (Side::Sell, Side::Buy)] {
        for (left, ends) in [("0.00001", false), ("0.00000999", true)] {
            let mut books = funded(1_000);
            books.on_fill(&fill(open, "1", "100", free), LOT, at);
            let rest = (qty("1") - qty(left)).to_string();
            let closed = books.on_fill(&fill(close, &rest, "100", free), LOT, at);
            assert_eq!(closed.is_some(), ends, "{open:?}, {left} left");
            assert_eq!(
                books.position(SymbolId(0)).trade().is_none(),
                ends,
                "{open:?}, {left} left"
            );
        }
    }
}

/// The same, on the other side of zero: a flip by less than a lot opens nothing.
#[test]
fn a_flip_opens_a_trade_from_one_lot_on() {
    let (at, free) = (TsNanos::EPOCH, Fee::Quote(Money::ZERO));
    for (beyond, opens) in [("0.00000999", false), ("0.00001", true)] {
        let mut books = funded(1_000);
        books.on_fill(&fill(Side::Buy, "1", "100", free), LOT, at);
        let sale = (qty("1") + qty(beyond)).to_string();
        books.on_fill(&fill(Side::Sell, &sale, "100", free), LOT, at).expect("the long has ended");
        let direction = opens.then_some(Direction::Short);
        assert_eq!(books.position(SymbolId(0)).direction(), direction, "{beyond} beyond zero");
    }
}

#[test]
fn symbols_are_apart_and_a_missing_mark_counts_at_cost() {
    let (at, free) = (TsNanos::EPOCH, Fee::Quote(Money::ZERO));
    let mut books = Books::new(2);
    books.on_flow(Money::from_units(1_000));
    let other = Fill { symbol: SymbolId(1), ..fill(Side::Buy, "3", "10", free) };
    books.on_fill(&fill(Side::Buy, "1", "100", free), LOT, at);
    books.on_fill(&other, LOT, at);
    let held: Vec<_> = books.positions().iter().map(Position::qty).collect();
    assert_eq!(held, [qty("1"), qty("3")]);
    assert_eq!(books.equity(&[None, Some(price("11"))]), money("1003"));
    assert_eq!(books.equity(&[Some(price("99"))]), money("999"));
}

#[test]
fn money_from_nowhere_is_seen() {
    let mut books = funded(1_000);
    assert!(books.is_conserved());
    books.cash += Money::from_raw(1);
    assert!(!books.is_conserved());
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
