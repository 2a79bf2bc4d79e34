//! `Reader`: entries from any place on, while the writer writes.

use std::io;
use std::sync::Arc;

use crate::disk::{Access, Disk};
use crate::format::{
    Commit, HEADER_BYTES, Parsed, Record, SegmentName, find_commit, parse_checked,
};
use crate::recovery::{Damage, RecoverError, Wrong, header_of, segment_names};
use crate::window::{Window, as_u64, at, end_of_bytes, read_there};
use crate::words::{Entry, JournalId, Seq, Term};

/// Reads a journal from any place on and follows it as it grows. It takes no lock: there may be many.
///
/// It gives whole commits alone. A commit is seen as soon as it is written, which is up to one `fdatasync`
/// before its writer is told: if the machine loses power in between, an entry that was read may not have
/// happened. [`Reader::durable`] is the place up to which that is excluded.
///
/// Checksums, sequence and the order of commits are checked; hashes are `verify`'s.
#[derive(Debug)]
pub struct Reader {
    disk: Arc<dyn Disk>,
    name: SegmentName,
    id: JournalId,
    window: Window,
    /// Where the next record is given out.
    offset: u64,
    /// Up to here commits are whole.
    committed: u64,
    /// The last entry up to there.
    last: Seq,
    durable: Seq,
    sealed: bool,
    /// Entries before this one are not asked for.
    wanted: Seq,
    /// How often in a row what lies behind the last whole commit could not be read.
    doubts: u32,
    /// The end of this segment was seen to be one.
    looked: bool,
}

/// A write in progress is seen whole within a few looks; only then is it worth looking closer. A power of two.
const DOUBTS_MIN: u32 = 16;

/// What stands at the next place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// An entry.
    Entry(Entry<'a>),
    /// Retention dropped these entries and kept their hashes.
    Dropped {
        /// The first of them, or the one asked for if it lies behind that.
        first: Seq,
        /// The last of them.
        last: Seq,
    },
}

/// A journal could not be read on.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There are no segments.
    #[error("there is no journal in the folder")]
    NoJournal,
    /// Something that was on disk does not hold.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// The disk failed.
    #[error("the disk failed")]
    Disk(#[from] io::Error),
}

impl From<RecoverError> for ReadError {
    fn from(error: RecoverError) -> ReadError {
        match error {
            RecoverError::NoJournal => ReadError::NoJournal,
            RecoverError::Damage(damage) => ReadError::Damage(damage),
            RecoverError::Disk(error) => ReadError::Disk(error),
        }
    }
}

/// What came of looking for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// There is more to look at.
    More,
    /// Nothing more is there yet.
    Waiting,
}

impl Reader {
    /// Begins to read at an entry, which may lie ahead of the journal's end.
    ///
    /// # Errors
    /// [`ReadError::NoJournal`] if there is none; damage in the head of the segment; what the disk says.
    pub fn open(disk: Arc<dyn Disk>, from: Seq) -> Result<Reader, ReadError> {
        let (names, _) = segment_names(&*disk)?;
        let wanted = from.max(Seq(1));
        let oldest = *names.first().ok_or(ReadError::NoJournal)?;
        // The newest one that begins at or before it.
        let name = names.iter().rev().find(|name| name.first <= wanted).copied();
        let name = name.ok_or_else(|| Damage {
            file: oldest.path(),
            offset: 0,
            seq: wanted,
            wrong: Wrong::Follows("first seq"),
        })?;
        let (window, id) = enter(&*disk, name)?;
        let (start, last) = (as_u64(HEADER_BYTES), Seq(name.first.0 - 1));
        Ok(Reader {
            disk,
            name,
            id,
            window,
            offset: start,
            committed: start,
            last,
            durable: last,
            sealed: false,
            wanted,
            doubts: 0,
            looked: false,
        })
    }

