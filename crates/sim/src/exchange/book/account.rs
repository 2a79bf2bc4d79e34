//! Accounts: what they hold, what they have open, by which names.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Money, Price, Qty};

use super::ids::{AccountId, AssetId, ClientId, ListId, TradeId, VenueOrderId};

/// What an account has of an asset, in 1e-16.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// What new orders may use.
    pub free: Money,
    /// What open orders have set aside.
    pub locked: Money,
}

impl Balance {
    /// Returns free and locked together.
    #[must_use]
    pub fn total(self) -> Money {
        self.free + self.locked
    }
}

/// What kind of participant an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// Pays from its balances, is held to all filters, is told what happens to its orders, and can
    /// look them up when they are done.
    Client,
    /// Other people: unlimited funds (its balances may go below zero), no filters but tick and lot,
    /// no self-trade prevention among its own, no events but the public ones, orders forgotten when
    /// they are done.
    Crowd,
}

/// An account as it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccount {
    /// What kind of participant.
    pub kind: AccountKind,
    /// Accounts of one group do not trade with each other (`tradeGroupId`).
    pub trade_group: Option<u32>,
}

impl NewAccount {
    /// A client in no group.
    pub const CLIENT: Self = Self { kind: AccountKind::Client, trade_group: None };
    /// Other people.
    pub const CROWD: Self = Self { kind: AccountKind::Crowd, trade_group: None };
}

/// A trade as one of its two accounts sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTrade {
    /// The trade's number.
    pub id: TradeId,
    /// When.
    pub at: TsNanos,
    /// What was traded.
    pub symbol: SymbolId,
    /// Its order.
    pub order: VenueOrderId,
    /// The list of its order.
    pub list: Option<ListId>,
    /// At what price.
    pub price: Price,
    /// How much, in base.
    pub qty: Qty,
    /// Price x quantity.
    pub quote: Money,
    /// What it cost.
    pub fee: Money,
    /// In which asset.
    pub fee_asset: AssetId,
    /// Whether it bought.
    pub buyer: bool,
    /// Whether its order rested.
    pub maker: bool,
}

/// What an account has on one symbol.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Desk {
    /// Open orders.
    pub(super) open: BTreeSet<VenueOrderId>,
    /// Open stop-loss and take-profit orders.
    pub(super) algo: usize,
    /// Open lists.
    pub(super) lists: usize,
    /// All orders ever placed, oldest first.
    pub(super) placed: Vec<VenueOrderId>,
    /// The latest order of each name that the client gave.
    pub(super) names: BTreeMap<ClientId, VenueOrderId>,
    /// All trades, oldest first.
    pub(super) trades: Vec<AccountTrade>,
}

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) id: AccountId,
    pub(super) kind: AccountKind,
    pub(super) trade_group: Option<u32>,
    pub(super) can_trade: bool,
    balances: Vec<Balance>,
    desks: Vec<Desk>,
    /// Open lists by name.
    pub(super) list_names: BTreeMap<ClientId, ListId>,
}

impl Account {
    pub(super) fn new(id: AccountId, account: NewAccount) -> Self {
        let NewAccount { kind, trade_group } = account;
        let (balances, desks, list_names) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { id, kind, trade_group, can_trade: true, balances, desks, list_names }
    }

    pub(super) fn is_client(&self) -> bool {
        match self.kind {
            AccountKind::Client => true,
            AccountKind::Crowd => false,
        }
    }

    pub(super) fn balance(&self, asset: AssetId) -> Balance {
        self.balances.get(asset.index()).copied().unwrap_or_default()
    }

    pub(super) fn balance_mut(&mut self, asset: AssetId) -> &mut Balance {
        if self.balances.len() <= asset.index() {
            self.balances.resize(asset.index() + 1, Balance::default());
        }
        &mut self.balances[asset.index()]
    }

    /// Returns the balances of all assets it ever had.
    pub(super) fn balances(&self) -> &[Balance] {
        &self.balances
    }

    pub(super) fn desk(&self, symbol: SymbolId) -> Option<&Desk> {
        self.desks.get(symbol.index())
    }

    pub(super) fn desk_mut(&mut self, symbol: SymbolId) -> &mut Desk {
        if self.desks.len() <= symbol.index() {
            self.desks.resize_with(symbol.index() + 1, Desk::default);
        }
        &mut self.desks[symbol.index()]
    }

    pub(super) fn desks(&self) -> &[Desk] {
        &self.desks
    }

    /// Sets aside.
    pub(super) fn lock(&mut self, asset: AssetId, amount: Money) {
        let balance = self.balance_mut(asset);
        balance.free -= amount;
        balance.locked += amount;
    }

    /// Gives back.
    pub(super) fn unlock(&mut self, asset: AssetId, amount: Money) {
        self.lock(asset, -amount);
    }
}
