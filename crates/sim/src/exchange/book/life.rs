//! The life of an order between acceptance and end, and of the lists that tie orders together.

use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Money, Qty};
use types::side::Side;

use super::checks;
use super::engine::{MatchingEngine, Task};
use super::event::{Execution, ExpiryReason, ListChange};
use super::ids::{AccountId, ClientId, ListId, VenueOrderId};
use super::matching::Taker;
use super::order::{Contingency, ListStatus, Order, OrderList, OrderStatus};
use super::orders::Key;
use super::placing::check_pair_prices;
use super::request::{NewOrder, Size};
use crate::exchange::rejection::Rejection;

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
        let id = book.next_order();
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
            if let Some(name) = order.client_id {
                desk.names.insert(name, id);
            }
            self.report(symbol, key, Execution::New, at);
        }
        (key, id)
    }

    /// Lets an order begin: wait for its touch price, or work.
    pub(super) fn start(&mut self, symbol: SymbolId, key: Key, at: TsNanos) {
        let book = &mut self.books[symbol.index()];
        let order = book.orders.get(key);
        match (order.kind.stop(), order.kind.awaits_rise(order.side)) {
            (Some(stop), Some(rises)) => book.triggers.insert(rises, stop, order.id),
            (_, _) => self.work(symbol, key, at),
        }
    }

    /// Wakes an order whose touch price was touched; its partner expires.
    pub(super) fn trigger(&mut self, symbol: SymbolId, id: VenueOrderId, at: TsNanos) {
        let Some(key) = self.open_key(symbol, id) else { return };
        if let Some(partner) = self.take_over_lock(symbol, key) {
            self.give_way(symbol, partner, at);
        }
        let order = self.books[symbol.index()].orders.get_mut(key);
        (order.working, order.updated) = (Some(at), at);
        self.pay(symbol, key, Money::ZERO);
        self.report(symbol, key, Execution::Triggered, at);
        if self.check_turn(symbol, key).is_err() {
            self.expire(symbol, key, ExpiryReason::Rejected, at);
        } else {
            self.work(symbol, key, at);
        }
    }

    /// Places the pending orders of a list whose working order is filled. They are judged as if they
    /// arrived now; one that would not be taken expires, and its partner with it.
    pub(super) fn release(&mut self, id: ListId, at: TsNanos) {
        let Some(list) = self.lists.get_mut(&id) else { return };
        (list.released, list.updated) = (true, at);
        let (symbol, orders) = (list.symbol, list.orders.clone());
        let pending: Vec<Key> =
            orders[1..].iter().filter_map(|id| self.open_key(symbol, *id)).collect();
        let barred =
            pending.iter().copied().find(|key| self.check_release(symbol, *key, at).is_err());
        if let Some(key) = barred {
            self.expire(symbol, key, ExpiryReason::Rejected, at);
            return;
        }
        for key in &pending {
            let order = self.books[symbol.index()].orders.get_mut(*key);
            (order.status, order.updated) = (OrderStatus::New, at);
            order.working = order.kind.stop().is_none().then_some(at);
            self.report(symbol, *key, Execution::New, at);
        }
        self.report_list(id, ListChange::Started);
        for key in pending {
            self.start(symbol, key, at);
        }
    }

    /// Checks a pending order as if it arrived now.
    fn check_release(&self, symbol: SymbolId, key: Key, at: TsNanos) -> Result<(), Rejection> {
        let book = &self.books[symbol.index()];
        let order = *book.orders.get(key);
        let Order { side, kind, size, client_id, stp, strategy, .. } = order;
        let (client_id, stp) = (Some(client_id), Some(stp));
        let request = NewOrder { side, kind, size, client_id, stp, strategy };
        self.check_values(order.account, symbol, &request, at)?;
        self.check_at_once(symbol, &request)?;
        if let (Some(partner), Some(last)) = (self.partner(&order), book.last) {
            check_pair_prices([kind, book.orders.get(partner).kind], last)?;
        }
        if order.kind.stop().is_some() { Ok(()) } else { self.check_turn(symbol, key) }
    }

    /// Checks that the account can pay for a market order whose turn has come.
    fn check_turn(&self, symbol: SymbolId, key: Key) -> Result<(), Rejection> {
        let book = &self.books[symbol.index()];
        let order = book.orders.get(key);
        if order.kind.price().is_some() || order.side == Side::Sell {
            return Ok(());
        }
        let plan = self.plan(book, Taker::of(order), Size::Base(order.left()));
        self.check_funds(order.account, book.quote, checks::sum(plan.quote, plan.fee))
    }

    /// Ends an order by the venue's rules.
    pub(super) fn expire(&mut self, symbol: SymbolId, key: Key, why: ExpiryReason, at: TsNanos) {
        self.end(symbol, key, OrderStatus::Expired, Execution::Expired(why), at);
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
        if !self.books[symbol.index()].orders.get(key).is_open() {
            return;
        }
        self.end_alone(symbol, key, status, execution, at);
        if let Some(list) = self.books[symbol.index()].orders.get(key).list {
            self.end_list(list, status, execution, at);
        }
    }

    /// Ends an order because the one it excludes acts.
    pub(super) fn give_way(&mut self, symbol: SymbolId, key: Key, at: TsNanos) {
        let execution = Execution::Expired(ExpiryReason::OcoTrigger);
        self.end_alone(symbol, key, OrderStatus::Expired, execution, at);
        if let Some(list) = self.books[symbol.index()].orders.get(key).list {
            self.conclude_list(list, at);
        }
    }

    fn end_alone(
        &mut self,
        symbol: SymbolId,
        key: Key,
        status: OrderStatus,
        execution: Execution,
        at: TsNanos,
    ) {
        let book = &mut self.books[symbol.index()];
        let change = book.lift(key);
        let order = book.orders.get_mut(key);
        (order.status, order.updated) = (status, at);
        self.unlock(symbol, key);
        self.report(symbol, key, execution, at);
        self.say_level(symbol, change, at);
        self.close(symbol, key);
    }

    /// Ends the open orders of a list of which one has ended unfilled.
    fn end_list(&mut self, id: ListId, status: OrderStatus, execution: Execution, at: TsNanos) {
        let Some(list) = self.lists.get(&id) else { return };
        let (symbol, orders) = (list.symbol, list.orders.clone());
        let first_phase = list.contingency == Contingency::Oto && !list.released;
        let (status, execution) = match execution {
            Execution::Cancelled { .. } | Execution::Expired(ExpiryReason::ExchangeCancelled) => {
                (status, execution)
            }
            Execution::New
            | Execution::Triggered
            | Execution::Trade { .. }
            | Execution::Replaced { .. }
            | Execution::Expired(_)
            | Execution::Prevented(_) => {
                let why = if first_phase {
                    ExpiryReason::OtoPhaseOneExpired
                } else {
                    ExpiryReason::OcoTrigger
                };
                (OrderStatus::Expired, Execution::Expired(why))
            }
        };
        for other in orders {
            if let Some(key) = self.open_key(symbol, other) {
                self.end(symbol, key, status, execution, at);
            }
        }
        self.conclude_list(id, at);
    }

    /// Does what follows from an order being filled.
    pub(super) fn conclude(&mut self, symbol: SymbolId, key: Key, at: TsNanos) {
        let order = self.books[symbol.index()].orders.get(key);
        if order.status != OrderStatus::Filled {
            return;
        }
        let (id, list) = (order.id, order.list);
        self.unlock(symbol, key);
        self.close(symbol, key);
        let Some(list) = list else { return };
        let working = self.lists.get(&list).and_then(OrderList::working);
        if working == Some(id) {
            self.agenda.push_back(Task::Release(list));
        } else {
            self.conclude_list(list, at);
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
        let holder = &mut self.accounts[list.account.index()];
        holder.desk_mut(list.symbol).lists -= 1;
        holder.list_names.remove(&list.client_id);
        self.report_list(id, ListChange::Done);
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
        let order = book.orders.get(key);
        let (id, is_algo) = (order.id, order.is_algo());
        let holder = &mut self.accounts[order.account.index()];
        if holder.is_client() {
            let desk = holder.desk_mut(symbol);
            desk.open.remove(&id);
            desk.algo -= usize::from(is_algo);
        } else {
            book.orders.leave(key);
        }
    }
}
