//! Placing orders and order lists.

use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Money, Price};
use types::side::Side;

use super::checks::{self, Beside, Need};
use super::engine::MatchingEngine;
use super::event::ListChange;
use super::ids::{AccountId, ClientId, ListId, VenueOrderId};
use super::life::Accepted;
use super::order::{Contingency, ListStatus, OrderList};
use super::orders::Key;
use super::request::{ListShape, NewList, NewOrder, OrderType, Pair, Size};
use crate::exchange::filters;
use crate::exchange::rejection::Rejection;

/// The space of the names that the venue gives to lists; those of orders are the symbols' numbers.
const LIST_NAMES: u64 = u64::MAX;

/// One order of a list that passed its checks.
struct Leg {
    order: NewOrder,
    need: Need,
    locked: Money,
    pending: bool,
}

impl MatchingEngine {
    /// Places an order. It trades, rests, waits or expires before this returns.
    ///
    /// # Errors
    /// `Rejection` if it is not taken.
    pub fn place(
        &mut self,
        account: AccountId,
        symbol: SymbolId,
        order: NewOrder,
        now: TsNanos,
    ) -> Result<VenueOrderId, Rejection> {
        self.check_filters(account, symbol, &order, Beside::default(), now)?;
        let id = self.place_checked(account, symbol, order, now)?;
        self.settle(symbol, now);
        Ok(id)
    }

    /// Checks an order as far as it can be checked without the market of the moment and without
    /// funds: `order/test`.
    ///
    /// # Errors
    /// `Rejection` if it would not be taken.
    pub fn test(
        &self,
        account: AccountId,
        symbol: SymbolId,
        order: &NewOrder,
        now: TsNanos,
    ) -> Result<(), Rejection> {
        self.check_filters(account, symbol, order, Beside::default(), now)
    }

    /// Places an order that passed the filters.
    pub(super) fn place_checked(
        &mut self,
        account: AccountId,
        symbol: SymbolId,
        order: NewOrder,
        now: TsNanos,
    ) -> Result<VenueOrderId, Rejection> {
        self.check_name(account, symbol, order.client_id)?;
        self.check_at_once(symbol, &order)?;
        let client = self.account(account)?.is_client();
        let (qty, locked) = match order.size {
            // The crowd's funds are not asked for.
            Size::Base(qty) if !client => (qty, Money::ZERO),
            Size::Base(_) | Size::Quote(_) => {
                let need = self.need(account, symbol, &order)?;
                self.check_need(account, symbol, &order, need)?;
                (need.qty, if client { self.set_aside(symbol, &order, need) } else { Money::ZERO })
            }
        };
        let accepted = Accepted { account, symbol, order, qty, locked, list: None, pending: false };
        let (key, id) = self.admit(accepted, now);
        self.start(symbol, key, now);
        Ok(id)
    }

    /// Checks that an account has what an order needs, and that what a quote amount comes to passes
    /// the filters that look at quantities.
    fn check_need(
        &self,
        account: AccountId,
        symbol: SymbolId,
        order: &NewOrder,
        need: Need,
    ) -> Result<(), Rejection> {
        let (holder, book) = (self.account(account)?, self.book(symbol)?);
        if let (Size::Quote(_), true) = (order.size, holder.is_client()) {
            filters::check_lot(&book.rules.instrument, need.qty)?;
            checks::check_market_lot(book, need.qty)?;
            checks::check_position(holder, book, symbol, order.side, need.qty)?;
        }
        self.check_funds(account, need.asset, need.amount)
    }

    /// Returns what is set aside for an order: nothing for a market buy, which pays as it goes.
    fn set_aside(&self, symbol: SymbolId, order: &NewOrder, need: Need) -> Money {
        let book = &self.books[symbol.index()];
        checks::lock_for(book, order.kind, order.side, need.qty)
    }

