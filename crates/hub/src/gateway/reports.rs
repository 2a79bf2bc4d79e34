//! Reports folded: fills counted, orders ended, and what that means for entry and protection.

use types::defects::{Defect, planted};
use types::entry::{Adopted, Refused, Report, ReportEvent};
use types::fill::Fill;
use types::ids::{Leg, OrderId, Seq, SymbolId};
use types::order::TimeInForce;
use types::side::Side;

use super::guard::Failed;
use super::retry::ATTEMPTS;
use super::state::{State, Touched};

impl State {
    pub(super) fn on_report(&mut self, seq: Seq, report: &Report) -> Touched {
        if let ReportEvent::Filled(fill) = &report.event {
            let later = report.order.and_then(|order| self.orders.get(order));
            let later = later.is_some_and(|live| live.filled.is_positive());
            self.on_fill(report.order, fill);
            self.after_report(seq, report, fill.symbol);
            if later && planted(Defect::LaterPartsUnprotected) {
                return Touched::Nothing;
            }
            return Touched::Symbol(fill.symbol);
        }
        let at = self.now;
        if planted(Defect::LateNewReopens) && report.event == ReportEvent::Accepted {
            report.order.into_iter().for_each(|order| self.orders.reopen(order));
        }
        let Some(live) = report.order.and_then(|order| self.orders.get_mut(order)) else {
            return Touched::Nothing;
        };
        let symbol = live.request().symbol;
        if live.on_event(&report.event, at) {
            self.after_report(seq, report, symbol);
        }
        Touched::Symbol(symbol)
    }

    /// Counts a fill: what the venue did is what is true, whatever state its order was in.
    fn on_fill(&mut self, order: Option<OrderId>, fill: &Fill) {
        let (at, symbol) = (self.now, fill.symbol);
        let (lot, tick) = (self.instrument(symbol).lot, self.instrument(symbol).tick);
        let anew = self.holds_dust_alone(symbol);
        self.books.on_fill(fill, lot, at);
        let live = order.and_then(|order| self.orders.get_mut(order));
        let cause = live.as_ref().map(|live| live.cause);
        let protection = live.as_ref().and_then(|live| live.protection);
        if let Some(live) = live {
            live.trades.insert(fill.trade_id);
            live.filled += fill.qty;
            live.heard = true;
            let _ = live.order.on_fill(fill.qty, at);
        }
        if let Some(entering) = &mut self.entering[symbol.index()]
            && cause == Some(entering.decision)
        {
            entering.filled += fill.qty;
        }
        if order.is_some_and(|order| order.leg != Leg::Main) {
            self.guards[symbol.index()].traded_at = Some(at);
            if let Some(entering) = &mut self.entering[symbol.index()] {
                entering.stopped = true;
            }
        }
        let guard = &mut self.guards[symbol.index()];
        guard.try_anew();
        if let (None, Some((protection, direction))) = (guard.protection, protection) {
            (guard.protection, guard.direction) = (Some(protection), Some(direction));
        }
        let opens = guard.direction.is_some_and(|to| Side::opening(to) == fill.side);
        let average = self.books.position(symbol).trade().and_then(|trade| trade.average_entry());
        if let (true, Some(average)) = (opens, average) {
            if anew {
                // What was left of an earlier trade had no stop that could be moved away from profit.
                guard.stop_at = None;
            }
            guard.ratchet(average, tick);
        }
    }

    /// Coins that somebody else sold need no stop any more; what is left keeps its own, for less.
    pub(super) fn on_adopted(&mut self, adopted: &Adopted) -> Touched {
        let (at, symbol) = (self.now, adopted.symbol);
        let lot = self.instrument(symbol).lot;
        self.books.on_adopted(adopted, lot, at);
        self.guards[symbol.index()].try_anew();
        if self.books.position(symbol).trade().is_none() {
            let entering = self.entering[symbol.index()].is_some();
            self.guards[symbol.index()].stand_down(entering);
        }
        Touched::Symbol(symbol)
    }

