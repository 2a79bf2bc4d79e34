//! The emergency record: orders to stop that are taken from it, and what is written to it when the journal is dead.

use std::collections::VecDeque;
use std::io;
use std::time::Instant;

use base64ct::{Base64, Encoding as _};
use hub::system::{Input, OperatorRequest};
use serde_json::json;
use types::entry::Entry;
use types::ids::Seq;

use super::chores::FULL_AGAIN;
use super::course::Life;
use crate::control::emergency::{self, Line, What};
use crate::run::adopt::Adopted;
use crate::run::speed;

/// The record as this life knows it.
#[derive(Debug, Default)]
pub(crate) struct Emergency {
    /// How far the file was read.
    read_to: u64,
    /// Something of it was taken that is not put aside yet; what could not be read goes with it.
    taken: bool,
    broken: Vec<String>,
    /// What a start has taken in and the hub was not told of.
    adopted: Option<Adopted>,
    /// Entries that are not written yet, oldest first: none is left out, or what follows would be a lie.
    waiting: VecDeque<(Seq, Line)>,
    /// When that was tried and failed.
    failed_at: Option<Instant>,
}

impl Emergency {
    /// Returns a record of which a start has taken what was there.
    pub(crate) fn of(adopted: Adopted) -> Self {
        Self { read_to: adopted.end, adopted: Some(adopted), ..Self::default() }
    }
}

impl Life {
    /// Takes orders to stop that were left in the emergency file, because no hub answered; puts the file aside once all that
    /// followed from it is on disk.
    pub(super) fn adopt(&mut self) -> io::Result<()> {
        if self.state.emergency.taken && self.pen.backlog() == 0 && self.state.dead.is_none() {
            self.put_aside()?;
        }
        let adopted = match self.state.emergency.adopted.take() {
            Some(adopted) => adopted,
            None => self.read_on()?,
        };
        let now = self.sender.clock.now();
        let Adopted { entries, orders, broken, end: _ } = adopted;
        self.state.emergency.taken |= entries > 0 || !orders.is_empty() || !broken.is_empty();
        self.state.emergency.broken.extend(broken);
        if entries > 0 {
            self.hub.handle(Input::EmergencyAdopted { entries }, now);
        }
        for line in orders {
            let request = match line.what {
                What::Kill => OperatorRequest::Kill,
                What::Flatten => OperatorRequest::Flatten,
                What::Entry { .. } => continue,
            };
            let ticket = self.state.next_ticket();
            self.hub.handle(Input::Operator { ticket, name: line.name, request }, now);
        }
        Ok(())
    }

    /// Returns the orders that were added since. Entries behind a start are this hub's own: the next start takes them.
    fn read_on(&mut self) -> io::Result<Adopted> {
        let record = &mut self.state.emergency;
        let found = emergency::read_from(self.folder.path(), record.read_to)?;
        record.read_to = found.end;
        let orders = found.lines.into_iter().filter(|line| line.what.is_order()).collect();
        Ok(Adopted { entries: 0, orders, broken: found.broken, end: found.end })
    }

    fn put_aside(&mut self) -> io::Result<()> {
        let record = &mut self.state.emergency;
        // What was added since is taken first.
        let aside = emergency::put_aside(self.folder.path(), record.read_to)?;
        let Some(aside) = aside else { return Ok(()) };
        record.read_to = 0;
        record.taken = false;
        let broken = std::mem::take(&mut record.broken);
        let fields = json!({ "file": aside, "broken": broken });
        let words = format!("the emergency file is in the journal; it is {} now", aside.display());
        self.screen.say("emergency_adopted", self.sender.clock.now(), fields, words);
        Ok(())
    }

    /// The journal is dead: what must be known all the same goes to the emergency record on another path.
    pub(super) fn emergency(&mut self, entry: &Entry) {
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        let what = What::Entry { seq: entry.seq.0, bytes: Base64::encode_string(&bytes) };
        let line = Line { at: speed::wall().as_nanos(), name: "plimsoll run".to_owned(), what };
        self.state.emergency.waiting.push_back((entry.seq, line));
        if self.state.emergency.failed_at.is_none() {
            self.write_emergency();
        }
    }

    /// Writes entries that could not be written before, now and then.
    pub(super) fn write_emergency_again(&mut self) {
        if self.state.emergency.failed_at.is_some_and(|at| at.elapsed() >= FULL_AGAIN) {
            self.write_emergency();
        }
    }

    /// Writes what waits, in its order, as far as it goes: an entry is durable once all before it are.
    fn write_emergency(&mut self) {
        let now = self.sender.clock.now();
        let mut written = None;
        let mut failed = None;
        while let Some((seq, line)) = self.state.emergency.waiting.front() {
            match emergency::append(self.folder.path(), line) {
                Ok(_) => written = Some(*seq),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
            self.state.emergency.waiting.pop_front();
        }
        if let Some(seq) = written {
            self.hub.handle(Input::Durable(seq), now);
        }
        let had_failed = self.state.emergency.failed_at.take().is_some();
        if let Some(error) = failed {
            self.state.emergency.failed_at = Some(speed::now());
            if !had_failed {
                let why = format!("the emergency record cannot be written: {error}");
                self.hub.handle(Input::JournalFailed { why }, now);
            }
        }
    }
}
