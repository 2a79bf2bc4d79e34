//! The journal in files.

use std::io;
use std::sync::Arc;

use super::beside::sign;
use super::door::{AppendError, Journal, RotateError};
use super::open::{Opening, Options};
use super::segment::{Segment, WriteError, is_full};
use super::stage::{Stage, check_drafts};
use crate::cache::TreeCache;
use crate::disk::{Disk, DiskFile, Place};
use crate::format::{
    COMMIT_RECORD_BYTES, Commit, Header, Own, SEAL_RECORD_BYTES, Seal, SegmentName, put_checkpoint,
    put_commit, put_seal,
};
use crate::heads::{Heads, Seen};
use crate::keys::KeyStore;
use crate::tree::CompactRange;
use crate::window::as_u64;
use crate::words::{Draft, Head, Seq};

/// Room for a checkpoint that carries our signature alone: 3 lines and a signature, below 300 bytes.
const NOTE_ROOM: usize = 512;

/// Kept free at the end of a segment, so that its end can be written on a full disk: the commit of
/// a group and its checkpoint, then those of a close, and a seal.
pub(super) const CLOSING_ROOM: usize = 2 * (COMMIT_RECORD_BYTES + NOTE_ROOM) + SEAL_RECORD_BYTES;

/// The writer of a journal in files. One commit is one write and one `fdatasync`.
///
/// Dropping it is what a crash is, but for the page cache: the next opening recovers. [`FileJournal::close`] ends cleanly.
#[derive(Debug)]
pub struct FileJournal {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) lock: Box<dyn DiskFile>,
    pub(super) heads: Heads,
    pub(super) keys: KeyStore,
    pub(super) place: Place,
    pub(super) options: Options,
    pub(super) opening: Opening,
    pub(super) segment: Segment,
    pub(super) head: Head,
    pub(super) tree: CompactRange,
    /// Hashes of whole subtrees, for proofs.
    pub(super) cache: TreeCache,
    /// The entries of the commit that is being written.
    pub(super) stage: Stage,
    /// Records that are no entries.
    pub(super) buffer: Vec<u8>,
    /// The size known to be on disk.
    pub(super) durable: Seq,
    /// The size that the last checkpoint vouches for.
    pub(super) vouched: Option<Seq>,
    /// Segments that were filled while nothing is synced.
    pub(super) unsynced: Vec<SegmentName>,
    pub(super) state: State,
}

/// Whether the writer can write.
#[derive(Debug)]
pub(super) enum State {
    Writing,
    Sealed,
    Failed { operation: &'static str, kind: io::ErrorKind, message: String },
}

impl Journal for FileJournal {
    fn head(&self) -> Head {
        self.head
    }

    fn append(&mut self, expected: Seq, entries: &[Draft<'_>]) -> Result<Head, AppendError> {
        self.locked(|journal| {
            let actual = journal.head.seq;
            if expected != actual {
                return Err(AppendError::Conflict { expected, actual });
            }
            check_drafts(entries)?;
            let mut stage = std::mem::take(&mut journal.stage);
            stage.begin(&journal.tree);
            stage.push(entries);
            let done = journal.commit(&mut stage);
            journal.stage = stage;
            done
        })
    }

    fn checkpoint(&mut self) -> Result<String, AppendError> {
        self.locked(|journal| {
            let note = sign(&journal.keys, &journal.head);
            journal.write_checkpoint(&note)?;
            journal.publish(&note);
            Ok(note)
        })
    }

    fn seal(&mut self) -> Result<Head, AppendError> {
        self.locked(|journal| {
            journal.end_segment()?;
            let Head { id, term, seq, root } = journal.head;
            let offset = journal.segment.end;
            journal.buffer.clear();
            put_seal(
                &mut journal.buffer,
                &Seal { term, seq, offset, cut_bytes: 0, cut_reason: 0, root, id },
            );
            journal.write_buffer(true)?;
            journal.state = State::Sealed;
            journal.trim()?;
            Ok(journal.head)
        })
    }
}

impl FileJournal {
    /// Returns what was found at opening: whether a torn tail was cut, whether the journal has a new name.
    #[must_use]
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Returns the tree's compact range: all that a snapshot needs to hold of it.
    #[must_use]
    pub fn tree(&self) -> &CompactRange {
        &self.tree
    }

    /// Puts a new key in force: an entry signed by both keys says so, and a checkpoint by the new key follows it.
    ///
    /// # Errors
    /// [`RotateError`]. If the key store fails behind the entry, the next opening finishes the rotation.
    pub fn rotate_key(&mut self) -> Result<Head, RotateError> {
        self.locked(|journal| Ok(journal.rotate_key_locked()))?
    }

