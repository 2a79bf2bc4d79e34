//! What can be looked up.

use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Money, Price, Qty};

use super::account::{AccountTrade, Balance};
use super::engine::{MatchingEngine, VenueLimits};
use super::event::{PreventedMatch, Quote, Trade};
use super::ids::{AccountId, AssetId, ListId, VenueOrderId};
use super::order::{ListStatus, Order, OrderList};
use super::orders::Key;
use super::request::{ListRef, OrderRef};
use super::rules::{SymbolRules, SymbolStatus};
use super::symbol::Numbers;

/// The levels of a book, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Number of the last change that is in it.
    pub last_update: u64,
    /// The buyers' levels.
    pub bids: Vec<(Price, Qty)>,
    /// The sellers' levels.
    pub asks: Vec<(Price, Qty)>,
}

impl MatchingEngine {
    /// Returns the filters of the venue as a whole.
    #[must_use]
    pub const fn limits(&self) -> VenueLimits {
        self.limits
    }

    /// Returns the numbers last given on a symbol.
    #[must_use]
    pub fn numbers(&self, symbol: SymbolId) -> Option<Numbers> {
        self.books.get(symbol.index()).map(|book| book.numbers)
    }

    /// Returns how many accounts there are; their numbers begin at 0.
    #[must_use]
    pub const fn accounts(&self) -> usize {
        self.accounts.len()
    }

    /// Returns how many symbols there are; their numbers begin at 0.
    #[must_use]
    pub fn symbols(&self) -> usize {
        self.books.len()
    }

    /// Returns the rules of a symbol.
    #[must_use]
    pub fn rules(&self, symbol: SymbolId) -> Option<&SymbolRules> {
        self.books.get(symbol.index()).map(|book| &book.rules)
    }

    /// Returns whether a symbol trades.
    #[must_use]
    pub fn status(&self, symbol: SymbolId) -> Option<SymbolStatus> {
        self.books.get(symbol.index()).map(|book| book.status)
    }

    /// Returns the price of the last trade.
    #[must_use]
    pub fn last_price(&self, symbol: SymbolId) -> Option<Price> {
        self.books.get(symbol.index())?.last
    }

    /// Returns the average price that filters judge by.
    #[must_use]
    pub fn average_price(&self, symbol: SymbolId, now: TsNanos) -> Option<Price> {
        self.books.get(symbol.index())?.average_price(now)
    }

    /// Returns at most `limit` levels of each side.
    #[must_use]
    pub fn depth(&self, symbol: SymbolId, limit: usize) -> Depth {
        let Some(book) = self.books.get(symbol.index()) else { return Depth::default() };
        Depth {
            last_update: book.numbers.update,
            bids: book.bids.levels().take(limit).map(|(price, at)| (price, at.qty())).collect(),
            asks: book.asks.levels().take(limit).map(|(price, at)| (price, at.qty())).collect(),
        }
    }

    /// Returns best bid and ask.
    #[must_use]
    pub fn quote(&self, symbol: SymbolId, now: TsNanos) -> Option<Quote> {
        let book = self.books.get(symbol.index())?;
        let (bid, ask) = (book.bids.quote(), book.asks.quote());
        Some(Quote { at: now, symbol, update_id: book.numbers.update, bid, ask })
    }

    /// Returns the last public trades, oldest first: a thousand of them.
    pub fn trades(&self, symbol: SymbolId) -> impl DoubleEndedIterator<Item = &Trade> {
        self.books.get(symbol.index()).into_iter().flat_map(|book| &book.trades)
    }

    /// Returns what an account has of an asset.
    #[must_use]
    pub fn balance(&self, account: AccountId, asset: AssetId) -> Balance {
        self.accounts.get(account.index()).map(|holder| holder.balance(asset)).unwrap_or_default()
    }

    /// Returns what an account has of all assets it ever had.
    pub fn balances(&self, account: AccountId) -> impl Iterator<Item = (AssetId, Balance)> {
        let all = self.accounts.get(account.index()).map_or(&[][..], |holder| holder.balances());
        (0_u16..).map(AssetId).zip(all.iter().copied())
    }

    /// Returns whether an account may place orders, `None` if there is no such account.
    #[must_use]
    pub fn can_trade(&self, account: AccountId) -> Option<bool> {
        self.accounts.get(account.index()).map(|holder| holder.can_trade)
    }

    /// Returns the trade group of an account.
    #[must_use]
    pub fn trade_group(&self, account: AccountId) -> Option<u32> {
        self.accounts.get(account.index())?.trade_group
    }

    /// Returns the fees taken in an asset.
    #[must_use]
    pub fn fees(&self, asset: AssetId) -> Money {
        self.fees.get(asset.index()).copied().unwrap_or_default()
    }

    /// Returns an order of an account, open or not; by name, the latest of that name.
    #[must_use]
    pub fn order(&self, account: AccountId, symbol: SymbolId, order: OrderRef) -> Option<&Order> {
        let (_, order) = self.find_order(account, symbol, order)?;
        Some(order)
    }

