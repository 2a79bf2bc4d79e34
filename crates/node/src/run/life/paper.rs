//! Paper trading: the exchange in this process, and what it says on the way along a real venue's bars.

use hub::budget::Ticket;
use hub::gateway;
use hub::system::{Answer, Input};
use sim::desk::{PaperDesk, SnapshotError, Word};
use sim::exchange::ExchangeError;
use types::bar::Bar;
use types::entry::Entry;
use types::ids::SymbolId;
use types::market::TsNanos;

use super::course::Life;

/// The exchange in this process.
#[derive(Debug)]
pub(crate) struct Paper {
    desk: PaperDesk,
    /// Until when the hub was told that everything is told.
    told: Option<TsNanos>,
}

impl Paper {
    /// Returns the exchange of an account before its first entry.
    pub(crate) const fn new(desk: PaperDesk) -> Self {
        Self { desk, told: None }
    }

    /// Takes an entry, stored or new.
    ///
    /// # Errors
    /// If the instruments cannot share one account.
    pub(crate) fn on_entry(&mut self, entry: &Entry) -> Result<(), ExchangeError> {
        self.desk.on_entry(entry)
    }

    /// Returns what a snapshot holds of it.
    ///
    /// # Errors
    /// If it has no such form: a bug.
    pub(crate) fn stored(&self) -> anyhow::Result<Vec<u8>> {
        Ok(self.desk.snapshot()?)
    }

    /// Takes over what a snapshot holds, in place of the entries it was taken behind.
    ///
    /// # Errors
    /// If it cannot be used: nothing is taken over then.
    pub(crate) fn restore_stored(&mut self, stored: &[u8]) -> Result<(), SnapshotError> {
        self.desk.restore(stored)
    }

    /// Returns it before its first entry.
    pub(crate) fn anew(&self) -> Self {
        Self::new(self.desk.anew())
    }

    /// Ends the stored entries.
    pub(crate) fn begin(&mut self) {
        self.desk.begin();
    }

    /// Takes bars of one close; no other will come that closes until then.
    pub(super) fn walk(&mut self, until: TsNanos, bars: Vec<(SymbolId, Bar)>) {
        for (symbol, bar) in bars {
            // One that the life before has walked along comes again after a restart.
            let _ = self.desk.on_bar(symbol, bar);
        }
        self.desk.close(until);
    }

    pub(super) fn send(&mut self, ticket: Ticket, request: gateway::Request) {
        self.desk.send(gateway::Ticket(ticket.0), request);
    }
}

impl Life {
    /// Lets the exchange in this process say the next thing, once everything before is sequenced, on disk, and answered. Returns
    /// whether it said something.
    pub(super) fn hear_paper(&mut self) -> bool {
        let Some(paper) = self.paper.as_mut().filter(|_| self.hub.is_at_rest()) else {
            return false;
        };
        let now = self.sender.clock.now();
        let Some(word) = paper.desk.next_word() else {
            let walked = paper.desk.walked();
            let new = paper.told < Some(walked);
            if new {
                paper.told = Some(walked);
                self.hub.handle(Input::Walked(walked), now);
            }
            return new;
        };
        self.hub.handle(Input::Walking(word.at()), now);
        let input = match word {
            Word::Report { at: _, report } => Input::Report(report),
            Word::Answer { at: _, ticket, answer } => Input::Answered {
                ticket: Ticket(ticket.0),
                answer: Answer::Order(answer),
                used: Vec::new(),
                throttle: None,
            },
            Word::Funding { .. } => unreachable!("nothing is funded on a spot account"),
        };
        self.hub.handle(input, now);
        true
    }
}
