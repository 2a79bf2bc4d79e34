//! [`Rows`]: what the matching engine says, as rows of the ledger.

use std::collections::BTreeMap;

use types::ids::SymbolId;
use types::market::TsNanos;

use super::row::{Row, Start};
use crate::exchange::book::{
    AccountId, AccountKind, AssetId, Event, MatchingEngine, Numbers, Order, OrderRef, VenueOrderId,
};

/// So many numbers are set aside at once: a row in so many orders.
const BLOCK: u64 = 1_000_000;

/// The market's time is written at least so often, in nanoseconds of it.
pub const MARK_EVERY: i64 = 60_000_000_000;

/// The account of all who are not clients: the first of every venue.
pub const CROWD: AccountId = AccountId(0);

/// A client's account as its rows tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub account: AccountId,
    /// Its API key.
    pub key: String,
    /// What the key may do: a [`Row::Rights`].
    pub rights: Row,
}

/// How much of a ledger is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Accounts that have their rows.
    pub accounts: usize,
    /// Assets that have theirs.
    pub assets: usize,
    /// Symbols that have theirs.
    pub symbols: usize,
    /// The time of the last row.
    pub at: TsNanos,
}

/// Makes what the matching engine says into rows; writing them is another's.
#[derive(Clone, Debug)]
pub struct Rows {
    start: Option<Start>,
    known: Known,
    fresh: bool,
    reserved: BTreeMap<SymbolId, Numbers>,
}

impl Rows {
    /// Tells a start, and what it starts with, at the first call. `known` is what the ledger holds already.
    #[must_use]
    pub const fn new(start: Start, known: Known) -> Self {
        let fresh = known.accounts == 0;
        Self { start: Some(start), known, fresh, reserved: BTreeMap::new() }
    }

    /// Returns the rows of what happened, in order, each with its time. The state is the one after it; `holders` are all
    /// clients, asked for where there is an account that has no row.
    pub fn of(
        &mut self,
        at: TsNanos,
        events: &[Event],
        engine: &MatchingEngine,
        holders: impl FnOnce() -> Vec<Holder>,
    ) -> Vec<(TsNanos, Row)> {
        let mut news = Vec::new();
        self.news(engine, events, holders, &mut news);
        self.reserve(engine, &mut news);
        // They come before what uses the numbers, and no row is earlier than the one before it.
        let begins = events.iter().map(Event::at).min().unwrap_or(at).max(self.known.at);
        let mut rows: Vec<(TsNanos, Row)> = news.into_iter().map(|row| (begins, row)).collect();
        // Most of what a book says is of the market alone.
        if !events.iter().all(is_of_market) {
            rows_of(events, engine, &mut rows);
        }
        if at.since(self.known.at) >= MARK_EVERY {
            rows.push((at, Row::Time {}));
        }
        if let Some((latest, _)) = rows.last() {
            self.known.at = self.known.at.max(*latest);
        }
        rows
    }

    /// Adds rows for what has got a number since the last call.
    fn news(
        &mut self,
        engine: &MatchingEngine,
        events: &[Event],
        holders: impl FnOnce() -> Vec<Holder>,
        rows: &mut Vec<Row>,
    ) {
        if let Some(start) = self.start.take() {
            rows.push(Row::Start(Box::new(start)));
            if self.fresh {
                rows.push(Row::Account { account: CROWD, kind: AccountKind::Crowd, key: None });
                self.known.accounts = 1;
            }
        }
        for place in self.known.symbols..engine.symbols() {
            rows.extend(symbol_row(engine, SymbolId(place.try_into().unwrap_or(u16::MAX))));
        }
        self.known.symbols = engine.symbols();
        let known = self.known.accounts;
        let mut holders = if known < engine.accounts() { holders() } else { Vec::new() };
        holders.sort_by_key(|holder| holder.account);
        for holder in holders.into_iter().filter(|holder| holder.account.index() >= known) {
            let (account, kind) = (holder.account, AccountKind::Client);
            rows.push(Row::Account { account, kind, key: Some(holder.key) });
            rows.push(holder.rights);
            self.known.accounts = account.index() + 1;
        }
        let named = events.iter().flat_map(assets_of).map(|asset| asset.index() + 1).max();
        for place in self.known.assets..named.unwrap_or(0) {
            let asset = AssetId(place.try_into().unwrap_or(u16::MAX));
            rows.push(Row::Asset { asset, name: engine.asset(asset).clone() });
            self.known.assets = place + 1;
        }
    }

