//! [`Worth`]: what the account is worth by the entries up to a place: cash and positions at their marks.

use std::collections::BTreeMap;

use types::bar::Bar;
use types::entry::{Adopted, Body, Entry, ReportEvent};
use types::ids::SymbolId;
use types::market::{Timeframe, TsNanos};
use types::num::Price;

use crate::purse::{E8, Purse};

/// The account's cash and positions, with the prices they are valued at.
#[derive(Debug, Default)]
pub(super) struct Worth {
    pub(super) purse: Purse,
    pub(super) marks: BTreeMap<SymbolId, Price>,
    /// Of when each of them is.
    marked: BTreeMap<SymbolId, TsNanos>,
    /// Some entry said what money there is.
    funded: bool,
}

impl Worth {
    #[expect(clippy::wildcard_enum_match_arm, reason = "kinds that change no value")]
    pub(super) fn fold(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Bar { symbol, timeframe, bar } => self.on_bar(*symbol, *timeframe, bar),
            Body::History { symbol, timeframe, bars } => {
                bars.iter().for_each(|bar| self.on_bar(*symbol, *timeframe, bar));
            }
            Body::Mark { symbol, price } => self.mark(*symbol, *price, entry.ts),
            Body::Report(report) => {
                if let ReportEvent::Filled(fill) = &report.event {
                    self.purse.fill(fill);
                }
            }
            Body::Flow { amount } => {
                self.funded = true;
                self.purse.cash_moves(amount.raw());
            }
            Body::Adopted(adopted) => self.purse.adopt(adopted),
            Body::Funding { amount, .. } => self.purse.cash_moves(amount.raw()),
            _ => {}
        }
    }

    fn on_bar(&mut self, symbol: SymbolId, timeframe: Timeframe, bar: &Bar) {
        self.mark(symbol, bar.close, bar.close_time(timeframe));
    }

    /// A price is of its moment, however late it comes: it moves no newer one.
    fn mark(&mut self, symbol: SymbolId, price: Price, at: TsNanos) {
        if self.marked.get(&symbol).is_none_or(|known| *known <= at) {
            self.marks.insert(symbol, price);
            self.marked.insert(symbol, at);
        }
    }

    /// Returns cash and positions at mark, in 1e-16; `None` while a position has no mark or nothing is there.
    pub(super) fn equity(&self) -> Option<i128> {
        let mut equity = self.purse.cash;
        for (symbol, held) in self.purse.symbols().filter(|(_, held)| *held != 0) {
            equity = equity.saturating_add(value(held, *self.marks.get(&symbol)?));
        }
        self.funded.then_some(equity)
    }
}

/// Returns what a quantity in 1e-16 is worth at a price, in 1e-16.
pub(super) fn value(held: i128, price: Price) -> i128 {
    (held / E8).saturating_mul(price.raw().into())
}

/// Returns what came in (+) or went out (-) with what an operator has adopted, in 1e-16: its money and its coins at the mark.
pub(super) fn flow_of(adopted: &Adopted) -> i128 {
    let coins = i128::from(adopted.qty.raw()).saturating_mul(adopted.price.raw().into());
    adopted.cash.raw().saturating_add(coins)
}
