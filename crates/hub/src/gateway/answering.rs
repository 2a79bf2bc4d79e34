//! Answers to requests, and what is asked where there is none. Unknown is not failed: it is looked up.

use types::defects::{Defect, planted};
use types::entry::ReportEvent;
use types::ids::{Leg, OrderId};
use types::market::TsNanos;
use types::venue::OrderStatus;

use super::flight::Doubt;
use super::gateway::Gateway;
use super::hearing::Said;
use super::retry::wait_after;
use super::settings::CidUniqueness;
use super::terms::Trading;
use super::words::{Answer, LookUp, Named, Outcome, Placing, Request, Ticket};

impl Gateway {
    /// Takes an answer; one that comes after it was given up for lost says nothing that a look-up does not.
    pub(super) fn on_answer(&mut self, ticket: Ticket, answer: Answer) {
        let Some((request, asked_at)) = self.sent.remove(&ticket) else { return };
        match (request, answer) {
            (Request::Place(place), Answer::Done(outcome)) => self.on_placed(&place, &outcome),
            (Request::Cancel(cancel), Answer::Done(outcome)) => {
                self.on_cancelled(&cancel, &outcome);
            }
            (
                Request::Replace { cancel, place },
                Answer::Replaced { cancel: ended, place: begun },
            ) => {
                self.on_cancelled(&cancel, &ended);
                if !planted(Defect::ReplacementForgotten) {
                    self.on_placed(&place, &begun);
                }
            }
            (Request::Replace { cancel, place }, Answer::Done(outcome)) => {
                self.on_cancelled(&cancel, &outcome);
                if !planted(Defect::ReplacementForgotten) {
                    self.on_placed(&place, &outcome);
                }
            }
            (Request::LookUp(named), Answer::LookUp(found)) => {
                self.on_look_up(&named, found, asked_at);
            }
            (Request::Fills(named), Answer::Fills(fills)) => {
                self.on_fills_answer(&named, fills.as_deref());
            }
            (request, answer) => unreachable!("{answer:?} answers no {request:?}"),
        }
    }

    fn on_placed(&mut self, place: &[Placing], outcome: &Outcome) {
        for placing in place {
            let order = placing.named().order;
            let resent = self.flights.get(&order).is_some_and(|flight| flight.resent);
            let heard = self.state.orders.get(order).is_some_and(|live| live.heard);
            match outcome {
                Outcome::Accepted => self.say(order, ReportEvent::Accepted),
                // The second copy of one that works or has ended.
                Outcome::Rejected(_) if heard => self.counts.repeated += 1,
                Outcome::Rejected(text) => self.say(order, ReportEvent::Rejected(text.clone())),
                // That the second copy did not leave says nothing of the first.
                Outcome::NotSent if !resent => self.say(order, ReportEvent::NeverAccepted),
                Outcome::Unknown if planted(Defect::LostReplyIsNever) => {
                    self.say(order, ReportEvent::NeverAccepted);
                }
                Outcome::NotSent | Outcome::Unknown => self.doubt(order, true),
            }
        }
    }

    fn on_cancelled(&mut self, cancel: &Named, outcome: &Outcome) {
        let order = cancel.order;
        let pair = self.state.orders.get(order).and_then(|live| live.pair);
        for order in [Some(order), pair].into_iter().flatten() {
            let Some(live) = self.state.orders.get(order) else { continue };
            if live.order.state().is_terminal() {
                continue;
            }
            let replaced = live.successor.is_some();
            match outcome {
                Outcome::Accepted | Outcome::Unknown if planted(Defect::CancelBelieved) => {
                    self.say(order, ReportEvent::Cancelled);
                }
                Outcome::Rejected(_) if planted(Defect::MissingIgnored) => {}
                // Whatever the answer: how much of it had traded is known once the venue has told where it
                // ended. What would be placed in its stead depends on that.
                Outcome::Accepted | Outcome::Rejected(_) | Outcome::Unknown => {
                    self.flights.entry(order).or_default().cancelled =
                        *outcome == Outcome::Accepted;
                    self.doubt(order, false);
                }
                // Without what was to take its stead it is not to be cancelled either.
                Outcome::NotSent if replaced => self.doubt(order, false),
                Outcome::NotSent => {
                    let (now, seed, pace) = (self.now, self.state.seed, self.settings.pace);
                    let flight = self.flights.entry(order).or_default();
                    flight.cancel_at =
                        Some(now.plus(wait_after(flight.cancels, order, seed, pace)));
                    flight.cancels += 1;
                }
            }
        }
    }