    /// Sets numbers aside before they run out.
    fn reserve(&mut self, engine: &MatchingEngine, rows: &mut Vec<Row>) {
        for place in 0..engine.symbols() {
            let symbol = SymbolId(place.try_into().unwrap_or(u16::MAX));
            let Some(given) = engine.numbers(symbol) else { continue };
            let least = self.reserved.get(&symbol).map_or(0, |reserved| left(*reserved, given));
            if least < BLOCK / 2 {
                let numbers = ahead(given, BLOCK);
                self.reserved.insert(symbol, numbers);
                rows.push(Row::Numbers { symbol, numbers, last: engine.last_price(symbol) });
            }
        }
    }
}

/// Adds the rows of events.
fn rows_of(events: &[Event], engine: &MatchingEngine, rows: &mut Vec<(TsNanos, Row)>) {
    // The last row of an order shows it as it is after all of this: its place in the queue comes with its resting.
    let last: BTreeMap<(SymbolId, VenueOrderId), usize> = events
        .iter()
        .enumerate()
        .filter_map(|(place, event)| Some((order_of(event)?, place)))
        .collect();
    for (place, event) in events.iter().enumerate() {
        let is_last = order_of(event).is_some_and(|order| last.get(&order) == Some(&place));
        rows.extend(row_of(event, is_last, engine).map(|row| (event.at(), row)));
    }
}

/// Returns whether an event is told to everybody and kept in no row.
const fn is_of_market(event: &Event) -> bool {
    match event {
        Event::Trade(_) | Event::Level(_) | Event::Quote(_) => true,
        Event::Order(_)
        | Event::Rejected(_)
        | Event::List { .. }
        | Event::Balances { .. }
        | Event::Flow { .. }
        | Event::Status { .. }
        | Event::Rules { .. } => false,
    }
}

fn order_of(event: &Event) -> Option<(SymbolId, VenueOrderId)> {
    if let Event::Order(event) = event { Some((event.order.symbol, event.order.id)) } else { None }
}

fn row_of(event: &Event, is_last: bool, engine: &MatchingEngine) -> Option<Row> {
    match event {
        Event::Order(event) => {
            let order = if is_last { current(engine, &event.order) } else { event.order };
            let (execution, event) = (event.execution_id, event.execution);
            Some(Row::Order { execution, order: Box::new(order), event })
        }
        Event::List { list, change, .. } => {
            Some(Row::List { list: Box::new(list.clone()), change: *change })
        }
        Event::Balances { account, balances, .. } if *account != CROWD => {
            Some(Row::Balances { account: *account, balances: balances.clone() })
        }
        Event::Flow { account, asset, amount, .. } if *account != CROWD => {
            Some(Row::Flow { account: *account, asset: *asset, amount: *amount })
        }
        Event::Status { symbol, status, .. } => {
            Some(Row::Status { symbol: *symbol, status: *status })
        }
        Event::Rules { symbol, .. } => symbol_row(engine, *symbol),
        Event::Rejected(_)
        | Event::Trade(_)
        | Event::Level(_)
        | Event::Quote(_)
        | Event::Balances { .. }
        | Event::Flow { .. } => None,
    }
}

/// Returns an order as it is now.
fn current(engine: &MatchingEngine, order: &Order) -> Order {
    let found = engine.order(order.account, order.symbol, OrderRef::Id(order.id));
    found.copied().unwrap_or(*order)
}

fn symbol_row(engine: &MatchingEngine, symbol: SymbolId) -> Option<Row> {
    let rules = engine.rules(symbol)?.clone();
    Some(Row::Symbol { symbol, name: rules.instrument.symbol.clone(), rules: Box::new(rules) })
}

fn assets_of(event: &Event) -> Vec<AssetId> {
    match event {
        Event::Balances { balances, .. } => balances.iter().map(|(asset, _)| *asset).collect(),
        Event::Flow { asset, .. } => vec![*asset],
        Event::Order(_)
        | Event::Rejected(_)
        | Event::List { .. }
        | Event::Trade(_)
        | Event::Level(_)
        | Event::Quote(_)
        | Event::Status { .. }
        | Event::Rules { .. } => Vec::new(),
    }
}

/// Returns how many numbers are left of what was set aside.
fn left(reserved: Numbers, given: Numbers) -> u64 {
    [
        reserved.order.saturating_sub(given.order),
        reserved.trade.saturating_sub(given.trade),
        reserved.execution.saturating_sub(given.execution),
        reserved.update.saturating_sub(given.update),
        reserved.prevented.saturating_sub(given.prevented),
        reserved.queue.saturating_sub(given.queue),
    ]
    .into_iter()
    .min()
    .unwrap_or(0)
}

fn ahead(given: Numbers, by: u64) -> Numbers {
    Numbers {
        order: given.order + by,
        trade: given.trade + by,
        execution: given.execution + by,
        update: given.update + by,
        prevented: given.prevented + by,
        queue: given.queue + by,
    }
}
