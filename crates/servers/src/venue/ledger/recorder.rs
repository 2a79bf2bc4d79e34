//! [`LedgerRecorder`]: what the matching engine says, as rows.

use std::collections::BTreeMap;

use sim::exchange::book::{AccountKind, AssetId, Event, Numbers, Order, OrderRef, VenueOrderId};
use types::ids::SymbolId;
use types::market::TsNanos;

use super::row::{Row, Start};
use super::writer::Ledger;
use crate::venue::core::{Core, Recorder, Ticket};
use crate::venue::faults::Fired;
use crate::venue::market::CROWD;

/// So many numbers are set aside at once: a row in so many orders.
const BLOCK: u64 = 1_000_000;

/// The market's time is written at least so often, in nanoseconds of it.
pub const MARK_EVERY: i64 = 60_000_000_000;

/// Writes what the matching engine says.
#[derive(Debug)]
pub struct LedgerRecorder {
    ledger: Ledger,
    start: Option<Start>,
    fresh: bool,
    /// Accounts, assets and symbols that have their rows.
    accounts: usize,
    assets: usize,
    symbols: usize,
    reserved: BTreeMap<SymbolId, Numbers>,
    /// The last time that was written.
    marked: TsNanos,
    /// Of what was written last.
    ticket: Ticket,
}

impl LedgerRecorder {
    /// Writes a start, and what it starts with, at the first call. `kept` is what the ledger holds already.
    #[must_use]
    pub fn new(ledger: Ledger, start: Start, kept: &super::Kept) -> Self {
        Self {
            ledger,
            start: Some(start),
            fresh: kept.accounts.is_empty(),
            accounts: kept.accounts.len(),
            assets: kept.assets().count(),
            symbols: kept.symbols.len(),
            reserved: BTreeMap::new(),
            marked: kept.at,
            ticket: Ticket::settled(),
        }
    }

    /// Adds rows for what has got a number since the last call.
    fn news(&mut self, core: &Core, events: &[Event], rows: &mut Vec<Row>) {
        if let Some(start) = self.start.take() {
            rows.push(Row::Start(Box::new(start)));
            if self.fresh {
                rows.push(Row::Account { account: CROWD, kind: AccountKind::Crowd, key: None });
                self.accounts = 1;
            }
        }
        for place in self.symbols..core.engine().symbols() {
            rows.extend(symbol_row(core, SymbolId(place.try_into().unwrap_or(u16::MAX))));
        }
        self.symbols = core.engine().symbols();
        let mut keys: Vec<_> = core.keys.iter().collect();
        keys.sort_by_key(|(_, key)| key.account);
        let known = self.accounts;
        for (name, key) in keys.into_iter().filter(|(_, key)| key.account.index() >= known) {
            let (account, kind) = (key.account, AccountKind::Client);
            rows.push(Row::Account { account, kind, key: Some(name.to_owned()) });
            rows.push(Row::of_rights(account, key.rights));
            self.accounts = account.index() + 1;
        }
        let named = events.iter().flat_map(assets_of).map(|asset| asset.index() + 1).max();
        for place in self.assets..named.unwrap_or(0) {
            let asset = AssetId(place.try_into().unwrap_or(u16::MAX));
            rows.push(Row::Asset { asset, name: core.engine().asset(asset).clone() });
            self.assets = place + 1;
        }
    }

    /// Sets numbers aside before they run out.
    fn reserve(&mut self, core: &Core, rows: &mut Vec<Row>) {
        for place in 0..core.engine().symbols() {
            let symbol = SymbolId(place.try_into().unwrap_or(u16::MAX));
            let Some(given) = core.engine().numbers(symbol) else { continue };
            let least = self.reserved.get(&symbol).map_or(0, |reserved| left(*reserved, given));
            if least < BLOCK / 2 {
                let numbers = ahead(given, BLOCK);
                self.reserved.insert(symbol, numbers);
                rows.push(Row::Numbers { symbol, numbers, last: core.engine().last_price(symbol) });
            }
        }
    }
}

impl Recorder for LedgerRecorder {
    fn record(&mut self, at: TsNanos, events: &[Event], core: &Core) -> Ticket {
        let mut news = Vec::new();
        self.news(core, events, &mut news);
        self.reserve(core, &mut news);
        // They come before what uses the numbers, and no row is earlier than the one before it.
        let begins = events.iter().map(Event::at).min().unwrap_or(at).max(self.marked);
        let mut rows: Vec<(TsNanos, Row)> = news.into_iter().map(|row| (begins, row)).collect();
        // The last row of an order shows it as it is after all of this: its place in the queue comes with its resting.
        let last: BTreeMap<(SymbolId, VenueOrderId), usize> = events
            .iter()
            .enumerate()
            .filter_map(|(place, event)| Some((order_of(event)?, place)))
            .collect();
        for (place, event) in events.iter().enumerate() {
            let is_last = order_of(event).is_some_and(|order| last.get(&order) == Some(&place));
            rows.extend(row_of(event, is_last, core).map(|row| (event.at(), row)));
        }
        if at.since(self.marked) >= MARK_EVERY {
            rows.push((at, Row::Time {}));
        }
        if let Some((latest, _)) = rows.last() {
            self.marked = self.marked.max(*latest);
            let wanted = self.ledger.append(rows);
            self.ticket = Ticket::new(wanted, self.ledger.written());
        }
        self.ticket.clone()
    }
}

/// Returns the row of a fault that fired.
#[must_use]
pub fn fault_row(fired: &Fired) -> Row {
    Row::Fault {
        name: fired.name.clone(),
        kind: fired.kind.to_owned(),
        api: fired.api.map(|api| api.name().to_owned()),
        endpoint: fired.endpoint.clone(),
        symbol: fired.symbol.clone(),
        account: fired.account.clone(),
    }
}

fn order_of(event: &Event) -> Option<(SymbolId, VenueOrderId)> {
    if let Event::Order(event) = event { Some((event.order.symbol, event.order.id)) } else { None }
}

fn row_of(event: &Event, is_last: bool, core: &Core) -> Option<Row> {
    match event {
        Event::Order(event) => {
            let order = if is_last { current(core, &event.order) } else { event.order };
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
        Event::Rules { symbol, .. } => symbol_row(core, *symbol),
        Event::Rejected(_)
        | Event::Trade(_)
        | Event::Level(_)
        | Event::Quote(_)
        | Event::Balances { .. }
        | Event::Flow { .. } => None,
    }
}

/// Returns an order as it is now.
fn current(core: &Core, order: &Order) -> Order {
    let found = core.engine().order(order.account, order.symbol, OrderRef::Id(order.id));
    found.copied().unwrap_or(*order)
}

fn symbol_row(core: &Core, symbol: SymbolId) -> Option<Row> {
    let rules = core.engine().rules(symbol)?.clone();
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
