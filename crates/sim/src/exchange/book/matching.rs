//! How an arriving order goes through the book.

use types::ids::SymbolId;
use types::instrument::FeeAsset;
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::side::Side;

use super::checks;
use super::engine::{MatchingEngine, Task};
use super::event::{Event, ExpiryReason, Trade};
use super::ids::AccountId;
use super::ladder::reaches;
use super::order::Order;
use super::orders::Key;
use super::request::{Size, Stp, Tif};
use super::symbol::Book;

/// An order that arrives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taker {
    pub(super) account: AccountId,
    pub(super) side: Side,
    /// Its worst price.
    pub(super) worst: Option<Price>,
    pub(super) stp: Stp,
}

impl Taker {
    pub(super) fn of(order: &Order) -> Self {
        let Order { account, side, kind, stp, .. } = *order;
        Self { account, side, worst: kind.price(), stp }
    }
}

/// What happens where an arriving order meets a resting one.
enum Meeting {
    Trade(Qty),
    Prevent(Stp),
}

/// What an arriving order would come to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    /// The quantity it comes to: what would trade, and what of it would not.
    pub(super) qty: Qty,
    /// What it would pay or receive.
    pub(super) quote: Money,
    /// What a buyer would pay in fees on top.
    pub(super) fee: Money,
    /// Whether all of it would trade.
    pub(super) whole: bool,
}

impl MatchingEngine {
    /// Returns what would happen to an arriving order; changes nothing.
    pub(super) fn plan(&self, book: &Book, taker: Taker, size: Size) -> Plan {
        let lot = book.rules.instrument.lot;
        let mut plan = Plan::default();
        // What of it would be prevented, and whether a part of that would change hands all the same.
        let (mut prevented, mut transfers) = (Qty::ZERO, false);
        // What is left of it at a price; of a quote amount so many lots.
        let left = |plan: &Plan, prevented: Qty, price: Price| match size {
            Size::Base(qty) => qty - plan.qty,
            Size::Quote(amount) => {
                let spent = plan.quote + price.notional(prevented);
                (amount - spent).qty_at(price).floor_to(lot)
            }
        };
        let add = |one: Qty, other: Qty| one.checked_add(other).unwrap_or(Qty::MAX);
        let mut last = None;
        for (price, queue) in book.opposite(taker.side).levels() {
            if !reaches(taker.side, taker.worst, price) {
                break;
            }
            last = Some(price);
            for (_, maker) in book.orders.queued(queue) {
                let want = left(&plan, prevented, price);
                if want.is_zero() {
                    plan.whole = prevented.is_zero() && !transfers;
                    return plan;
                }
                match self.meet(taker, want, maker) {
                    Meeting::Trade(qty) => {
                        let notional = price.notional(qty);
                        plan.qty = add(plan.qty, qty);
                        plan.quote += notional;
                        plan.fee = checks::sum(plan.fee, self.fee_on_top(book, taker, notional));
                    }
                    Meeting::Prevent(Stp::ExpireTaker | Stp::ExpireBoth) => {
                        plan.qty = add(plan.qty, want);
                        return plan;
                    }
                    Meeting::Prevent(Stp::Decrement) => {
                        let qty = want.min(maker.left());
                        plan.qty = add(plan.qty, qty);
                        prevented = add(prevented, qty);
                    }
                    // It is paid for, without a trade and without a fee.
                    Meeting::Prevent(Stp::Transfer) => {
                        let qty = want.min(maker.left());
                        plan.qty = add(plan.qty, qty);
                        plan.quote = checks::sum(plan.quote, price.notional(qty));
                        transfers = true;
                    }
                    Meeting::Prevent(Stp::ExpireMaker | Stp::None) => {}
                }
            }
        }
        match (size, last) {
            (Size::Base(qty), _) => {
                plan.whole = plan.qty == qty && prevented.is_zero() && !transfers;
                plan.qty = qty;
            }
            (Size::Quote(_), Some(price)) => {
                let rest = left(&plan, prevented, price);
                plan.whole = rest.is_zero() && prevented.is_zero() && !transfers;
                plan.qty = add(plan.qty, rest);
            }
            (Size::Quote(_), None) => {}
        }
        plan
    }

    /// Returns what a buyer pays in fees on top of a price.
    fn fee_on_top(&self, book: &Book, taker: Taker, notional: Money) -> Money {
        let instrument = &book.rules.instrument;
        match (instrument.fee_asset, taker.side) {
            (FeeAsset::Quote, Side::Buy) => checks::fee(notional, instrument.taker_fee),
            (FeeAsset::Quote, Side::Sell) | (FeeAsset::Received, _) => Money::ZERO,
        }
    }

