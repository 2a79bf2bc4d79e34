//! The ordered stop, which leaves protective stops resting, and the end of a wind-down.

use types::entry::OperatorAction;
use types::slot::Engine;

use super::event::Event;
use super::hub::Hub;
use super::words::Output;
use crate::modes::ModeEvent;

impl<E: Engine> Hub<E> {
    /// Returns what keeps a stop now from being in order, in words: entry orders that may rest at the venue, what is held without a stop that
    /// could rest, answers that are wanting.
    #[must_use]
    pub fn undone(&self) -> Vec<String> {
        let gateway = self.lockstep.gateway();
        let bare = |symbol| {
            let (qty, name) = (gateway.unprotected(symbol).qty, self.record.ledger.name(symbol));
            (!qty.is_zero()).then(|| format!("{qty} {name} is held without a stop"))
        };
        let unanswered = "the venue has not answered everything that it was sent".to_owned();
        self.open_entries()
            .chain(self.symbols().filter_map(bare))
            .chain((!gateway.is_settled()).then_some(unanswered))
            .collect()
    }

    /// Begins the stop: no entries from here on; stops stay resting.
    pub(super) fn begin_stop(&mut self) {
        if self.starting.stopping.is_some() {
            return;
        }
        self.starting.stopping = Some(self.now.plus(self.times.stop));
        // Where the table has no such edge the system is ending already.
        let _ = self.lockstep.ask_mode(ModeEvent::Stop, self.stamp(), &mut self.record);
    }

    /// Ends once nothing is undone, or the time for it is over, and everything is on disk.
    pub(super) fn move_stop(&mut self) {
        let Some(deadline) = self.starting.stopping.filter(|_| !self.starting.stopped) else {
            return;
        };
        let over = self.now >= deadline;
        if (over || self.undone().is_empty()) && self.record.is_written() {
            self.starting.stopped = true;
            self.move_replies();
            self.record.outputs.push_back(Output::Stopped);
        }
    }

    /// Ends a wind-down whose date has come: everything is closed, then the system stops.
    pub(super) fn move_winding(&mut self) {
        let Some((name, by)) = self.record.ledger.winding.clone() else { return };
        if self.now < by || self.starting.is_stopping() {
            return;
        }
        let gateway = self.lockstep.gateway();
        let flat = self.symbols().all(|symbol| gateway.is_flat(symbol));
        let entries = gateway.orders().any(|order| order.is_entry());
        let settled = gateway.is_settled();
        if flat && !entries && settled {
            self.operator_entry(&name, OperatorAction::Stop, None);
            self.begin_stop();
        } else if self.watching.flatten_is_due(self.now, self.times.reconcile_every) {
            // Once, and again where an exit was refused or came to nothing.
            self.event(Event::WindingDown);
            self.operator_entry(&name, OperatorAction::Flatten, None);
        }
    }
}
