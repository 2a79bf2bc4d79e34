//! Retention: entries that nobody needs any more become their hashes.
//!
//! The application says which kinds stay for good; entries that a start from the oldest snapshot reads stay,
//! too, and of all others the leaf: so every root can still be computed, and what is left be proven.

use std::io;

use crate::disk::{Access, Disk, unsteady};
use crate::format::{
    Commit, HEADER_BYTES, Header, LEAVES_MAX, Leaves, Record, Seal, leaf_data, put_commit,
    put_leaves, put_seal,
};
use crate::recovery::segment_names;
use crate::snapshot;
use crate::tree::leaf_hash;
use crate::verify::{Finding, SegmentCheck, VerifyError};
use crate::window::{Scan, Step, as_u64};
use crate::words::{KIND_OWN_MIN, Seq};

/// What retention did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Segments that were replaced.
    pub segments: usize,
    /// Entries that became hashes.
    pub dropped: u64,
    /// Bytes that were given back.
    pub freed: u64,
}

/// Why retention stopped. Segments before the one in question may have been replaced; nothing is lost.
#[derive(Debug, thiserror::Error)]
pub enum RetainError {
    /// A segment does not hold: it is left as it is.
    #[error("{0}")]
    Damage(Finding),
    /// There is no journal, or something else than segments lies among them.
    #[error("the segments cannot be listed: run verify")]
    Names,
    /// The disk failed.
    #[error("the disk failed at {file:?}")]
    Disk {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl From<VerifyError> for RetainError {
    fn from(error: VerifyError) -> RetainError {
        match error {
            VerifyError::NoJournal => RetainError::Names,
            VerifyError::Disk { file, source } => RetainError::Disk { file, source },
        }
    }
}

/// Thins segments that end before the oldest snapshot: of entries whose kind `keep` does not ask for, the
/// hash alone stays. The journal's own entries stay. Without a snapshot nothing happens.
///
/// Each segment is verified before and after, made under another name and put in place by a rename,
/// under the lock. A writer may be at work, one that is opening meanwhile makes it fail harmlessly.
///
/// # Errors
/// [`RetainError::Damage`] if a segment does not hold, before or after; what the disk says.
pub fn thin(disk: &dyn Disk, keep: &dyn Fn(u16) -> bool) -> Result<Retained, RetainError> {
    let mut retained = Retained::default();
    let at = |file: &str, source| RetainError::Disk { file: file.to_owned(), source };
    let snapshots = snapshot::list(disk).map_err(|error| at("snapshots", error))?;
    let Some(oldest) = snapshots.first() else { return Ok(retained) };
    let (names, _) = segment_names(disk).map_err(|_| RetainError::Names)?;
    let mut chain = SegmentCheck::new();
    for (name, next) in names.iter().zip(names.iter().skip(1)) {
        if next.first > oldest.next() {
            break;
        }
        let path = name.path();
        let mut before = chain.clone();
        sound(chain.check(disk, &path, *name)?)?;
        let end = chain.end();
        let (bytes, dropped, old_len) =
            thinned(disk, &path, keep).map_err(|error| at(&path, error))?;
        if dropped == 0 {
            continue;
        }
        let unmade = format!("{path}.new");
        write(disk, &unmade, &bytes).map_err(|error| at(&unmade, error))?;
        sound(before.check(disk, &unmade, *name)?)?;
        if before.end() != end {
            return Err(at(&unmade, unsteady()));
        }
        replace(disk, &unmade, &path).map_err(|error| at(&path, error))?;
        retained.segments += 1;
        retained.dropped += dropped;
        retained.freed += old_len.saturating_sub(as_u64(bytes.len()));
        // Offsets differ now.
        chain = before;
    }
    Ok(retained)
}

fn sound(finding: Option<Finding>) -> Result<(), RetainError> {
    finding.map_or(Ok(()), |finding| Err(RetainError::Damage(finding)))
}

/// Returns the bytes of the thinned segment, how many entries it drops, and how long the file was.
fn thinned(
    disk: &dyn Disk,
    path: &str,
    keep: &dyn Fn(u16) -> bool,
) -> io::Result<(Vec<u8>, u64, u64)> {
    let file = disk.open(path, Access::Read)?;
    let old_len = file.len()?;
    let mut head = [0; HEADER_BYTES];
    file.read_at(0, &mut head)?;
    let header = Header::parse(&head).map_err(io::Error::other)?;
    let mut thin = Thin::new(&Header { thinned: true, ..header });
    let mut scan = Scan::new(file, as_u64(HEADER_BYTES));
    loop {
        match scan.step()? {
            Step::Record { record, bytes, .. } => thin.take(&record, bytes, keep),
            Step::End { .. } => return Ok((thin.out, thin.dropped, old_len)),
            // It was read to its end a moment ago: what is missing would be missing for good.
            Step::Bad { .. } => return Err(unsteady()),
        }
    }
}

/// A segment on its way.
struct Thin {
    out: Vec<u8>,
    /// Leaves in a row that are not written yet, and the place of the first.
    run: Vec<[u8; 32]>,
    first: Seq,
    dropped: u64,
}

impl Thin {
    fn new(header: &Header) -> Thin {
        Thin { out: header.encode().to_vec(), run: Vec::new(), first: Seq(1), dropped: 0 }
    }

    fn take(&mut self, record: &Record<'_>, bytes: &[u8], keep: &dyn Fn(u16) -> bool) {
        match record {
            Record::Entry(entry) if entry.kind < KIND_OWN_MIN && !keep(entry.kind) => {
                self.dropped += 1;
                self.leaf(entry.seq, leaf_hash(leaf_data(bytes)).0);
            }
            Record::Leaves(leaves) => {
                for (seq, hash) in (leaves.first.0..).zip(leaves.hashes) {
                    self.leaf(Seq(seq), *hash);
                }
            }
            Record::Entry(_) | Record::Checkpoint(_) => {
                self.end_run();
                self.out.extend_from_slice(bytes);
            }
            Record::Commit(commit) => {
                self.end_run();
                let offset = as_u64(self.out.len());
                put_commit(&mut self.out, &Commit { offset, durable_offset: offset, ..*commit });
            }
            Record::Seal(seal) => {
                self.end_run();
                let offset = as_u64(self.out.len());
                put_seal(&mut self.out, &Seal { offset, ..*seal });
            }
        }
    }

    fn leaf(&mut self, seq: Seq, hash: [u8; 32]) {
        if self.run.is_empty() {
            self.first = seq;
        }
        self.run.push(hash);
        if self.run.len() == LEAVES_MAX {
            self.end_run();
        }
    }

    fn end_run(&mut self) {
        if !self.run.is_empty() {
            put_leaves(&mut self.out, &Leaves { first: self.first, hashes: &self.run });
            self.run.clear();
        }
    }
}

fn write(disk: &dyn Disk, path: &str, bytes: &[u8]) -> io::Result<()> {
    let file = match disk.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            disk.remove(path)?;
            disk.create(path)?
        }
        created => created?,
    };
    let written = file.write_at(0, bytes).and_then(|()| file.sync());
    if written.is_err() {
        // The next opening removes it as well.
        let _ = disk.remove(path);
    }
    written
}

fn replace(disk: &dyn Disk, from: &str, to: &str) -> io::Result<()> {
    let lock = match disk.open("lock", Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        opened => Some(opened?),
    };
    lock.as_ref().map_or(Ok(()), |lock| lock.lock())?;
    // Dropping the file releases the lock.
    disk.rename(from, to)?;
    disk.sync_dir("segments")
}
