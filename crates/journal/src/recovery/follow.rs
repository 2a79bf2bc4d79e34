//! From the first segment, or a snapshot's, to the end.

use std::io;

use super::walk::{Committed, Walk, Wrong};
use crate::disk::{Access, Disk, DiskFile, Kind, steady};
use crate::format::{CutReason, HEADER_BYTES, Header, Seal, SegmentName, find_commit};
use crate::tree::{CompactRange, EMPTY_ROOT, Hash};
use crate::window::{Scan, Step, as_u64, end_of_bytes, read_there};
use crate::words::{JournalId, Seq, Term};

/// Something in a journal that was on disk does not hold. Nothing behind it is used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "damage in {file} at offset {offset}, entry {seq}: {wrong}; `plimsoll audit verify` tells more"
)]
pub struct Damage {
    /// The file, below the journal's folder.
    pub file: String,
    /// Where in it.
    pub offset: u64,
    /// The first entry that is not certain.
    pub seq: Seq,
    /// What does not hold.
    pub wrong: Wrong,
}

/// A journal's end could not be found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecoverError {
    /// There are no segments.
    #[error("saw no segments: there is no journal in the folder")]
    NoJournal,
    /// Something that was on disk does not hold.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// The disk failed.
    #[error("the disk failed")]
    Disk(#[from] io::Error),
}

/// The end of a journal.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) id: JournalId,
    pub(crate) term: Term,
    pub(crate) key: [u8; 32],
    /// The last segment.
    pub(crate) segment: SegmentName,
    pub(crate) committed: Committed,
    pub(crate) sealed: Option<Seal>,
    pub(crate) torn: Option<Torn>,
    /// The root at the size asked for, if there was a commit of that size.
    pub(crate) watched: Option<Hash>,
}

/// A torn tail: it begins where the last whole group ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Torn {
    pub(crate) bytes: u64,
    pub(crate) reason: CutReason,
    /// Of its bytes.
    hash: Hash,
}

/// Returns the names of all segments in order, and of those that were being made.
///
/// # Errors
/// `Damage` with [`Wrong::Name`] if something else lies there.
pub(crate) fn segment_names(
    disk: &dyn Disk,
) -> Result<(Vec<SegmentName>, Vec<String>), RecoverError> {
    let found = match disk.list("segments") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(RecoverError::NoJournal);
        }
        found => found?,
    };
    let (mut names, mut unmade) = (Vec::new(), Vec::new());
    for file in found {
        let path = format!("segments/{}", file.name);
        let whole = file.name.strip_suffix(".new").unwrap_or(&file.name);
        match whole.parse() {
            Ok(_) if file.kind == Kind::File && whole != file.name => unmade.push(path),
            Ok(name) if file.kind == Kind::File => names.push(name),
            Ok(_) | Err(_) => {
                let wrong = Wrong::Name;
                return Err(Damage { file: path, offset: 0, seq: Seq(1), wrong }.into());
            }
        }
    }
    names.sort_unstable();
    Ok((names, unmade))
}

/// Reads the head of a segment.
pub(crate) fn header_of(file: &dyn DiskFile, name: SegmentName) -> Result<Header, RecoverError> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; HEADER_BYTES];
        let count = read_there(file, 0, &mut bytes)?;
        bytes.truncate(count);
        Ok(bytes)
    };
    if let Ok(header) = header_in(&read()?, name) {
        return Ok(header);
    }
    let bytes = steady(|| {
        file.forget();
        read()
    })?;
    header_in(&bytes, name)
        .map_err(|wrong| Damage { file: name.path(), offset: 0, seq: name.first, wrong }.into())
}

fn header_in(bytes: &[u8], name: SegmentName) -> Result<Header, Wrong> {
    let header = Header::parse(bytes)?;
    let named = header.term == name.term && header.first == name.first;
    if named { Ok(header) } else { Err(Wrong::Follows("name")) }
}

/// Follows all records from the tree's size on, or from the first, to the end.
///
/// `names` are all segments in order. `watch` asks for the root of that size. `again` reads past what the system has in memory.
pub(crate) fn recover(
    disk: &dyn Disk,
    names: &[SegmentName],
    start: Option<CompactRange>,
    watch: Option<Seq>,
    again: bool,
) -> Result<Recovered, RecoverError> {
    let open = |name: SegmentName| -> io::Result<Box<dyn DiskFile>> {
        let file = disk.open(&name.path(), Access::Read)?;
        if again {
            file.forget();
        }
        Ok(file)
    };
    let tree = start.unwrap_or_default();
    let from = first_segment(names, Seq(tree.size()).next());
    let mut walk = Walk::new(tree, watch);
    let (last, before) = names[from..].split_last().ok_or(RecoverError::NoJournal)?;
    let mut previous = None;
    for name in before {
        segment(open, *name, previous, &mut walk)?.whole()?;
        previous = Some(*name);
    }
    let end = segment(open, *last, previous, &mut walk)?;
    let torn = end.torn(&walk)?;
    Ok(Recovered {
        id: walk.id,
        term: walk.term,
        key: walk.key,
        segment: *last,
        sealed: walk.sealed,
        torn,
        watched: walk.watched,
        committed: walk.committed,
    })
}

