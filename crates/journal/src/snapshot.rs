//! Snapshots: the state of whoever folds the journal, at a seq, so that a start reads the tail alone.
//!
//! `snapshots/<seq, 16 hex>.snap`, little-endian:
//!
//! | size | field |
//! | --- | --- |
//! | 8 | magic `PLIMSNAP` |
//! | 2 | version, 1 |
//! | 2 | count of hashes |
//! | 16 | journal id |
//! | 8 | term |
//! | 8 | seq: all entries up to it are in the state |
//! | 32 | root of the tree of that size |
//! | 32 for each bit set in seq | compact range: hashes of the largest whole subtrees, the largest first |
//! | 32 x count | hashes that the state stands for, in an order that is the application's |
//! | 8 | length of the state |
//! | length | the state, opaque |
//! | 32 | SHA-256 of all before |
//!
//! A snapshot is derived: it can be deleted, and the journal folded from its beginning instead.

use std::io;

use crate::disk::{Access, Disk, Kind, read_sound};
use crate::tree::{CompactRange, Hash};
use crate::window::as_u64;
use crate::words::{JournalId, Seq, Term};

const MAGIC: &[u8; 8] = b"PLIMSNAP";
const VERSION: u16 = 1;
const FOLDER: &str = "snapshots";

/// State at a seq.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Which journal.
    pub id: JournalId,
    /// Term of the writer at that moment.
    pub term: Term,
    /// The tree of all entries that are in the state; its size is their last seq.
    pub range: CompactRange,
    /// Hashes that the state stands for, such as the application's state hash.
    pub hashes: Vec<Hash>,
    /// The state, opaque.
    pub state: Vec<u8>,
}

/// A file that is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Its bytes are not those that were written.
    #[error("saw another {0} than a snapshot has")]
    Form(&'static str),
    /// It is written by another version.
    #[error("saw snapshot version {0}, wanted 1")]
    Version(u16),
    /// The disk failed.
    #[error("the disk failed")]
    Disk(#[from] io::Error),
}

/// What was found in the folder of snapshots.
#[derive(Debug, Default)]
pub struct Newest {
    /// The newest one that can be read.
    pub snapshot: Option<Snapshot>,
    /// Newer ones that cannot, newest first: each was passed over, and why.
    pub passed_over: Vec<(String, SnapshotError)>,
}

impl Snapshot {
    /// Returns the last entry that is in the state.
    #[must_use]
    pub fn seq(&self) -> Seq {
        Seq(self.range.size())
    }

    /// Returns the bytes of the file.
    ///
    /// # Panics
    /// If there are more than 65,535 hashes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let count = u16::try_from(self.hashes.len()).expect("a state stands for a few hashes");
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&count.to_le_bytes());
        out.extend_from_slice(&self.id.0);
        out.extend_from_slice(&self.term.0.to_le_bytes());
        out.extend_from_slice(&self.seq().0.to_le_bytes());
        out.extend_from_slice(&self.range.root().0);
        self.range.peaks().iter().chain(&self.hashes).for_each(|hash| out.extend(hash.0));
        out.extend_from_slice(&as_u64(self.state.len()).to_le_bytes());
        out.extend_from_slice(&self.state);
        out.extend_from_slice(&Hash::of(&out).0);
        out
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// What of them does not hold.
    pub fn parse(bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
        let short = || SnapshotError::Form("length");
        let (covered, sum) = bytes.split_last_chunk::<32>().ok_or_else(short)?;
        let (magic, rest) = covered.split_first_chunk::<8>().ok_or_else(short)?;
        let (version, rest) = number::<2>(rest).ok_or_else(short)?;
        if magic != MAGIC {
            return Err(SnapshotError::Form("magic number"));
        }
        if Hash::of(covered).0 != *sum {
            return Err(SnapshotError::Form("hash of its bytes"));
        }
        match u16::from_le_bytes(version) {
            VERSION => parse_body(rest).ok_or_else(short)?,
            other => Err(SnapshotError::Version(other)),
        }
    }
}

fn number<const N: usize>(bytes: &[u8]) -> Option<([u8; N], &[u8])> {
    bytes.split_first_chunk().map(|(number, rest)| (*number, rest))
}

/// `None` if the bytes end early or late.
fn parse_body(bytes: &[u8]) -> Option<Result<Snapshot, SnapshotError>> {
    let (count, rest) = number(bytes)?;
    let (id, rest) = number(rest)?;
    let (term, rest) = number(rest)?;
    let (seq, rest) = number(rest)?;
    let (root, rest) = number(rest)?;
    let seq = u64::from_le_bytes(seq);
    let (peaks, rest) = hashes(rest, usize::try_from(seq.count_ones()).ok()?)?;
    let (hashes, rest) = hashes(rest, usize::from(u16::from_le_bytes(count)))?;
    let (length, state) = number(rest)?;
    if as_u64(state.len()) != u64::from_le_bytes(length) {
        return None;
    }
    let range = CompactRange::from_peaks(seq, peaks).ok()?;
    if range.root() != Hash(root) {
        return Some(Err(SnapshotError::Form("root")));
    }
    let (id, term) = (JournalId(id), Term(u64::from_le_bytes(term)));
    Some(Ok(Snapshot { id, term, range, hashes, state: state.to_vec() }))
}

