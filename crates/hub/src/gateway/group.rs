//! [`Group`]: steps that are appended one behind the other, and the request that leaves once all of them are on disk.

use std::collections::VecDeque;

use types::entry::{Body, Command, CommandAction, Entry, Source};
use types::ids::{Leg, OrderId, Seq};

use super::limits::Approved;
use super::state::State;
use super::words::{Named, Placing, Request};

/// One entry to be appended.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The command to place an order. Its name is its place, or that of the attempt that was never accepted.
    Place { earlier: Option<OrderId>, leg: Leg, cause: Seq, approved: Approved },
    /// The command to cancel an order.
    Cancel { order: OrderId, cause: Seq },
    /// What somebody said, or what the gateway notes.
    Note { source: Source, body: Body },
}

impl Step {
    /// Returns the entry as it stands at a place.
    pub(super) fn body(&self, seq: Seq) -> (Source, Body) {
        match self {
            Self::Place { earlier, leg, cause, approved } => {
                (Source::Hub, Body::Command(placing(*earlier, *leg, seq, *cause, approved)))
            }
            Self::Cancel { order, cause } => {
                (Source::Hub, Body::Command(cancelling(*order, *cause)))
            }
            Self::Note { source, body } => (*source, body.clone()),
        }
    }

    /// Returns whether an entry says what the step does at its place.
    fn is(&self, entry: &Entry) -> bool {
        let command = match self {
            Self::Place { earlier, leg, cause, approved } => {
                placing(*earlier, *leg, entry.seq, *cause, approved)
            }
            Self::Cancel { order, cause } => cancelling(*order, *cause),
            Self::Note { body, .. } => return *body == entry.body,
        };
        matches!(&entry.body, Body::Command(said) if *said == command)
    }
}

fn placing(
    earlier: Option<OrderId>,
    leg: Leg,
    seq: Seq,
    cause: Seq,
    approved: &Approved,
) -> Command {
    let order = earlier.map_or_else(|| OrderId::first(seq, leg), next_attempt);
    Command { order, cause, action: CommandAction::Place(*approved.request()) }
}

const fn cancelling(order: OrderId, cause: Seq) -> Command {
    Command { order, cause, action: CommandAction::Cancel }
}

fn next_attempt(earlier: OrderId) -> OrderId {
    OrderId { attempt: earlier.attempt + 1, ..earlier }
}

/// Steps on their way into the journal.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    steps: VecDeque<Step>,
    cancel: Option<Named>,
    place: Vec<Placing>,
}

impl Group {
    pub(super) fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), ..Self::default() }
    }

    pub(super) fn note(source: Source, body: Body) -> Self {
        Self::of([Step::Note { source, body }])
    }

    pub(super) fn next(&self) -> Option<&Step> {
        self.steps.front()
    }

    /// Returns whether an entry is the next step.
    pub(super) fn awaits(&self, entry: &Entry) -> bool {
        self.next().is_some_and(|step| step.is(entry))
    }

    pub(super) fn is_done(&self) -> bool {
        self.steps.is_empty()
    }

    /// Takes note that the next step is an entry, which the state has folded.
    pub(super) fn on_entry(&mut self, entry: &Entry, state: &State) {
        let step = self.steps.pop_front().expect("an entry of ours was awaited");
        let Body::Command(command) = &entry.body else { return };
        let named = state.orders.get(command.order).map(super::live::Live::named);
        match step {
            Step::Place { approved, .. } => {
                let named = named.expect("a command to place makes an order");
                self.place.push(Placing { named, approved });
            }
            Step::Cancel { .. } => self.cancel = named,
            Step::Note { .. } => {}
        }
    }

    /// Returns what is to be sent, if anything.
    pub(super) fn into_request(self) -> Option<Request> {
        match (self.cancel, self.place.is_empty()) {
            (Some(cancel), true) => Some(Request::Cancel(cancel)),
            (Some(cancel), false) => Some(Request::Replace { cancel, place: self.place }),
            (None, false) => Some(Request::Place(self.place)),
            (None, true) => None,
        }
    }
}
