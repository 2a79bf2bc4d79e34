//! A disk without room: what it holds up, and what does not wait for it.
//!
//! Entries are refused while it lasts and their commands withdrawn. What protects, what an operator asked for and the end
//! go on: everything that the journal has no room for is kept in the emergency record, in its places, and the journal
//! takes the same entries once there is room. So an order that has left has its command on disk at any moment.

use types::ids::Seq;
use types::market::TsNanos;
use types::slot::Engine;

use super::hub::Hub;
use super::operator::{Reply, ReplyTicket};
use super::status::Component;
use super::words::Output;
use crate::gateway;

/// A last answer to an operator that waits for what it tells of to be on disk.
#[derive(Debug)]
pub(super) struct Held {
    ticket: ReplyTicket,
    reply: Reply,
    /// Everything up to here is told of.
    until: Seq,
    deadline: TsNanos,
}

impl<E: Engine> Hub<E> {
    /// The journal's disk has no room for so many entries, or has room again: nothing is opened meanwhile, and nothing that
    /// waits for the disk leaves late.
    pub(super) fn on_journal_full(&mut self, waiting: Option<u64>) {
        self.troubles.journal_full = waiting;
        self.tell(gateway::Input::JournalFull { on: waiting.is_some() });
        match waiting {
            Some(_) => self.failing(Component::Journal, "the disk is full".to_owned()),
            None => self.working(Component::Journal),
        }
    }

    /// Everything up to a place is on disk, if not in the journal: it is as good for what follows from it, and says
    /// nothing of the journal's health.
    pub(super) fn on_kept(&mut self, seq: Seq) {
        self.durable = self.durable.max(seq);
        let _ = self.record.durable(seq);
        self.lockstep.durable(seq);
    }

    /// Returns whether something waits for the disk that a full one must not hold up: a request to the venue, an answer to
    /// an operator, the end. Where the disk is full all that is not on it belongs into the emergency record then
    /// ([`Input::Kept`]); entries of the kind that opens something wait for nothing, they are withdrawn.
    ///
    /// [`Input::Kept`]: super::Input::Kept
    #[must_use]
    pub fn is_held_up(&self) -> bool {
        let ends = self.starting.is_stopping() && !self.record.is_written();
        ends || !self.held.is_empty() || self.lockstep.gateway().waits_for().is_some()
    }

    /// Answers an operator. What says that something was done is not said before it is on disk, or not in the time there is.
    pub(super) fn reply(&mut self, ticket: ReplyTicket, reply: Reply) {
        let until = self.lockstep.last();
        match reply {
            Reply::Done(_) | Reply::Unconfirmed(_) if until > self.durable => {
                let deadline = self.now.plus(self.times.operator);
                self.held.push(Held { ticket, reply, until, deadline });
            }
            Reply::Done(_) | Reply::Unconfirmed(_) | Reply::Refused { .. } | Reply::Progress(_) => {
                self.record.outputs.push_back(Output::Reply { ticket, reply });
            }
        }
    }

    /// Gives the answers whose time has come.
    pub(super) fn move_held(&mut self) {
        let (durable, now) = (self.durable, self.now);
        let outputs = &mut self.record.outputs;
        self.held.retain_mut(|held| {
            let written = held.until <= durable;
            if !written && now < held.deadline {
                return true;
            }
            if !written && let Reply::Done(said) | Reply::Unconfirmed(said) = &mut held.reply {
                let mut said = std::mem::take(said);
                said.open.push("it is not on disk yet".to_owned());
                held.reply = Reply::Unconfirmed(said);
            }
            let reply = std::mem::replace(&mut held.reply, Reply::Progress(String::new()));
            outputs.push_back(Output::Reply { ticket: held.ticket, reply });
            false
        });
    }

    pub(super) fn held_deadline(&self) -> Option<TsNanos> {
        self.held.iter().map(|held| held.deadline).min()
    }
}