/// Returns the place of the first segment that may hold an entry.
fn first_segment(names: &[SegmentName], seq: Seq) -> usize {
    let first = names.iter().map(|name| name.first).filter(|first| *first <= seq).max();
    names.iter().position(|name| Some(name.first) == first).unwrap_or(0)
}

/// Where a segment was left, and why if not at its end.
struct End {
    file: Box<dyn DiskFile>,
    stopped: Option<(Damage, u64)>,
}

fn segment(
    open: impl Fn(SegmentName) -> io::Result<Box<dyn DiskFile>>,
    name: SegmentName,
    previous: Option<SegmentName>,
    walk: &mut Walk,
) -> Result<End, RecoverError> {
    let header = header_of(&*open(name)?, name)?;
    if let Err(wrong) = follows(&header, previous, walk) {
        return Err(Damage { file: name.path(), offset: 0, seq: name.first, wrong }.into());
    }
    let before = walk.clone();
    walk.begin(&header, false);
    let mut stopped = follow(open(name)?, walk)?;
    if !walk.root_holds() {
        // Once more, to find which commit it is.
        *walk = before;
        walk.begin(&header, true);
        stopped = follow(open(name)?, walk)?;
    }
    let stopped = stopped.map(|(offset, wrong)| {
        let group = matches!(wrong, Wrong::Uncommitted | Wrong::Root(_));
        let seq = if group { walk.committed.seq } else { walk.seq() };
        (Damage { file: name.path(), offset, seq: seq.next(), wrong }, walk.committed.end)
    });
    Ok(End { file: open(name)?, stopped })
}

/// Checks the head of a segment against all before it.
fn follows(header: &Header, previous: Option<SegmentName>, walk: &Walk) -> Result<(), Wrong> {
    let Some(previous) = previous else {
        return match () {
            () if walk.committed.seq == Seq::NONE && header.first != Seq(1) => {
                Err(Wrong::Follows("first seq"))
            }
            () if header.first == Seq(1) && header.previous_root != EMPTY_ROOT => {
                Err(Wrong::Follows("previous root"))
            }
            () => Ok(()),
        };
    };
    let wrong = |field| Err(Wrong::Follows(field));
    let forked = header.id != walk.id;
    match () {
        () if header.term > previous.term && walk.sealed.is_none() => Err(Wrong::Unsealed),
        () if header.term == previous.term && walk.sealed.is_some() => wrong("term"),
        () if header.first != walk.committed.seq.next() => wrong("first seq"),
        () if walk.has_tree() && header.previous_root != walk.committed.tree.root() => {
            wrong("previous root")
        }
        () if forked && header.term == previous.term => wrong("journal id"),
        () if !forked && header.public_key != walk.key => wrong("public key"),
        () => Ok(()),
    }
}

/// Follows the records of one segment; returns where and why it stopped before its end.
fn follow(file: Box<dyn DiskFile>, walk: &mut Walk) -> io::Result<Option<(u64, Wrong)>> {
    let mut scan = Scan::new(file, as_u64(HEADER_BYTES));
    loop {
        match scan.step()? {
            Step::Record { offset, record, bytes } => {
                if let Err(wrong) = walk.take(offset, &record, bytes) {
                    return Ok(Some((offset, wrong)));
                }
            }
            Step::Bad { offset, error } => return Ok(Some((offset, error.into()))),
            Step::End { offset } => {
                let end = end_of_bytes(scan.window().file(), offset)?;
                return Ok(match () {
                    () if end > offset => Some((offset, Wrong::Behind)),
                    () if walk.is_open() => Some((offset, Wrong::Uncommitted)),
                    () => None,
                });
            }
        }
    }
}

impl End {
    fn whole(self) -> Result<(), RecoverError> {
        match self.stopped {
            Some((damage, _)) => Err(damage.into()),
            None => Ok(()),
        }
    }

    /// Tells a torn tail from damage.
    fn torn(self, walk: &Walk) -> Result<Option<Torn>, RecoverError> {
        let Some((damage, from)) = self.stopped else { return Ok(None) };
        let bytes = end_of_bytes(&*self.file, from)? - from;
        if let Some(seal) = &walk.sealed {
            // The term was sealed over a torn tail, and the tail not yet cut off.
            let within = from + bytes <= seal.offset.saturating_add(seal.cut_bytes);
            return if within { Ok(None) } else { Err(damage.into()) };
        }
        let mut rest = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
        self.file.read_at(from, &mut rest)?;
        if find_commit(&rest, from, walk.id, from).is_some() {
            return Err(damage.into());
        }
        let reason = match damage.wrong {
            Wrong::Record(_) | Wrong::Behind => CutReason::Torn,
            Wrong::Uncommitted => CutReason::Uncommitted,
            Wrong::Header(_)
            | Wrong::Follows(_)
            | Wrong::Seq { .. }
            | Wrong::Field(..)
            | Wrong::Root(_)
            | Wrong::Order(_)
            | Wrong::Name
            | Wrong::Unsealed => CutReason::Mixed,
        };
        Ok(Some(Torn { bytes, reason, hash: Hash::of(&rest) }))
    }
}
