//! [`Asked`]: a request on its way, and which reports answer it.

use hub::gateway::{Answer, Outcome, Placing, Request, Ticket};
use types::entry::ReportEvent;
use types::ids::OrderId;

use crate::exchange::Rejection;

/// A request that is not answered yet.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) ticket: Ticket,
    request: Request,
    /// Whether what was to be cancelled was.
    cancelled: bool,
}

impl Asked {
    pub(super) const fn new(ticket: Ticket, request: Request) -> Self {
        Self { ticket, request, cancelled: false }
    }

    /// Returns whether a report says of an order that it was never sent: what it was to replace had ended.
    pub(super) fn withholds(&self, order: OrderId, event: &ReportEvent) -> bool {
        match &self.request {
            Request::Replace { place, .. } => {
                let placed = place.iter().any(|placing| placing.named().order == order);
                placed && !self.cancelled && matches!(event, ReportEvent::Rejected(_))
            }
            Request::Place(_) | Request::Cancel(_) | Request::LookUp(_) | Request::Fills(_) => {
                false
            }
        }
    }

    /// Takes what is said of an order; `open`: it can still trade. Returns the answer once the venue has acted.
    pub(super) fn on_report(
        &mut self,
        order: OrderId,
        event: &ReportEvent,
        open: bool,
    ) -> Option<Answer> {
        match &self.request {
            Request::Place(place) => {
                is_last(place, order).then(|| placed(event)).flatten().map(Answer::Done)
            }
            Request::Cancel(cancel) if cancel.order == order && !open => {
                Some(Answer::Done(if *event == ReportEvent::Cancelled {
                    Outcome::Accepted
                } else {
                    not_there()
                }))
            }
            Request::Replace { cancel, .. } if cancel.order == order => {
                self.cancelled |= *event == ReportEvent::Cancelled;
                None
            }
            Request::Replace { place, .. } if is_last(place, order) => {
                let place = placed(event)?;
                Some(if self.cancelled {
                    Answer::Replaced { cancel: Outcome::Accepted, place }
                } else {
                    Answer::Replaced { cancel: not_there(), place: Outcome::NotSent }
                })
            }
            Request::Cancel(_)
            | Request::Replace { .. }
            | Request::LookUp(_)
            | Request::Fills(_) => None,
        }
    }
}

/// Returns the answer to a cancellation of an order that does not work.
pub(super) fn not_there() -> Outcome {
    Outcome::Rejected(Rejection::UnknownOrder.to_string())
}

/// Returns what became of a placement by the first thing that is said of it.
fn placed(event: &ReportEvent) -> Option<Outcome> {
    match event {
        ReportEvent::Accepted => Some(Outcome::Accepted),
        ReportEvent::Rejected(text) => Some(Outcome::Rejected(text.clone())),
        ReportEvent::Filled(_)
        | ReportEvent::Cancelled
        | ReportEvent::Expired
        | ReportEvent::NeverAccepted
        | ReportEvent::CancelRejected => None,
    }
}

/// Returns whether an order is the last of those placed together: what is said of it is said of all.
fn is_last(place: &[Placing], order: OrderId) -> bool {
    place.last().is_some_and(|placing| placing.named().order == order)
}
