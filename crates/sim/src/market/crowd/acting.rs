//! The crowd on the matching engine: the orders of everybody else, and the breaks of a source that knows no price.

use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Price, Qty};
use types::side::Side;

use super::play::{Crowd, CrowdBook, OrderKey};
use super::step::{Step, StepKind};
use crate::exchange::book::{
    Cancel, CancelOnly, ClientId, MatchingEngine, NewOrder, OrderRef, OrderType, SymbolStatus, Tif,
    VenueOrderId,
};
use crate::exchange::ledger::CROWD;

impl Crowd {
    /// Carries out one step on a symbol of a venue, as its first account.
    pub fn act(
        &mut self,
        step: &Step,
        engine: &mut MatchingEngine,
        symbol: SymbolId,
        now: TsNanos,
    ) {
        self.play(step, &mut Book { engine, symbol, now });
        let status = engine.status(symbol);
        let wanted = match step.kind {
            StepKind::Halt | StepKind::End if status == Some(SymbolStatus::Trading) => {
                Some(SymbolStatus::Break)
            }
            // A halt by a fault or by hand is ended by whoever began it.
            StepKind::Resume if status == Some(SymbolStatus::Break) => Some(SymbolStatus::Trading),
            StepKind::Print(_)
            | StepKind::Quote { .. }
            | StepKind::Beat
            | StepKind::Halt
            | StepKind::Resume
            | StepKind::End => None,
        };
        if let Some(wanted) = wanted {
            // A symbol of the venue that is not delisted takes every status.
            let _ = engine.set_status(symbol, wanted, now);
        }
    }
}

/// The venue's book of one symbol as the crowd sees it.
struct Book<'a> {
    engine: &'a mut MatchingEngine,
    symbol: SymbolId,
    now: TsNanos,
}

impl Book<'_> {
    fn place(&mut self, side: Side, price: Price, qty: Qty, tif: Tif) -> Option<VenueOrderId> {
        let order = NewOrder::new(side, OrderType::Limit { price, tif }, qty);
        // A halted symbol takes nothing; what is off the grid after a change of filters is not quoted.
        self.engine.place(CROWD, self.symbol, order, self.now).ok()
    }
}

impl CrowdBook for Book<'_> {
    fn rest(&mut self, side: Side, price: Price, qty: Qty) -> Option<OrderKey> {
        self.place(side, price, qty, Tif::Gtc).map(|id| id.0)
    }

    fn take(&mut self, side: Side, price: Price, qty: Qty) {
        self.place(side, price, qty, Tif::Ioc);
    }

    fn cancel(&mut self, key: OrderKey) {
        let order = OrderRef::Id(VenueOrderId(key));
        // Nobody is told of it: the venue need not make up a name.
        let (symbol, client_id) = (self.symbol, Some(ClientId::UNHEARD));
        let cancel = Cancel { symbol, order, client_id, only: CancelOnly::Always };
        // One that is done is left alone.
        let _ = self.engine.cancel(CROWD, cancel, self.now);
    }

    fn open(&self, key: OrderKey) -> Qty {
        self.engine.remaining(self.symbol, VenueOrderId(key)).unwrap_or(Qty::ZERO)
    }

    fn changes(&self) -> u64 {
        self.engine.numbers(self.symbol).map_or(0, |numbers| numbers.update)
    }
}