    fn rotate_key_locked(&mut self) -> Result<Head, RotateError> {
        let rotated = self.keys.begin_rotation(self.head.id, self.head.seq.next())?;
        let own = Own::KeyRotated(rotated);
        let payload = own.payload();
        let draft = Draft { kind: own.kind(), schema: own.schema(), payload: &payload };
        let mut stage = std::mem::take(&mut self.stage);
        stage.begin(&self.tree);
        stage.push(&[draft]);
        let done = self.commit_with(&mut stage, false);
        self.stage = stage;
        done?;
        if let Err(error) = self.keys.finish_rotation() {
            // No checkpoint may be signed with the old key any more.
            self.fail("putting a key in force", &io::Error::other(error.to_string()));
            return Err(error.into());
        }
        let note = sign(&self.keys, &self.head);
        self.write_checkpoint(&note)?;
        self.publish(&note);
        Ok(self.head)
    }

    /// Ends cleanly: says that all is on disk, signs it, and gives back the room that was not needed.
    ///
    /// The term stays open; whoever opens the journal next seals it.
    ///
    /// # Errors
    /// As [`Journal::append`]. What was acknowledged is safe whatever it returns.
    pub fn close(mut self) -> Result<Head, AppendError> {
        self.locked(|journal| {
            journal.sync_all()?;
            journal.settle_cache(true)?;
            journal.end_segment()?;
            journal.trim()?;
            journal.sync_heads();
            Ok(journal.head)
        })
    }

    /// Runs a step under the lock of the folder, if the term is still ours.
    pub(super) fn locked<T>(
        &mut self,
        step: impl FnOnce(&mut FileJournal) -> Result<T, AppendError>,
    ) -> Result<T, AppendError> {
        self.usable()?;
        if let Err(error) = self.lock.lock() {
            return Err(self.fail("taking the lock", &error));
        }
        let done = self.fence().and_then(|()| step(self));
        if let Err(error) = self.lock.unlock() {
            // What was written is written; only the next call must not go on.
            self.fail("releasing the lock", &error);
        }
        done
    }

    fn usable(&self) -> Result<(), AppendError> {
        match &self.state {
            State::Writing => Ok(()),
            State::Sealed => Err(AppendError::Sealed(self.head.term)),
            State::Failed { operation, kind, message } => {
                Err(AppendError::Failed { operation, kind: *kind, message: message.clone() })
            }
        }
    }

    /// Looks whether somebody has ended our term.
    fn fence(&mut self) -> Result<(), AppendError> {
        match self.segment.is_untouched() {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.state = State::Sealed;
                Err(AppendError::Sealed(self.head.term))
            }
            Err(error) => Err(self.fail("looking for a seal", &error)),
        }
    }

    /// Writes what is staged behind the journal's end as one commit, and makes it durable.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub(crate) fn flush(&mut self, stage: &mut Stage) -> Result<Head, AppendError> {
        self.locked(|journal| journal.commit(stage))
    }

    pub(super) fn commit(&mut self, stage: &mut Stage) -> Result<Head, AppendError> {
        if stage.is_empty() {
            return Ok(self.head);
        }
        let since = stage.seq().0 - self.vouched.unwrap_or(Seq::NONE).0;
        self.commit_with(stage, since >= self.options.checkpoint_every)
    }

    /// Writes a commit, with a checkpoint if one is `due`.
    fn commit_with(&mut self, stage: &mut Stage, due: bool) -> Result<Head, AppendError> {
        let bytes = as_u64(stage.records.len() + CLOSING_ROOM);
        if !self.segment.fits(bytes, self.options.segment_bytes) {
            self.rotate()?;
        }
        let head = Head { seq: stage.seq(), root: stage.tree.root(), ..self.head };
        let commit = self.commit_record(&head, stage.records.len());
        put_commit(&mut stage.records, &commit);
        let note = due.then(|| sign(&self.keys, &head));
        if let Some(note) = &note {
            put_checkpoint(&mut stage.records, note.as_bytes());
        }
        self.write(&stage.records, self.options.sync)?;
        self.tree.clone_from(&stage.tree);
        self.cache.append_hashed(&stage.leaves, &stage.whole, &stage.tree);
        self.head = head;
        if self.options.sync {
            self.durable = head.seq;
        }
        if let Some(note) = note {
            self.vouched = Some(head.seq);
            self.publish(&note);
        }
        match self.heads.write(&Seen { head, place: self.place }) {
            // On a full disk the head noted before holds as well.
            Err(error) if !is_full(&error) => {
                self.fail("noting the head", &error);
            }
            Ok(()) | Err(_) => {}
        }
        Ok(head)
    }

