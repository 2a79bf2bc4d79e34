//! [`Kept`]: the state that the rows of a ledger add up to.

use std::collections::BTreeMap;

use sim::exchange::book::{
    AccountId, AccountKind, AccountTrade, AssetId, Balance, Execution, ListId, Numbers, Order,
    OrderList, PreventedMatch, Saved, SavedAccount, SavedSymbol, SymbolRules, SymbolStatus,
    VenueOrderId,
};
use sim::exchange::ledger::{Row, Start};
use types::ids::{Asset, Symbol, SymbolId};
use types::market::TsNanos;
use types::num::Price;
use types::side::Side;

use super::error::LedgerError;
use crate::venue::keys::Rights;

/// An account of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAccount {
    /// Its number.
    pub account: AccountId,
    /// What kind of participant.
    pub kind: AccountKind,
    /// Its API key; the crowd has none.
    pub key: Option<String>,
    /// What the key may do.
    pub rights: Option<Rights>,
}

/// A symbol of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSymbol {
    /// Its number.
    pub symbol: SymbolId,
    /// Its name.
    pub name: Symbol,
    /// Its rules.
    pub rules: SymbolRules,
    status: SymbolStatus,
    numbers: Numbers,
    last: Option<Price>,
    orders: BTreeMap<VenueOrderId, Order>,
    trades: Vec<(AccountId, AccountTrade)>,
    prevented: BTreeMap<u64, PreventedMatch>,
}

/// The state that the rows of a ledger add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How the venue was started last.
    pub start: Option<Start>,
    /// The time of the last row.
    pub at: TsNanos,
    /// The accounts, by number.
    pub accounts: Vec<KeptAccount>,
    /// The symbols, by number.
    pub symbols: Vec<KeptSymbol>,
    assets: BTreeMap<AssetId, Asset>,
    balances: BTreeMap<(AccountId, AssetId), Balance>,
    lists: BTreeMap<ListId, OrderList>,
    unfit: Option<String>,
}

impl Kept {
    /// Adds a row.
    pub fn add(&mut self, at: TsNanos, row: Row) {
        self.at = self.at.max(at);
        match row {
            Row::Start(start) => self.start = Some(*start),
            Row::Account { account, kind, key } => {
                if account.index() != self.accounts.len() {
                    self.unfit(format!("account {account} after {}", self.accounts.len()));
                }
                self.accounts.push(KeptAccount { account, kind, key, rights: None });
            }
            Row::Rights { account, read, trade, withdraw, transfer, ip_restricted } => {
                let rights = Rights { read, trade, withdraw, transfer, ip_restricted };
                match self.accounts.get_mut(account.index()) {
                    Some(kept) => kept.rights = Some(rights),
                    None => self.unfit(format!("rights of account {account}, which is none")),
                }
            }
            Row::Asset { asset, name } => {
                self.assets.insert(asset, name);
            }
            Row::Symbol { symbol, name, rules } => self.symbol(symbol, name, *rules),
            Row::Status { symbol, status } => {
                self.with(symbol, |kept| kept.status = status);
            }
            Row::Order { execution, order, event } => self.order(at, execution, *order, event),
            Row::List { list, .. } => {
                self.lists.insert(list.id, *list);
            }
            Row::Balances { account, balances } => {
                self.balances.extend(
                    balances.into_iter().map(|(asset, balance)| ((account, asset), balance)),
                );
            }
            Row::Numbers { symbol, numbers, last } => {
                self.with(symbol, |kept| (kept.numbers, kept.last) = (numbers, last));
            }
            Row::Segment { .. }
            | Row::Stop {}
            | Row::Flow { .. }
            | Row::Fault { .. }
            | Row::Time {}
            | Row::Control { .. } => {}
        }
    }

