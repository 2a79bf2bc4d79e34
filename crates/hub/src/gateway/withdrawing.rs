//! What was to be sent and must not be any more: entries that wait for the disk when something forbids entries.

use types::defects::{Defect, planted};
use types::entry::ReportEvent;
use types::ids::{Leg, OrderId};

use super::gateway::Gateway;
use super::hearing::Said;
use super::words::{Placing, Request};

impl Gateway {
    /// Withdraws the next entry that has not left and must not: the journal takes nothing, the mode has changed, the kill
    /// switch is on. That it was never accepted is known then, and said. Returns whether there was one.
    ///
    /// Without this an order whose command went to the emergency record, or waited for room on the disk, would leave
    /// once that is durable, whatever has happened since.
    pub(super) fn withdraw_next(&mut self) -> bool {
        let place = self.outbox.iter().position(|(_, request)| self.is_forbidden(request));
        let Some((_, Request::Place(place))) = place.and_then(|place| self.outbox.remove(place))
        else {
            return false;
        };
        for placing in place {
            let order = placing.named().order;
            self.inbox.push_back(Said::Event(order, ReportEvent::NeverAccepted));
        }
        true
    }

    /// Returns whether the placement of an order has not left: it waits for its command to be on disk.
    pub(super) fn waits_to_leave(&self, order: OrderId) -> bool {
        self.outbox.iter().any(|(_, request)| match request {
            Request::Place(place) | Request::Replace { place, .. } => {
                place.iter().any(|placing| placing.named().order == order)
            }
            Request::Cancel(_) | Request::LookUp(_) | Request::Fills(_) => false,
        })
    }

    /// Returns whether a request that was handed out may still leave.
    #[must_use]
    pub fn may_leave(&self, request: &Request) -> bool {
        !self.is_forbidden(request)
    }

    /// Returns whether a request is the first copy of an entry that nobody may make now. Entries are placed, never put in
    /// another's stead; a second copy is settled by the look-up of the first.
    fn is_forbidden(&self, request: &Request) -> bool {
        let Request::Place(place) = request else { return false };
        if planted(Defect::NothingWithdrawn) {
            return false;
        }
        place.iter().any(|placing| {
            let named = placing.named();
            is_entry(placing)
                && !self.is_copy(named.order)
                && self.forbids_entries(named.symbol).is_some()
        })
    }

    /// Returns whether an order was sent again and it is not known what became of that.
    pub(super) fn is_copy(&self, order: OrderId) -> bool {
        self.flights.get(&order).is_some_and(|flight| flight.resent)
    }
}

/// Returns whether an order opens or enlarges a position.
fn is_entry(placing: &Placing) -> bool {
    placing.named().order.leg == Leg::Main && !placing.request().reduce_only
}