    /// Places an order list: all of its orders or none.
    ///
    /// # Errors
    /// `Rejection` if it is not taken.
    pub fn place_list(
        &mut self,
        account: AccountId,
        symbol: SymbolId,
        list: NewList,
        now: TsNanos,
    ) -> Result<ListId, Rejection> {
        let contingency = match list.shape {
            ListShape::Oco(_) => Contingency::Oco,
            ListShape::Oto { .. } | ListShape::Otoco { .. } => Contingency::Oto,
        };
        self.check_list_counts(account, symbol)?;
        let legs = self.check_legs(account, symbol, list.shape, now)?;
        let id = ListId(self.last_list + 1);
        let name = list.client_id.unwrap_or_else(|| ClientId::given(LIST_NAMES, id.0));
        let holder = &mut self.accounts[account.index()];
        if holder.list_names.contains_key(&name) {
            return Err(Rejection::Duplicate);
        }
        self.last_list = id.0;
        holder.list_names.insert(name, id);
        holder.desk_mut(symbol).lists += 1;
        let record = OrderList {
            id,
            account,
            symbol,
            client_id: name,
            contingency,
            status: ListStatus::Executing,
            created: now,
            updated: now,
            orders: Vec::new(),
            released: false,
        };
        self.lists.insert(id, record);
        let mut begins: Vec<Key> = Vec::new();
        for leg in legs {
            let Leg { order, need, locked, pending } = leg;
            let (qty, list) = (need.qty, Some(id));
            let accepted = Accepted { account, symbol, order, qty, locked, list, pending };
            let (key, order) = self.admit(accepted, now);
            if let Some(list) = self.lists.get_mut(&id) {
                list.orders.push(order);
            }
            if !pending {
                begins.push(key);
            }
        }
        self.report_list(id, ListChange::Started);
        for key in begins {
            if self.books[symbol.index()].orders.get(key).is_open() {
                self.start(symbol, key, now);
            }
        }
        self.settle(symbol, now);
        Ok(id)
    }

    /// Checks the orders of a list; returns them in the order in which they are numbered.
    fn check_legs(
        &self,
        account: AccountId,
        symbol: SymbolId,
        shape: ListShape,
        now: TsNanos,
    ) -> Result<Vec<Leg>, Rejection> {
        let (first, pair, pending) = match shape {
            ListShape::Oco(pair) => (None, Some(pair), None),
            ListShape::Oto { working, pending } => (Some(working), None, Some(pending)),
            ListShape::Otoco { working, pending } => (Some(working), Some(pending), None),
        };
        let pair = pair.map(check_pair).transpose()?;
        let orders: Vec<NewOrder> =
            first.into_iter().chain(pair.into_iter().flatten()).chain(pending).collect();
        check_roles(first, pending)?;
        check_names(&orders)?;
        let mut beside = Beside::default();
        for order in &orders {
            self.check_filters(account, symbol, order, beside, now)?;
            self.check_name(account, symbol, order.client_id)?;
            beside.orders += 1;
            beside.algo += usize::from(order.kind.stop().is_some());
        }
        let at_once =
            first.into_iter().chain(pair.into_iter().flatten().filter(|_| first.is_none()));
        for order in at_once {
            self.check_at_once(symbol, &order)?;
        }
        if let (ListShape::Oco(pair), Some(last)) = (shape, self.book(symbol)?.last) {
            check_pair_prices([pair.above.kind, pair.below.kind], last)?;
        }
        self.check_list_funds(account, symbol, first, pair, pending)
    }

    /// Checks the funds of a list's orders together; of a pair the larger need counts.
    fn check_list_funds(
        &self,
        account: AccountId,
        symbol: SymbolId,
        first: Option<NewOrder>,
        pair: Option<[NewOrder; 2]>,
        pending: Option<NewOrder>,
    ) -> Result<Vec<Leg>, Rejection> {
        let mut legs: Vec<Leg> = Vec::new();
        let mut needs: Vec<Need> = Vec::new();
        for (order, waits) in [(first, false), (pending, true)] {
            let Some(order) = order else { continue };
            let need = self.need(account, symbol, &order)?;
            needs.push(need);
            let locked = self.set_aside(symbol, &order, need);
            legs.push(Leg { order, need, locked, pending: waits });
        }
        if let Some(pair) = pair {
            let [one, other] =
                [self.need(account, symbol, &pair[0])?, self.need(account, symbol, &pair[1])?];
            let amount = one.amount.max(other.amount);
            needs.push(Need { amount, ..one });
            let pending = first.is_some();
            legs.push(Leg { order: pair[0], need: one, locked: amount, pending });
            legs.push(Leg { order: pair[1], need: other, locked: Money::ZERO, pending });
        }
        for need in &needs {
            let same = needs.iter().filter(|other| other.asset == need.asset);
            let wanted = same.fold(Money::ZERO, |all, other| checks::sum(all, other.amount));
            self.check_funds(account, need.asset, wanted)?;
        }
        Ok(legs)
    }
}

