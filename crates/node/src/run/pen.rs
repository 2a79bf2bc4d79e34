//! [`Pen`]: the journal as the hub's loop writes it: entries go in without a wait, places that are durable come back.

use std::collections::VecDeque;
use std::sync::mpsc;

use anyhow::Context as _;
use journal::format::SegmentName;
use journal::group::{GroupWriter, Ticket};
use journal::tree::CompactRange;
use journal::{AppendError, Draft, FileJournal, Term};
use types::entry::{Entry, SCHEMA};

use crate::exit::Failure;
use crate::setup::JournalFolder;

/// What became of entries that were written.
#[derive(Debug)]
pub(crate) enum Written {
    /// All up to this place are on disk.
    Durable(u64),
    /// The disk has no room for a hand-over. Its entries are kept here and written when there is room.
    Full(u64),
    /// Nothing can be written any more.
    Dead(Dead),
}

/// Why nothing can be written any more.
#[derive(Clone, Debug)]
pub(crate) enum Dead {
    /// Another process has taken over.
    Sealed,
    /// The disk failed, in words.
    Failed(String),
}

/// Most bytes of entries that are with the writer: so many queue there without making anybody wait.
const FLIGHT_BYTES_MAX: usize = journal::group::QUEUE_BYTES_MAX;
/// Most bytes of entries that wait for room on the disk (spec: "bounded buffer"); some hours of a quiet market.
const WAITING_BYTES_MAX: usize = 64 << 20;

/// An entry on its way to the disk.
#[derive(Debug)]
struct Pending {
    seq: u64,
    kind: u16,
    bytes: Vec<u8>,
}

/// The journal's pen. Entries are handed to the writer's thread at once; those that are not known to be on disk are kept, so
/// that a full disk loses none.
#[derive(Debug)]
pub(crate) struct Pen {
    writer: Option<GroupWriter>,
    waiting: mpsc::Sender<(u64, Ticket)>,
    /// Number of the last hand-over, and of the last that is void: it failed, or stood behind one that did.
    number: u64,
    void: u64,
    pending: VecDeque<Pending>,
    /// How many of them are with the writer.
    handed: usize,
    /// Bytes of all of them, and of those that are with the writer.
    pending_bytes: usize,
    handed_bytes: usize,
    /// The journal's tree up to the end of the last hand-over.
    range: Option<CompactRange>,
    /// The last place that was given.
    last: u64,
    full: bool,
    /// Nothing is written any more, whatever the disk says later.
    dead: bool,
}

/// A journal whose pen was put down.
#[derive(Debug)]
pub(crate) struct PutDown {
    pub(crate) journal: FileJournal,
    /// Entries that could not be written, the newest ones. What they ask for has left only where they are in the emergency record.
    pub(crate) lost: u64,
}

impl Pen {
    /// Takes the pen; `tell` is called, from a thread, for all that becomes of entries.
    pub(crate) fn new(
        journal: FileJournal,
        tell: impl FnMut(Written) + Send + 'static,
    ) -> Result<Self, Failure> {
        let last = journal::Journal::head(&journal).seq.0;
        let writer = GroupWriter::start(journal).context("starting the journal's thread")?;
        let (waiting, tickets) = mpsc::channel();
        wait_for(tickets, tell)?;
        Ok(Self {
            writer: Some(writer),
            waiting,
            number: 0,
            void: 0,
            pending: VecDeque::new(),
            handed: 0,
            pending_bytes: 0,
            handed_bytes: 0,
            range: None,
            last,
            full: false,
            dead: false,
        })
    }

    /// Takes an entry; it is written with the next [`Pen::hand_over`].
    ///
    /// # Panics
    /// If it does not follow the one before: an entry that was left out would make every later one a lie.
    pub(crate) fn append(&mut self, entry: &Entry) {
        assert_eq!(entry.seq.0, self.last + 1, "entries are written in their order");
        self.last = entry.seq.0;
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        let kind = u16::try_from(entry.body.kind()).expect("kinds are small numbers");
        self.pending_bytes += bytes.len();
        self.pending.push_back(Pending { seq: entry.seq.0, kind, bytes });
    }

