//! Finds an entry's record without reading its segment from the beginning.
//!
//! Commits say their own place and the journal's id, so a place inside of a file can be told from bytes
//! that only look like one: the segment is halved until little is left. Nothing is believed that was
//! found so: the proof that is made of it leads to the signed root, or is refused.

use std::io;

use crate::disk::{Access, Disk, DiskFile};
use crate::format::{COMMIT_RECORD_BYTES, HEADER_BYTES, Header, Record, find_commit, leaf_data};
use crate::recovery::segment_names;
use crate::window::{Scan, Step, as_u64};
use crate::words::{JournalId, Seq};

/// Read at once while halving: some hundred commits of one entry.
const CHUNK_BYTES: usize = 64 << 10;

/// What stands at the place of an entry.
pub(super) enum Place {
    /// The entry: its leaf data.
    Entry(Vec<u8>),
    /// Its hash alone.
    Dropped,
    /// Nothing that can be read.
    Nothing,
}

pub(super) fn find(disk: &dyn Disk, seq: Seq) -> io::Result<Place> {
    let Ok((names, _)) = segment_names(disk) else { return Ok(Place::Nothing) };
    let Some(name) = names.iter().rev().find(|name| name.first <= seq) else {
        return Ok(Place::Nothing);
    };
    let file = disk.open(&name.path(), Access::Read)?;
    let mut head = [0; HEADER_BYTES];
    file.read_at(0, &mut head)?;
    let Ok(header) = Header::parse(&head) else { return Ok(Place::Nothing) };
    let from = group_of(&*file, header.id, seq)?;
    let mut scan = Scan::new(file, from);
    while let Step::Record { record, bytes, .. } = scan.step()? {
        match record {
            Record::Entry(entry) if entry.seq == seq => {
                return Ok(Place::Entry(leaf_data(bytes).to_vec()));
            }
            Record::Leaves(leaves) if leaves.first <= seq && seq <= leaves.last() => {
                return Ok(Place::Dropped);
            }
            Record::Entry(_)
            | Record::Leaves(_)
            | Record::Commit(_)
            | Record::Checkpoint(_)
            | Record::Seal(_) => {}
        }
    }
    Ok(Place::Nothing)
}

/// Returns a place where a record begins, at or before the entry's group and not far from it.
fn group_of(file: &dyn DiskFile, id: JournalId, seq: Seq) -> io::Result<u64> {
    let (mut from, mut to) = (as_u64(HEADER_BYTES), file.len()?);
    while to.saturating_sub(from) > as_u64(2 * CHUNK_BYTES) {
        let middle = from + (to - from) / 2;
        match commit_behind(file, id, middle, to)? {
            Some((end, last)) if last < seq => from = end,
            Some(_) | None => to = middle,
        }
    }
    Ok(from)
}

/// Returns where the first commit that begins between two places ends, and its last entry.
fn commit_behind(
    file: &dyn DiskFile,
    id: JournalId,
    from: u64,
    to: u64,
) -> io::Result<Option<(u64, Seq)>> {
    let mut at = from;
    let mut chunk = vec![0; CHUNK_BYTES];
    while at < to {
        let count = file.read_some_at(at, &mut chunk)?;
        let bytes = &chunk[..count];
        if let Some(commit) = find_commit(bytes, at, id, 0) {
            return Ok(Some((commit.offset + as_u64(COMMIT_RECORD_BYTES), commit.seq)));
        }
        // Reserved room, or the end of the file.
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        // A commit may lie across the end of what was read.
        at += as_u64(count.saturating_sub(COMMIT_RECORD_BYTES - 1).max(1));
    }
    Ok(None)
}