fn hashes(bytes: &[u8], count: usize) -> Option<(Vec<Hash>, &[u8])> {
    let (bytes, rest) = bytes.split_at_checked(count.checked_mul(32)?)?;
    let (hashes, _) = bytes.as_chunks();
    Some((hashes.iter().map(|hash| Hash(*hash)).collect(), rest))
}

/// Returns the name of the file of a seq.
fn name(seq: Seq) -> String {
    format!("{:016x}.snap", seq.0)
}

/// Returns the seq of a file's name; one seq, one spelling.
pub(crate) fn seq_of(file: &str) -> Option<Seq> {
    let seq = Seq(u64::from_str_radix(file.strip_suffix(".snap")?, 16).ok()?);
    (name(seq) == file).then_some(seq)
}

/// Writes a snapshot, durably; the journal must be durable up to its seq.
///
/// # Errors
/// What the disk says. There is then no file, or a whole one.
pub fn write(disk: &dyn Disk, snapshot: &Snapshot) -> io::Result<()> {
    write_noting(disk, snapshot, || ())
}

/// As [`write()`]; says when half of the bytes are written. Tests end the process there.
///
/// # Errors
/// As there.
pub fn write_noting(disk: &dyn Disk, snapshot: &Snapshot, half: impl FnOnce()) -> io::Result<()> {
    disk.make_dir(FOLDER)?;
    let path = format!("{FOLDER}/{}", name(snapshot.seq()));
    let unfinished = format!("{path}.new");
    let file = match disk.create(&unfinished) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            disk.remove(&unfinished)?;
            disk.create(&unfinished)?
        }
        created => created?,
    };
    let bytes = snapshot.encode();
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let written = file.write_at(0, first).and_then(|()| {
        half();
        file.write_at(as_u64(first.len()), second)?;
        file.sync()
    });
    match written {
        Ok(()) => {
            disk.rename(&unfinished, &path)?;
            disk.sync_dir(FOLDER)?;
            disk.sync_dir("")
        }
        Err(error) => {
            let _ = disk.remove(&unfinished);
            Err(error)
        }
    }
}

/// Reads the snapshot of a seq.
///
/// # Errors
/// If there is none, or it does not hold.
pub fn read(disk: &dyn Disk, seq: Seq) -> Result<Snapshot, SnapshotError> {
    let file = disk.open(&format!("{FOLDER}/{}", name(seq)), Access::Read)?;
    let len = usize::try_from(file.len()?).map_err(|_| SnapshotError::Form("length"))?;
    // Without it a start folds far more: one read that was wrong does not cost that.
    let bytes = read_sound(&*file, len, |bytes| {
        !matches!(Snapshot::parse(bytes), Err(SnapshotError::Form(_)))
    })?;
    let snapshot = Snapshot::parse(&bytes)?;
    if snapshot.seq() == seq { Ok(snapshot) } else { Err(SnapshotError::Form("seq")) }
}

/// Returns the seqs of all snapshots, the oldest first.
///
/// # Errors
/// What the disk says.
pub fn list(disk: &dyn Disk) -> io::Result<Vec<Seq>> {
    let found = match disk.list(FOLDER) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found?,
    };
    let files = found.iter().filter(|found| found.kind == Kind::File);
    let mut seqs: Vec<Seq> = files.filter_map(|found| seq_of(&found.name)).collect();
    seqs.sort_unstable();
    Ok(seqs)
}

/// Returns the newest snapshot up to `head` that can be read, and which newer ones cannot.
///
/// # Errors
/// If the folder cannot be read.
pub fn newest(disk: &dyn Disk, head: Seq) -> io::Result<Newest> {
    let mut newest = Newest::default();
    for seq in list(disk)?.into_iter().rev().filter(|seq| *seq <= head) {
        match read(disk, seq) {
            Ok(snapshot) => {
                newest.snapshot = Some(snapshot);
                break;
            }
            Err(error) => newest.passed_over.push((name(seq), error)),
        }
    }
    Ok(newest)
}

/// Removes all snapshots but the newest `keep`, and what a stop left unfinished.
///
/// # Errors
/// What the disk says.
pub fn prune(disk: &dyn Disk, keep: usize) -> io::Result<()> {
    let seqs = list(disk)?;
    for seq in seqs.iter().rev().skip(keep) {
        disk.remove(&format!("{FOLDER}/{}", name(*seq)))?;
    }
    clear(disk)?;
    if seqs.is_empty() { Ok(()) } else { disk.sync_dir(FOLDER) }
}