    fn meet(&self, taker: Taker, want: Qty, maker: &Order) -> Meeting {
        match self.prevention(taker, maker) {
            Some(mode) => Meeting::Prevent(mode),
            None => Meeting::Trade(want.min(maker.left())),
        }
    }

    /// Returns how a trade between two orders is prevented, `None` if they trade (Binance, *Self Trade
    /// Prevention FAQ*).
    fn prevention(&self, taker: Taker, maker: &Order) -> Option<Stp> {
        let same = taker.account == maker.account;
        let group = |account: AccountId| self.accounts[account.index()].trade_group;
        let grouped = group(taker.account).is_some_and(|one| group(maker.account) == Some(one));
        if !same && !grouped {
            return None;
        }
        match (taker.stp, maker.stp) {
            (Stp::None, _) => None,
            (Stp::Transfer, Stp::Transfer) if !same => Some(Stp::Transfer),
            (Stp::Transfer, _) => Some(Stp::Decrement),
            (mode, _) => Some(mode),
        }
    }

    /// Lets an order work: trade what it can, then rest or expire.
    pub(super) fn work(&mut self, symbol: SymbolId, key: Key, at: TsNanos) {
        let book = &self.books[symbol.index()];
        let order = book.orders.get(key);
        let taker = Taker::of(order);
        let crosses = |price| reaches(order.side, taker.worst, price);
        let meets = book.opposite(order.side).best().is_some_and(|(price, _)| crosses(price));
        let fok = order.kind.tif() == Tif::Fok;
        if fok && !self.plan(book, taker, Size::Base(order.left())).whole {
            self.expire(symbol, key, ExpiryReason::UnfilledFokOrderExpired, at);
            return;
        }
        if meets {
            self.sweep(symbol, key, taker, at);
        }
        let book = &mut self.books[symbol.index()];
        let order = book.orders.get(key);
        if !order.is_open() {
            return;
        }
        match order.kind.price() {
            Some(price) if order.kind.tif() == Tif::Gtc => {
                let change = book.rest(key, price);
                self.say_level(symbol, Some(change), at);
            }
            Some(_) => self.expire(symbol, key, ExpiryReason::UnfilledIocQuantityExpired, at),
            None => self.expire(symbol, key, ExpiryReason::InsufficientLiquidity, at),
        }
    }

    /// Trades with the best orders of the other side, price by price, oldest first.
    fn sweep(&mut self, symbol: SymbolId, key: Key, taker: Taker, at: TsNanos) {
        loop {
            let book = &self.books[symbol.index()];
            let order = book.orders.get(key);
            let Some((price, queue)) = book.opposite(taker.side).best() else { return };
            let Some(first) = queue.first() else { return };
            if !order.is_open() || !reaches(taker.side, taker.worst, price) {
                return;
            }
            match self.meet(taker, order.left(), book.orders.get(first)) {
                Meeting::Trade(qty) => self.trade(symbol, key, first, (price, qty), at),
                Meeting::Prevent(mode) => self.prevent(symbol, key, first, (price, mode), at),
            }
        }
    }

    /// Executes a quantity of two orders at the resting one's price.
    fn trade(
        &mut self,
        symbol: SymbolId,
        taker: Key,
        maker: Key,
        (price, qty): (Price, Qty),
        at: TsNanos,
    ) {
        let partner = self.take_over_lock(symbol, maker);
        let book = &mut self.books[symbol.index()];
        let change = if book.orders.get(maker).left() == qty {
            book.lift(maker)
        } else {
            book.shrink(maker, qty)
        };
        let trade_id = book.next_trade();
        let (one, other) = (book.orders.get(taker), book.orders.get(maker));
        let (buy, sell) = if one.side == Side::Buy { (one, other) } else { (other, one) };
        let trade = Trade {
            id: trade_id,
            at,
            symbol,
            price,
            qty,
            buyer_order: buy.id,
            seller_order: sell.id,
            buyer: buy.account,
            seller: sell.account,
            buyer_is_maker: one.side == Side::Sell,
        };
        book.record(trade);
        self.events.push(Event::Trade(trade));
        self.fill(symbol, taker, &trade, false);
        self.fill(symbol, maker, &trade, true);
        self.say_level(symbol, change, at);
        if let Some(partner) = partner {
            self.give_way(symbol, partner, at);
        }
        for key in [taker, maker] {
            self.conclude(symbol, key, at);
        }
        while let Some(id) = self.books[symbol.index()].triggers.touched(price) {
            self.agenda.push_back(Task::Trigger(symbol, id));
        }
    }
}
