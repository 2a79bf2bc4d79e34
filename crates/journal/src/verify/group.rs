//! Records of a segment, held against each other.

use std::collections::VecDeque;

use super::VerifyError;
use super::chain::Chain;
use super::report::Findings;
use super::segment::{split, words};
use crate::cache::STEP;
use crate::disk::Disk;
use crate::format::{
    COMMIT_RECORD_BYTES, Commit, CutReason, HEADER_BYTES, Header, Own, Record, RecordError,
    SEAL_RECORD_BYTES, Seal, leaf_data,
};
use crate::keys::rotation_holds;
use crate::note::{SignedNote, VerifyingKey};
use crate::tree::{CompactRange, Hash, leaf_hash};
use crate::window::as_u64;
use crate::words::{Entry, JournalId, Seq, Term};

/// A walk through the records of one segment.
pub(super) struct Group<'a> {
    disk: &'a dyn Disk,
    path: &'a str,
    chain: &'a mut Chain,
    findings: &'a mut Findings,
    id: JournalId,
    term: Term,
    key: [u8; 32],
    thinned: bool,
    /// The last entry, committed or not, and the tree up to it.
    seq: Seq,
    tree: Option<CompactRange>,
    /// Behind the last commit, checkpoint or seal.
    end: u64,
    /// Ends of groups that a later commit may call durable: place in the file, size of the tree.
    bounds: VecDeque<(u64, Seq)>,
    leaves: bool,
    sealed: Option<Seal>,
    vouched: bool,
    /// The next commit with entries is the first of the segment.
    first_commit: bool,
}