/// Checks the types and places of a pair; returns the stop-loss first.
fn check_pair(pair: Pair) -> Result<[NewOrder; 2], Rejection> {
    let Pair { above, below } = pair;
    let one_stop_loss = above.kind.is_stop_loss() != below.kind.is_stop_loss();
    let fits = |order: NewOrder| match order.kind {
        OrderType::LimitMaker { .. }
        | OrderType::StopLoss { .. }
        | OrderType::StopLossLimit { .. }
        | OrderType::TakeProfit { .. }
        | OrderType::TakeProfitLimit { .. } => matches!(order.size, Size::Base(_)),
        OrderType::Limit { .. } | OrderType::Market => false,
    };
    if !one_stop_loss || !fits(above) || !fits(below) {
        return Err(Rejection::PairTypes);
    }
    if above.side != below.side || above.size != below.size {
        return Err(Rejection::List);
    }
    let stop_above = above.side == Side::Buy;
    if above.kind.is_stop_loss() != stop_above {
        return Err(Rejection::PairPlaces { side: above.side });
    }
    Ok(if stop_above { [above, below] } else { [below, above] })
}

/// The price by which an order of a pair stands above or below the market: a limit-maker's and a
/// take-profit-limit's own price, otherwise the touch price.
const fn place_of(kind: OrderType) -> Option<Price> {
    match kind {
        OrderType::LimitMaker { price } | OrderType::TakeProfitLimit { price, .. } => Some(price),
        OrderType::StopLoss { stop }
        | OrderType::StopLossLimit { stop, .. }
        | OrderType::TakeProfit { stop } => Some(stop),
        OrderType::Limit { .. } | OrderType::Market => None,
    }
}

/// Checks that the market is between the two of a pair.
pub(super) fn check_pair_prices(kinds: [OrderType; 2], last: Price) -> Result<(), Rejection> {
    let [Some(one), Some(other)] = kinds.map(place_of) else { return Ok(()) };
    let (above, below) = (one.max(other), one.min(other));
    if above <= last || below >= last {
        return Err(Rejection::PairPrices { above, last, below });
    }
    Ok(())
}

/// The working order is a limit order, the pending one of a base quantity.
fn check_roles(first: Option<NewOrder>, pending: Option<NewOrder>) -> Result<(), Rejection> {
    let bad = |what: &str| Err(Rejection::Combination(what.to_owned()));
    match first.map(|order| order.kind) {
        None | Some(OrderType::Limit { .. } | OrderType::LimitMaker { .. }) => {}
        Some(
            OrderType::Market
            | OrderType::StopLoss { .. }
            | OrderType::StopLossLimit { .. }
            | OrderType::TakeProfit { .. }
            | OrderType::TakeProfitLimit { .. },
        ) => return bad("a working order is LIMIT or LIMIT_MAKER"),
    }
    match pending.map(|order| order.size) {
        Some(Size::Quote(_)) => bad("a pending order has no quote amount"),
        Some(Size::Base(_)) | None => Ok(()),
    }
}

/// No two orders of a list have one name.
fn check_names(orders: &[NewOrder]) -> Result<(), Rejection> {
    let names: Vec<ClientId> = orders.iter().filter_map(|order| order.client_id).collect();
    let twice = names.iter().enumerate().any(|(place, name)| names[..place].contains(name));
    if twice { Err(Rejection::Duplicate) } else { Ok(()) }
}
