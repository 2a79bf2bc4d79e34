//! What venues say, made into reports of the journal: each fact once, in whatever order and how often it is told.

use types::defects::{Defect, planted};
use types::entry::{Body, Incident, IncidentKind, Report, ReportEvent, Source};
use types::fill::{Fee, Fill, Liquidity};
use types::ids::OrderId;
use types::instrument::Instrument;
use types::num::{Money, Qty};
use types::order::OrderState;
use types::venue::{OrderReport, OrderStatus, VenueFill};

use super::flight::{Flight, Hole};
use super::gateway::Gateway;
use super::group::{Group, Step};
use super::retry::wait_after;

/// One thing that was said of an order of ours.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// It traded; `None`: the venue closed a position by itself.
    Fill(Option<OrderId>, Fill),
    /// It changed its state.
    Event(OrderId, ReportEvent),
    /// It is so far.
    Status {
        order: OrderId,
        status: OrderStatus,
        filled: Qty,
        /// Whether this answers a look-up: then it is later than what was asked about.
        asked: bool,
    },
}

impl Said {
    pub(super) fn of_report(report: Report) -> Self {
        match (report.event, report.order) {
            (ReportEvent::Filled(fill), order) => Self::Fill(order, fill),
            (event, Some(order)) => Self::Event(order, event),
            (_, None) => unreachable!("only a fill can be the venue's own"),
        }
    }
}

impl Gateway {
    /// Takes a venue's report of an order: its fills first, then where it is.
    pub(super) fn on_order(&mut self, report: &OrderReport) {
        match self.state.orders.by_text(&report.client_order_id) {
            Some(order) => self.on_ours(order, report, false),
            None => self.counts.foreign += 1,
        }
    }

    pub(super) fn on_ours(&mut self, order: OrderId, report: &OrderReport, asked: bool) {
        self.on_fills(order, &report.fills);
        let (status, filled) = (report.progress.status, report.progress.filled);
        self.inbox.push_back(Said::Status { order, status, filled, asked });
    }

    pub(super) fn on_fills(&mut self, order: OrderId, fills: &[VenueFill]) {
        let Some(live) = self.state.orders.get(order) else { return };
        let symbol = live.request().symbol;
        let instrument = self.state.instrument(symbol);
        let fills = fills.iter().map(|fill| Fill {
            order: Some(order),
            trade_id: fill.trade_id,
            symbol,
            side: fill.side,
            qty: fill.qty,
            price: fill.price,
            fee: fee_of(fill, instrument),
            liquidity: fill.liquidity.unwrap_or(Liquidity::Taker),
        });
        self.inbox.extend(fills.map(|fill| Said::Fill(Some(order), fill)));
    }

    /// Makes the next thing that was said into an entry, if it is news; `false` when nothing is left.
    pub(super) fn hear_next(&mut self) -> bool {
        let Some(said) = self.inbox.pop_front() else { return false };
        match said {
            Said::Fill(order, fill) => self.hear_fill(order, fill),
            Said::Event(order, event) => self.hear_event(order, event),
            Said::Status { order, status, filled, asked } => {
                self.hear_status(order, status, filled, asked);
            }
        }
        true
    }

    fn hear_fill(&mut self, order: Option<OrderId>, fill: Fill) {
        let live = order.and_then(|order| self.state.orders.get(order));
        let known = live.is_some_and(|live| live.trades.contains(&fill.trade_id));
        let gone = |state| matches!(state, OrderState::CancelPending | OrderState::Cancelled);
        let lost = live.is_some_and(|live| gone(live.order.state()))
            && planted(Defect::FillAfterCancelLost);
        if lost || known && !planted(Defect::FillTwice) {
            self.counts.repeated += 1;
            return;
        }
        let dead = live.is_some_and(|live| live.order.state() == OrderState::Rejected);
        let over = live.is_some_and(|live| live.filled + fill.qty > live.request().qty);
        let kind = match (dead, over) {
            (true, _) => Some(IncidentKind::DeadOrderLives),
            (false, true) => Some(IncidentKind::ReportImpossible),
            (false, false) => None,
        };
        let incident = kind.zip(live).map(|(kind, live)| Incident {
            kind,
            symbol: Some(fill.symbol),
            order,
            part: None,
            seen: Money::of_qty(live.filled + fill.qty),
            wanted: Money::of_qty(if dead { Qty::ZERO } else { live.request().qty }),
        });
        self.counts.impossible += u64::from(incident.is_some());
        let report = Body::Report(Report { order, event: ReportEvent::Filled(fill) });
        let report = Step::Note { source: Source::Venue, body: report };
        let incident = incident
            .map(|incident| Step::Note { source: Source::Hub, body: Body::Incident(incident) });
        self.begin(Group::of(std::iter::once(report).chain(incident)));
    }

