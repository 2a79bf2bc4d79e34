//! The money of orders and trades on a spot account: what is set aside, paid, received, taken as fee.
//!
//! A second product (perpetual futures) differs in this file and in [`super::checks`]: margin instead
//! of full payment. Matching, lists and events know no money.

use types::ids::SymbolId;
use types::instrument::FeeAsset;
use types::num::{Money, Qty, Ratio};
use types::side::Side;

use super::account::AccountTrade;
use super::checks::lock_for;
use super::engine::MatchingEngine;
use super::event::{Execution, Trade};
use super::ids::{AccountId, AssetId};
use super::order::{Order, OrderStatus};
use super::orders::Key;
use super::symbol::Book;

impl MatchingEngine {
    /// Folds one side of a trade into its order and account, and says so.
    pub(super) fn fill(&mut self, symbol: SymbolId, key: Key, trade: &Trade, maker: bool) {
        let book = &mut self.books[symbol.index()];
        let quote = trade.price.notional(trade.qty);
        let order = book.orders.get_mut(key);
        order.filled += trade.qty;
        order.quote += quote;
        order.updated = trade.at;
        order.status =
            if order.left().is_zero() { OrderStatus::Filled } else { OrderStatus::PartiallyFilled };
        let order = *order;
        let (fee, fee_asset) = self.charge(&order, trade.qty, quote, maker);
        let base = Money::of_qty(trade.qty);
        let (pays, receives) = match order.side {
            Side::Buy => (quote, base),
            Side::Sell => (base, quote),
        };
        let book = &self.books[symbol.index()];
        let (pay_asset, receive_asset) = (book.pays(order.side), book.pays(order.side.opposite()));
        let on_top = if fee_asset == pay_asset { fee } else { Money::ZERO };
        self.pay(symbol, key, pays + on_top);
        let net = receives - (fee - on_top);
        self.accounts[order.account.index()].balance_mut(receive_asset).free += net;
        self.fees[fee_asset.index()] += fee;
        self.touch(order.account, receive_asset);
        if self.accounts[order.account.index()].is_client() {
            let mine = AccountTrade {
                id: trade.id,
                at: trade.at,
                symbol,
                order: order.id,
                list: order.list,
                price: trade.price,
                qty: trade.qty,
                quote,
                fee,
                fee_asset,
                buyer: order.side == Side::Buy,
                maker,
            };
            self.accounts[order.account.index()].desk_mut(symbol).trades.push(mine);
        }
        let (id, price, qty) = (trade.id, trade.price, trade.qty);
        let execution = Execution::Trade { trade: id, price, qty, quote, fee, fee_asset, maker };
        self.report(symbol, key, execution, trade.at);
    }

    /// Returns the fee of a trade and its asset: never more than what is received, or, where a buyer
    /// pays it on top, than what is set aside for it.
    fn charge(&self, order: &Order, qty: Qty, quote: Money, maker: bool) -> (Money, AssetId) {
        let book = &self.books[order.symbol.index()];
        let instrument = &book.rules.instrument;
        let client = self.accounts[order.account.index()].is_client();
        let rate = match (client, maker) {
            (false, _) => Ratio::ZERO,
            (true, true) => instrument.maker_fee,
            (true, false) => instrument.taker_fee,
        };
        match (instrument.fee_asset, order.side) {
            (FeeAsset::Received, Side::Buy) => (Money::of_qty(qty.scaled_up(rate)), book.base),
            (FeeAsset::Received | FeeAsset::Quote, Side::Sell) => {
                (quote.fee(rate).min(quote), book.quote)
            }
            (FeeAsset::Quote, Side::Buy) if order.locked.is_zero() => (quote.fee(rate), book.quote),
            (FeeAsset::Quote, Side::Buy) => {
                let kept = self.holds(book, order).min(order.locked - quote);
                (quote.fee(rate).min(order.locked - kept - quote), book.quote)
            }
        }
    }

    /// Returns what an open order has to have set aside for what is left of it.
    pub(super) fn holds(&self, book: &Book, order: &Order) -> Money {
        let pays_as_it_goes = order.side == Side::Buy
            && order.kind.price().is_none()
            && (order.working.is_some() || order.kind.stop().is_none());
        if pays_as_it_goes || !self.accounts[order.account.index()].is_client() {
            return Money::ZERO;
        }
        lock_for(book, order.kind, order.side, order.left())
    }

    /// Takes an amount from what is set aside for an order, or else from what is free, and gives
    /// back what is no longer needed.
    pub(super) fn pay(&mut self, symbol: SymbolId, key: Key, amount: Money) {
        let book = &self.books[symbol.index()];
        let order = book.orders.get(key);
        let (account, before) = (order.account, order.locked);
        let after = self.holds(book, order).min(before - amount).max(Money::ZERO);
        let asset = book.pays(order.side);
        self.books[symbol.index()].orders.get_mut(key).locked = after;
        let balance = self.accounts[account.index()].balance_mut(asset);
        balance.locked -= before - after;
        balance.free += before - after - amount;
        self.touch(account, asset);
    }

    /// Gives back what an order, and the partner that excludes it, no longer need.
    pub(super) fn relock(&mut self, symbol: SymbolId, key: Key) {
        let book = &self.books[symbol.index()];
        let order = book.orders.get(key);
        let partner = self.partner(order);
        let holder = partner.filter(|_| order.locked.is_zero()).unwrap_or(key);
        let need = [Some(key), partner]
            .into_iter()
            .flatten()
            .map(|key| self.holds(book, book.orders.get(key)))
            .fold(Money::ZERO, Money::max);
        let (account, asset) = (order.account, book.pays(order.side));
        let order = self.books[symbol.index()].orders.get_mut(holder);
        let excess = (order.locked - need).max(Money::ZERO);
        order.locked -= excess;
        self.lock(account, asset, -excess);
    }

    /// Gives back all that is set aside for an order.
    pub(super) fn unlock(&mut self, symbol: SymbolId, key: Key) {
        let book = &mut self.books[symbol.index()];
        let order = book.orders.get_mut(key);
        let amount = std::mem::take(&mut order.locked);
        if amount.is_zero() {
            return;
        }
        let (account, side) = (order.account, order.side);
        let asset = book.pays(side);
        self.accounts[account.index()].unlock(asset, amount);
        self.touch(account, asset);
    }

    /// Sets aside for an order that is accepted.
    pub(super) fn lock(&mut self, account: AccountId, asset: AssetId, amount: Money) {
        if !amount.is_zero() {
            self.accounts[account.index()].lock(asset, amount);
            self.touch(account, asset);
        }
    }
}
