//! [`MatchingEngine`]: the state of the venue, and what every call shares.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use types::ids::{Asset, Symbol, SymbolId};
use types::market::TsNanos;
use types::num::Money;

use super::account::{Account, NewAccount};
use super::event::{Event, Execution, ListChange, OrderEvent};
use super::ids::{AccountId, AssetId, ListId, VenueOrderId};
use super::order::OrderList;
use super::orders::Key;
use super::rules::SymbolRules;
use super::symbol::{Book, Change};
use crate::exchange::rejection::Rejection;

/// Filters of the venue as a whole (Binance, *Filters*, exchange filters); `None` is not declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueLimits {
    /// EXCHANGE_MAX_NUM_ORDERS.
    pub max_orders: Option<u32>,
    /// EXCHANGE_MAX_NUM_ALGO_ORDERS.
    pub max_algo_orders: Option<u32>,
    /// EXCHANGE_MAX_NUM_ORDER_LISTS.
    pub max_order_lists: Option<u32>,
}

/// What an event has started and the next step of the same call finishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Task {
    /// A touch price was touched.
    Trigger(SymbolId, VenueOrderId),
    /// The working order of a list is filled.
    Release(ListId),
}

/// The matching exchange: several symbols and assets, many accounts. The module's page says by which
/// rules it works.
///
/// A pure function of its calls and the times given with them: the same calls give the same state
/// and the same events. A call that is rejected changes nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MatchingEngine {
    pub(super) limits: VenueLimits,
    pub(super) assets: Vec<Asset>,
    names: BTreeMap<Symbol, SymbolId>,
    pub(super) books: Vec<Book>,
    pub(super) accounts: Vec<Account>,
    pub(super) lists: BTreeMap<ListId, OrderList>,
    pub(super) last_list: u64,
    /// Fees taken, by asset.
    pub(super) fees: Vec<Money>,
    /// What entered less what left, by asset.
    pub(super) flows: Vec<Money>,
    pub(super) events: Vec<Event>,
    pub(super) agenda: VecDeque<Task>,
    /// Balances to be said at the end of the call.
    pub(super) touched: Vec<(AccountId, AssetId)>,
}

impl MatchingEngine {
    /// Returns a venue without symbols and accounts.
    #[must_use]
    pub fn new(limits: VenueLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Adds a symbol, trading and with an empty book.
    ///
    /// # Errors
    /// `BadRequest` if there is one of this name or no room for one more.
    pub fn add_symbol(&mut self, rules: SymbolRules) -> Result<SymbolId, Rejection> {
        let name = rules.instrument.symbol.clone();
        let bad = |what: String| Err(Rejection::BadRequest(what));
        if self.names.contains_key(&name) {
            return bad(format!("symbol {name} is there already"));
        }
        let Ok(place) = u16::try_from(self.books.len()) else {
            return bad(format!("no room for symbol {name}: 65,536 are the most"));
        };
        let base = self.intern(&rules.instrument.base)?;
        let quote = self.intern(&rules.instrument.quote)?;
        self.books.push(Book::new(rules, base, quote));
        self.names.insert(name, SymbolId(place));
        Ok(SymbolId(place))
    }

    /// Opens an account with nothing in it.
    ///
    /// # Errors
    /// `BadRequest` if there is no room for one more.
    pub fn open_account(&mut self, account: NewAccount) -> Result<AccountId, Rejection> {
        let Ok(place) = u32::try_from(self.accounts.len()) else {
            return Err(Rejection::BadRequest("no room for one more account".to_owned()));
        };
        self.accounts.push(Account::new(AccountId(place), account));
        Ok(AccountId(place))
    }

    /// Takes what happened since this was last called, oldest first.
    pub fn drain_events(&mut self) -> std::vec::Drain<'_, Event> {
        self.events.drain(..)
    }

    /// Takes what happened since this was last called, oldest first, in place of what is in the list, whose memory is
    /// used further.
    pub fn take_events(&mut self, events: &mut Vec<Event>) {
        events.clear();
        std::mem::swap(&mut self.events, events);
    }

    /// Returns the symbol of a name.
    #[must_use]
    pub fn symbol(&self, name: &Symbol) -> Option<SymbolId> {
        self.names.get(name).copied()
    }

