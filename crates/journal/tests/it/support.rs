//! Journals as the crash tests open, write and judge them.

use std::io;
use std::sync::Arc;

use journal::disk::Disk;
use journal::keys::KeyStore;
use journal::snapshot::{self, Snapshot};
use journal::tree::{CompactRange, Hash, leaf_hash};
use journal::{
    AppendError, Draft, FileJournal, Item, Journal, JournalId, OpenError, Options, Reader, Seq,
};

use crate::script::{KIND, Ledger, Outcome, Read, SCHEMA, payloads};

/// Small segments, so that a short script rotates often.
const SEGMENT_BYTES: u64 = 8 << 10;

/// Checkpoints also come between rotations.
const CHECKPOINT_EVERY: u64 = 17;

/// Kind of the journal's own entry that says that it has a new name.
const FORKED: u16 = 0xFF02;

fn options() -> Options {
    Options {
        segment_bytes: SEGMENT_BYTES,
        checkpoint_every: CHECKPOINT_EVERY,
        fork_id: Some(JournalId([0xF0; 16])),
        ..Options::default()
    }
}

/// Opens the journal of two folders, or makes it.
pub(crate) fn open(inside: &Arc<dyn Disk>, outside: &Arc<dyn Disk>) -> Result<FileJournal, String> {
    outside.make_dir("").map_err(|error| format!("no folder for keys: {error}"))?;
    let keys = || {
        KeyStore::open(Arc::clone(outside), "keys").map_err(|error| format!("no keys: {error:?}"))
    };
    let journal = match FileJournal::open(Arc::clone(inside), keys()?, options()) {
        Err(OpenError::NoJournal) => {
            FileJournal::create(Arc::clone(inside), keys()?, JournalId([1; 16]), options())
        }
        opened => opened,
    };
    journal.map_err(|error| format!("{error:?}"))
}

/// Closes a journal.
pub(crate) fn close(journal: FileJournal) -> Result<(), AppendError> {
    journal.close().map(drop)
}

/// Asks for a checkpoint, and returns whether there is one.
pub(crate) fn checkpoint(journal: &mut FileJournal) -> bool {
    journal.checkpoint().is_ok()
}

/// Writes a snapshot that stands for all entries so far, and returns their last place.
pub(crate) fn snapshot(inside: &Arc<dyn Disk>, journal: &FileJournal) -> io::Result<u64> {
    let head = journal.head();
    let range = journal.tree().clone();
    let state = range.root().0.to_vec();
    let snapshot = Snapshot { id: head.id, term: head.term, range, hashes: vec![head.root], state };
    snapshot::write(&**inside, &snapshot)?;
    Ok(head.seq.0)
}

/// Returns the place of the newest snapshot, 0 if there is none; all that are there have to be whole and right.
fn snapshots(
    inside: &Arc<dyn Disk>,
    head: Seq,
    root_at: impl Fn(u64) -> Hash,
) -> Result<u64, String> {
    let newest = snapshot::newest(&**inside, head).map_err(|error| format!("{error:?}"))?;
    if !newest.passed_over.is_empty() {
        return Err(format!("snapshots that do not hold: {:?}", newest.passed_over));
    }
    let Some(snapshot) = newest.snapshot else { return Ok(0) };
    let (seq, root) = (snapshot.seq(), root_at(snapshot.seq().0));
    let right = snapshot.range.root() == root && snapshot.state == root.0;
    if right { Ok(seq.0) } else { Err(format!("the snapshot of {seq} is of another journal")) }
}

/// Appends one attempt as one commit.
pub(crate) fn append(journal: &mut FileJournal, attempt: u64) -> Outcome {
    let payloads = payloads(attempt);
    let draft = |payload| Draft { kind: KIND, schema: SCHEMA, payload };
    let drafts: Vec<Draft<'_>> = payloads.iter().map(|payload| draft(payload)).collect();
    let before = journal.head();
    match journal.append(before.seq, &drafts) {
        Ok(head) => {
            assert_eq!(head, journal.head());
            Outcome::Acknowledged { seq: head.seq.0, root: head.root }
        }
        Err(AppendError::Full(_)) => {
            assert_eq!(journal.head(), before, "a refusal changes nothing");
            Outcome::Refused
        }
        Err(AppendError::Failed { .. }) => Outcome::Unknown,
        Err(
            error @ (AppendError::Conflict { .. } | AppendError::Draft(_) | AppendError::Sealed(_)),
        ) => {
            panic!("nobody else writes, and yet: {error}")
        }
    }
}

/// Judges a journal: opened again it verifies, and holds what the ledger says. Returns what it holds in words.
pub(crate) fn judge(
    inside: &Arc<dyn Disk>,
    outside: &Arc<dyn Disk>,
    ledger: &Ledger,
) -> Result<String, String> {
    let journal = open(inside, outside).map_err(|error| format!("not opened: {error}"))?;
    let head = journal.head();
    journal.close().map_err(|error| format!("not closed: {error:?}"))?;
    let (entries, roots) = read(inside)?;
    let root_at = |size: u64| roots[usize::try_from(size).unwrap()];
    if entries.len() as u64 != head.seq.0 || root_at(head.seq.0) != head.root {
        return Err(format!("it ends at {head:?}, and {} entries were read", entries.len()));
    }
    let newest = snapshots(inside, head.seq, root_at)?;
    if newest < ledger.snapshot {
        return Err(format!("the newest snapshot is {newest}, wanted {}", ledger.snapshot));
    }
    let forks = entries.iter().filter(|entry| entry.kind == FORKED).count();
    if forks > 0 && ledger.acknowledged() > 0 {
        return Err(format!("nobody copied it, and it has {forks} entries that say so"));
    }
    ledger.judge(&entries, root_at)?;
    Ok(format!("{} entries, {} batches acknowledged", entries.len(), ledger.acknowledged()))
}

/// Reads all entries, and computes the root behind each; the first root is that of the empty tree.
fn read(inside: &Arc<dyn Disk>) -> Result<(Vec<Read>, Vec<Hash>), String> {
    let mut reader =
        Reader::open(Arc::clone(inside), Seq(1)).map_err(|error| format!("{error:?}"))?;
    let mut tree = CompactRange::new();
    let (mut entries, mut roots) = (Vec::new(), vec![tree.root()]);
    while let Some(item) = reader.next().map_err(|error| format!("{error:?}"))? {
        let Item::Entry(entry) = item else { return Err(format!("saw {item:?}")) };
        let numbers = [entry.kind.to_le_bytes(), entry.schema.to_le_bytes()].concat();
        let leaf = [&entry.seq.0.to_le_bytes()[..], &numbers, entry.payload].concat();
        tree.push(leaf_hash(&leaf));
        roots.push(tree.root());
        entries.push(Read {
            seq: entry.seq.0,
            kind: entry.kind,
            schema: entry.schema,
            payload: entry.payload.to_vec(),
        });
    }
    Ok((entries, roots))
}

/// Returns how many rounds to run: the test's own number, or more if the variable asks for more.
pub(crate) fn rounds(variable: &str, own: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a soak asks for more rounds")]
    let asked = std::env::var(variable).ok();
    asked.map_or(own, |asked| asked.parse::<u64>().unwrap().max(own))
}

/// Dice with a seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// SplitMix64.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }
}
