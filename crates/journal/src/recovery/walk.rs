//! Follows the records of a segment and says what does not fit.

use crate::format::{
    COMMIT_RECORD_BYTES, Commit, Forked, HEADER_BYTES, Header, HeaderError, Own, Record,
    RecordError, SEAL_RECORD_BYTES, Seal, leaf_data,
};
use crate::tree::{CompactRange, Hash, leaf_hash};
use crate::window::as_u64;
use crate::words::{Entry, JournalId, Seq, Term};

/// What does not hold at a place of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The head of the segment.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The head of the segment does not follow from the segment before, or from its name.
    #[error("the {0} of the header does not follow from the segment before")]
    Follows(&'static str),
    /// A record cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// An entry is missing, or one too many is there.
    #[error("saw entry {saw}, wanted {wanted}")]
    Seq {
        /// The one that stands there.
        saw: Seq,
        /// The one that belongs there.
        wanted: Seq,
    },
    /// A field of a commit or a seal does not fit what stands before it.
    #[error("the {0} of the {1} does not fit what stands before it")]
    Field(&'static str, &'static str),
    /// The root that a commit or a seal says is not that of the entries up to there.
    #[error("the root of the {0} is not that of the entries before it")]
    Root(&'static str),
    /// A record stands where none of its type may.
    #[error("saw a {0} where none may stand")]
    Order(&'static str),
    /// Entries that no commit follows.
    #[error("saw entries that no commit follows")]
    Uncommitted,
    /// A name that no segment has.
    #[error("saw a name that no segment has")]
    Name,
    /// Something other than zeros behind the end.
    #[error("saw bytes other than zeros behind the end")]
    Behind,
    /// The term ended without a seal, and another one follows.
    #[error("saw no seal at the end of a term, and a later term behind it")]
    Unsealed,
}

/// The last place of a segment up to which all is whole.
#[derive(Clone, Debug)]
pub(crate) struct Committed {
    /// The last entry.
    pub(crate) seq: Seq,
    /// Where the group ends.
    pub(crate) end: u64,
    /// What was known to be on disk before the group was written.
    pub(crate) durable_offset: u64,
    /// The root that the last commit of the segment says; `None` if there is no commit in it.
    pub(crate) root: Option<Hash>,
    /// The tree of that size.
    pub(crate) tree: CompactRange,
}

/// Follows records from a known place on.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    pub(crate) id: JournalId,
    pub(crate) term: Term,
    pub(crate) key: [u8; 32],
    pub(crate) committed: Committed,
    pub(crate) sealed: Option<Seal>,
    /// Entries since the last checkpoint record.
    pub(crate) unvouched: u64,
    /// The last entry read.
    seq: Seq,
    tree: CompactRange,
    thinned: bool,
    /// Entries up to here are in the tree already.
    known: Seq,
    begun: bool,
    /// The header has another id than the segment before: the first commit says why.
    fork_due: Option<Forked>,
    /// Compare the root of every commit, or only of those asked for.
    every_root: bool,
    /// The root at this size is wanted.
    watch: Option<Seq>,
    pub(crate) watched: Option<Hash>,
}

impl Walk {
    /// Begins behind the entries that the tree holds.
    pub(crate) fn new(tree: CompactRange, watch: Option<Seq>) -> Walk {
        let seq = Seq(tree.size());
        let watched = (watch == Some(seq)).then(|| tree.root());
        let committed =
            Committed { seq, end: 0, durable_offset: 0, root: None, tree: tree.clone() };
        Walk {
            id: JournalId([0; 16]),
            term: Term::FIRST,
            key: [0; 32],
            committed,
            sealed: None,
            unvouched: 0,
            seq,
            tree,
            thinned: false,
            known: seq,
            begun: false,
            fork_due: None,
            every_root: false,
            watch,
            watched,
        }
    }

    /// Begins a segment whose head was compared with what stands before it.
    ///
    /// With `every_root` the root of each commit is compared, otherwise [`Walk::root_holds`] compares the last.
    pub(crate) fn begin(&mut self, header: &Header, every_root: bool) {
        let (from, seq) = (self.id, Seq(header.first.0 - 1));
        let forked = self.begun && from != header.id;
        self.fork_due = forked.then_some(Forked { from, seq, id: header.id });
        self.begun = true;
        self.id = header.id;
        self.term = header.term;
        self.key = header.public_key;
        self.thinned = header.thinned;
        self.sealed = None;
        self.seq = seq;
        self.committed.seq = seq;
        self.committed.end = as_u64(HEADER_BYTES);
        self.committed.durable_offset = as_u64(HEADER_BYTES);
        self.committed.root = None;
        self.tree.clone_from(&self.committed.tree);
        self.every_root = every_root;
    }

    /// The last entry read, committed or not.
    pub(crate) fn seq(&self) -> Seq {
        self.seq
    }

    /// Entries were read that no commit follows yet.
    pub(crate) fn is_open(&self) -> bool {
        self.seq > self.committed.seq
    }

    /// Returns whether the tree reaches as far as the records read.
    pub(crate) fn has_tree(&self) -> bool {
        self.committed.seq >= self.known
    }

    /// Returns whether the root that the last commit says is that of the tree.
    pub(crate) fn root_holds(&self) -> bool {
        let says = self.committed.root.filter(|_| self.has_tree());
        says.is_none_or(|root| root == self.committed.tree.root())
    }

    /// Takes the next record.
    pub(crate) fn take(
        &mut self,
        offset: u64,
        record: &Record<'_>,
        bytes: &[u8],
    ) -> Result<(), Wrong> {
        match record {
            _ if self.sealed.is_some() => Err(Wrong::Behind),
            Record::Entry(entry) => self.entry(entry, bytes),
            Record::Leaves(leaves) if self.thinned => {
                self.follows(leaves.first)?;
                for hash in leaves.hashes {
                    self.push(|| Hash(*hash));
                }
                Ok(())
            }
            Record::Leaves(_) => {
                Err(Wrong::Order("leaves record in a segment that is not thinned"))
            }
            Record::Commit(commit) => self.commit(offset, commit),
            Record::Checkpoint(_) if self.is_open() => {
                Err(Wrong::Order("checkpoint within a group"))
            }
            Record::Checkpoint(_) => {
                self.committed.end = offset + as_u64(bytes.len());
                self.unvouched = 0;
                Ok(())
            }
            Record::Seal(_) if self.is_open() => Err(Wrong::Order("seal within a group")),
            Record::Seal(seal) => self.seal(offset, seal),
        }
    }

    fn entry(&mut self, entry: &Entry<'_>, bytes: &[u8]) -> Result<(), Wrong> {
        self.follows(entry.seq)?;
        self.push(|| leaf_hash(leaf_data(bytes)));
        match Own::parse(entry.kind, entry.schema, entry.payload) {
            Ok(Some(Own::KeyRotated(rotated))) => self.key = rotated.new,
            Ok(Some(Own::Forked(forked))) => match self.fork_due.take() {
                Some(due) if due == forked => {}
                Some(_) | None => return Err(Wrong::Order("Forked that does not fit")),
            },
            Ok(Some(Own::Cut(_)) | None) => {}
            Err(_) => return Err(Wrong::Order("entry of the journal's own that cannot be read")),
        }
        Ok(())
    }

    fn follows(&self, saw: Seq) -> Result<(), Wrong> {
        let wanted = self.seq.next();
        if saw == wanted { Ok(()) } else { Err(Wrong::Seq { saw, wanted }) }
    }

    fn push(&mut self, leaf: impl FnOnce() -> Hash) {
        self.seq = self.seq.next();
        if self.seq > self.known {
            self.tree.push(leaf());
            self.unvouched += 1;
        }
    }

    fn commit(&mut self, offset: u64, commit: &Commit) -> Result<(), Wrong> {
        let wrong = |field| Err(Wrong::Field(field, "commit"));
        match () {
            () if commit.id != self.id => return wrong("journal id"),
            () if commit.term != self.term => return wrong("term"),
            () if commit.seq != self.seq => return wrong("seq"),
            () if commit.offset != offset => return wrong("offset"),
            () if commit.durable > commit.seq => return wrong("durable seq"),
            () if commit.durable_offset > offset => return wrong("durable offset"),
            () if self.fork_due.is_some() => return wrong("new journal id, without Forked,"),
            () if self.seq < self.known => return self.close(offset, commit),
            () => {}
        }
        let watched = self.watch == Some(self.seq);
        if self.every_root || watched || self.seq == self.known {
            let root = self.tree.root();
            if root != commit.root {
                return Err(Wrong::Root("commit"));
            }
            if watched {
                self.watched = Some(root);
            }
        }
        self.close(offset, commit)
    }

    fn close(&mut self, offset: u64, commit: &Commit) -> Result<(), Wrong> {
        self.committed.seq = commit.seq;
        self.committed.end = offset + as_u64(COMMIT_RECORD_BYTES);
        self.committed.durable_offset = commit.durable_offset;
        self.committed.root = Some(commit.root);
        if self.seq >= self.known {
            self.committed.tree.clone_from(&self.tree);
        }
        Ok(())
    }

    fn seal(&mut self, offset: u64, seal: &Seal) -> Result<(), Wrong> {
        let wrong = |field| Err(Wrong::Field(field, "seal"));
        match () {
            () if seal.id != self.id => wrong("journal id"),
            () if seal.term != self.term => wrong("term"),
            () if seal.seq != self.seq => wrong("seq"),
            () if seal.offset != offset => wrong("offset"),
            () if self.seq >= self.known && seal.root != self.committed.tree.root() => {
                Err(Wrong::Root("seal"))
            }
            () => {
                self.committed.end = offset + as_u64(SEAL_RECORD_BYTES);
                self.sealed = Some(*seal);
                Ok(())
            }
        }
    }
}