    /// Returns what the matching engine is told to go on from here.
    ///
    /// # Errors
    /// `Unfit` naming the first row that does not fit the others.
    pub fn saved(&self) -> Result<Saved, LedgerError> {
        if let Some(unfit) = &self.unfit {
            return Err(LedgerError::Unfit(unfit.clone()));
        }
        let clients = self.accounts.iter().filter(|account| account.kind == AccountKind::Client);
        let accounts = clients
            .map(|kept| {
                let own = (kept.account, AssetId(0))..=(kept.account, AssetId(u16::MAX));
                let balances = self.balances.range(own).map(|((_, asset), balance)| {
                    let name = self.assets.get(asset).cloned();
                    let unknown = || LedgerError::Unfit(format!("asset {asset} has no name"));
                    name.map(|name| (name, *balance)).ok_or_else(unknown)
                });
                let balances = balances.collect::<Result<_, _>>()?;
                Ok(SavedAccount { account: kept.account, can_trade: true, balances })
            })
            .collect::<Result<_, LedgerError>>()?;
        let symbols = self.symbols.iter().map(|kept| SavedSymbol {
            symbol: kept.symbol,
            status: kept.status,
            numbers: kept.numbers,
            last: kept.last,
            orders: kept.orders.values().copied().collect(),
            trades: kept.trades.clone(),
            prevented: kept.prevented.values().copied().collect(),
        });
        let last_list = self.lists.keys().next_back().map_or(0, |list| list.0);
        let lists = self.lists.values().cloned().collect();
        Ok(Saved { accounts, symbols: symbols.collect(), lists, last_list })
    }

    /// Returns a time that no answer was later than: a market that does not run by the clock goes on there.
    #[must_use]
    pub const fn not_before(&self) -> TsNanos {
        self.at.plus(super::MARK_EVERY)
    }

    /// Returns the assets that have a number, in the order of their numbers.
    pub fn assets(&self) -> impl Iterator<Item = (AssetId, &Asset)> {
        self.assets.iter().map(|(id, name)| (*id, name))
    }

    fn symbol(&mut self, symbol: SymbolId, name: Symbol, rules: SymbolRules) {
        if let Some(kept) = self.symbols.get_mut(symbol.index()) {
            kept.rules = rules;
            return;
        }
        if symbol.index() != self.symbols.len() {
            self.unfit(format!("symbol {} after {}", symbol.0, self.symbols.len()));
        }
        self.symbols.push(KeptSymbol {
            symbol,
            name,
            rules,
            status: SymbolStatus::Trading,
            numbers: Numbers::default(),
            last: None,
            orders: BTreeMap::new(),
            trades: Vec::new(),
            prevented: BTreeMap::new(),
        });
    }

    fn order(&mut self, at: TsNanos, execution: u64, order: Order, event: Execution) {
        self.with(order.symbol, |kept| {
            let numbers = &mut kept.numbers;
            numbers.order = numbers.order.max(order.id.0);
            numbers.execution = numbers.execution.max(execution);
            numbers.queue = numbers.queue.max(order.queue.unwrap_or(0));
            match event {
                Execution::Trade { trade, price, qty, quote, fee, fee_asset, maker } => {
                    numbers.trade = numbers.trade.max(trade.0);
                    kept.last = Some(price);
                    kept.trades.push((
                        order.account,
                        AccountTrade {
                            id: trade,
                            at,
                            symbol: order.symbol,
                            order: order.id,
                            list: order.list,
                            price,
                            qty,
                            quote,
                            fee,
                            fee_asset,
                            buyer: order.side == Side::Buy,
                            maker,
                        },
                    ));
                }
                Execution::Prevented(prevented) => {
                    numbers.prevented = numbers.prevented.max(prevented.id + 1);
                    kept.prevented.insert(prevented.id, prevented);
                }
                Execution::New
                | Execution::Triggered
                | Execution::Cancelled { .. }
                | Execution::Replaced { .. }
                | Execution::Expired { .. } => {}
            }
            kept.orders.insert(order.id, order);
        });
    }

    fn with(&mut self, symbol: SymbolId, act: impl FnOnce(&mut KeptSymbol)) {
        match self.symbols.get_mut(symbol.index()) {
            Some(kept) => act(kept),
            None => self.unfit(format!("a row of symbol {}, which is none", symbol.0)),
        }
    }

    fn unfit(&mut self, what: String) {
        self.unfit.get_or_insert(what);
    }
}
