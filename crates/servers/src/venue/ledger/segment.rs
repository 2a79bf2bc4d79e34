//! The files of a ledger: names, and room that is written ahead.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::error::LedgerError;

/// Zeros are written so far ahead: a sync then has no size of the file to write, only its bytes.
const AHEAD: u64 = 1 << 20;

pub(super) fn io_error(file: &Path) -> impl FnOnce(io::Error) -> LedgerError + '_ {
    |source| LedgerError::Io { file: file.to_owned(), source }
}

/// Returns the name of a segment.
pub(super) fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("ledger-{number:08}.txt"))
}

/// Returns the numbers of the segments of a folder, in order; they begin at 1 and none is missing.
pub(super) fn list(folder: &Path) -> Result<Vec<u64>, LedgerError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_error(folder))? {
        let name = entry.map_err(io_error(folder))?.file_name();
        let name = name.to_string_lossy();
        let number = name.strip_prefix("ledger-").and_then(|rest| rest.strip_suffix(".txt"));
        numbers.extend(number.and_then(|digits| digits.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    match (1..).zip(&numbers).find(|(wanted, seen)| wanted != *seen) {
        Some((wanted, _)) => Err(LedgerError::Folder {
            folder: folder.to_owned(),
            seen: format!("segment {wanted} is missing"),
        }),
        None => Ok(numbers),
    }
}

/// Syncs a folder, so that a new file in it is there after a crash.
pub(super) fn sync_folder(folder: &Path) -> Result<(), LedgerError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_error(folder))
}

/// A segment that is written.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) number: u64,
    path: PathBuf,
    file: File,
    /// Bytes of rows.
    pub(super) length: u64,
    /// Bytes of the file: rows, then zeros.
    room: u64,
}

impl Segment {
    /// Opens a segment to write behind its first `length` bytes; what follows them is cut.
    pub(super) fn open(folder: &Path, number: u64, length: u64) -> Result<Self, LedgerError> {
        let path = path(folder, number);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io_error(&path))?;
        file.set_len(length).and_then(|()| file.sync_all()).map_err(io_error(&path))?;
        sync_folder(folder)?;
        Ok(Self { number, path, file, length, room: length })
    }

    /// Writes bytes and waits until they are on disk.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), LedgerError> {
        let end = self.length + bytes.len() as u64;
        if end > self.room {
            self.extend(end + AHEAD).map_err(io_error(&self.path))?;
        }
        self.file
            .write_all_at(bytes, self.length)
            .and_then(|()| self.file.sync_data())
            .map_err(io_error(&self.path))?;
        self.length = end;
        Ok(())
    }

    fn extend(&mut self, to: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.room))?;
        let zeros = vec![0_u8; usize::try_from(to - self.room).unwrap_or(0)];
        self.file.write_all(&zeros)?;
        self.file.sync_all()?;
        self.room = to;
        Ok(())
    }

    /// Cuts the room that was not used.
    pub(super) fn close(mut self) -> Result<(), LedgerError> {
        self.trim()
    }

    /// Cuts the room that was not used.
    pub(super) fn trim(&mut self) -> Result<(), LedgerError> {
        self.room = self.length;
        self.file
            .set_len(self.length)
            .and_then(|()| self.file.sync_all())
            .map_err(io_error(&self.path))
    }
}