    /// Returns whether there is something to hand over, and the writer has room for it.
    pub(crate) fn has_more(&self) -> bool {
        !self.full && !self.dead && self.next_part() > 0
    }

    /// Hands what was taken to the writer: one commit, or a part of one.
    ///
    /// # Errors
    /// [`Dead`] if nothing can be written any more.
    pub(crate) fn hand_over(&mut self) -> Result<(), Dead> {
        if !self.has_more() {
            return Ok(());
        }
        let part = self.handed..self.handed + self.next_part();
        let drafts = drafts(self.pending.range(part.clone()));
        let before = self.pending[self.handed].seq - 1;
        let writer = self.writer.as_ref().expect("it is taken at the end alone");
        match writer.submit(Some(journal::Seq(before)), &drafts) {
            Ok(ticket) => {
                self.handed_bytes += drafts.iter().map(|draft| draft.payload.len()).sum::<usize>();
                self.handed = part.end;
                self.number += 1;
                self.range = Some(ticket.range().clone());
                // The other end lives as long as this.
                let _ = self.waiting.send((self.number, ticket));
                Ok(())
            }
            // What stood before it was lost to a full disk and this was not told yet.
            Err(AppendError::Conflict { .. } | AppendError::Full(_)) => Ok(()),
            Err(error) => Err(dead(&error)),
        }
    }

    /// Returns how many entries may be handed over now: as many as the writer takes at once, at least one if it has none.
    fn next_part(&self) -> usize {
        let mut bytes = self.handed_bytes;
        let fits = |entry: &&Pending| {
            let free = bytes == 0;
            bytes += entry.bytes.len();
            free || bytes <= FLIGHT_BYTES_MAX
        };
        self.pending.range(self.handed..).take_while(fits).count()
    }

    /// Forgets what is on disk.
    pub(crate) fn durable(&mut self, seq: u64) {
        while let Some(entry) = self.pending.pop_front_if(|entry| entry.seq <= seq) {
            self.pending_bytes -= entry.bytes.len();
            if self.handed > 0 {
                self.handed -= 1;
                self.handed_bytes -= entry.bytes.len();
            }
        }
        self.full = false;
    }

    /// Takes back what did not fit. Returns whether that is news: hand-overs behind the first one fail with it.
    pub(crate) fn is_full(&mut self, number: u64) -> bool {
        if number <= self.void {
            return false;
        }
        self.void = self.number;
        self.take_back();
        self.full = true;
        true
    }

    /// Tries again what did not fit.
    ///
    /// # Errors
    /// As [`Pen::hand_over`], and if so much waits that it is not kept any longer.
    pub(crate) fn try_again(&mut self) -> Result<(), Dead> {
        if !self.full || self.dead || self.pending.is_empty() {
            return Ok(());
        }
        if self.pending_bytes > WAITING_BYTES_MAX {
            let (count, mib) = (self.pending.len(), self.pending_bytes >> 20);
            return Err(Dead::Failed(format!(
                "the disk is full and {count} entries ({mib} MiB) wait for room: make room, then start again"
            )));
        }
        self.full = false;
        self.take_back();
        self.hand_over()
    }

    /// The writer has nothing of ours any more.
    const fn take_back(&mut self) {
        self.handed = 0;
        self.handed_bytes = 0;
    }

    /// Writes nothing any more: what is not on disk now goes to the emergency record and must not come here too.
    pub(crate) const fn die(&mut self) {
        self.dead = true;
    }

    /// Returns the journal's tree up to the end of the last hand-over, which may not be on disk yet.
    pub(crate) const fn range(&self) -> Option<&CompactRange> {
        self.range.as_ref()
    }