    /// Returns an order of an account with its place; by name, the latest that has it.
    pub(super) fn find_order(
        &self,
        account: AccountId,
        symbol: SymbolId,
        order: OrderRef,
    ) -> Option<(Key, &Order)> {
        let (id, name) = match order {
            OrderRef::Id(id) => (id, None),
            OrderRef::Both(id, name) => (id, Some(name)),
            OrderRef::ClientId(name) => {
                let desk = self.accounts.get(account.index())?.desk(symbol)?;
                let given = || name.number_given(u64::from(symbol.0)).map(VenueOrderId);
                (desk.names.get(&name).copied().or_else(given)?, Some(name))
            }
        };
        let (key, order) = self.books.get(symbol.index())?.find(id)?;
        let found = order.account == account && name.is_none_or(|name| name == order.client_id);
        found.then_some((key, order))
    }

    /// Returns what is left of an order that is open, whoever's it is.
    #[must_use]
    pub fn remaining(&self, symbol: SymbolId, order: VenueOrderId) -> Option<Qty> {
        let (_, order) = self.books.get(symbol.index())?.find(order)?;
        order.is_open().then(|| order.left())
    }

    /// Returns how much rests before an order that rests itself, whoever's: at better prices, and earlier at its own. `None` where
    /// it does not rest.
    #[must_use]
    pub fn resting_before(&self, symbol: SymbolId, order: VenueOrderId) -> Option<Qty> {
        let book = self.books.get(symbol.index())?;
        let (key, order) = book.find(order)?;
        order.queue?;
        let own = order.kind.price()?;
        let add = |sum: Qty, more: Qty| sum.checked_add(more).unwrap_or(Qty::MAX);
        let mut before = Qty::ZERO;
        for (price, queue) in book.opposite(order.side.opposite()).levels() {
            if price == own {
                let earlier = book.orders.queued(queue).take_while(|(other, _)| *other != key);
                return Some(earlier.fold(before, |sum, (_, other)| add(sum, other.left())));
            }
            before = add(before, queue.qty());
        }
        None
    }

    /// Returns the open orders of an account, by symbol, oldest first.
    #[must_use]
    pub fn open_orders(&self, account: AccountId, symbol: Option<SymbolId>) -> Vec<&Order> {
        let Some(holder) = self.accounts.get(account.index()) else { return Vec::new() };
        let books = self.books.iter().enumerate();
        books
            .filter(|(place, _)| symbol.is_none_or(|symbol| symbol.index() == *place))
            .flat_map(|(place, book)| -> Box<dyn Iterator<Item = &Order>> {
                match holder.desks().get(place) {
                    Some(desk) if holder.is_client() => {
                        Box::new(desk.open.iter().filter_map(|id| Some(book.find(*id)?.1)))
                    }
                    Some(_) | None if holder.is_client() => Box::new(std::iter::empty()),
                    Some(_) | None => {
                        Box::new(book.orders.iter().filter(|o| o.account == account && o.is_open()))
                    }
                }
            })
            .collect()
    }

    /// Returns all orders of a client on a symbol, open or not, oldest first, from a number on.
    pub fn all_orders(
        &self,
        account: AccountId,
        symbol: SymbolId,
        from: VenueOrderId,
    ) -> impl DoubleEndedIterator<Item = &Order> {
        let book = self.books.get(symbol.index());
        let desk = self.accounts.get(account.index()).and_then(|holder| holder.desk(symbol));
        let placed = desk.map_or(&[][..], |desk| &desk.placed);
        let first = placed.partition_point(|id| *id < from);
        placed[first..].iter().filter_map(move |id| Some(book?.find(*id)?.1))
    }

    /// Returns all trades of a client on a symbol, oldest first.
    #[must_use]
    pub fn account_trades(&self, account: AccountId, symbol: SymbolId) -> &[AccountTrade] {
        let desk = self.accounts.get(account.index()).and_then(|holder| holder.desk(symbol));
        desk.map_or(&[], |desk| &desk.trades)
    }

    /// Returns the prevented matches of a symbol, oldest first.
    #[must_use]
    pub fn prevented_matches(&self, symbol: SymbolId) -> &[PreventedMatch] {
        self.books.get(symbol.index()).map_or(&[], |book| &book.prevented)
    }

    /// Returns an order list of an account; by name, an open one.
    #[must_use]
    pub fn list(&self, account: AccountId, list: ListRef) -> Option<&OrderList> {
        let id = match list {
            ListRef::Id(id) => id,
            ListRef::ClientId(name) => {
                *self.accounts.get(account.index())?.list_names.get(&name)?
            }
        };
        self.lists.get(&id).filter(|list| list.account == account)
    }

    /// Returns all order lists of an account from a number on, oldest first.
    pub fn lists(
        &self,
        account: AccountId,
        from: ListId,
    ) -> impl DoubleEndedIterator<Item = &OrderList> {
        self.lists.range(from..).map(|(_, list)| list).filter(move |list| list.account == account)
    }

    /// Returns the open order lists of an account, oldest first.
    pub fn open_lists(&self, account: AccountId) -> impl DoubleEndedIterator<Item = &OrderList> {
        self.lists(account, ListId(0)).filter(|list| list.status == ListStatus::Executing)
    }
}
