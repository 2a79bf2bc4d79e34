//! What an account did in an earlier life, taken over: the venue of a paper account dies with its process, and its
//! journal says what it held.

use serde::{Deserialize, Serialize};
use types::fill::Fill;
use types::ids::{OrderId, SymbolId};
use types::instrument::Instrument;
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::order::{OrderKind, OrderRequest, TimeInForce};

use super::Exchange;
use super::account::Account;
use super::venue::{ExchangeError, check_instruments};
use super::working::Working;

/// An order that worked when the earlier life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// Its name.
    pub order: OrderId,
    /// What was asked for.
    pub request: OrderRequest,
    /// What can still trade.
    pub left: Qty,
    /// The other one of its list, if that works too.
    pub partner: Option<OrderId>,
}

/// What an [`Exchange`] has taken over of an earlier life but its orders, as a snapshot holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Past {
    account: Account,
    /// Of each symbol its last price, and the number of its newest execution.
    symbols: Vec<(Option<Price>, u64)>,
}

impl Exchange {
    /// Returns what was taken over of an earlier life, of an exchange that nothing was sent to and that has walked nothing.
    #[must_use]
    pub fn past(&self) -> Past {
        Past {
            account: self.account.clone(),
            symbols: self.slots.iter().map(|slot| (slot.last, slot.trades())).collect(),
        }
    }

    /// Takes over what [`Exchange::past`] gave; `false`, and nothing is taken over, if it is of another number of symbols or
    /// another kind of account.
    #[must_use]
    pub fn resume_past(&mut self, past: Past) -> bool {
        let Past { account, symbols } = past;
        let fits = account.symbols() == symbols.len()
            && symbols.len() == self.slots.len()
            && account.market() == self.account.market();
        if fits {
            self.account = account;
            for (slot, (last, trade)) in self.slots.iter_mut().zip(symbols) {
                (slot.last, slot.mark) = (last, last);
                slot.resume_trades(trade);
            }
        }
        fits
    }

    /// Takes over a fill of an earlier life.
    pub fn resume_fill(&mut self, fill: &Fill, at: TsNanos) {
        let slot = &mut self.slots[fill.symbol.index()];
        slot.resume_trades(fill.trade_id);
        self.account.fill(fill, slot.instrument.lot, at);
    }

    /// Takes over the last price of an earlier life.
    pub fn resume_price(&mut self, symbol: SymbolId, price: Price) {
        let slot = &mut self.slots[symbol.index()];
        (slot.last, slot.mark) = (Some(price), Some(price));
    }

    /// Takes over an order that worked; all fills were taken over before. A stop that had begun to trade has
    /// triggered; one that had not waits for its trigger again.
    pub fn resume_order(&mut self, resumed: &Resumed) {
        let Resumed { order, request, left, partner } = *resumed;
        let asked = OrderRequest { qty: left, ..request };
        let locked = self.check_funds(&asked).unwrap_or(Money::ZERO);
        let mut working = Working::new(order, request, locked);
        working.left = left;
        working.partner = partner;
        match request.kind {
            OrderKind::StopMarket { .. }
            | OrderKind::StopLimit { .. }
            | OrderKind::TakeProfit { .. }
                if left < request.qty =>
            {
                working.trigger();
            }
            OrderKind::Limit { .. } => working.resting = request.tif == TimeInForce::Gtc,
            OrderKind::StopMarket { .. }
            | OrderKind::StopLimit { .. }
            | OrderKind::TakeProfit { .. }
            | OrderKind::LimitMaker { .. }
            | OrderKind::Market => {}
        }
        self.slots[request.symbol.index()].orders.push(working);
    }

    /// Takes over other rules for the same symbols in the same places.
    ///
    /// # Errors
    /// As [`Exchange::new`].
    pub fn change_rules(&mut self, instruments: &[Instrument]) -> Result<(), ExchangeError> {
        check_instruments(self.account.market(), instruments)?;
        for (slot, instrument) in self.slots.iter_mut().zip(instruments) {
            slot.instrument = instrument.clone();
        }
        Ok(())
    }
}