    /// Returns the number of an asset, `None` if no symbol and no deposit named it.
    #[must_use]
    pub fn asset_id(&self, asset: &Asset) -> Option<AssetId> {
        let place = self.assets.iter().position(|known| known == asset)?;
        u16::try_from(place).ok().map(AssetId)
    }

    /// Returns the asset of a number.
    ///
    /// # Panics
    /// If this engine never gave the number.
    #[must_use]
    pub fn asset(&self, id: AssetId) -> &Asset {
        &self.assets[id.index()]
    }

    pub(super) fn intern(&mut self, asset: &Asset) -> Result<AssetId, Rejection> {
        if let Some(id) = self.asset_id(asset) {
            return Ok(id);
        }
        let Ok(place) = u16::try_from(self.assets.len()) else {
            return Err(Rejection::BadRequest(format!("no room for asset {asset}")));
        };
        self.assets.push(asset.clone());
        self.fees.push(Money::ZERO);
        self.flows.push(Money::ZERO);
        Ok(AssetId(place))
    }

    pub(super) fn book(&self, symbol: SymbolId) -> Result<&Book, Rejection> {
        self.books.get(symbol.index()).ok_or(Rejection::UnknownSymbol)
    }

    pub(super) fn account(&self, account: AccountId) -> Result<&Account, Rejection> {
        self.accounts.get(account.index()).ok_or(Rejection::UnknownAccount)
    }

    /// Says what happened to an order, if its account is to know.
    pub(super) fn report(&mut self, symbol: SymbolId, key: Key, execution: Execution, at: TsNanos) {
        let book = &mut self.books[symbol.index()];
        if self.accounts[book.orders.get(key).account.index()].is_client() {
            let order = *book.orders.get(key);
            let execution_id = book.next_execution();
            let event = OrderEvent { at, execution_id, order, execution };
            self.events.push(Event::Order(Box::new(event)));
        }
    }

    /// Says what happened to a list.
    pub(super) fn report_list(&mut self, id: ListId, change: ListChange) {
        let Some(list) = self.lists.get(&id) else { return };
        let book = &self.books[list.symbol.index()];
        let named = list.orders.iter().filter_map(|id| Some((*id, book.find(*id)?.1.client_id)));
        let event = Event::List { list: list.clone(), orders: named.collect(), change };
        self.events.push(event);
    }

    /// Says that a level changed.
    pub(super) fn say_level(&mut self, symbol: SymbolId, change: Option<Change>, at: TsNanos) {
        if let Some(change) = change {
            let level = self.books[symbol.index()].level(symbol, change, at);
            self.events.push(Event::Level(level));
        }
    }

    /// Notes that a balance of a client changes in this call.
    pub(super) fn touch(&mut self, account: AccountId, asset: AssetId) {
        if self.accounts[account.index()].is_client() && !self.touched.contains(&(account, asset)) {
            self.touched.push((account, asset));
        }
    }

    /// Ends a call on a symbol: finishes what it started, says best prices and balances, forgets what
    /// nobody will ask for.
    pub(super) fn settle(&mut self, symbol: SymbolId, at: TsNanos) {
        while let Some(task) = self.agenda.pop_front() {
            match task {
                Task::Trigger(symbol, id) => self.trigger(symbol, id, at),
                Task::Release(list) => self.release(list, at),
            }
        }
        let book = &mut self.books[symbol.index()];
        if let Some(quote) = book.quote_if_new(symbol, at) {
            self.events.push(Event::Quote(quote));
        }
        book.orders.forget_left();
        self.say_balances(at);
    }

    pub(super) fn say_balances(&mut self, at: TsNanos) {
        let mut touched = std::mem::take(&mut self.touched);
        while let Some((account, _)) = touched.first().copied() {
            let holder = &self.accounts[account.index()];
            let balances = touched
                .iter()
                .filter(|(other, _)| *other == account)
                .map(|(_, asset)| (*asset, holder.balance(*asset)))
                .collect();
            self.events.push(Event::Balances { at, account, balances });
            touched.retain(|(other, _)| *other != account);
        }
        self.touched = touched;
    }
}
