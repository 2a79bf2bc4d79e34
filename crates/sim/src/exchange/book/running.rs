//! What the venue's operator does: flows, corrections, rules, pauses, delisting.

use types::ids::{Asset, SymbolId};
use types::instrument::{FeeAsset, Instrument};
use types::market::TsNanos;
use types::num::{Money, Price};

use super::engine::MatchingEngine;
use super::event::{Event, ExpiryReason};
use super::ids::{AccountId, VenueOrderId};
use super::rules::{SymbolRules, SymbolStatus};
use crate::exchange::rejection::Rejection;

impl MatchingEngine {
    /// Puts an amount into an account, or, below zero, takes it out of what is free: deposits,
    /// withdrawals and corrections alike.
    ///
    /// # Errors
    /// `Balance` if there is less free than is taken, `BadRequest` for nothing or more than fits.
    pub fn flow(
        &mut self,
        account: AccountId,
        asset: &Asset,
        amount: Money,
        now: TsNanos,
    ) -> Result<(), Rejection> {
        let holder = self.account(account)?;
        let client = holder.is_client();
        if amount.is_zero() {
            return Err(Rejection::BadRequest("a flow of nothing".to_owned()));
        }
        let asset = self.intern(asset)?;
        let flows = self.flows[asset.index()].raw().checked_add(amount.raw());
        let Some(flows) = flows.filter(|sum| sum.unsigned_abs() <= FLOWS_MAX) else {
            return Err(Rejection::BadRequest(
                "more of an asset than the venue can hold".to_owned(),
            ));
        };
        let balance = self.accounts[account.index()].balance_mut(asset);
        let free = balance.free;
        if client && (free + amount).is_negative() {
            return Err(Rejection::Balance { wanted: -amount, free });
        }
        balance.free += amount;
        self.flows[asset.index()] = Money::from_raw(flows);
        self.touch(account, asset);
        if client {
            self.events.push(Event::Flow { at: now, account, asset, amount });
        }
        self.say_balances(now);
        Ok(())
    }

    /// Sets whether a symbol trades. Open orders rest through a halt or break, unmatched, and can be
    /// cancelled; a delisting ends them as expired (Binance, *ENUM definitions*: `EXPIRED` is the
    /// status of orders "canceled by the exchange").
    ///
    /// # Errors
    /// `UnknownSymbol`, or `MarketClosed` if it is delisted: that is final.
    pub fn set_status(
        &mut self,
        symbol: SymbolId,
        status: SymbolStatus,
        now: TsNanos,
    ) -> Result<(), Rejection> {
        if self.book(symbol)?.status == SymbolStatus::Delisted {
            return Err(Rejection::MarketClosed);
        }
        self.books[symbol.index()].status = status;
        self.events.push(Event::Status { at: now, symbol, status });
        if status == SymbolStatus::Delisted {
            let open: Vec<VenueOrderId> = self.books[symbol.index()]
                .orders
                .iter()
                .filter(|order| order.is_open())
                .map(|order| order.id)
                .collect();
            for id in open {
                if let Some(key) = self.open_key(symbol, id) {
                    self.expire(symbol, key, ExpiryReason::ExchangeCancelled, now);
                }
            }
        }
        self.settle(symbol, now);
        Ok(())
    }

    /// Sets the rules of a symbol. They hold for what is placed from here on; open orders keep what
    /// they were accepted with.
    ///
    /// # Errors
    /// `UnknownSymbol`, or `BadRequest` if name or assets would change, or fees that open orders have
    /// set aside for.
    pub fn set_rules(
        &mut self,
        symbol: SymbolId,
        rules: SymbolRules,
        now: TsNanos,
    ) -> Result<(), Rejection> {
        let (old, new) = (&self.book(symbol)?.rules.instrument, &rules.instrument);
        if (&old.symbol, &old.base, &old.quote) != (&new.symbol, &new.base, &new.quote) {
            return Err(Rejection::BadRequest("name and assets of a symbol stay".to_owned()));
        }
        let fees = |of: &Instrument| (of.fee_asset, of.maker_fee, of.taker_fee);
        let in_quote = [old, new].iter().any(|of| of.fee_asset == FeeAsset::Quote);
        let open = self.books[symbol.index()].orders.iter().any(|order| order.is_open());
        if in_quote && open && fees(old) != fees(new) {
            let what = "fees in quote stay while orders are open: they are set aside";
            return Err(Rejection::BadRequest(what.to_owned()));
        }
        self.books[symbol.index()].rules = rules;
        self.events.push(Event::Rules { at: now, symbol });
        Ok(())
    }

    /// Sets the last price of a symbol on which nothing has traded yet, so that price bands and touch
    /// prices have something to be judged by.
    ///
    /// # Errors
    /// `UnknownSymbol`, or `BadRequest` after the first trade or for a price of zero or less.
    pub fn set_reference(&mut self, symbol: SymbolId, price: Price) -> Result<(), Rejection> {
        let traded = self.book(symbol)?.numbers.trade > 0;
        if traded || !price.is_positive() {
            let what = "a reference price above 0 is set before the first trade";
            return Err(Rejection::BadRequest(what.to_owned()));
        }
        self.books[symbol.index()].last = Some(price);
        Ok(())
    }

    /// Sets whether an account may place orders.
    ///
    /// # Errors
    /// `UnknownAccount`.
    pub fn set_can_trade(&mut self, account: AccountId, can_trade: bool) -> Result<(), Rejection> {
        self.account(account)?;
        self.accounts[account.index()].can_trade = can_trade;
        Ok(())
    }
}

/// Most of an asset that may have come in, in 1e-16: sums of balances stay within 128 bits.
const FLOWS_MAX: u128 = 1 << 120;