/// Removes what a stop left unfinished.
pub(crate) fn clear(disk: &dyn Disk) -> io::Result<()> {
    let found = match disk.list(FOLDER) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    for found in found {
        if found.name.strip_suffix(".new").is_some_and(|whole| seq_of(whole).is_some()) {
            disk.remove(&format!("{FOLDER}/{}", found.name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::disk::{Fault, TestDisk, Times};
    use crate::tree::leaf_hash;

    fn snapshot(size: u64, state: &[u8]) -> Snapshot {
        let mut range = CompactRange::new();
        (0..size).for_each(|seq| range.push(leaf_hash(&seq.to_le_bytes())));
        let (id, hashes) = (JournalId([3; 16]), vec![Hash([1; 32]), Hash([2; 32])]);
        Snapshot { id, term: Term(4), range, hashes, state: state.to_vec() }
    }

    #[test]
    fn each_flipped_bit_and_each_cut_is_an_error() {
        let bytes = snapshot(7, b"state").encode();
        assert_eq!(bytes.len(), 76 + 3 * 32 + 2 * 32 + 8 + 5 + 32);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Snapshot::parse(&flipped).is_err(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert!(Snapshot::parse(&bytes[..len]).is_err(), "{len}");
        }
    }

    #[test]
    fn what_a_right_hash_covers_is_still_checked() {
        let check = |edit: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = snapshot(7, b"state").encode();
            bytes.truncate(bytes.len() - 32);
            edit(&mut bytes);
            let sum = Hash::of(&bytes);
            bytes.extend_from_slice(&sum.0);
            assert!(Snapshot::parse(&bytes).is_err());
        };
        check(&|bytes| bytes[8] = 2);
        check(&|bytes| bytes[10] = 3);
        check(&|bytes| bytes[36] = 6);
        check(&|bytes| bytes[44] ^= 1);
        check(&|bytes| bytes[80] ^= 1);
        check(&|bytes| bytes.push(0));
    }

    #[test]
    fn the_newest_readable_one_is_used_and_what_is_passed_over_is_named() {
        let disk = TestDisk::new(1);
        assert!(newest(&disk, Seq(9)).unwrap().snapshot.is_none());
        for size in [3, 20, 7] {
            write(&disk, &snapshot(size, b"state")).unwrap();
        }
        assert_eq!(list(&disk).unwrap(), [Seq(3), Seq(7), Seq(20)]);
        assert_eq!(newest(&disk, Seq(20)).unwrap().snapshot, Some(snapshot(20, b"state")));
        assert_eq!(newest(&disk, Seq(19)).unwrap().snapshot, Some(snapshot(7, b"state")));
        disk.flip_bit("snapshots/0000000000000014.snap", 900).unwrap();
        let found = newest(&disk, Seq(20)).unwrap();
        assert_eq!(found.snapshot, Some(snapshot(7, b"state")));
        assert_eq!(found.passed_over[0].0, "0000000000000014.snap");
        // Under another name.
        let bytes = disk.read_file("snapshots/0000000000000007.snap").unwrap();
        disk.write_file("snapshots/0000000000000003.snap", &bytes).unwrap();
        assert!(matches!(read(&disk, Seq(3)), Err(SnapshotError::Form("seq"))));
        prune(&disk, 1).unwrap();
        assert_eq!(list(&disk).unwrap(), [Seq(20)]);
    }

    #[test]
    fn a_crash_at_any_operation_leaves_whole_snapshots_alone() {
        for seed in 0..150 {
            let disk = TestDisk::new(seed);
            write(&disk, &snapshot(3, b"first")).unwrap();
            disk.fail_at(disk.operations() + seed % 8, Fault::PowerCut, Times::Once);
            let written = write(&disk, &snapshot(9, &[5; 2000]));
            disk.crash(seed);
            disk.heal();
            let found = newest(&disk, Seq(9)).unwrap();
            assert!(found.passed_over.is_empty(), "seed {seed}");
            let seq = found.snapshot.unwrap().seq();
            assert!(seq == Seq(9) || written.is_err() && seq == Seq(3), "seed {seed}");
            write(&disk, &snapshot(9, b"again")).unwrap();
            prune(&disk, 1).unwrap();
            assert_eq!(disk.files(), ["snapshots/0000000000000009.snap"], "seed {seed}");
        }
    }

    proptest! {
        #[test]
        fn snapshots_come_back(
            size in 0..300_u64, term: u64, id: [u8; 16], state: Vec<u8>, hashes: Vec<[u8; 32]>,
        ) {
            let range = snapshot(size, b"").range;
            let hashes = hashes.into_iter().map(Hash).collect();
            let (id, term) = (JournalId(id), Term(term));
            let snapshot = Snapshot { id, term, range, hashes, state };
            prop_assert_eq!(Snapshot::parse(&snapshot.encode()).unwrap(), snapshot);
        }

        #[test]
        fn hostile_snapshots_give_an_error(bytes: Vec<u8>) {
            prop_assert!(Snapshot::parse(&bytes).is_err());
        }
    }
}