    /// Returns the next entry, or `None` if there is none yet: ask again later.
    ///
    /// # Errors
    /// Damage, with its place: nothing behind it is given. What the disk says.
    #[expect(clippy::should_implement_trait, reason = "an item is lent until the next call")]
    pub fn next(&mut self) -> Result<Option<Item<'_>>, ReadError> {
        let Some(offset) = self.find()? else { return Ok(None) };
        let wanted = self.wanted;
        Ok(match parse_checked(self.window.bytes(offset)) {
            Ok(Parsed::Record(Record::Entry(entry), _)) => {
                self.wanted = entry.seq.next();
                Some(Item::Entry(entry))
            }
            Ok(Parsed::Record(Record::Leaves(leaves), _)) => {
                let (first, last) = (leaves.first.max(wanted), leaves.last());
                self.wanted = last.next();
                Some(Item::Dropped { first, last })
            }
            Ok(_) | Err(_) => None,
        })
    }

    /// Returns the last entry of the last whole commit seen so far.
    #[must_use]
    pub fn committed(&self) -> Seq {
        self.last
    }

    /// Returns the last entry that is known to be on disk.
    #[must_use]
    pub fn durable(&self) -> Seq {
        self.durable
    }

    /// Returns the name that the journal has where it is being read.
    #[must_use]
    pub fn id(&self) -> JournalId {
        self.id
    }

    /// Returns the term of the segment that is being read; of the last entry given, if there was one.
    #[must_use]
    pub fn term(&self) -> Term {
        self.name.term
    }

    /// Finds the next record that is asked for, and goes behind it.
    fn find(&mut self) -> Result<Option<u64>, ReadError> {
        loop {
            while self.offset < self.committed {
                let offset = self.offset;
                let parsed = parse_checked(self.window.bytes(offset));
                let Ok(Parsed::Record(record, size)) = parsed else {
                    return Err(self.damage(offset, Wrong::Behind).into());
                };
                self.offset += as_u64(size);
                let last = match record {
                    Record::Entry(entry) => Some(entry.seq),
                    Record::Leaves(leaves) => Some(leaves.last()),
                    Record::Commit(_) | Record::Checkpoint(_) | Record::Seal(_) => None,
                };
                if last.is_some_and(|last| last >= self.wanted) {
                    return Ok(Some(offset));
                }
            }
            if self.look()? == Progress::Waiting {
                return Ok(None);
            }
        }
    }

    /// Looks for the next whole group behind the last one.
    fn look(&mut self) -> Result<Progress, ReadError> {
        let (mut offset, mut seq) = (self.committed, self.last);
        // Zeros that were read by an earlier look may be records by now.
        let mut old = !self.window.bytes(offset).is_empty();
        loop {
            self.window.fill_record(self.committed, offset)?;
            let (record, size) = match at(self.window.bytes(offset)) {
                Ok(Parsed::Record(record, size)) => (record, as_u64(size)),
                Ok(Parsed::End) if old && seq == self.last => {
                    self.window.forget_from(offset);
                    old = false;
                    continue;
                }
                Ok(Parsed::End) if seq == self.last => return self.at_end(offset),
                Ok(Parsed::End) => return self.doubt(offset, seq, Wrong::Uncommitted),
                Err(error) => return self.doubt(offset, seq, error.into()),
            };
            let ends = match record {
                _ if self.sealed => Err(Wrong::Behind),
                Record::Entry(entry) => follow(&mut seq, entry.seq, entry.seq).map(|()| None),
                Record::Leaves(leaves) => {
                    follow(&mut seq, leaves.first, leaves.last()).map(|()| None)
                }
                Record::Commit(commit) => {
                    self.fits(offset, seq, &commit).map(|()| Some(commit.durable))
                }
                Record::Checkpoint(_) | Record::Seal(_) if seq > self.last => {
                    Err(Wrong::Order("checkpoint or seal within a group"))
                }
                Record::Checkpoint(_) => Ok(Some(self.durable)),
                Record::Seal(_) => {
                    self.sealed = true;
                    Ok(Some(seq))
                }
            };
            offset += size;
            match ends {
                Ok(None) => {}
                Ok(Some(durable)) => {
                    (self.committed, self.last, self.durable) = (offset, seq, durable);
                    self.doubts = 0;
                    return Ok(Progress::More);
                }
                Err(wrong) => return self.doubt(offset - size, seq, wrong),
            }
        }
    }

    fn fits(&self, offset: u64, seq: Seq, commit: &Commit) -> Result<(), Wrong> {
        let wrong = |field| Err(Wrong::Field(field, "commit"));
        match () {
            () if commit.id != self.id => wrong("journal id"),
            () if commit.term != self.name.term => wrong("term"),
            () if commit.seq != seq => wrong("seq"),
            () if commit.offset != offset => wrong("offset"),
            () => Ok(()),
        }
    }

    /// Goes on in the next segment, if there is one.
    fn at_end(&mut self, offset: u64) -> Result<Progress, ReadError> {
        // A writer may have written here since.
        self.window.forget_from(offset);
        let next = if self.sealed { self.next_term()? } else { self.next_of_term() };
        if let Some(next) = next {
            match enter(&*self.disk, next) {
                Err(ReadError::Disk(error)) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
                Ok(entered) => {
                    (self.window, self.id) = entered;
                    (self.name, self.sealed, self.looked) = (next, false, false);
                    (self.offset, self.committed) = (as_u64(HEADER_BYTES), as_u64(HEADER_BYTES));
                    return Ok(Progress::More);
                }
            }
        }
        // Once for each segment: are these zeros the end, or a hole?
        if self.looked {
            return Ok(Progress::Waiting);
        }
        let hole = end_of_bytes(self.window.file(), offset)? > offset;
        if hole || (!self.sealed && self.is_followed()?) {
            let wrong = if hole { Wrong::Behind } else { Wrong::Follows("first seq") };
            return self.doubt(offset, self.last, wrong);
        }
        self.looked = true;
        Ok(Progress::Waiting)
    }

    /// The next segment of a term begins behind the last entry.
    fn next_of_term(&self) -> Option<SegmentName> {
        let next = SegmentName { term: self.name.term, first: self.last.next() };
        (next != self.name).then_some(next)
    }

    /// Behind a seal comes a higher term, once somebody has opened it.
    fn next_term(&self) -> Result<Option<SegmentName>, ReadError> {
        let (names, _) = segment_names(&*self.disk)?;
        let next = names.into_iter().find(|name| *name > self.name);
        match next {
            Some(next) if next.first != self.last.next() => {
                Err(self.damage(self.committed, Wrong::Follows("first seq")).into())
            }
            next => Ok(next),
        }
    }

    fn is_followed(&self) -> Result<bool, ReadError> {
        let (names, _) = segment_names(&*self.disk)?;
        Ok(names.iter().any(|name| *name > self.name))
    }

    /// What lies behind the last whole commit is being written, or torn, or damaged.
    fn doubt(&mut self, offset: u64, seq: Seq, wrong: Wrong) -> Result<Progress, ReadError> {
        self.window.forget_from(self.committed);
        self.doubts = self.doubts.saturating_add(1);
        if self.doubts < DOUBTS_MIN {
            return Ok(Progress::More);
        }
        // Looking closer reads the whole tail: do it less and less often if it stays as it is.
        if !self.doubts.is_power_of_two() || !self.was_on_disk()? {
            return Ok(Progress::Waiting);
        }
        if self.doubts == DOUBTS_MIN {
            // The writer may have written between the two looks.
            self.doubts = 2 * DOUBTS_MIN - 1;
            return Ok(Progress::More);
        }
        let mut damage = self.damage(offset, wrong);
        damage.seq = seq.next();
        Err(damage.into())
    }

    /// Returns whether a later commit, or a later segment, proves that what lies behind the last whole commit was on disk once.
    fn was_on_disk(&self) -> Result<bool, ReadError> {
        if self.is_followed()? {
            return Ok(true);
        }
        let file = self.window.file();
        // The next look is past what the system has in memory, too.
        file.forget();
        let end = end_of_bytes(file, self.committed)?;
        let len = usize::try_from(end - self.committed).map_err(io::Error::other)?;
        let mut rest = vec![0; len];
        let count = read_there(file, self.committed, &mut rest)?;
        rest.truncate(count);
        Ok(find_commit(&rest, self.committed, self.id, self.committed).is_some())
    }

    fn damage(&self, offset: u64, wrong: Wrong) -> Damage {
        Damage { file: self.name.path(), offset, seq: self.last.next(), wrong }
    }
}

fn follow(seq: &mut Seq, first: Seq, last: Seq) -> Result<(), Wrong> {
    let wanted = seq.next();
    if first != wanted {
        return Err(Wrong::Seq { saw: first, wanted });
    }
    *seq = last;
    Ok(())
}

fn enter(disk: &dyn Disk, name: SegmentName) -> Result<(Window, JournalId), ReadError> {
    let file = disk.open(&name.path(), Access::Read)?;
    let header = header_of(&*file, name)?;
    Ok((Window::new(file), header.id))
}
