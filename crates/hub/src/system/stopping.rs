//! The ordered stop, which leaves protective stops resting, and the end of a wind-down.

use types::entry::OperatorAction;
use types::slot::Engine;

use super::event::Event;
use super::hub::Hub;
use super::words::Output;
use crate::modes::ModeEvent;

impl<E: Engine> Hub<E> {
    /// Begins the stop: no entries from here on; stops stay resting.
    pub(super) fn begin_stop(&mut self) {
        if self.starting.stopping.is_some() {
            return;
        }
        self.starting.stopping = Some(self.now.plus(self.times.stop));
        // Where the table has no such edge the system is ending already.
        let _ = self.lockstep.ask_mode(ModeEvent::Stop, self.stamp(), &mut self.record);
    }

    /// Ends once entry orders are off the book, or their time is over, and everything is on disk.
    pub(super) fn move_stop(&mut self) {
        let Some(deadline) = self.starting.stopping.filter(|_| !self.starting.stopped) else {
            return;
        };
        let gateway = self.lockstep.gateway();
        let resting = gateway.orders().any(|order| order.is_entry());
        let over = self.now >= deadline;
        if (!resting && gateway.is_settled() || over) && self.record.is_written() {
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
