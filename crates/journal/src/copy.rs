//! [`copy`]: a journal's folder, whole up to a commit, while its writer may be at work.
//!
//! What belongs to one place (`lock`, keys and heads outside of the folder) stays behind; what is derived (`tree`) is made
//! again. A copy lies elsewhere than its heads say: whoever opens it for writing goes on under a new name, with the
//! entry `Forked`, and so can never be taken for the journal it was copied from.
//!
//! Each file is read once more on both disks when it is copied, and compared: one that differs is copied again.

use std::io;
use std::sync::Arc;

use crate::bodies;
use crate::cache::TreeCache;
use crate::disk::{Access, Disk, DiskFile, Found, Kind, LOOKS_MAX, steady, unsteady};
use crate::format::{HEADER_BYTES, Record, SegmentName, find_commit};
use crate::recovery::{Damage, RecoverError, Wrong, header_of, segment_names};
use crate::snapshot::seq_of;
use crate::tree::Hash;
use crate::window::{Scan, Step, as_u64, end_of_bytes, read_there};
use crate::words::{JournalId, Seq, Term};

/// Copied at once.
const CHUNK_BYTES: usize = 1 << 20;

/// What a copy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Name of the journal at the copy's end.
    pub id: JournalId,
    /// Term of its last segment.
    pub term: Term,
    /// The last entry of the last whole commit.
    pub size: Seq,
    /// Root of the tree of that size, as the commit says it.
    pub root: Hash,
    /// Segments.
    pub segments: usize,
    /// Snapshots; those of entries behind the copy's end are left out.
    pub snapshots: usize,
    /// Bodies.
    pub bodies: usize,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There are no segments.
    #[error("there is no journal in the folder")]
    NoJournal,
    /// Something that was on disk does not hold.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// The journal cannot be read.
    #[error("{file:?} of the journal cannot be read")]
    From {
        /// The file or folder, below the journal's.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The copy cannot be written.
    #[error("{file:?} of the copy cannot be written")]
    To {
        /// The file or folder, below the copy's.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

fn from<T>(file: &str, result: io::Result<T>) -> Result<T, CopyError> {
    result.map_err(|source| CopyError::From { file: file.to_owned(), source })
}

fn to<T>(file: &str, result: io::Result<T>) -> Result<T, CopyError> {
    result.map_err(|source| CopyError::To { file: file.to_owned(), source })
}

/// Copies a journal into an empty folder; every byte is on disk when it returns. `progress` is told how many bytes are
/// copied, and of how many.
///
/// The writer waits while the files are listed, and once more, briefly, if the end of the last segment looks torn.
///
/// # Errors
/// `Damage` if the end of the last segment was on disk once and does not hold; other damage is copied as it is, for
/// `verify` to name. What the disks say; the copy is worth nothing then.
pub fn copy(
    source: &dyn Disk,
    target: &Arc<dyn Disk>,
    mut progress: impl FnMut(u64, u64),
) -> Result<Copied, CopyError> {
    // The file `checkpoint` is read before the segments are: what it says stands in them.
    let (names, checkpoint) = locked(source, || {
        let (names, _) = segment_names(source).map_err(unnamed)?;
        Ok((names, read_if_there(source, "checkpoint")?))
    })?;
    let (last, before) = names.split_last().ok_or(CopyError::NoJournal)?;
    let mut copier =
        Copier { source, target: &**target, done: 0, total: 0, progress: &mut progress };
    for name in &names {
        let file = from(&name.path(), source.open(&name.path(), Access::Read))?;
        copier.total += from(&name.path(), file.len())?;
    }
    to("segments", target.make_dir("segments"))?;
    for name in before {
        copier.file(&name.path(), None)?;
    }
    let end = find_end(source, *last)?;
    copier.file(&last.path(), Some(end.offset))?;
    to("segments", target.sync_dir("segments"))?;
    let made = TreeCache::open(target, &names, end.size, end.root);
    match made.and_then(|mut tree| tree.sync()) {
        // The segments do not hold: `verify` says where.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {}
        made => to("tree", made)?,
    }
    let snapshots = copier.snapshots(end.size)?;
    let bodies = copier.bodies()?;
    if let Some(bytes) = checkpoint {
        copier.bytes("checkpoint", &bytes)?;
    }
    to("", target.sync_dir(""))?;
    let End { id, size, root, .. } = end;
    let (segments, bytes) = (names.len(), copier.done);
    Ok(Copied { id, term: last.term, size, root, segments, snapshots, bodies, bytes })
}

/// Where the last segment is whole.
struct End {
    id: JournalId,
    size: Seq,
    root: Hash,
    offset: u64,
}

/// Finds the end of the last whole group. What a writer is in the middle of is looked at again while it waits.
fn find_end(disk: &dyn Disk, name: SegmentName) -> Result<End, CopyError> {
    let (end, whole) = walk(disk, name)?;
    if whole {
        return Ok(end);
    }
    locked(disk, || {
        let (end, whole) = walk(disk, name)?;
        if !whole {
            was_it_on_disk(disk, name, &end)?;
        }
        Ok(end)
    })
}

/// Walks a segment to its end, and returns whether nothing but zeros lies behind it.
fn walk(disk: &dyn Disk, name: SegmentName) -> Result<(End, bool), CopyError> {
    let path = name.path();
    let file = from(&path, disk.open(&path, Access::Read))?;
    let header = header_of(&*file, name).map_err(unnamed)?;
    let start = as_u64(HEADER_BYTES);
    let size = Seq(name.first.0 - 1);
    let mut end = End { id: header.id, size, root: header.previous_root, offset: start };
    let mut scan = Scan::new(file, start);
    let mut within = false;
    loop {
        match from(&path, scan.step())? {
            Step::Record { offset, record, bytes } => {
                let behind = offset + as_u64(bytes.len());
                match record {
                    Record::Entry(_) | Record::Leaves(_) => within = true,
                    Record::Commit(commit) => {
                        within = false;
                        (end.size, end.root, end.offset) = (commit.seq, commit.root, behind);
                    }
                    Record::Checkpoint(_) if !within => end.offset = behind,
                    Record::Seal(_) if !within => {
                        end.offset = behind;
                        // What a writer of an ended term still appended is nobody's.
                        return Ok((end, true));
                    }
                    Record::Checkpoint(_) | Record::Seal(_) => return Ok((end, false)),
                }
            }
            Step::End { .. } => return Ok((end, !within)),
            Step::Bad { .. } => return Ok((end, false)),
        }
    }
}

/// What lies behind the end is torn, and is left behind, unless a later commit says that it was on disk.
fn was_it_on_disk(disk: &dyn Disk, name: SegmentName, end: &End) -> Result<(), CopyError> {
    let path = name.path();
    let file = from(&path, disk.open(&path, Access::Read))?;
    let len = from(&path, end_of_bytes(&*file, end.offset))? - end.offset;
    let mut rest = vec![0; usize::try_from(len).unwrap_or(0)];
    let count = from(&path, read_there(&*file, end.offset, &mut rest))?;
    rest.truncate(count);
    match find_commit(&rest, end.offset, end.id, end.offset) {
        None => Ok(()),
        Some(_) => {
            let (offset, seq) = (end.offset, end.size.next());
            Err(Damage { file: path, offset, seq, wrong: Wrong::Uncommitted }.into())
        }
    }
}

/// Carries files over.
struct Copier<'a> {
    source: &'a dyn Disk,
    target: &'a dyn Disk,
    done: u64,
    total: u64,
    progress: &'a mut dyn FnMut(u64, u64),
}

impl Copier<'_> {
    /// Copies a file, or its first bytes.
    fn file(&mut self, path: &str, len: Option<u64>) -> Result<(), CopyError> {
        let file = from(path, self.source.open(path, Access::Read))?;
        self.opened(path, &*file, len)
    }

    fn opened(
        &mut self,
        path: &str,
        file: &dyn DiskFile,
        len: Option<u64>,
    ) -> Result<(), CopyError> {
        let made = to(path, self.target.create(path))?;
        let before = self.done;
        for _ in 0..LOOKS_MAX {
            self.done = before;
            self.carry(path, file, &*made, len)?;
            to(path, made.sync())?;
            if is_same(path, file, &*made, self.done - before)? {
                return Ok(());
            }
        }
        from(path, Err(unsteady()))
    }

    fn carry(
        &mut self,
        path: &str,
        file: &dyn DiskFile,
        made: &dyn DiskFile,
        len: Option<u64>,
    ) -> Result<(), CopyError> {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut offset = 0;
        loop {
            let left = len.map_or(u64::MAX, |len| len - offset);
            let room = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK_BYTES);
            let count = from(path, read_there(file, offset, &mut chunk[..room]))?;
            if count == 0 {
                break;
            }
            to(path, made.write_at(offset, &chunk[..count]))?;
            offset += as_u64(count);
            self.done += as_u64(count);
            (self.progress)(self.done.min(self.total), self.total);
        }
        if len.is_some_and(|len| offset < len) {
            return from(path, Err(io::ErrorKind::UnexpectedEof.into()));
        }
        Ok(())
    }

    fn bytes(&mut self, path: &str, bytes: &[u8]) -> Result<(), CopyError> {
        let made = to(path, self.target.create(path))?;
        to(path, made.write_at(0, bytes).and_then(|()| made.sync()))?;
        self.done += as_u64(bytes.len());
        Ok(())
    }

    /// Snapshots come and go without the lock: one that is gone meanwhile is none.
    fn snapshots(&mut self, size: Seq) -> Result<usize, CopyError> {
        let found = list(self.source, "snapshots")?;
        let seq = |found: &Found| seq_of(&found.name).filter(|_| found.kind == Kind::File);
        let wanted: Vec<_> =
            found.iter().filter(|found| seq(found).is_some_and(|seq| seq <= size)).collect();
        if wanted.is_empty() {
            return Ok(0);
        }
        to("snapshots", self.target.make_dir("snapshots"))?;
        let mut count = 0;
        for found in wanted {
            let path = format!("snapshots/{}", found.name);
            match self.source.open(&path, Access::Read) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                opened => {
                    self.opened(&path, &*from(&path, opened)?, None)?;
                    count += 1;
                }
            }
        }
        to("snapshots", self.target.sync_dir("snapshots"))?;
        Ok(count)
    }

    /// A body is on disk before the entry that names it: all that the copy's entries name are there.
    fn bodies(&mut self) -> Result<usize, CopyError> {
        let mut count = 0;
        for folder in list(self.source, "bodies")? {
            let below = format!("bodies/{}", folder.name);
            if folder.kind != Kind::Folder {
                continue;
            }
            let is_body = |path: &String, name: &str| {
                name.parse::<Hash>().is_ok_and(|hash| bodies::path(&hash) == *path)
            };
            let found = list(self.source, &below)?.into_iter();
            let paths = found.filter_map(|found| {
                let path = format!("{below}/{}", found.name);
                is_body(&path, &found.name).then_some(path)
            });
            let paths: Vec<String> = paths.collect();
            if paths.is_empty() {
                continue;
            }
            to(&below, self.target.make_dir(&below))?;
            for path in &paths {
                self.file(path, None)?;
            }
            to(&below, self.target.sync_dir(&below))?;
            count += paths.len();
        }
        if count > 0 {
            to("bodies", self.target.sync_dir("bodies"))?;
        }
        Ok(count)
    }
}