    /// Returns how many entries are not known to be on disk.
    pub(crate) fn backlog(&self) -> usize {
        self.pending.len()
    }

    /// Returns the entries behind a place that are not known to be on disk, in order.
    pub(crate) fn unwritten(&self, behind: u64) -> impl Iterator<Item = (u64, &[u8])> {
        let first = self.pending.partition_point(|entry| entry.seq <= behind);
        self.pending.range(first..).map(|entry| (entry.seq, &entry.bytes[..]))
    }

    /// Writes what is left, as far as there is room, and gives the journal back.
    pub(crate) fn put_down(mut self) -> Option<PutDown> {
        let mut journal = self.writer.take().map(GroupWriter::stop)?;
        // What became of the last hand-overs was told to nobody; the journal itself knows.
        let on_disk = |journal: &FileJournal| journal::Journal::head(journal).seq;
        let head = on_disk(&journal);
        self.full = false;
        self.take_back();
        self.durable(head.0);
        while self.has_more() {
            let part = self.next_part();
            let drafts = drafts(self.pending.range(..part));
            let head = on_disk(&journal);
            match journal::Journal::append(&mut journal, head, &drafts) {
                Ok(head) => self.durable(head.seq.0),
                Err(_) => break,
            }
        }
        Some(PutDown { lost: self.last - on_disk(&journal).0, journal })
    }
}

fn drafts<'a>(entries: impl Iterator<Item = &'a Pending>) -> Vec<Draft<'a>> {
    let schema = u16::try_from(SCHEMA).expect("versions are small numbers");
    entries.map(|entry| Draft { kind: entry.kind, schema, payload: &entry.bytes }).collect()
}

/// Waits for each commit in turn and tells how it ended.
#[expect(
    clippy::disallowed_methods,
    reason = "an fdatasync is waited for here instead of in the hub's loop"
)]
fn wait_for(
    tickets: mpsc::Receiver<(u64, Ticket)>,
    mut tell: impl FnMut(Written) + Send + 'static,
) -> Result<(), Failure> {
    let wait = move || {
        let mut told = 0;
        while let Ok((number, ticket)) = tickets.recv() {
            match ticket.wait() {
                Ok(head) if head.seq.0 > told => {
                    told = head.seq.0;
                    tell(Written::Durable(told));
                }
                // Of the same commit.
                Ok(_) => {}
                Err(AppendError::Full(_) | AppendError::Conflict { .. }) => {
                    tell(Written::Full(number));
                }
                Err(error) => tell(Written::Dead(dead(&error))),
            }
        }
    };
    std::thread::Builder::new().name("journal tickets".to_owned()).spawn(wait)?;
    Ok(())
}

fn dead(error: &AppendError) -> Dead {
    match error {
        AppendError::Sealed(_) => Dead::Sealed,
        AppendError::Conflict { .. }
        | AppendError::Draft(_)
        | AppendError::Full(_)
        | AppendError::Failed { .. } => Dead::Failed(error.to_string()),
    }
}

/// Says whether the term is still ours, from what is on disk.
///
/// A successor makes a segment of its own before it sends anything, and waits for the window of our last request behind
/// that. So a request whose moment was taken before this said yes cannot reach the venue beside one of the successor's.
#[derive(Clone, Debug)]
pub(crate) struct Fence {
    folder: JournalFolder,
    term: Term,
}

impl Fence {
    /// Returns the fence of a term.
    pub(crate) fn new(folder: JournalFolder, term: Term) -> Self {
        Self { folder, term }
    }

    /// Returns whether nobody has begun a later term. What cannot be read is a no.
    pub(crate) fn holds(&self) -> bool {
        let Ok(found) = self.folder.disk().list("segments") else { return false };
        let names = found.iter().filter_map(|found| found.name.parse::<SegmentName>().ok());
        names.map(|name| name.term).max() == Some(self.term)
    }
}

#[cfg(test)]
mod tests;
