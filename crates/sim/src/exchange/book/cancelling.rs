//! Cancelling, replacing and amending orders.

use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::Qty;

use super::checks::{self, Beside};
use super::engine::MatchingEngine;
use super::event::{Event, Execution, ListChange, Rejected};
use super::ids::{AccountId, ClientId, ListId, VenueOrderId};
use super::order::{ListStatus, Order, OrderStatus};
use super::orders::Key;
use super::request::{Cancel, CancelOnly, ListRef, NewOrder, OrderRef, ReplaceMode, Size};
use crate::exchange::filters;
use crate::exchange::rejection::Rejection;

/// The space of the names that the venue gives to cancellations.
const CANCEL_NAMES: u64 = u64::MAX - 1;
/// The space of the names that the venue gives to amended orders.
const AMEND_NAMES: u64 = u64::MAX - 2;

/// What a cancellation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// The order that was named, or the first of the list.
    pub order: VenueOrderId,
    /// The list that went with it.
    pub list: Option<ListId>,
    /// The name of the cancellation.
    pub client_id: ClientId,
    /// All orders that ended, in the order in which they ended.
    pub orders: Vec<VenueOrderId>,
}

/// What became of the two halves of a cancel-replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The cancellation.
    pub cancel: Result<Cancelled, Rejection>,
    /// The new order; `None` if it was not attempted.
    pub place: Option<Result<VenueOrderId, Rejection>>,
}

impl MatchingEngine {
    /// Cancels an open order, and with it the open orders of its list. Works whatever the symbol's
    /// status.
    ///
    /// # Errors
    /// `UnknownOrder` if it is not open, `Restricted` if it is not in the state asked for.
    pub fn cancel(
        &mut self,
        account: AccountId,
        cancel: Cancel,
        now: TsNanos,
    ) -> Result<Cancelled, Rejection> {
        let cancelled = self.cancel_order(account, cancel, now)?;
        self.settle(cancel.symbol, now);
        Ok(cancelled)
    }

    /// Cancels the open orders of a list.
    ///
    /// # Errors
    /// `UnknownList` if there is no such open list.
    pub fn cancel_list(
        &mut self,
        account: AccountId,
        symbol: SymbolId,
        list: ListRef,
        client_id: Option<ClientId>,
        now: TsNanos,
    ) -> Result<Cancelled, Rejection> {
        let holder = self.account(account)?;
        let id = match list {
            ListRef::Id(id) => Some(id),
            ListRef::ClientId(name) => holder.list_names.get(&name).copied(),
        };
        let list = id
            .and_then(|id| self.lists.get(&id))
            .filter(|list| list.account == account && list.symbol == symbol)
            .filter(|list| list.status == ListStatus::Executing)
            .ok_or(Rejection::UnknownList)?;
        let id = list.id;
        let first = list.orders.iter().find_map(|order| self.open_key(symbol, *order));
        let key = first.ok_or(Rejection::UnknownList)?;
        let cancelled = self.cancel_key(symbol, key, client_id, now);
        self.settle(symbol, now);
        Ok(Cancelled { list: Some(id), ..cancelled })
    }

    /// Cancels all open orders of an account on a symbol, oldest first.
    ///
    /// # Errors
    /// `UnknownOrder` if none is open.
    pub fn cancel_all(
        &mut self,
        account: AccountId,
        symbol: SymbolId,
        now: TsNanos,
    ) -> Result<Vec<Cancelled>, Rejection> {
        let open: Vec<VenueOrderId> =
            self.open_orders(account, Some(symbol)).iter().map(|order| order.id).collect();
        if open.is_empty() {
            self.book(symbol)?;
            return Err(Rejection::UnknownOrder);
        }
        let mut all = Vec::new();
        let name = self.cancel_name(symbol);
        for id in open {
            if let Some(key) = self.open_key(symbol, id) {
                all.push(self.cancel_key(symbol, key, Some(name), now));
            }
        }
        self.settle(symbol, now);
        Ok(all)
    }

    /// Cancels an order and places another on the same symbol.
    ///
    /// # Errors
    /// `Rejection` if the new order does not pass the filters: then nothing was tried.
    pub fn cancel_replace(
        &mut self,
        account: AccountId,
        cancel: Cancel,
        order: NewOrder,
        mode: ReplaceMode,
        now: TsNanos,
    ) -> Result<Replacement, Rejection> {
        let symbol = cancel.symbol;
        self.check_filters(account, symbol, &order, Beside::default(), now)?;
        let cancel = self.cancel_order(account, cancel, now);
        let place = match (&cancel, mode) {
            (Err(_), ReplaceMode::StopOnFailure) => None,
            (Ok(_), _) | (Err(_), ReplaceMode::AllowFailure) => {
                Some(self.place_checked(account, symbol, order, now))
            }
        };
        if let (Ok(_), Some(Err(rejection))) = (&cancel, &place) {
            let rejection = rejection.clone();
            let rejected = Rejected { at: now, account, symbol, order, rejection };
            self.events.push(Event::Rejected(Box::new(rejected)));
        }
        self.settle(symbol, now);
        Ok(Replacement { cancel, place })
    }