    fn say(&mut self, order: OrderId, event: ReportEvent) {
        self.inbox.push_back(Said::Event(order, event));
    }

    /// Puts an order in doubt: until a look-up settles it, its exposure stays reserved and nothing is sent for it.
    pub(super) fn doubt(&mut self, order: OrderId, placing: bool) {
        let Some(live) = self.state.orders.get(order) else { return };
        if live.order.state().is_terminal() || (placing && live.heard) {
            return;
        }
        let flight = self.flights.entry(order).or_default();
        let placing = placing || flight.doubt.as_ref().is_some_and(|doubt| doubt.placing);
        flight.doubt = Some(Doubt::new(self.now, placing));
    }

    fn on_look_up(&mut self, named: &Named, found: LookUp, asked_at: TsNanos) {
        let order = named.order;
        let horizon = self.settings.venue.horizon();
        let (seed, pace) = (self.state.seed, self.settings.pace);
        let wait = |tries| wait_after(tries, order, seed, pace);
        let heard = self.state.orders.get(order).is_some_and(|live| live.heard);
        let Some(flight) = self.flights.get_mut(&order) else { return };
        let Some(doubt) = &mut flight.doubt else { return };
        doubt.asked = None;
        doubt.next = self.now.plus(wait(doubt.tries));
        doubt.tries += 1;
        match found {
            // One copy was rejected, the other may still be accepted.
            LookUp::Found(report)
                if flight.resent
                    && report.progress.status == OrderStatus::Rejected
                    && asked_at < doubt.since.plus(horizon) => {}
            // It is in doubt until what was found is in the journal, and looked up again should that not settle it.
            LookUp::Found(report) => {
                flight.resent = false;
                flight.lost = false;
                self.on_ours(order, &report, true);
            }
            LookUp::Failed if planted(Defect::FailedLookUpIsNotFound) && !heard => {
                self.say(order, ReportEvent::NeverAccepted);
            }
            // The venue could not be asked: that is not "not found".
            LookUp::Failed => {}
            LookUp::NotFound if heard => flight.lost = true,
            // Asked later than it can still have been accepted and not be seen: never accepted.
            LookUp::NotFound
                if asked_at >= doubt.since.plus(horizon)
                    || planted(Defect::AttemptWithoutProof) =>
            {
                self.say(order, ReportEvent::NeverAccepted);
            }
            LookUp::NotFound => self.send_again(order),
        }
    }

    /// Sends a placement of unknown outcome again under the same name, where the venue takes a name once.
    fn send_again(&mut self, order: OrderId) {
        let Some(live) = self.state.orders.get(order) else { return };
        let once = self.takes_once(live.since);
        let Some(flight) = self.flights.get_mut(&order) else { return };
        if once && let Some(request) = flight.placed.take() {
            let Request::Place(place) = &request else { return };
            let waits = |order| {
                let live = self.state.orders.get(order);
                live.is_some_and(|live| !live.heard && !live.order.state().is_terminal())
            };
            if place.iter().all(|placing| waits(placing.named().order)) {
                for placing in place {
                    let flight = self.flights.entry(placing.named().order).or_default();
                    flight.resent = true;
                    flight.placed = None;
                }
                self.outbox.push_back((self.state.last, request));
            }
        }
    }

    /// Drops the next placements that must not leave any more: second copies, but for a defect.
    pub(super) fn drop_needless(&mut self) {
        while let Some((_, Request::Place(place))) = self.outbox.front() {
            if !place.iter().any(|placing| self.is_needless(placing.named().order)) {
                return;
            }
            for placing in place {
                if let Some(flight) = self.flights.get_mut(&placing.named().order) {
                    flight.resent = false;
                }
            }
            self.outbox.pop_front();
        }
    }

    /// Returns whether a placement that waits must not leave: the venue has told of the order, or it is proven that it never had it and
    /// another attempt may follow, or it is a second copy that the venue would take for another order by now.
    fn is_needless(&self, order: OrderId) -> bool {
        let Some(live) = self.state.orders.get(order) else { return true };
        // The planted one lets go what it has buried.
        let buried = live.never_accepted && !planted(Defect::WaitingOrderBuried);
        live.heard || buried || self.is_copy(order) && !self.takes_once(live.since)
    }

    /// Returns whether the venue still takes a name once that was first sent at that time.
    fn takes_once(&self, since: TsNanos) -> bool {
        match self.settings.venue.cid_uniqueness {
            CidUniqueness::Forever => true,
            CidUniqueness::Window(window) => self.now.since(since) < window,
            CidUniqueness::OpenOnly | CidUniqueness::None => false,
        }
    }