    /// The commit that ends a group of so many bytes.
    fn commit_record(&self, head: &Head, bytes: usize) -> Commit {
        Commit {
            term: head.term,
            seq: head.seq,
            durable: self.durable,
            offset: self.segment.end + as_u64(bytes),
            durable_offset: self.segment.durable,
            root: head.root,
            id: head.id,
        }
    }

    /// Goes on in a new segment of the same term.
    fn rotate(&mut self) -> Result<(), AppendError> {
        if self.vouched != Some(self.head.seq) {
            let note = sign(&self.keys, &self.head);
            self.write_checkpoint(&note)?;
            self.publish(&note);
        }
        let header = Header {
            thinned: false,
            id: self.head.id,
            term: self.head.term,
            first: self.head.seq.next(),
            previous_root: self.head.root,
            public_key: self.keys.public().to_bytes(),
        };
        let Options { segment_bytes, sync, .. } = self.options;
        self.settle_cache(sync)?;
        let fresh = Segment::create(&*self.disk, &header, &[], segment_bytes, sync);
        let fresh = fresh.map_err(|error| self.failed(error))?;
        let mut filled = std::mem::replace(&mut self.segment, fresh);
        if !sync {
            self.unsynced.push(filled.name);
        }
        filled.trim().map_err(|error| self.failed(error))
    }

    fn write_checkpoint(&mut self, note: &str) -> Result<(), AppendError> {
        self.buffer.clear();
        put_checkpoint(&mut self.buffer, note.as_bytes());
        self.write_buffer(self.options.sync)?;
        self.vouched = Some(self.head.seq);
        Ok(())
    }

    /// Writes a commit that says that all before it is on disk, and a checkpoint.
    fn end_segment(&mut self) -> Result<(), AppendError> {
        let note = sign(&self.keys, &self.head);
        self.buffer.clear();
        let commit = self.commit_record(&self.head, 0);
        put_commit(&mut self.buffer, &commit);
        put_checkpoint(&mut self.buffer, note.as_bytes());
        self.write_buffer(true)?;
        self.vouched = Some(self.head.seq);
        self.publish(&note);
        Ok(())
    }

    /// Makes all durable that was written while nothing was synced.
    fn sync_all(&mut self) -> Result<(), AppendError> {
        if self.segment.durable == self.segment.end && self.unsynced.is_empty() {
            return Ok(());
        }
        for name in std::mem::take(&mut self.unsynced) {
            let synced = self.disk.open(&name.path(), crate::disk::Access::Write);
            if let Err(error) = synced.and_then(|file| file.sync()) {
                return Err(self.fail("fsync", &error));
            }
        }
        if let Err(error) = self.disk.sync_dir("segments") {
            return Err(self.fail("fsync", &error));
        }
        self.segment.sync().map_err(|error| self.failed(error))?;
        self.segment.advance(0, true);
        self.durable = self.head.seq;
        Ok(())
    }

    /// Writes the buffer behind the last record.
    fn write_buffer(&mut self, sync: bool) -> Result<(), AppendError> {
        let buffer = std::mem::take(&mut self.buffer);
        let written = self.write(&buffer, sync);
        self.buffer = buffer;
        written
    }

    fn write(&mut self, records: &[u8], sync: bool) -> Result<(), AppendError> {
        let written = self.segment.write(records);
        let written = written.and_then(|()| if sync { self.segment.sync() } else { Ok(()) });
        written.map_err(|error| self.failed(error))?;
        self.segment.advance(records.len(), sync);
        Ok(())
    }

    fn trim(&mut self) -> Result<(), AppendError> {
        let trimmed = self.segment.trim().and_then(|()| self.segment.sync());
        trimmed.map_err(|error| self.failed(error))
    }

    fn failed(&mut self, error: WriteError) -> AppendError {
        match error {
            WriteError::Full(error) => AppendError::Full(error),
            WriteError::Failed(operation, error) => self.fail(operation, &error),
        }
    }

    /// Ends this writer for good.
    pub(super) fn fail(&mut self, operation: &'static str, error: &io::Error) -> AppendError {
        let (kind, message) = (error.kind(), error.to_string());
        self.state = State::Failed { operation, kind, message: message.clone() };
        AppendError::Failed { operation, kind, message }
    }
}
