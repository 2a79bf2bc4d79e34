//! What always holds of the book, checked by the tests after every step.

use std::collections::BTreeMap;

use types::ids::SymbolId;
use types::num::{Money, Price, Qty};
use types::side::Side;

use super::engine::MatchingEngine;
use super::ids::{AccountId, AssetId};
use super::order::{ListStatus, Order, OrderStatus};
use super::symbol::Book;
use crate::exchange::BrokenInvariant;

type Held = Result<(), BrokenInvariant>;

fn broken(text: String) -> Held {
    Err(BrokenInvariant(text))
}

impl MatchingEngine {
    /// Checks that money is conserved to the last unit of every asset, that no client's balance is
    /// below zero, that what is set aside is what open orders need, that books are uncrossed and in
    /// queue order, and that of a pair at most one order has traded.
    ///
    /// # Errors
    /// `BrokenInvariant` with the numbers.
    pub fn check_invariants(&self) -> Held {
        if !self.agenda.is_empty() || !self.touched.is_empty() {
            return broken("a call has ended before what it started".to_owned());
        }
        self.check_conservation()?;
        self.check_locks()?;
        for (place, book) in self.books.iter().enumerate() {
            let symbol = u16::try_from(place).map(SymbolId).expect("symbols are numbered by u16");
            check_sides(book)?;
            self.check_waiting(symbol, book)?;
            self.check_desks(symbol, book)?;
        }
        self.check_lists()
    }

    fn check_conservation(&self) -> Held {
        for (place, asset) in self.assets.iter().enumerate() {
            let id = AssetId(u16::try_from(place).expect("assets are numbered by u16"));
            let held: Money = self.accounts.iter().map(|account| account.balance(id).total()).sum();
            let (fees, flows) = (self.fees[place], self.flows[place]);
            if held + fees != flows {
                return broken(format!("{asset}: held {held}, fees {fees}, came in {flows}"));
            }
        }
        Ok(())
    }

    fn check_locks(&self) -> Held {
        let mut locks: BTreeMap<(AccountId, AssetId), Money> = BTreeMap::new();
        for book in &self.books {
            for order in book.orders.iter() {
                let key = (order.account, book.pays(order.side));
                *locks.entry(key).or_default() += order.locked;
                self.check_lock(book, order)?;
            }
        }
        for account in &self.accounts {
            for (place, balance) in account.balances().iter().enumerate() {
                let asset = AssetId(u16::try_from(place).expect("assets are numbered by u16"));
                let wanted = locks.get(&(account.id, asset)).copied().unwrap_or_default();
                if balance.locked != wanted {
                    let (id, locked) = (account.id, balance.locked);
                    return broken(format!("account {id}: locked {locked}, orders {wanted}"));
                }
                if account.is_client() && balance.free.is_negative() {
                    return broken(format!("account {}: free {}", account.id, balance.free));
                }
            }
        }
        Ok(())
    }

    /// An order, with its partner, has set aside what it needs.
    fn check_lock(&self, book: &Book, order: &Order) -> Held {
        if !order.is_open() {
            return match order.locked.is_zero() {
                true => Ok(()),
                false => broken(format!("order {} ended with {}", order.id, order.locked)),
            };
        }
        let partner = self.partner(order).map(|key| book.orders.get(key));
        let both = [Some(order), partner].into_iter().flatten();
        let locked: Money = both.clone().map(|order| order.locked).sum();
        let need = both.map(|order| self.holds(book, order)).fold(Money::ZERO, Money::max);
        if locked != need {
            return broken(format!("order {}: locked {locked}, needs {need}", order.id));
        }
        Ok(())
    }

    /// Orders wait for their touch price, their turn or a trade, and nowhere twice.
    fn check_waiting(&self, symbol: SymbolId, book: &Book) -> Held {
        let mut waiting = 0;
        for order in book.orders.iter().filter(|order| order.is_open()) {
            if !order.left().is_positive() || order.symbol != symbol {
                return broken(format!("order {} is open with {} left", order.id, order.left()));
            }
            let pending = order.status == OrderStatus::PendingNew;
            let sleeps = !pending && order.working.is_none();
            waiting += usize::from(sleeps);
            if (pending || sleeps) == order.queue.is_some() {
                return broken(format!("order {} rests and waits, or neither", order.id));
            }
        }
        if waiting != book.triggers.len() {
            return broken(format!("{waiting} orders wait, {} are told", book.triggers.len()));
        }
        Ok(())
    }

    /// What an account has open is what is open of it.
    fn check_desks(&self, symbol: SymbolId, book: &Book) -> Held {
        for account in self.accounts.iter().filter(|account| account.is_client()) {
            let mine = || book.orders.iter().filter(|o| o.account == account.id && o.is_open());
            let algo = mine().filter(|order| order.is_algo()).count();
            let (open, told) = match account.desk(symbol) {
                Some(desk) => (desk.open.len(), desk.algo),
                None => (0, 0),
            };
            if open != mine().count() || told != algo {
                return broken(format!("account {}: {open} open, {told} algo", account.id));
            }
        }
        Ok(())
    }

    fn check_lists(&self) -> Held {
        for list in self.lists.values() {
            let book = &self.books[list.symbol.index()];
            let orders: Vec<&Order> =
                list.orders.iter().filter_map(|id| Some(book.find(*id)?.1)).collect();
            let open = orders.iter().any(|order| order.is_open());
            if open == (list.status == ListStatus::AllDone) {
                return broken(format!("list {} is {:?}, open: {open}", list.id, list.status));
            }
            for order in &orders {
                let Some(partner) = list.partner(order.id).and_then(|id| book.find(id)) else {
                    continue;
                };
                if order.filled.is_positive() && partner.1.filled.is_positive() {
                    return broken(format!("both orders of list {} have traded", list.id));
                }
            }
        }
        Ok(())
    }
}

/// The two sides do not cross; levels hold what their orders have left, first come first.
fn check_sides(book: &Book) -> Held {
    if let (Some((bid, _)), Some((ask, _))) = (book.bids.quote(), book.asks.quote())
        && bid >= ask
    {
        return broken(format!("{}: bid {bid}, ask {ask}", book.rules.instrument.symbol));
    }
    for (side, ladder) in [(Side::Buy, &book.bids), (Side::Sell, &book.asks)] {
        let mut rested = 0;
        for (price, queue) in ladder.levels() {
            let mut total = 0_i128;
            let mut last = None;
            for (_, order) in book.orders.queued(queue) {
                let here = (order.side, order.kind.price()) == (side, Some(price));
                if !here || !order.is_open() || order.queue <= last {
                    return broken(format!("order {} rests at {price} wrongly", order.id));
                }
                last = order.queue;
                total += i128::from(order.left().raw());
                rested += 1;
            }
            let total = i64::try_from(total).map_or(Qty::MAX, Qty::from_raw);
            check_level(price, total, queue.qty())?;
        }
        let resting = |order: &&Order| order.side == side && order.queue.is_some();
        if rested != book.orders.iter().filter(resting).count() {
            return broken(format!("{rested} orders rest on the {} side", side.name()));
        }
    }
    Ok(())
}

fn check_level(price: Price, orders: Qty, told: Qty) -> Held {
    if orders == told && told.is_positive() {
        return Ok(());
    }
    broken(format!("level {price}: orders {orders}, told {told}"))
}