    /// Lowers the quantity of an open order, which keeps its place in the queue. Of a pair both are
    /// lowered. The name may stay, change, or be given by the venue.
    ///
    /// # Errors
    /// `Rejection` if the order is not open or the quantity does not fit; then nothing changed.
    pub fn amend(
        &mut self,
        account: AccountId,
        symbol: SymbolId,
        order: OrderRef,
        qty: Qty,
        client_id: Option<ClientId>,
        now: TsNanos,
    ) -> Result<VenueOrderId, Rejection> {
        self.check_open(account, symbol)?;
        let key = self.find_open(account, symbol, order)?;
        let old = *self.books[symbol.index()].orders.get(key);
        self.check_amend(&old, qty, client_id, now)?;
        let partner = self.partner(&old);
        let given = ClientId::given(
            AMEND_NAMES - u64::from(symbol.0),
            old.id.0 << 8 | u64::from(old.amends & 0xff),
        );
        let name = client_id.unwrap_or(given);
        for (key, name) in [(Some(key), Some(name)), (partner, None)] {
            let Some(key) = key else { continue };
            let book = &mut self.books[symbol.index()];
            let by = book.orders.get(key).qty - qty;
            let change = book.shrink(key, by);
            let order = book.orders.get_mut(key);
            let previous = order.client_id;
            order.qty = qty;
            order.size = Size::Base(qty);
            order.amends += 1;
            order.updated = now;
            order.client_id = name.unwrap_or(previous);
            let (id, name) = (order.id, order.client_id);
            self.accounts[account.index()].desk_mut(symbol).names.insert(name, id);
            self.say_level(symbol, change, now);
            self.report(symbol, key, Execution::Replaced { previous }, now);
        }
        self.relock(symbol, key);
        if let (Some(list), true) = (old.list, name != old.client_id) {
            self.report_list(list, ListChange::Updated);
        }
        self.settle(symbol, now);
        Ok(old.id)
    }

    fn check_amend(
        &self,
        old: &Order,
        qty: Qty,
        name: Option<ClientId>,
        now: TsNanos,
    ) -> Result<(), Rejection> {
        let book = self.book(old.symbol)?;
        let done = old.filled + old.prevented;
        if qty >= old.qty || qty <= done {
            return Err(Rejection::AmendQty { new: qty, qty: old.qty, done });
        }
        if let Some(max) = book.rules.max_amends
            && old.amends >= max
        {
            return Err(Rejection::MaxNumAmends { amends: old.amends, max });
        }
        filters::check_lot(&book.rules.instrument, qty)?;
        let price = old.kind.price().or(old.kind.stop());
        if let Some(notional) = book.judged_notional(price, qty, now) {
            checks::check_notional(book, notional, old.kind.price().is_none())?;
        }
        match name {
            Some(name) if name != old.client_id => {
                self.check_name(old.account, old.symbol, Some(name))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn cancel_order(
        &mut self,
        account: AccountId,
        cancel: Cancel,
        now: TsNanos,
    ) -> Result<Cancelled, Rejection> {
        let key = self.find_open(account, cancel.symbol, cancel.order)?;
        let status = self.books[cancel.symbol.index()].orders.get(key).status;
        match (cancel.only, status) {
            (CancelOnly::Always, _)
            | (CancelOnly::OnlyNew, OrderStatus::New)
            | (CancelOnly::OnlyPartiallyFilled, OrderStatus::PartiallyFilled) => {}
            (CancelOnly::OnlyNew | CancelOnly::OnlyPartiallyFilled, _) => {
                return Err(Rejection::Restricted);
            }
        }
        Ok(self.cancel_key(cancel.symbol, key, cancel.client_id, now))
    }

    fn cancel_key(
        &mut self,
        symbol: SymbolId,
        key: Key,
        name: Option<ClientId>,
        now: TsNanos,
    ) -> Cancelled {
        let client_id = name.unwrap_or_else(|| self.cancel_name(symbol));
        let order = self.books[symbol.index()].orders.get(key);
        let (id, list) = (order.id, order.list);
        let tied = list.and_then(|id| self.lists.get(&id)).map(|list| list.orders.clone());
        let others = tied.unwrap_or_default().into_iter().filter(|other| *other != id);
        let orders = std::iter::once(id)
            .chain(others.filter(|id| self.open_key(symbol, *id).is_some()))
            .collect();
        let execution = Execution::Cancelled { request: client_id };
        self.end(symbol, key, OrderStatus::Cancelled, execution, now);
        Cancelled { order: id, list, client_id, orders }
    }

    /// Returns the name of a cancellation that has none: a function of what the symbol has seen.
    fn cancel_name(&self, symbol: SymbolId) -> ClientId {
        let seen = self.books[symbol.index()].numbers.execution;
        ClientId::given(CANCEL_NAMES - (u64::from(symbol.0) << 8), seen)
    }

    /// Returns the place of an open order of an account.
    fn find_open(
        &self,
        account: AccountId,
        symbol: SymbolId,
        order: OrderRef,
    ) -> Result<Key, Rejection> {
        self.account(account)?;
        self.book(symbol)?;
        self.find_order(account, symbol, order)
            .filter(|(_, order)| order.is_open())
            .map(|(key, _)| key)
            .ok_or(Rejection::UnknownOrder)
    }
}
