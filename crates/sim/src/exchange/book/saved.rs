//! [`Saved`]: what a venue has to be told to go on where it stopped.
//!
//! A venue that keeps a record of resulting states (orders, balances, numbers) builds a `Saved` from
//! it; one that keeps its calls can simply repeat them. Crowd accounts are not kept: their orders are
//! gone after a restart, as other people's are when they lose their connection.

use serde::{Deserialize, Serialize};
use types::ids::{Asset, SymbolId};
use types::num::{Money, Price, Qty};

use super::account::{AccountTrade, Balance};
use super::engine::MatchingEngine;
use super::event::PreventedMatch;
use super::ids::AccountId;
use super::order::{Contingency, ListStatus, Order, OrderList, OrderStatus};
use super::rules::SymbolStatus;
use super::symbol::Numbers;
use crate::exchange::rejection::Rejection;

/// The state of a venue, beside its symbols' rules and its accounts' kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// What each account has.
    pub accounts: Vec<SavedAccount>,
    /// What each symbol has.
    pub symbols: Vec<SavedSymbol>,
    /// All order lists, open or not.
    pub lists: Vec<OrderList>,
    /// The number last given to a list.
    pub last_list: u64,
}

/// What an account has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedAccount {
    /// Which.
    pub account: AccountId,
    /// Whether it may place orders.
    pub can_trade: bool,
    /// Its balances.
    pub balances: Vec<(Asset, Balance)>,
}

/// What a symbol has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSymbol {
    /// Which.
    pub symbol: SymbolId,
    /// Whether it trades.
    pub status: SymbolStatus,
    /// The numbers last given.
    pub numbers: Numbers,
    /// The last price.
    pub last: Option<Price>,
    /// The orders of clients, open or not. Their `queue` says who is served first.
    pub orders: Vec<Order>,
    /// The trades of clients, oldest first for each.
    pub trades: Vec<(AccountId, AccountTrade)>,
    /// Prevented matches, oldest first.
    pub prevented: Vec<PreventedMatch>,
}

/// No venue gets so far.
const NUMBER_MAX: u64 = 1 << 60;

impl MatchingEngine {
    /// Returns what has to be kept.
    #[must_use]
    pub fn save(&self) -> Saved {
        let clients = || self.accounts.iter().filter(|account| account.is_client());
        let accounts = clients()
            .map(|account| {
                let balances = self.assets.iter().zip(account.balances());
                let balances = balances.map(|(asset, balance)| (asset.clone(), *balance)).collect();
                SavedAccount { account: account.id, can_trade: account.can_trade, balances }
            })
            .collect();
        let symbols = self.books.iter().enumerate().map(|(place, book)| {
            let symbol = u16::try_from(place).map(SymbolId).expect("symbols are numbered by u16");
            let trades = clients().filter_map(|account| Some((account.id, account.desk(symbol)?)));
            SavedSymbol {
                symbol,
                status: book.status,
                numbers: book.numbers,
                last: book.last,
                orders: book
                    .orders
                    .iter()
                    .filter(|order| self.accounts[order.account.index()].is_client())
                    .copied()
                    .collect(),
                trades: trades
                    .flat_map(|(id, desk)| desk.trades.iter().map(move |trade| (id, *trade)))
                    .collect(),
                prevented: book.prevented.clone(),
            }
        });
        let lists = self.lists.values().cloned().collect();
        Saved { accounts, symbols: symbols.collect(), lists, last_list: self.last_list }
    }

    /// Returns this venue, which has its symbols and accounts but nothing else, in the state that was
    /// kept. Public trades, averages and what the crowd had begin anew; fees taken so far are
    /// counted as having left.
    ///
    /// # Errors
    /// `BadRequest` if what was kept does not fit together.
    pub fn restored(mut self, saved: Saved) -> Result<Self, Rejection> {
        for account in saved.accounts {
            self.restore_account(account)?;
        }
        for list in saved.lists {
            let orders = list.orders.len();
            let fits = match list.contingency {
                Contingency::Oco => orders == 2,
                Contingency::Oto => orders == 2 || orders == 3,
            };
            let known = self.client(list.account).is_ok() && self.book(list.symbol).is_ok();
            if !fits || !known || list.id.0 > saved.last_list.min(NUMBER_MAX) {
                return bad(format!("order list {} does not fit", list.id));
            }
            if list.status == ListStatus::Executing {
                let holder = &mut self.accounts[list.account.index()];
                holder.list_names.insert(list.client_id, list.id);
                holder.desk_mut(list.symbol).lists += 1;
            }
            self.lists.insert(list.id, list);
        }
        self.last_list = saved.last_list.min(NUMBER_MAX);
        for symbol in saved.symbols {
            self.restore_symbol(symbol)?;
        }
        for (place, flows) in self.flows.iter_mut().enumerate() {
            *flows = self
                .accounts
                .iter()
                .filter_map(|account| account.balances().get(place))
                .map(|balance| balance.total())
                .sum();
        }
        match self.check_invariants() {
            Ok(()) => Ok(self),
            Err(broken) => bad(broken.to_string()),
        }
    }

