//! `verify`: whether every bit of every file in a journal's folder is as it was written.
//!
//! It shares the parsing of records with the writer and nothing else: what follows from what is written
//! down here a second time, from `docs/journal-format.md`.

mod beside;
mod chain;
mod folder;
mod group;
mod looks;
mod report;
mod segment;
mod subtrees;

use std::collections::BTreeSet;
use std::io;

use crate::disk::{Access, Disk, DiskFile};
use crate::format::SegmentName;
use crate::note::{SignedNote, VerifyingKey};
use crate::tree::{CompactRange, Hash};
use crate::words::Seq;

use chain::Chain;
use report::Findings;
pub use report::{Finding, Report};

/// What is held against the folder.
#[derive(Clone, Debug, Default)]
pub struct VerifyOptions {
    /// Checkpoints that were kept outside: up to the largest of them every edit is found.
    pub checkpoints: Vec<SignedNote>,
    /// The key that the journal must be signed with, at its beginning or after rotations.
    pub key: Option<VerifyingKey>,
}

/// The folder could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// There are no segments.
    #[error("there is no journal in the folder")]
    NoJournal,
    /// The disk failed.
    #[error("the disk failed at {file:?}")]
    Disk {
        /// The file or folder, below the journal's.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Reads the whole folder of a journal and says what in it does not hold.
///
/// A writer may be at work: the lock is taken for a moment to list the files, and once more, for as long
/// as the last segment takes to read, only if that looks torn.
///
/// Nothing is damage on the word of one read: a folder in which something does not hold is read again, past the system's own
/// copy where that can be dropped, until two looks in a row say the same or one finds nothing. What only an earlier look
/// had found is told apart ([`Report::misread`]).
///
/// # Errors
/// If there is no journal, the disk fails, or no two looks agree. What does not hold is a [`Finding`], not an error.
pub fn verify(disk: &dyn Disk, options: &VerifyOptions) -> Result<Report, VerifyError> {
    looks::steady(disk, || look(disk, options))
}

/// Reads the whole folder once.
fn look(disk: &dyn Disk, options: &VerifyOptions) -> Result<Report, VerifyError> {
    let mut findings = Findings::default();
    let lock = Lock::of(disk)?;
    let held = lock.as_ref().map(Lock::take).transpose()?;
    let folder = folder::list(disk, &mut findings)?;
    drop(held);
    let newest = folder.checkpoint.as_deref().and_then(|bytes| SignedNote::parse(bytes).ok());
    let outside = options.checkpoints.iter().map(|note| note.unverified().size);
    let asked: BTreeSet<Seq> = outside
        .chain(newest.as_ref().map(|note| note.unverified().size))
        .chain(folder.snapshots.iter().map(|(seq, _)| *seq))
        .collect();
    let mut chain =
        Chain::new(asked, subtrees::Subtrees::new(&folder.subtrees), folder.checkpoint.clone());
    let (last, before) = folder.segments.split_last().ok_or(VerifyError::NoJournal)?;
    for name in before {
        segment::check(disk, &name.path(), *name, &mut chain, &mut findings)?;
    }
    last_segment(disk, *last, lock.as_ref(), &mut chain, &mut findings)?;
    beside::check(disk, &folder, &mut chain, &mut findings)?;
    let vouched = beside::check_outside(options, &chain, &mut findings);
    Ok(Report::new(&chain, &folder, vouched, findings))
}

/// Segments, one after the other, without what lies beside them: for whoever replaces one.
#[derive(Clone, Debug)]
pub(crate) struct SegmentCheck(Chain);

impl SegmentCheck {
    pub(crate) fn new() -> SegmentCheck {
        let subtrees = subtrees::Subtrees::new(&[]);
        SegmentCheck(Chain::new(BTreeSet::new(), subtrees, None))
    }

    /// Returns the last entry of the last whole commit, and the root of the tree of that size.
    pub(crate) fn end(&self) -> (Seq, Option<Hash>) {
        (self.0.seq, self.0.tree.as_ref().map(CompactRange::root))
    }

    /// Checks the segment that follows, which lies at `path`; returns the first thing that does not hold.
    pub(crate) fn check(
        &mut self,
        disk: &dyn Disk,
        path: &str,
        name: SegmentName,
    ) -> Result<Option<Finding>, VerifyError> {
        let mut findings = Findings::default();
        segment::check(disk, path, name, &mut self.0, &mut findings)?;
        Ok(findings.first())
    }
}

/// A writer may be in the middle of a commit: what looks torn is looked at again while it waits.
fn last_segment(
    disk: &dyn Disk,
    name: SegmentName,
    lock: Option<&Lock>,
    chain: &mut Chain,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let (mut try_chain, mut try_findings) = (chain.clone(), findings.clone());
    let whole = segment::check(disk, &name.path(), name, &mut try_chain, &mut try_findings)?;
    match lock {
        Some(lock) if !whole => {
            let _held = lock.take()?;
            segment::check(disk, &name.path(), name, chain, findings)?;
        }
        Some(_) | None => (*chain, *findings) = (try_chain, try_findings),
    }
    Ok(())
}

/// The lock of the folder. A copy may have none.
struct Lock(Box<dyn DiskFile>);

struct Held<'a>(&'a Lock);

impl Lock {
    fn of(disk: &dyn Disk) -> Result<Option<Lock>, VerifyError> {
        match disk.open("lock", Access::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => at("lock", opened).map(|file| Some(Lock(file))),
        }
    }

    fn take(&self) -> Result<Held<'_>, VerifyError> {
        at("lock", self.0.lock()).map(|()| Held(self))
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // Closing the file, which follows, releases it as well.
        let _ = self.0.0.unlock();
    }
}

fn at<T>(file: &str, result: io::Result<T>) -> Result<T, VerifyError> {
    result.map_err(|source| VerifyError::Disk { file: file.to_owned(), source })
}
