//! The segment that is being written.

use std::io;

use crate::disk::{Access, Disk, DiskFile, LOOKS_MAX, steady, unsteady};
use crate::format::{BODY_BYTES_MAX, FRAME_BYTES, HEADER_BYTES, Header, Parsed, SegmentName};
use crate::window::{as_u64, at, read_there};

/// No record is longer.
const RECORD_BYTES_MAX: usize = FRAME_BYTES + BODY_BYTES_MAX;

/// A segment's file, and how far it is written.
#[derive(Debug)]
pub(super) struct Segment {
    file: Box<dyn DiskFile>,
    pub(super) name: SegmentName,
    /// Behind the last record.
    pub(super) end: u64,
    /// How much of the file is known to be on disk.
    pub(super) durable: u64,
    /// How much room is reserved.
    room: u64,
}

/// Why a write did not happen.
#[derive(Debug)]
pub(super) enum WriteError {
    /// There is no room, and the file is as it was.
    Full(io::Error),
    /// It is not known what is on the disk.
    Failed(&'static str, io::Error),
}

pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl Segment {
    /// Makes a segment with its header, and the records that it begins with, under its own name: whole or not at all.
    pub(super) fn create(
        disk: &dyn Disk,
        header: &Header,
        records: &[u8],
        room: u64,
        sync: bool,
    ) -> Result<Segment, WriteError> {
        let name = SegmentName { term: header.term, first: header.first };
        let path = name.path();
        let unmade = format!("{path}.new");
        let made = Segment::make(disk, &unmade, header, records, room, sync);
        let named = made.and_then(|file| disk.rename(&unmade, &path).map(|()| file));
        let file = match named {
            Ok(file) => file,
            Err(error) => {
                // What is left of it is removed here, or by the next opening.
                let removed = disk.remove(&unmade);
                let gone = removed.is_ok() || !disk_has(disk, &unmade);
                let full = is_full(&error) && gone;
                return Err(if full {
                    WriteError::Full(error)
                } else {
                    WriteError::Failed("making a segment", error)
                });
            }
        };
        let synced = if sync { disk.sync_dir("segments") } else { Ok(()) };
        synced.map_err(|error| WriteError::Failed("naming a segment", error))?;
        let end = as_u64(HEADER_BYTES + records.len());
        let durable = if sync { end } else { as_u64(HEADER_BYTES) };
        Ok(Segment { file, name, end, durable, room: room.max(end) })
    }

    fn make(
        disk: &dyn Disk,
        path: &str,
        header: &Header,
        records: &[u8],
        room: u64,
        sync: bool,
    ) -> io::Result<Box<dyn DiskFile>> {
        let file = disk.create(path)?;
        let bytes = [&header.encode()[..], records].concat();
        file.allocate(room.max(as_u64(bytes.len())))?;
        file.write_at(0, &bytes)?;
        if sync {
            file.sync()?;
        }
        Ok(file)
    }

    /// Opens a segment that ends at `end`, to seal it.
    pub(super) fn open(disk: &dyn Disk, name: SegmentName, end: u64) -> io::Result<Segment> {
        let file = disk.open(&name.path(), Access::Write)?;
        let room = file.len()?;
        Ok(Segment { file, name, end, durable: 0, room })
    }

    /// Returns whether the next records fit into the room of a segment; the first group always does.
    pub(super) fn fits(&self, bytes: u64, segment_bytes: u64) -> bool {
        let empty = self.end == as_u64(HEADER_BYTES);
        empty || self.end.saturating_add(bytes) <= segment_bytes
    }

    /// Reads what stands behind the last record: the seal, if somebody else ended the term.
    ///
    /// Anything but zeros is not this writer's, if it is still there at a second look.
    pub(super) fn is_untouched(&self) -> io::Result<bool> {
        let look = || -> io::Result<(usize, [u8; FRAME_BYTES])> {
            let mut frame = [0; FRAME_BYTES];
            Ok((read_there(&*self.file, self.end, &mut frame)?, frame))
        };
        let is_end = |(count, frame)| match count {
            // Behind a clean close, a full segment or a cut, the file ends.
            0 => self.room <= self.end,
            _ => frame == [0; FRAME_BYTES],
        };
        Ok(is_end(look()?) || is_end(steady(look)?))
    }

    /// Writes records behind the last one. They do not count before [`Segment::advance`].
    pub(super) fn write(&mut self, records: &[u8]) -> Result<(), WriteError> {
        let end = self.end + as_u64(records.len());
        if let Err(error) = self.reserve(end) {
            return Err(self.take_back(self.room, "allocate", error));
        }
        self.file
            .write_at(self.end, records)
            .map_err(|error| self.take_back(self.end, "write", error))
    }

    /// Leaves the file as it was if a full disk refused.
    fn take_back(&mut self, len: u64, operation: &'static str, error: io::Error) -> WriteError {
        if !is_full(&error) {
            return WriteError::Failed(operation, error);
        }
        match self.file.truncate(len) {
            Ok(()) => {
                self.room = len;
                WriteError::Full(error)
            }
            Err(error) => WriteError::Failed("taking back a write", error),
        }
    }

    fn reserve(&mut self, end: u64) -> io::Result<()> {
        if end > self.room {
            self.file.allocate(end)?;
            self.room = end;
        }
        Ok(())
    }

    /// Makes what was written durable.
    pub(super) fn sync(&self) -> Result<(), WriteError> {
        self.file.sync().map_err(|error| WriteError::Failed("fsync", error))
    }

    /// Counts what was written.
    pub(super) fn advance(&mut self, bytes: usize, durable: bool) {
        self.end += as_u64(bytes);
        if durable {
            self.durable = self.end;
        }
    }

    /// Gives the room back that was not needed.
    pub(super) fn trim(&mut self) -> Result<(), WriteError> {
        self.file
            .truncate(self.end)
            .map_err(|error| WriteError::Failed("trimming a segment", error))?;
        self.room = self.end;
        Ok(())
    }

    /// Writes again what may not be on disk, even if an earlier sync that failed made the system believe so.
    ///
    /// Each record's checksum is held against what is about to be written: what a read got wrong would be there for good.
    pub(super) fn rewrite(&self, from: u64) -> io::Result<()> {
        let left = |offset| usize::try_from(self.end - offset).unwrap_or(RECORD_BYTES_MAX);
        let mut chunk = vec![0; left(from).min(RECORD_BYTES_MAX)];
        let (mut offset, mut looks) = (from, 0);
        while offset < self.end {
            let part = left(offset).min(chunk.len());
            self.file.read_at(offset, &mut chunk[..part])?;
            let whole = whole_records(&chunk[..part]);
            self.file.write_at(offset, &chunk[..whole])?;
            offset += as_u64(whole);
            looks = if whole > 0 { 0 } else { looks + 1 };
            match looks {
                0 | 1 => {}
                // What the system has in memory is no record, and was one when the end was looked for.
                2..LOOKS_MAX => self.file.forget(),
                _ => return Err(unsteady()),
            }
        }
        Ok(())
    }
}

/// Returns how many bytes of the first ones are whole records.
fn whole_records(bytes: &[u8]) -> usize {
    let mut whole = 0;
    while let Ok(Parsed::Record(_, size)) = at(&bytes[whole..]) {
        whole += size;
    }
    whole
}

fn disk_has(disk: &dyn Disk, path: &str) -> bool {
    disk.open(path, Access::Read).is_ok()
}