/// Returns whether the first `len` bytes of both are the same, past the system's own copies where those can be dropped.
fn is_same(
    path: &str,
    file: &dyn DiskFile,
    made: &dyn DiskFile,
    len: u64,
) -> Result<bool, CopyError> {
    file.forget();
    made.forget();
    let (mut one, mut other) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    let mut offset = 0;
    while offset < len {
        let part = usize::try_from(len - offset).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        from(path, file.read_at(offset, &mut one[..part]))?;
        to(path, made.read_at(offset, &mut other[..part]))?;
        if one[..part] != other[..part] {
            return Ok(false);
        }
        offset += as_u64(part);
    }
    Ok(true)
}

/// Returns what a folder holds; nothing if it is absent.
fn list(disk: &dyn Disk, folder: &str) -> Result<Vec<Found>, CopyError> {
    match disk.list(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        found => from(folder, found),
    }
}

fn read_if_there(disk: &dyn Disk, path: &str) -> Result<Option<Vec<u8>>, CopyError> {
    let file = match disk.open(path, Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => from(path, opened)?,
    };
    let len = usize::try_from(from(path, file.len())?).map_err(io::Error::other);
    let mut bytes = vec![0; from(path, len)?];
    let read = steady(|| {
        file.forget();
        file.read_at(0, &mut bytes).map(|()| bytes.clone())
    });
    from(path, read).map(Some)
}

/// Does something while no writer commits. A copy has no lock, and no writer.
fn locked<T>(disk: &dyn Disk, work: impl FnOnce() -> Result<T, CopyError>) -> Result<T, CopyError> {
    let lock = match disk.open("lock", Access::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return work(),
        opened => from("lock", opened)?,
    };
    from("lock", lock.lock())?;
    let done = work();
    // Closing the file, which follows, releases it as well.
    let _ = lock.unlock();
    done
}

fn unnamed(error: RecoverError) -> CopyError {
    match error {
        RecoverError::NoJournal => CopyError::NoJournal,
        RecoverError::Damage(damage) => CopyError::Damage(damage),
        RecoverError::Disk(source) => CopyError::From { file: "segments".to_owned(), source },
    }
}
