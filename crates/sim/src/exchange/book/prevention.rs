//! Self-trade prevention: what happens to two orders that would have traded (Binance, *Self Trade
//! Prevention FAQ*).

use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::side::Side;

use super::engine::MatchingEngine;
use super::event::{Execution, PreventedMatch};
use super::order::OrderStatus;
use super::orders::Key;
use super::request::Stp;

impl MatchingEngine {
    /// Prevents a trade between an arriving and a resting order.
    pub(super) fn prevent(
        &mut self,
        symbol: SymbolId,
        taker: Key,
        maker: Key,
        (price, mode): (Price, Stp),
        at: TsNanos,
    ) {
        let book = &mut self.books[symbol.index()];
        let (one, other) = (*book.orders.get(taker), *book.orders.get(maker));
        let shared = one.left().min(other.left());
        let (taker_qty, maker_qty) = match mode {
            Stp::None => return,
            Stp::ExpireTaker => (Some(one.left()), None),
            Stp::ExpireMaker => (None, Some(other.left())),
            Stp::ExpireBoth => (Some(one.left()), Some(other.left())),
            Stp::Decrement | Stp::Transfer => (Some(shared), Some(shared)),
        };
        let prevented = PreventedMatch {
            id: book.numbers.prevented,
            at,
            symbol,
            taker: one.id,
            maker: other.id,
            taker_account: one.account,
            maker_account: other.account,
            trade_group: self.accounts[one.account.index()].trade_group,
            mode,
            price,
            taker_qty,
            maker_qty,
        };
        book.numbers.prevented += 1;
        book.prevented.push(prevented);
        if mode == Stp::Transfer {
            self.transfer(symbol, [taker, maker], price, shared);
        }
        for (key, qty) in [(taker, taker_qty), (maker, maker_qty)] {
            if let Some(qty) = qty {
                self.shrink_prevented(symbol, key, qty, prevented);
            }
        }
    }

    /// Takes a prevented quantity off an order, which ends if nothing is left.
    fn shrink_prevented(
        &mut self,
        symbol: SymbolId,
        key: Key,
        qty: Qty,
        prevented: PreventedMatch,
    ) {
        let at = prevented.at;
        let book = &mut self.books[symbol.index()];
        let ends = book.orders.get(key).left() == qty;
        let change = if ends { book.lift(key) } else { book.shrink(key, qty) };
        let order = book.orders.get_mut(key);
        order.prevented += qty;
        (order.prevented_match, order.updated) = (Some(prevented.id), at);
        self.say_level(symbol, change, at);
        self.relock(symbol, key);
        let execution = Execution::Prevented(prevented);
        if ends {
            self.end(symbol, key, OrderStatus::ExpiredInMatch, execution, at);
        } else {
            self.report(symbol, key, execution, at);
        }
    }

    /// Lets the amounts of a prevented trade change hands, without fee.
    fn transfer(&mut self, symbol: SymbolId, keys: [Key; 2], price: Price, qty: Qty) {
        let (base, quote) = (Money::of_qty(qty), price.notional(qty));
        for key in keys {
            let book = &self.books[symbol.index()];
            let (account, side) = {
                let order = book.orders.get(key);
                (order.account, order.side)
            };
            let receives = book.pays(side.opposite());
            let (given, got) = match side {
                Side::Buy => (quote, base),
                Side::Sell => (base, quote),
            };
            self.give(symbol, key, given);
            self.accounts[account.index()].balance_mut(receives).free += got;
            self.touch(account, receives);
        }
    }

    /// Takes an amount from what is set aside for an order, or else from what is free, and keeps the
    /// rest set aside.
    fn give(&mut self, symbol: SymbolId, key: Key, amount: Money) {
        let book = &mut self.books[symbol.index()];
        let order = book.orders.get_mut(key);
        let from_lock = amount.min(order.locked);
        order.locked -= from_lock;
        let (account, side) = (order.account, order.side);
        let asset = book.pays(side);
        let balance = self.accounts[account.index()].balance_mut(asset);
        balance.locked -= from_lock;
        balance.free -= amount - from_lock;
        self.touch(account, asset);
    }
}
