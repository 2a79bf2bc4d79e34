//! Answers to operators: what the venue has confirmed of what was asked, and what it has not.

use std::collections::BTreeSet;

use types::ids::{OrderId, Seq, SymbolId};
use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::order::OrderState;
use types::slot::Engine;
use types::venue::Balances;

use super::adopting::Adopting;
use super::hub::Hub;
use super::operator::{ClosedLine, Confirmed, OrderLine, Reply, ReplyTicket};
use super::words::Output;
use crate::gateway::OrderView;

/// What an answer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// No order that raises exposure is open.
    NoEntries,
    /// Nothing is held that could be sold, and no order that raises exposure is open.
    Flat,
    /// The system has ended.
    Stopped,
}

/// A request whose answer waits for the venue.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) ticket: ReplyTicket,
    pub(super) seq: Seq,
    pub(super) until: Until,
    pub(super) deadline: TsNanos,
    /// Entry orders that were open when it was asked.
    pub(super) entries: Vec<OrderId>,
    /// What was held, with the profit realised so far.
    pub(super) held: Vec<(SymbolId, Qty, Money)>,
    /// Entry orders whose end was told.
    pub(super) told: BTreeSet<OrderId>,
}

/// Requests of operators that wait for the venue.
#[derive(Debug, Default)]
pub(super) struct Operating {
    pub(super) waiting: Vec<Waiting>,
    /// Those that wait for the venue's balances.
    pub(super) adopting: Vec<Adopting>,
    /// What the venue has answered to them, and whether nothing was under way meanwhile.
    pub(super) balances: Option<(Balances, bool)>,
}

impl Operating {
    pub(super) fn next_deadline(&self) -> Option<TsNanos> {
        let adopting = self.adopting.iter().map(|adopting| adopting.deadline);
        self.waiting.iter().map(|waiting| waiting.deadline).chain(adopting).min()
    }
}

impl<E: Engine> Hub<E> {
    /// Returns what every answer says: the mode, and the stops that rest.
    pub(super) fn confirmed(&self, seq: Option<Seq>) -> Confirmed {
        let stops = self.lockstep.gateway().orders().filter(|order| {
            order.order.leg != types::ids::Leg::Main && order.state == OrderState::Working
        });
        Confirmed {
            seq,
            mode: Some(self.lockstep.modes().mode()),
            resting: stops.map(|order| self.line(&order)).collect(),
            ..Confirmed::default()
        }
    }

    /// Returns an order for people.
    pub(super) fn line(&self, order: &OrderView) -> OrderLine {
        OrderLine {
            order: order.order,
            client_id: order.client_id.as_str().to_owned(),
            symbol: self.record.ledger.name(order.request.symbol),
            side: order.request.side,
            kind: order.request.kind,
            qty: order.request.qty,
            filled: order.filled,
            state: format!("{:?}", order.state),
            reduce_only: order.request.reduce_only,
        }
    }

    /// Answers what the venue has confirmed, or what it has not in the time there was.
    pub(super) fn move_replies(&mut self) {
        let waiting = std::mem::take(&mut self.operating.waiting);
        for mut request in waiting {
            self.tell_progress(&mut request);
            let open = self.still_open(&request);
            let done = open.is_empty();
            let over = self.now >= request.deadline || self.starting.has_stopped();
            if !done && !over {
                self.operating.waiting.push(request);
                continue;
            }
            let confirmed = self.account_for(&request, open);
            let reply = if done { Reply::Done(confirmed) } else { Reply::Unconfirmed(confirmed) };
            self.reply(request.ticket, reply);
        }
        self.drop_adoptions();
        self.move_held();
    }

    fn tell_progress(&mut self, request: &mut Waiting) {
        for order in &request.entries {
            let ended = self.lockstep.gateway().order(*order).filter(|o| o.state.is_terminal());
            if let Some(ended) = ended
                && request.told.insert(*order)
            {
                let symbol = self.record.ledger.name(ended.request.symbol);
                let said = format!("entry on {symbol} is {:?}", ended.state);
                let (ticket, reply) = (request.ticket, Reply::Progress(said));
                self.record.outputs.push_back(Output::Reply { ticket, reply });
            }
        }
    }

    /// Returns what is not confirmed, in words.
    fn still_open(&self, request: &Waiting) -> Vec<String> {
        let gateway = self.lockstep.gateway();
        match request.until {
            Until::NoEntries => self.open_entries().collect(),
            Until::Flat => {
                let sellable = self.symbols().filter(|symbol| !gateway.is_flat(*symbol));
                let held = sellable.map(|symbol| {
                    let qty = gateway.position(symbol).qty;
                    format!("{qty} {} is still held", self.record.ledger.name(symbol))
                });
                self.open_entries().chain(held).collect()
            }
            Until::Stopped if self.starting.has_stopped() => self.undone(),
            Until::Stopped => vec!["the system is ending".to_owned()],
        }
    }

    /// Returns the entry orders that may rest at the venue, in words.
    pub(super) fn open_entries(&self) -> impl Iterator<Item = String> {
        self.lockstep.gateway().orders().filter(OrderView::is_entry).map(|order| {
            let symbol = self.record.ledger.name(order.request.symbol);
            format!("entry order {} on {symbol} is {:?}", order.client_id.as_str(), order.state)
        })
    }

    fn account_for(&self, request: &Waiting, open: Vec<String>) -> Confirmed {
        let gateway = self.lockstep.gateway();
        let cancelled = request.entries.iter().filter_map(|order| gateway.order(*order));
        let cancelled = cancelled.filter(|order| order.state == OrderState::Cancelled);
        let closed = request.held.iter().filter_map(|held| self.closed(request, *held));
        Confirmed {
            cancelled: cancelled.map(|order| self.line(&order)).collect(),
            closed: closed.collect(),
            open,
            ..self.confirmed(Some(request.seq))
        }
    }

    fn closed(&self, request: &Waiting, held: (SymbolId, Qty, Money)) -> Option<ClosedLine> {
        let (symbol, before, realised) = held;
        let position = self.lockstep.gateway().books().position(symbol);
        let qty = before.abs() - position.qty().abs();
        let fills = self.record.ledger.fills.iter().filter(|(seq, fill)| {
            let closes = fill.side == types::side::Side::Sell;
            *seq > request.seq && fill.symbol == symbol && closes == before.is_positive()
        });
        let (mut count, mut sold, mut notional) = (0_u32, Qty::ZERO, Money::ZERO);
        for (_, fill) in fills {
            count += 1;
            sold += fill.qty;
            notional += fill.price.notional(fill.qty);
        }
        let price: Option<Price> = notional.per(sold);
        qty.is_positive().then(|| ClosedLine {
            symbol: self.record.ledger.name(symbol),
            qty,
            price,
            fills: count,
            realised: position.realised() - realised,
        })
    }
}
