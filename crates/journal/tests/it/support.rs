//! Journals as the crash tests open, write and judge them.

use std::fmt;
use std::io;
use std::sync::Arc;

use journal::disk::Disk;
use journal::keys::KeyStore;
use journal::snapshot::{self, Snapshot};
use journal::tree::{CompactRange, Hash, leaf_hash};
use journal::verify::VerifyOptions;
use journal::{
    AppendError, Draft, FileJournal, Head, Item, Journal, JournalId, OpenError, Options, Reader,
    Seq,
};

use crate::script::{KIND, Ledger, Outcome, Read, SCHEMA, payloads};

/// Small segments, so that a short script rotates often.
const SEGMENT_BYTES: u64 = 8 << 10;

/// Checkpoints also come between rotations.
const CHECKPOINT_EVERY: u64 = 17;

/// Kinds of the journal's own entries that say that a tail was cut off, and that it has a new name.
const CUT: u16 = 0xFF01;
const FORKED: u16 = 0xFF02;

/// Stands for the root of a size that the journal does not have.
const NO_ROOT: Hash = Hash([0; 32]);

/// What the journal says of snapshots that it cannot read.
const PASSED_OVER: &str = "snapshots that do not hold";

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
        return Err(format!("{PASSED_OVER}: {:?}", newest.passed_over));
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
        // Nobody else writes: only a disk that lies can put something where a seal would stand.
        Err(AppendError::Failed { .. } | AppendError::Sealed(_)) => Outcome::Unknown,
        Err(error @ (AppendError::Conflict { .. } | AppendError::Draft(_))) => {
            panic!("nobody else writes, and yet: {error}")
        }
    }
}

/// What is wrong with a journal.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// The journal says so itself: it is not opened, not read, holds an entry about it, or does not verify.
    Told(String),
    /// It looks sound, and is not what was written.
    Silent(String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Told(text) => write!(f, "told: {text}"),
            Wrong::Silent(text) => write!(f, "SILENT: {text}"),
        }
    }
}

/// Judges a journal: opened again it verifies, and holds what the ledger says. Returns what it holds in words.
pub(crate) fn judge(
    inside: &Arc<dyn Disk>,
    outside: &Arc<dyn Disk>,
    ledger: &Ledger,
) -> Result<String, Wrong> {
    let head = reopen(inside, outside).map_err(Wrong::Told)?;
    let (entries, roots) = read(inside).map_err(Wrong::Told)?;
    verify(inside, head).map_err(Wrong::Told)?;
    let has = |kind| entries.iter().any(|entry| entry.kind == kind);
    let held = hold(inside, ledger, head, &entries, &roots);
    if let Err(wrong) = held {
        let told = has(CUT) || has(FORKED) || wrong.contains(PASSED_OVER);
        return Err(if told { Wrong::Told(wrong) } else { Wrong::Silent(wrong) });
    }
    if has(FORKED) && ledger.acknowledged() > 0 {
        return Err(Wrong::Told("nobody copied it, and it has a new name".to_owned()));
    }
    Ok(format!("{} entries, {} batches acknowledged", entries.len(), ledger.acknowledged()))
}

/// Opens a journal and closes it; returns where it ends.
fn reopen(inside: &Arc<dyn Disk>, outside: &Arc<dyn Disk>) -> Result<Head, String> {
    let journal = open(inside, outside).map_err(|error| format!("not opened: {error}"))?;
    journal.close().map_err(|error| format!("not closed: {error:?}"))
}

/// Verifies the whole folder, as somebody who was not there would.
fn verify(inside: &Arc<dyn Disk>, head: Head) -> Result<(), String> {
    let report = journal::verify::verify(&**inside, &VerifyOptions::default());
    let report = report.map_err(|error| format!("not verified: {error:?}"))?;
    if !report.holds() {
        return Err(format!("it does not verify: {report}"));
    }
    if (report.size, report.root) != (head.seq, Some(head.root)) {
        return Err(format!("it ends at {head:?}, and verify says {report}"));
    }
    Ok(())
}

/// Holds all that was read against the head and the ledger.
fn hold(
    inside: &Arc<dyn Disk>,
    ledger: &Ledger,
    head: Head,
    entries: &[Read],
    roots: &[Hash],
) -> Result<(), String> {
    let root_at = |size: u64| roots.get(usize::try_from(size).unwrap()).copied().unwrap_or(NO_ROOT);
    if entries.len() as u64 != head.seq.0 || root_at(head.seq.0) != head.root {
        return Err(format!("it ends at {head:?}, and {} entries were read", entries.len()));
    }
    let newest = snapshots(inside, head.seq, root_at)?;
    if newest < ledger.snapshot {
        return Err(format!("the newest snapshot is {newest}, wanted {}", ledger.snapshot));
    }
    ledger.judge(entries, root_at)
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