    /// What an event of an order means for its symbol.
    fn after_report(&mut self, seq: Seq, report: &Report, symbol: SymbolId) {
        if let Some(order) = report.order {
            let ended = self.orders.settle(order);
            if ended {
                self.on_ended(seq, order, &report.event, symbol);
            }
        }
        let entering = self.entering[symbol.index()];
        if entering.is_some_and(|entering| entering.filled >= entering.qty) {
            self.entering[symbol.index()] = None;
        }
        if self.books.position(symbol).trade().is_none() {
            let entering = self.entering[symbol.index()].is_some();
            self.guards[symbol.index()].stand_down(entering);
        }
    }

    fn on_ended(&mut self, seq: Seq, order: OrderId, event: &ReportEvent, symbol: SymbolId) {
        let Some(live) = self.orders.get(order) else { return };
        let (cause, request, idle) = (live.cause, *live.request(), live.filled.is_zero());
        let failed = Failed { order, request, at: live.since };
        let failed = (*event == ReportEvent::NeverAccepted).then_some(failed);
        let rejected = matches!(event, ReportEvent::Rejected(_));
        let held = self.held(symbol);
        let guard = &mut self.guards[symbol.index()];
        match order.leg {
            Leg::Stop | Leg::Target if rejected && planted(Defect::RejectedStopIgnored) => {
                guard.stop_rejected = true;
            }
            Leg::Stop | Leg::Target if rejected => {
                guard.stop_rejected = true;
                // Also beside a sale that works: what that leaves is sold as well.
                guard.sell = guard.sell.or(Some(seq));
            }
            Leg::Stop => guard.failed_stop = failed,
            Leg::Target => guard.failed_target = failed,
            Leg::Main if request.reduce_only && rejected => {
                // It is still wanted: at once if what is held has changed since, else once something has changed, or
                // after a while.
                guard.sell = Some(seq);
                guard.blocked = (held == request.qty).then_some(self.now);
                guard.rejected = guard.rejected.saturating_add(1);
            }
            Leg::Main if request.reduce_only => {
                guard.failed_exit = failed;
                // The next stage of what an emergency sells. One that nobody took waits for other prices, and so does what is left
                // of a sale by hand: it was all that could be had within the bound.
                let staged = self.emergency || guard.flattened;
                let next = staged && request.tif == TimeInForce::Ioc && held.is_positive();
                if failed.is_some() || next {
                    guard.sell = Some(seq);
                }
                if next && (idle || !self.emergency) {
                    guard.blocked = Some(self.now);
                    guard.rejected = guard.rejected.saturating_add(1);
                }
            }
            Leg::Main => {
                let current = self.entering[symbol.index()];
                if let Some(mut entering) = current.filter(|entering| entering.decision == cause) {
                    // What expires on arrival ends the entry; what was taken off the book is placed anew.
                    let last = order.attempt + 1 >= ATTEMPTS;
                    let over = match event {
                        ReportEvent::NeverAccepted => last,
                        ReportEvent::Rejected(_) => true,
                        ReportEvent::Accepted
                        | ReportEvent::Filled(_)
                        | ReportEvent::Cancelled
                        | ReportEvent::Expired
                        | ReportEvent::CancelRejected => request.tif != TimeInForce::Gtc,
                    };
                    entering.failed = failed;
                    self.entering[symbol.index()] = (!over).then_some(entering);
                }
            }
        }
    }

    pub(super) fn on_refused(&mut self, refused: &Refused) -> Touched {
        let symbol = refused.symbol;
        self.wanted.remove(&refused.cause);
        let current = &mut self.entering[symbol.index()];
        if current.is_some_and(|entering| entering.decision == refused.cause) {
            *current = None;
            if self.books.position(symbol).trade().is_none() {
                self.guards[symbol.index()].stand_down(false);
            }
        }
        Touched::Symbol(symbol)
    }
}
