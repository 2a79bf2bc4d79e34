//! Balances of an account and what changes them from outside.

use std::collections::BTreeMap;

use crate::ids::Asset;
use crate::market::TsNanos;
use crate::num::{Money, Ratio};

/// What an account holds of one asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// What can be used.
    pub free: Money,
    /// What open orders hold.
    pub locked: Money,
}

impl Balance {
    /// Returns free and locked together.
    #[must_use]
    pub fn total(&self) -> Money {
        self.free + self.locked
    }
}

/// Balances by asset.
pub type Balances = BTreeMap<Asset, Balance>;

/// An account: what it holds, pays and may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Balances that are not zero.
    pub balances: Balances,
    /// Fee of an order that rests.
    pub maker_fee: Ratio,
    /// Fee of an order that trades on arrival.
    pub taker_fee: Ratio,
    /// Whether the venue lets the account trade.
    pub can_trade: bool,
    /// When the venue last changed it.
    pub updated_at: TsNanos,
}

/// A deposit, withdrawal, transfer, or a lock by something outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceChange {
    /// Of what.
    pub asset: Asset,
    /// How much more, or less if negative.
    pub delta: Money,
    /// Whether it moves between free and locked instead of in or out of the account.
    pub is_lock: bool,
    /// When.
    pub at: TsNanos,
}