impl<'a> Group<'a> {
    pub(super) fn new(
        disk: &'a dyn Disk,
        path: &'a str,
        header: &Header,
        chain: &'a mut Chain,
        findings: &'a mut Findings,
    ) -> Group<'a> {
        let start = as_u64(HEADER_BYTES);
        Group {
            disk,
            path,
            id: header.id,
            term: header.term,
            key: header.public_key,
            thinned: header.thinned,
            seq: chain.seq,
            tree: chain.tree.clone(),
            end: start,
            bounds: VecDeque::from([(start, chain.seq)]),
            leaves: false,
            sealed: None,
            vouched: false,
            first_commit: true,
            chain,
            findings,
        }
    }

    fn add(&mut self, at: u64, seq: Seq, seen: impl Into<String>, wanted: impl Into<String>) {
        self.findings.add(self.path, at, Some(seq), seen, wanted);
    }

    /// The first entry that is not committed yet.
    fn open_from(&self) -> Seq {
        self.chain.seq.next()
    }

    /// Takes the next record; `false` if nothing behind it can be read.
    pub(super) fn take(
        &mut self,
        offset: u64,
        record: &Record<'_>,
        bytes: &[u8],
    ) -> Result<bool, VerifyError> {
        if self.sealed.is_some() {
            self.add(offset, self.seq.next(), "a record behind the seal", "zeros");
            return Ok(false);
        }
        match record {
            Record::Entry(entry) => return self.entry(offset, entry, bytes),
            Record::Leaves(leaves) => {
                if !self.thinned {
                    self.add(
                        offset,
                        leaves.first,
                        "leaves in place of entries",
                        "the thinned flag",
                    );
                }
                if !self.follows(offset, leaves.first) {
                    return Ok(false);
                }
                self.leaves = true;
                self.chain.dropped += as_u64(leaves.hashes.len());
                for hash in leaves.hashes {
                    self.leaf(&Hash(*hash))?;
                }
            }
            Record::Commit(commit) => self.commit(offset, commit),
            Record::Checkpoint(note) => self.checkpoint(offset, note, as_u64(bytes.len())),
            Record::Seal(seal) => self.seal(offset, seal),
        }
        Ok(true)
    }

    fn follows(&mut self, offset: u64, saw: Seq) -> bool {
        let wanted = self.seq.next();
        if saw != wanted {
            self.add(offset, wanted, format!("entry {saw}"), format!("entry {wanted}"));
        }
        saw == wanted
    }

    fn entry(&mut self, offset: u64, entry: &Entry<'_>, bytes: &[u8]) -> Result<bool, VerifyError> {
        if !self.follows(offset, entry.seq) {
            return Ok(false);
        }
        self.own(offset, entry);
        self.leaf(&leaf_hash(leaf_data(bytes)))?;
        Ok(true)
    }

    fn leaf(&mut self, hash: &Hash) -> Result<(), VerifyError> {
        self.seq = self.seq.next();
        let Chain { subtrees, .. } = &mut *self.chain;
        subtrees.check(self.disk, (0, self.seq.0 - 1), hash, self.findings)?;
        let Some(tree) = &mut self.tree else { return Ok(()) };
        let mut whole = None;
        let size = self.seq.0;
        let (disk, findings) = (self.disk, &mut *self.findings);
        tree.push_noting(*hash, |level, node| {
            if level % STEP == 0 {
                let at = (level / STEP, (size >> level) - 1);
                let checked = subtrees.check(disk, at, &node, findings);
                whole = whole.take().or(checked.err());
            }
        });
        self.chain.tell(tree, self.id, self.key, self.term);
        whole.map_or(Ok(()), Err)
    }

    /// Checks an entry that the journal wrote itself.
    fn own(&mut self, offset: u64, entry: &Entry<'_>) {
        let seq = entry.seq;
        match Own::parse(entry.kind, entry.schema, entry.payload) {
            Ok(None) => {}
            Ok(Some(Own::Cut(cut))) => {
                let due = self.chain.due_cut.take();
                if !due.is_some_and(|due| due.pays(&cut)) {
                    self.add(offset, seq, format!("{cut:?}"), "the numbers of a seal before it");
                    if let Some((file, end)) = &self.chain.seal_place {
                        let seen =
                            due.map_or("no torn tail".to_owned(), |due| format!("{:?}", due.cut));
                        self.findings.add(file, *end, Some(seq), seen, format!("{cut:?}"));
                    }
                }
            }
            Ok(Some(Own::Forked(forked))) => {
                if self.chain.due_fork != Some(forked) {
                    self.add(
                        offset,
                        seq,
                        format!("{forked:?}"),
                        "the change of name in the header",
                    );
                }
                self.chain.due_fork = None;
            }
            Ok(Some(Own::KeyRotated(rotated))) => {
                if rotated.old != self.key || !rotation_holds(&rotated, self.id, seq) {
                    self.add(
                        offset,
                        seq,
                        "a new key",
                        "the signatures of the key in force and of itself",
                    );
                }
                self.key = rotated.new;
                self.chain.keys.insert(rotated.new);
            }
            Err(error) => {
                let (seen, wanted) = split(&error.to_string());
                self.add(offset, seq, seen, wanted);
            }
        }
    }

    fn commit(&mut self, offset: u64, commit: &Commit) {
        let from = self.open_from();
        self.place(offset, "commit", (commit.id, commit.term, commit.seq, commit.offset));
        self.durable(offset, commit);
        self.root(offset, "commit", commit.root);
        if self.seq >= from && self.first_commit {
            self.first_commit = false;
            if let Some(cut) = self.chain.due_cut.take() {
                self.add(offset, from, "no entry about the torn tail", format!("{:?}", cut.cut));
            }
            if let Some(forked) = self.chain.due_fork.take() {
                self.add(offset, from, "no entry about the new name", format!("{forked:?}"));
            }
        }
        self.chain.seq = self.seq;
        self.chain.tree.clone_from(&self.tree);
        self.vouched = false;
        self.close(offset + as_u64(COMMIT_RECORD_BYTES));
    }

    fn close(&mut self, end: u64) {
        self.end = end;
        self.bounds.push_back((end, self.seq));
    }

    fn place(
        &mut self,
        offset: u64,
        record: &str,
        (id, term, seq, at): (JournalId, Term, Seq, u64),
    ) {
        // There may be a commit for each entry: words are made only where one differs.
        let differences = [
            (id != self.id).then(|| (format!("journal {id}"), self.id.to_string())),
            (term != self.term).then(|| (format!("term {term}"), self.term.to_string())),
            (seq != self.seq).then(|| (format!("last entry {seq}"), self.seq.to_string())),
            (at != offset).then(|| (format!("offset {at}"), offset.to_string())),
        ];
        let from = self.open_from();
        for (saw, wanted) in differences.into_iter().flatten() {
            self.add(offset, from, format!("{saw} in a {record}"), wanted);
        }
    }

    /// What a commit calls durable must be the end of an earlier group, and never fall.
    fn durable(&mut self, offset: u64, commit: &Commit) {
        let Commit { durable, durable_offset, .. } = *commit;
        let start = as_u64(HEADER_BYTES);
        // A writer knows all to be on disk, or, while it does not sync, what it knew before.
        let known = durable == self.chain.seq || self.chain.durable == Some(durable);
        let sound = if self.thinned {
            durable_offset == offset && (known || self.chain.durable.is_none())
        } else {
            while self.bounds.front().is_some_and(|(end, _)| *end < durable_offset) {
                self.bounds.pop_front();
            }
            // Of a segment that was begun while nothing is synced, nothing is known to be on disk.
            let unsynced =
                durable_offset == start && self.chain.durable.is_none_or(|was| was == durable);
            self.bounds.front() == Some(&(durable_offset, durable)) || unsynced
        };
        if !sound {
            let from = self.open_from();
            let seen = format!("entry {durable} and offset {durable_offset} called durable");
            self.add(offset, from, seen, "the end of an earlier group");
        }
        self.chain.durable = Some(durable);
    }

    fn root(&mut self, offset: u64, record: &str, saw: Hash) {
        let Some(root) = self.tree.as_ref().map(CompactRange::root) else { return };
        if saw == root {
            self.chain.diverged = false;
        } else if !self.chain.diverged {
            self.chain.diverged = true;
            let (from, to) = (self.open_from(), self.seq);
            let seen = format!("the root {saw} in the {record} of entries {from} to {to}");
            self.add(offset, from, seen, root.to_string());
        }
    }

    fn checkpoint(&mut self, offset: u64, note: &[u8], bytes: u64) {
        self.chain.checkpoints += 1;
        if let Some((newest, found)) = &mut self.chain.newest {
            *found |= newest == note;
        }
        let seq = self.open_from();
        if self.seq >= seq {
            self.add(offset, seq, "a checkpoint between an entry and its commit", "a commit");
        }
        let key = VerifyingKey::from_bytes(&self.key);
        let checked = match (SignedNote::parse(note), key) {
            (Ok(note), Ok(key)) => note.verify_alone(self.id, &key),
            (Err(error), _) => Err(error),
            (Ok(_), Err(_)) => {
                self.add(
                    offset,
                    seq,
                    "a public key in the header under which anybody can sign",
                    "a key",
                );
                return;
            }
        };
        match checked {
            Ok(checkpoint) if checkpoint.size != self.seq => {
                let seen = format!("a checkpoint of size {}", checkpoint.size);
                self.add(offset, seq, seen, format!("one of size {}", self.seq));
            }
            Ok(checkpoint) => self.root(offset, "checkpoint", checkpoint.root),
            Err(error) => {
                let (seen, wanted) = split(&error.to_string());
                self.add(offset, seq, seen, wanted);
            }
        }
        self.vouched = true;
        self.close(offset + bytes);
    }

    fn seal(&mut self, offset: u64, seal: &Seal) {
        let seq = self.open_from();
        if self.seq >= seq {
            self.add(offset, seq, "a seal between an entry and its commit", "a commit");
        }
        self.place(offset, "seal", (seal.id, seal.term, seal.seq, seal.offset));
        self.root(offset, "seal", seal.root);
        let reason = CutReason::of_number(seal.cut_reason);
        if (seal.cut_bytes == 0) != (seal.cut_reason == 0) || seal.cut_bytes > 0 && reason.is_none()
        {
            let seen = format!("{} bytes cut for reason {}", seal.cut_bytes, seal.cut_reason);
            self.add(offset, seq, seen, "bytes and a reason, or neither");
        }
        self.sealed = Some(*seal);
        self.close(offset + as_u64(SEAL_RECORD_BYTES));
    }

    /// A record cannot be read, and nothing behind it.
    pub(super) fn unreadable(&mut self, offset: u64, beside_entries: bool, error: RecordError) {
        let (seen, wanted) = words(&error);
        let seq = if beside_entries { self.open_from() } else { self.seq.next() };
        self.add(offset, seq, seen, wanted);
    }

    /// The records end at `offset`, the bytes that are not 0 at `end`. Returns whether that is an end.
    pub(super) fn end(&mut self, offset: u64, end: u64) -> bool {
        let from = self.open_from();
        if end > offset {
            let seen = "bytes other than zeros behind the last record";
            self.add(end - 1, self.seq.next(), seen, "zeros");
        }
        if self.seq >= from {
            let seen = format!("entries {from} to {} that no commit follows", self.seq);
            self.add(offset, from, seen, "a commit");
        }
        if self.thinned && !self.leaves {
            self.add(10, from, "a thinned segment without leaves", "the flag unset");
        }
        end == offset && self.seq < from
    }

    /// Leaves the segment.
    pub(super) fn leave(self) {
        if let Some(place) = &mut self.chain.place {
            place.key = self.key;
            place.end = self.end;
            place.sealed = self.sealed;
            place.vouched = self.vouched;
        }
    }
}