    fn hear_event(&mut self, order: OrderId, event: ReportEvent) {
        let Some(live) = self.state.orders.get(order) else { return };
        let (state, heard, never) = (live.order.state(), live.heard, live.never_accepted);
        let (symbol, leaving) = (live.request().symbol, live.is_leaving());
        let resent = self.flights.get(&order).is_some_and(|flight| flight.resent);
        if resent && !heard && matches!(event, ReportEvent::Rejected(_)) {
            // One of two copies was rejected. That says nothing of the other, which may still be on its way.
            let now = self.now;
            match self.flights.get_mut(&order).and_then(|flight| flight.doubt.as_mut()) {
                Some(doubt) => doubt.next = now,
                None => self.doubt(order, true),
            }
            return;
        }
        let wanted = match event {
            // What has ended, or is known to work, was accepted.
            ReportEvent::Accepted if state.is_terminal() && planted(Defect::LateNewReopens) => {
                let report = Body::Report(Report { order: Some(order), event });
                self.begin(Group::note(Source::Venue, report));
                return;
            }
            ReportEvent::Accepted if heard || (state.is_terminal() && !never) => None,
            ReportEvent::Accepted => Some(OrderState::Working),
            ReportEvent::NeverAccepted if heard || state.is_terminal() => None,
            ReportEvent::NeverAccepted => Some(OrderState::Rejected),
            ReportEvent::Rejected(_) => Some(OrderState::Rejected),
            ReportEvent::Cancelled => Some(OrderState::Cancelled),
            ReportEvent::Expired => Some(OrderState::Expired),
            ReportEvent::CancelRejected => leaving.then_some(OrderState::Working),
            ReportEvent::Filled(_) => unreachable!("fills are heard apart"),
        };
        if wanted.is_none_or(|wanted| wanted == state) {
            self.counts.repeated += 1;
            return;
        }
        if state.is_terminal() {
            self.counts.impossible += 1;
            let incident = Incident::word(IncidentKind::ReportImpossible);
            let incident = incident.of_symbol(symbol).of_order(order);
            self.begin(Group::note(Source::Hub, Body::Incident(incident)));
            return;
        }
        let report = Body::Report(Report { order: Some(order), event });
        self.begin(Group::note(Source::Venue, report));
    }

    fn hear_status(&mut self, order: OrderId, status: OrderStatus, filled: Qty, asked: bool) {
        let Some(live) = self.state.orders.get(order) else { return };
        let (known, leaving) = (live.filled, live.is_leaving());
        let symbol = live.request().symbol;
        let flight = self.flights.get_mut(&order).filter(|_| asked);
        match flight {
            Some(flight) if live.heard => {
                flight.doubt = None;
                self.touch(symbol);
            }
            // Whatever it was looked up for, this is the first that is heard of it: what settles its placing settles that.
            Some(Flight { doubt: Some(doubt), .. }) => doubt.placing = true,
            Some(_) | None => {}
        }
        let end = match status {
            OrderStatus::Waiting | OrderStatus::Working | OrderStatus::PartiallyFilled => None,
            OrderStatus::Filled => None,
            OrderStatus::Cancelled => Some(ReportEvent::Cancelled),
            OrderStatus::Rejected => Some(ReportEvent::Rejected("rejected".to_owned())),
            OrderStatus::Expired | OrderStatus::SelfTradePrevented => Some(ReportEvent::Expired),
        };
        if filled > known && planted(Defect::HoleIgnored) {
            end.into_iter().for_each(|end| self.inbox.push_back(Said::Event(order, end)));
        } else if filled > known && planted(Defect::FillInferred) {
            self.infer(order, filled);
        } else if filled > known {
            // Fills are never invented from a sum: they are asked for, and the end is told after them.
            let next = self.now;
            let flight = self.flights.entry(order).or_default();
            let hole =
                flight.hole.get_or_insert(Hole { filled, end: None, tries: 0, next, asked: None });
            hole.filled = hole.filled.max(filled);
            hole.end = end.or(hole.end.take());
        } else if let Some(end) = end {
            self.hear_event(order, end);
            return;
        }
        if status.is_open() && asked && leaving {
            self.on_not_cancelled(order);
        }
        if status != OrderStatus::Rejected {
            self.hear_event(order, ReportEvent::Accepted);
        }
    }

    /// A look-up found an order at work that was to be cancelled.
    ///
    /// Where another was to take its stead, the two were one request: with what became of that one it is known whether the
    /// cancellation can still come about. It is not sent by itself, or nothing would rest where the venue takes cancellations and no orders.
    fn on_not_cancelled(&mut self, order: OrderId) {
        let told = self.flights.get(&order).is_some_and(|flight| flight.cancelled);
        let successor = self.state.orders.get(order).and_then(|live| live.successor);
        let successor = successor.and_then(|id| self.state.orders.get(id)).filter(|_| !told);
        match successor {
            Some(successor) if successor.heard => {}
            Some(successor) if successor.order.state().is_terminal() => {
                self.inbox.push_back(Said::Event(order, ReportEvent::CancelRejected));
                return;
            }
            // It is looked up once more behind the proof.
            Some(_) => return,
            None => {}
        }
        let (now, seed, pace) = (self.now, self.state.seed, self.settings.pace);
        let flight = self.flights.entry(order).or_default();
        flight.cancel_at = Some(now.plus(wait_after(flight.cancels, order, seed, pace)));
        flight.cancels += 1;
    }
}

impl Gateway {
    /// What [`Defect::FillInferred`] makes of a sum.
    fn infer(&mut self, order: OrderId, filled: Qty) {
        let Some(live) = self.state.orders.get(order) else { return };
        let (request, known) = (*live.request(), live.filled);
        let Some(price) = self.state.mark(request.symbol) else { return };
        self.hear_fill(
            Some(order),
            Fill {
                order: Some(order),
                trade_id: u64::MAX,
                symbol: request.symbol,
                side: request.side,
                qty: filled - known,
                price,
                fee: Fee::Quote(Money::ZERO),
                liquidity: Liquidity::Taker,
            },
        );
    }
}

/// Returns the fee as the books take it. A fee in an asset that is neither traded nor paid with changes no
/// balance of these books: reconciliation sees it as a flow of that asset.
fn fee_of(fill: &VenueFill, instrument: &Instrument) -> Fee {
    match &fill.fee {
        Some(fee) if fee.asset == instrument.base && !planted(Defect::BaseFeeIgnored) => {
            Fee::Base(fee.amount.to_qty().unwrap_or(fill.qty))
        }
        Some(fee) if fee.asset == instrument.quote => Fee::Quote(fee.amount),
        Some(_) | None => Fee::Quote(Money::ZERO),
    }
}
