//! The life of an order between acceptance and end, and of the lists that tie orders together.

use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Money, Qty};

use super::engine::{MatchingEngine, Task};
use super::event::{Event, Execution, ListChange};
use super::ids::{AccountId, ClientId, ListId, VenueOrderId};
use super::order::{ListStatus, Order, OrderList, OrderStatus};
use super::orders::Key;
use super::request::NewOrder;

/// An order that passed its checks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accepted {
    pub(super) account: AccountId,
    pub(super) symbol: SymbolId,
    pub(super) order: NewOrder,
    /// What it comes to, in base.
    pub(super) qty: Qty,
    /// What is set aside for it.
    pub(super) locked: Money,
    pub(super) list: Option<ListId>,
    /// Whether it waits for the working order of its list.
    pub(super) pending: bool,
}

impl MatchingEngine {
    /// Takes an order in and says so. It does not act yet.
    pub(super) fn admit(&mut self, accepted: Accepted, at: TsNanos) -> (Key, VenueOrderId) {
        let Accepted { account, symbol, order, qty, locked, list, pending } = accepted;
        let stp = self.stp_of(account, &self.books[symbol.index()], &order);
        let book = &mut self.books[symbol.index()];
        let id = book.orders.next_id();
        let given = || ClientId::given(u64::from(symbol.0), id.0);
        let waits = pending || order.kind.stop().is_some();
        let asset = book.pays(order.side);
        let record = Order {
            id,
            account,
            symbol,
            client_id: order.client_id.unwrap_or_else(given),
            list,
            side: order.side,
            kind: order.kind,
            size: order.size,
            stp,
            strategy: order.strategy,
            qty,
            filled: Qty::ZERO,
            quote: Money::ZERO,
            prevented: Qty::ZERO,
            prevented_match: None,
            status: if pending { OrderStatus::PendingNew } else { OrderStatus::New },
            created: at,
            updated: at,
            working: (!waits).then_some(at),
            queue: None,
            locked,
            amends: 0,
        };
        let key = book.orders.insert(record);
        self.lock(account, asset, locked);
        let holder = &mut self.accounts[account.index()];
        if holder.is_client() {
            let desk = holder.desk_mut(symbol);
            desk.open.insert(id);
            desk.algo += usize::from(record.is_algo());
            desk.placed.push(id);
            desk.names.insert(record.client_id, id);
            self.report(symbol, key, Execution::New, at);
        }
        (key, id)
    }

    /// Lets an order begin: wait for its touch price, or work.
    pub(super) fn start(&mut self, symbol: SymbolId, key: Key, at: TsNanos) {
        let book = &mut self.books[symbol.index()];
        let order = book.orders.get(key);
        match (order.kind.stop(), order.kind.awaits_rise(order.side)) {
            (Some(stop), Some(rises)) => {
                let id = order.id;
                // A pending order may find the market beyond its touch price.
                let touched =
                    book.last.is_some_and(|last| if rises { stop <= last } else { stop >= last });
                if touched {
                    self.agenda.push_back(Task::Trigger(symbol, id));
                } else {
                    book.triggers.insert(rises, stop, id);
                }
            }
            (_, _) => self.work(symbol, key, at),
        }
    }

    /// Wakes an order whose touch price was touched; its partner expires.
    pub(super) fn trigger(&mut self, symbol: SymbolId, id: VenueOrderId, at: TsNanos) {
        let Some((key, order)) = self.books[symbol.index()].find(id) else { return };
        if !order.is_open() {
            return;
        }
        if let Some(partner) = self.take_over_lock(symbol, key) {
            self.end(symbol, partner, OrderStatus::Expired, Execution::Expired, at);
        }
        let order = self.books[symbol.index()].orders.get_mut(key);
        (order.working, order.updated) = (Some(at), at);
        self.pay(symbol, key, Money::ZERO);
        self.report(symbol, key, Execution::Triggered, at);
        self.work(symbol, key, at);
    }

    /// Places the pending orders of a list whose working order is filled.
    pub(super) fn release(&mut self, list: ListId, at: TsNanos) {
        let Some(list) = self.lists.get_mut(&list) else { return };
        list.released = true;
        list.updated = at;
        let list = list.clone();
        let symbol = list.symbol;
        let pending: Vec<Key> =
            list.orders[1..].iter().filter_map(|id| self.open_key(symbol, *id)).collect();
        for key in &pending {
            let order = self.books[symbol.index()].orders.get_mut(*key);
            (order.status, order.updated) = (OrderStatus::New, at);
            if order.kind.stop().is_none() {
                order.working = Some(at);
            }
            self.report(symbol, *key, Execution::New, at);
        }
        self.events.push(Event::List { list, change: ListChange::Started });
        for key in pending {
            if self.books[symbol.index()].orders.get(key).is_open() {
                self.start(symbol, key, at);
            }
        }
    }

