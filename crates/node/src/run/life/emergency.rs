//! The emergency record: orders to stop that are taken from it, and what is written to it when the journal takes nothing.

use std::collections::VecDeque;
use std::io;
use std::time::Instant;

use base64ct::{Base64, Encoding as _};
use hub::system::{Component, Input, OperatorRequest};
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
    /// Entries of a dead journal that are not written yet, oldest first: none is left out, or what follows would be a lie.
    waiting: VecDeque<(u64, Vec<u8>)>,
    /// The last entry that this life has written to it.
    kept: u64,
    /// When that was tried and failed.
    failed_at: Option<Instant>,
    /// Room is kept for it on its disk; that there is none was told.
    has_room: bool,
    roomless: bool,
}

/// Most bytes of entries that are written to it at once.
const PART_BYTES: usize = 4 << 20;

impl Emergency {
    /// Returns a record of which a start has taken what was there.
    pub(crate) fn of(adopted: Adopted) -> Self {
        Self { read_to: adopted.end, adopted: Some(adopted), ..Self::default() }
    }

    /// Takes an entry of a dead journal; [`Life::keep`] writes it.
    pub(super) fn take(&mut self, entry: &Entry) {
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        self.waiting.push_back((entry.seq.0, bytes));
    }

    /// Returns the last entry that this life has written to the record.
    pub(super) const fn kept(&self) -> u64 {
        self.kept
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
        record.has_room = false;
        let broken = std::mem::take(&mut record.broken);
        self.keep_room();
        let fields = json!({ "file": aside, "broken": broken });
        let words = format!("the emergency file is in the journal; it is {} now", aside.display());
        self.screen.say("emergency_adopted", self.sender.clock.now(), fields, words);
        Ok(())
    }

    /// Sees to it that the record has room on its disk.
    pub(super) fn keep_room(&mut self) {
        let record = &mut self.state.emergency;
        if record.has_room {
            return;
        }
        match emergency::reserve(self.folder.path()) {
            Ok(()) => record.has_room = true,
            Err(_) if record.roomless => {}
            Err(error) => {
                record.roomless = true;
                let why = error.to_string();
                let words = format!(
                    "no room is kept for the emergency record ({why}): while the disk is full, stops may have to wait"
                );
                self.screen.say(
                    "no_reserve",
                    self.sender.clock.now(),
                    json!({ "why": why }),
                    words,
                );
            }
        }
    }

    /// Writes to the record what the journal does not take: with a dead journal everything; on a full disk what is not in the
    /// journal yet, where something that must not wait does. It stays in the pen, which writes the same entries once there is
    /// room: so each is in the journal in its place and once, and at any moment in one of the two.
    ///
    /// Returns whether something is on disk now that was not.
    pub(super) fn keep(&mut self) -> bool {
        let record = &self.state.emergency;
        if record.failed_at.is_some_and(|at| at.elapsed() < FULL_AGAIN) {
            return false;
        }
        let full = self.state.full_since.is_some() && self.state.dead.is_none();
        let lines: Vec<(u64, Line)> = if full && self.hub.is_held_up() {
            part(self.pen.unwritten(record.kept))
        } else {
            part(record.waiting.iter().map(|(seq, bytes)| (*seq, &bytes[..])))
        };
        let Some(last) = lines.last().map(|(seq, _)| *seq) else { return false };
        let lines: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
        let fence = &self.sender.fence;
        let written = emergency::append_all(self.folder.path(), &lines, || fence.holds());
        let now = self.sender.clock.now();
        let record = &mut self.state.emergency;
        let failed = record.failed_at.take().is_some();
        match written {
            Ok(place) => {
                // Nobody else's lines stand before them that were not read.
                if place.start == record.read_to {
                    record.read_to = place.end;
                }
                record.taken = true;
                record.kept = last;
                record.waiting.retain(|(seq, _)| *seq > last);
                self.fail.pass("after_kept");
                let seq = Seq(last);
                self.hub.handle(if full { Input::Kept(seq) } else { Input::Durable(seq) }, now);
                true
            }
            Err(error) => {
                record.failed_at = Some(speed::now());
                let why = format!("the emergency record cannot be written: {error}");
                match (failed, full) {
                    (true, _) => {}
                    (false, true) => self.health(Component::Journal, Some(why)),
                    (false, false) => self.hub.handle(Input::JournalFailed { why }, now),
                }
                false
            }
        }
    }
}

/// Returns lines of entries, the first ones, as many as are written at once.
fn part<'a>(entries: impl Iterator<Item = (u64, &'a [u8])>) -> Vec<(u64, Line)> {
    let mut bytes = 0;
    let at = speed::wall().as_nanos();
    let line = |(seq, entry): (u64, &[u8])| {
        let what = What::Entry { seq, bytes: Base64::encode_string(entry) };
        (seq, Line { at, name: "plimsoll run".to_owned(), what })
    };
    let fits = |(_, entry): &(u64, &[u8])| {
        let first = bytes == 0;
        bytes += entry.len();
        first || bytes <= PART_BYTES
    };
    entries.take_while(fits).map(line).collect()
}