    fn client(&self, account: AccountId) -> Result<(), Rejection> {
        if self.account(account)?.is_client() {
            return Ok(());
        }
        bad(format!("account {account} keeps nothing"))
    }

    fn restore_account(&mut self, saved: SavedAccount) -> Result<(), Rejection> {
        self.client(saved.account)?;
        for (asset, balance) in saved.balances {
            let largest = Money::from_raw(1 << 100);
            if balance.free > largest || balance.locked > largest {
                return bad(format!("account {}: too much {asset}", saved.account));
            }
            let asset = self.intern(&asset)?;
            *self.accounts[saved.account.index()].balance_mut(asset) = balance;
        }
        self.accounts[saved.account.index()].can_trade = saved.can_trade;
        Ok(())
    }

    fn restore_symbol(&mut self, saved: SavedSymbol) -> Result<(), Rejection> {
        let SavedSymbol { symbol, status, numbers, last, mut orders, trades, prevented } = saved;
        self.book(symbol)?;
        let Numbers { order, trade, execution, update, prevented: matches, queue } = numbers;
        if [order, trade, execution, update, matches, queue].iter().any(|last| *last > NUMBER_MAX) {
            return bad(format!("the numbers of symbol {} are no counts", symbol.0));
        }
        orders.sort_by_key(|order| order.id);
        let mut previous = 0;
        for order in &orders {
            let number = order.id.0;
            let known = self.client(order.account).is_ok() && order.symbol == symbol;
            let sound = known && is_sound(order) && self.fits_list(order);
            if number <= previous || number > numbers.order || !sound {
                return bad(format!("order {number} of symbol {} does not fit", symbol.0));
            }
            previous = number;
            self.restore_order(*order);
        }
        orders.retain(|order| order.queue.is_some());
        orders.sort_by_key(|order| order.queue);
        let book = &mut self.books[symbol.index()];
        for order in orders {
            let (Some(key), Some(price)) = (book.orders.find(order.id), order.kind.price()) else {
                return bad(format!("order {} cannot rest", order.id));
            };
            book.rest(key, price);
            book.orders.get_mut(key).queue = order.queue;
        }
        (book.status, book.numbers, book.last) = (status, numbers, last);
        book.prevented = prevented;
        for (account, trade) in trades {
            self.client(account)?;
            self.accounts[account.index()].desk_mut(symbol).trades.push(trade);
        }
        self.books[symbol.index()].forget_quote();
        Ok(())
    }

    /// An open order is in the list it names, and waits for its turn in such a list alone. A list of
    /// which all have ended may be forgotten.
    fn fits_list(&self, order: &Order) -> bool {
        if !order.is_open() {
            return true;
        }
        let pending = order.status == OrderStatus::PendingNew;
        let Some(id) = order.list else { return !pending };
        self.lists.get(&id).is_some_and(|list| {
            let waits = list.contingency == Contingency::Oto && !list.released;
            (list.account, list.symbol) == (order.account, order.symbol)
                && list.orders.contains(&order.id)
                && (waits || !pending)
        })
    }

    fn restore_order(&mut self, order: Order) {
        let book = &mut self.books[order.symbol.index()];
        book.orders.insert(order);
        let waits = order.status != OrderStatus::PendingNew && order.working.is_none();
        if let (true, true, Some(stop), Some(rises)) =
            (order.is_open(), waits, order.kind.stop(), order.kind.awaits_rise(order.side))
        {
            book.triggers.insert(rises, stop, order.id);
        }
        let desk = self.accounts[order.account.index()].desk_mut(order.symbol);
        if order.is_open() {
            desk.open.insert(order.id);
            desk.algo += usize::from(order.is_algo());
        }
        desk.placed.push(order.id);
        if order.client_id.number_given(u64::from(order.symbol.0)).is_none() {
            desk.names.insert(order.client_id, order.id);
        }
    }
}

/// An order's numbers are those of an order.
fn is_sound(order: &Order) -> bool {
    let within = |qty: Qty| qty >= Qty::ZERO && qty <= order.qty;
    let done = order.filled.checked_add(order.prevented);
    within(order.filled)
        && within(order.prevented)
        && done.is_some_and(within)
        && !order.locked.is_negative()
        && (order.queue.is_none() || order.is_open())
}

fn bad<T>(what: String) -> Result<T, Rejection> {
    Err(Rejection::BadRequest(what))
}