    /// Ends an order that is not filled, and with it the open orders of its list.
    pub(super) fn end(
        &mut self,
        symbol: SymbolId,
        key: Key,
        status: OrderStatus,
        execution: Execution,
        at: TsNanos,
    ) {
        let book = &mut self.books[symbol.index()];
        if !book.orders.get(key).is_open() {
            return;
        }
        let change = book.lift(key);
        let order = book.orders.get_mut(key);
        (order.status, order.updated) = (status, at);
        let list = order.list;
        self.unlock(symbol, key);
        self.report(symbol, key, execution, at);
        self.say_level(symbol, change, at);
        self.close(symbol, key);
        if let Some(list) = list {
            self.end_list(list, status, execution, at);
        }
    }

    /// Ends the open orders of a list of which one has ended unfilled.
    fn end_list(&mut self, id: ListId, status: OrderStatus, execution: Execution, at: TsNanos) {
        let Some(list) = self.lists.get(&id) else { return };
        let symbol = list.symbol;
        let others = list.orders.clone();
        let (status, execution) = match execution {
            Execution::Cancelled { .. } => (status, execution),
            Execution::New
            | Execution::Triggered
            | Execution::Trade { .. }
            | Execution::Replaced { .. }
            | Execution::Expired
            | Execution::Prevented(_) => (OrderStatus::Expired, Execution::Expired),
        };
        for other in others {
            if let Some(key) = self.open_key(symbol, other) {
                self.end(symbol, key, status, execution, at);
            }
        }
        self.conclude_list(id, at);
    }

    /// Does what follows from an order being filled.
    pub(super) fn conclude(&mut self, symbol: SymbolId, key: Key, at: TsNanos) {
        let order = *self.books[symbol.index()].orders.get(key);
        if order.status != OrderStatus::Filled {
            return;
        }
        self.unlock(symbol, key);
        self.close(symbol, key);
        let Some(id) = order.list else { return };
        let working = self.lists.get(&id).and_then(OrderList::working);
        if working == Some(order.id) {
            self.agenda.push_back(Task::Release(id));
        } else {
            self.conclude_list(id, at);
        }
    }

    /// Ends a list if none of its orders is open any more.
    fn conclude_list(&mut self, id: ListId, at: TsNanos) {
        let Some(list) = self.lists.get(&id) else { return };
        let open = list.orders.iter().any(|order| self.open_key(list.symbol, *order).is_some());
        let Some(list) = self.lists.get_mut(&id) else { return };
        if open || list.status == ListStatus::AllDone {
            return;
        }
        (list.status, list.updated) = (ListStatus::AllDone, at);
        let list = list.clone();
        let holder = &mut self.accounts[list.account.index()];
        holder.desk_mut(list.symbol).lists -= 1;
        holder.list_names.remove(&list.client_id);
        self.events.push(Event::List { list, change: ListChange::Done });
    }

    /// Returns the partner that has to expire because an order acts, after moving what is set aside
    /// for both to the order.
    pub(super) fn take_over_lock(&mut self, symbol: SymbolId, key: Key) -> Option<Key> {
        let partner = self.partner(self.books[symbol.index()].orders.get(key))?;
        let orders = &mut self.books[symbol.index()].orders;
        let amount = std::mem::take(&mut orders.get_mut(partner).locked);
        orders.get_mut(key).locked += amount;
        Some(partner)
    }

    /// Returns the open order that excludes an order.
    pub(super) fn partner(&self, order: &Order) -> Option<Key> {
        let partner = self.lists.get(&order.list?)?.partner(order.id)?;
        self.open_key(order.symbol, partner)
    }

    /// Returns the place of an order that is open.
    pub(super) fn open_key(&self, symbol: SymbolId, id: VenueOrderId) -> Option<Key> {
        let (key, order) = self.books[symbol.index()].find(id)?;
        order.is_open().then_some(key)
    }

    /// Takes an order that has ended out of what its account has open.
    fn close(&mut self, symbol: SymbolId, key: Key) {
        let book = &mut self.books[symbol.index()];
        let order = *book.orders.get(key);
        let holder = &mut self.accounts[order.account.index()];
        if holder.is_client() {
            let desk = holder.desk_mut(symbol);
            desk.open.remove(&order.id);
            desk.algo -= usize::from(order.is_algo());
        } else {
            book.orders.leave(key);
        }
    }
}
