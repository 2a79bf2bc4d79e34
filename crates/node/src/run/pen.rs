//! [`Pen`]: the journal as the hub's loop writes it: entries go in without a wait, places that are durable come back.

use std::collections::VecDeque;
use std::sync::mpsc;

use anyhow::Context as _;
use journal::format::SegmentName;
use journal::group::{GroupWriter, Ticket};
use journal::{AppendError, Draft, FileJournal, JournalId, OpenError, Options, Term};
use types::entry::{Entry, SCHEMA};

use crate::exit::{Failure, Kind as _};
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
    /// The last place that was given.
    last: u64,
    full: bool,
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
        let pending = VecDeque::new();
        let writer = Some(writer);
        Ok(Self { writer, waiting, number: 0, void: 0, pending, handed: 0, last, full: false })
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
        self.pending.push_back(Pending { seq: entry.seq.0, kind, bytes });
    }

    /// Returns whether there is something to hand over.
    pub(crate) fn has_more(&self) -> bool {
        self.handed < self.pending.len() && !self.full
    }

    /// Hands all that was taken to the writer: one commit, or a part of one.
    ///
    /// # Errors
    /// [`Dead`] if nothing can be written any more.
    pub(crate) fn hand_over(&mut self) -> Result<(), Dead> {
        if !self.has_more() {
            return Ok(());
        }
        let writer = self.writer.as_ref().expect("it is taken at the end alone");
        let schema = u16::try_from(SCHEMA).expect("versions are small numbers");
        let drafts: Vec<Draft<'_>> = self
            .pending
            .range(self.handed..)
            .map(|entry| Draft { kind: entry.kind, schema, payload: &entry.bytes })
            .collect();
        let before = self.pending[self.handed].seq - 1;
        match writer.submit(Some(journal::Seq(before)), &drafts) {
            Ok(ticket) => {
                self.handed = self.pending.len();
                self.number += 1;
                // The other end lives as long as this.
                let _ = self.waiting.send((self.number, ticket));
                Ok(())
            }
            // What stood before it was lost to a full disk and this was not told yet.
            Err(AppendError::Conflict { .. } | AppendError::Full(_)) => Ok(()),
            Err(error) => Err(dead(&error)),
        }
    }

    /// Forgets what is on disk.
    pub(crate) fn durable(&mut self, seq: u64) {
        while self.pending.front().is_some_and(|entry| entry.seq <= seq) {
            self.pending.pop_front();
            self.handed = self.handed.saturating_sub(1);
        }
        self.full = false;
    }

    /// Takes back what did not fit. Returns whether that is news: hand-overs behind the first one fail with it.
    pub(crate) fn is_full(&mut self, number: u64) -> bool {
        if number <= self.void {
            return false;
        }
        self.void = self.number;
        self.handed = 0;
        self.full = true;
        true
    }

    /// Tries again what did not fit.
    ///
    /// # Errors
    /// As [`Pen::hand_over`].
    pub(crate) fn try_again(&mut self) -> Result<(), Dead> {
        if !self.full || self.pending.is_empty() {
            return Ok(());
        }
        self.full = false;
        self.handed = 0;
        self.hand_over()
    }

    /// Returns how many entries are not known to be on disk.
    pub(crate) fn backlog(&self) -> usize {
        self.pending.len()
    }

    /// Writes what is left and gives the journal back.
    pub(crate) fn stop(mut self) -> Option<FileJournal> {
        // What cannot be written any more has been told.
        let _ = self.hand_over();
        self.writer.take().map(GroupWriter::stop)
    }
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

/// Opens the journal of a folder, or begins one.
///
/// # Errors
/// If it is damaged, or the disk fails.
pub(crate) fn open(folder: &JournalFolder) -> Result<(FileJournal, bool), Failure> {
    let opened = FileJournal::open(folder.disk(), folder.open_keys()?, Options::default());
    match opened {
        Ok(journal) => Ok((journal, false)),
        Err(OpenError::NoJournal) => {
            std::fs::create_dir_all(&folder.path).with_context(|| folder.shown())?;
            let mut id = [0; 16];
            getrandom::fill(&mut id).context("drawing a name for the journal")?;
            let keys = folder.open_keys()?;
            let made = FileJournal::create(folder.disk(), keys, JournalId(id), Options::default());
            Ok((made.with_context(|| folder.shown())?, true))
        }
        Err(error) => Err(error).with_context(|| folder.shown()).data(),
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
mod tests {
    use std::sync::mpsc::channel;

    use types::entry::{Body, Source};
    use types::ids::Seq;
    use types::market::TsNanos;

    use super::*;

    fn timer(seq: u64) -> Entry {
        let at = TsNanos::EPOCH;
        Entry { seq: Seq(seq), ts_event: at, ts: at, source: Source::Hub, body: Body::Timer { at } }
    }

    #[test]
    fn entries_are_durable_in_their_order_and_a_successor_ends_the_term() {
        let folder = tempfile::tempdir().unwrap();
        let folder = JournalFolder::new(&folder.path().join("journal"), None);
        let (journal, made) = open(&folder).unwrap();
        assert!(made);
        let fence = Fence::new(folder.clone(), journal::Journal::head(&journal).term);
        let (tell, told) = channel();
        let mut pen = Pen::new(journal, move |written| tell.send(written).unwrap()).unwrap();
        for seq in 1..=100 {
            pen.append(&timer(seq));
            if seq % 7 == 0 {
                pen.hand_over().unwrap();
            }
        }
        pen.hand_over().unwrap();
        while pen.backlog() > 0 {
            match told.recv().unwrap() {
                Written::Durable(seq) => pen.durable(seq),
                other @ (Written::Full(_) | Written::Dead(_)) => panic!("{other:?}"),
            }
        }
        assert!(fence.holds());
        let (successor, made) = open(&folder).unwrap();
        assert!(!made && !fence.holds());
        assert_eq!(journal::Journal::head(&successor).seq.0, 100);
        pen.append(&timer(101));
        pen.hand_over().unwrap();
        assert!(matches!(told.recv().unwrap(), Written::Dead(Dead::Sealed)));
        drop(successor);
    }
}