    fn on_fills_answer(&mut self, named: &Named, fills: Option<&[types::venue::VenueFill]>) {
        if let Some(fills) = fills {
            self.on_fills(named.order, fills);
        }
        let (now, seed, pace) = (self.now, self.state.seed, self.settings.pace);
        if let Some(hole) =
            self.flights.get_mut(&named.order).and_then(|flight| flight.hole.as_mut())
        {
            hole.asked = None;
            hole.next = now.plus(wait_after(hole.tries, named.order, seed, pace));
            hole.tries += 1;
        }
    }

    /// Takes note that a request leaves.
    pub(super) fn on_leaving(&mut self, ticket: Ticket, request: &Request) {
        let now = self.now;
        match request {
            Request::Place(place) => {
                let keeps = match self.settings.venue.cid_uniqueness {
                    CidUniqueness::Forever | CidUniqueness::Window(_) => true,
                    CidUniqueness::OpenOnly | CidUniqueness::None => false,
                };
                for placing in place {
                    let order = placing.named().order;
                    let heard = self.state.orders.get(order).is_none_or(|live| live.heard);
                    if keeps && !heard {
                        let flight = self.flights.entry(order).or_default();
                        if !flight.resent {
                            flight.placed = Some(request.clone());
                        }
                    }
                    let flight = self.flights.get_mut(&order);
                    if let Some(doubt) = flight.and_then(|flight| flight.doubt.as_mut()) {
                        // It leaves once more: "never" is measured from here.
                        doubt.since = now;
                    }
                }
            }
            Request::LookUp(named) => {
                let flight = self.flights.get_mut(&named.order);
                if let Some(doubt) = flight.and_then(|flight| flight.doubt.as_mut()) {
                    doubt.asked = Some((ticket, now));
                }
            }
            Request::Fills(named) => {
                let flight = self.flights.get_mut(&named.order);
                if let Some(hole) = flight.and_then(|flight| flight.hole.as_mut()) {
                    hole.asked = Some((ticket, now));
                }
            }
            Request::Cancel(_) | Request::Replace { .. } => {}
        }
    }

    /// Returns the next question or repeated cancellation that is due.
    pub(super) fn next_question(&mut self) -> Option<Request> {
        let (now, pace) = (self.now, self.settings.pace);
        let findable = self.settings.venue.cid_uniqueness != CidUniqueness::None;
        for (order, flight) in &mut self.flights {
            let Some(live) = self.state.orders.get(*order) else { continue };
            let due = |next: TsNanos| next <= now;
            if let Some(doubt) = &flight.doubt
                && findable
                && due(doubt.due(pace))
            {
                return Some(Request::LookUp(live.named()));
            }
            if let Some(hole) = &flight.hole
                && due(hole.due(pace))
            {
                return Some(Request::Fills(live.named()));
            }
            let halted = self.terms[live.request().symbol.index()].trading == Trading::Halted;
            // What protects a position rests through a halt.
            if flight.cancel_at.is_some_and(due) && !(halted && order.leg != Leg::Main) {
                flight.cancel_at = None;
                if live.is_leaving() && flight.doubt.is_none() {
                    return Some(Request::Cancel(live.named()));
                }
            }
        }
        None
    }

    /// Gives up waiting for answers that are overdue and wakes the symbols whose time has come.
    #[inline]
    pub(super) fn on_time(&mut self) {
        if !self.sent.is_empty() || !self.wake.is_empty() {
            self.on_overdue();
        }
    }

    fn on_overdue(&mut self) {
        let now = self.now;
        let within = self.settings.answer_within;
        let late: Vec<Ticket> = self
            .sent
            .iter()
            .filter(|(_, (_, at))| at.plus(within) <= now)
            .map(|(ticket, _)| *ticket)
            .collect();
        for ticket in late {
            let Some((request, _)) = self.sent.get(&ticket) else { continue };
            let answer = match request {
                Request::Place(_) if planted(Defect::TimeOutIsRejection) => {
                    Answer::Done(Outcome::Rejected("no answer".to_owned()))
                }
                Request::Place(_) | Request::Cancel(_) | Request::Replace { .. } => {
                    Answer::Done(Outcome::Unknown)
                }
                Request::LookUp(_) => Answer::LookUp(LookUp::Failed),
                Request::Fills(_) => Answer::Fills(None),
            };
            self.stirred = true;
            self.on_answer(ticket, answer);
        }
        let due: Vec<_> =
            self.wake.iter().filter(|(_, at)| **at <= now).map(|(symbol, _)| *symbol).collect();
        for symbol in due {
            self.wake.remove(&symbol);
            self.touch(symbol);
        }
    }
}
