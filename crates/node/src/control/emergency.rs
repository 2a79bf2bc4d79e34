//! The emergency file: orders to stop that wait for a hub, and what a hub did while its journal was dead or its disk full.
//!
//! It lies beside the state folder and not in it: it may be on another disk than the journal. On whichever it is, room is kept for
//! it ([`reserve`]): one that is full takes it still. Lines of JSON, each on disk before anything is said about it. A start takes
//! its entries into the journal, lets the hub carry out its orders, and puts the file aside once all of that is on disk. A stop in
//! between lets the next start do it again: entries that are there are the same, and an order to stop may be carried out twice.
//!
//! Who writes entries asks under the file's lock whether the journal is still theirs, and who takes a journal over holds that lock
//! from reading the file until its own term has begun: no entry is written behind a successor's back.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate};
use serde::{Deserialize, Serialize};

use crate::files;

/// Room that is kept for lines, in bytes: a line is about 220 of them, so 75,000 entries, some hours of a quiet market.
const RESERVE_BYTES: u64 = 16 << 20;

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Wall time, nanoseconds since 1970.
    pub(crate) at: i64,
    /// Who.
    pub(crate) name: String,
    /// What.
    pub(crate) what: What,
}

/// What a line holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// Close the gateway, cancel entry orders, leave stops.
    Kill,
    /// Close all positions.
    Flatten,
    /// An entry that a hub acted on and its journal had no place for.
    Entry {
        /// The place it would have had.
        seq: u64,
        /// Its bytes as the journal would have them, in base64.
        bytes: String,
    },
}

impl What {
    /// Returns whether somebody wants something done.
    pub(crate) const fn is_order(&self) -> bool {
        match self {
            Self::Kill | Self::Flatten => true,
            Self::Entry { .. } => false,
        }
    }
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Found {
    /// Lines that can be read, oldest first.
    pub(crate) lines: Vec<Line>,
    /// Lines that cannot be read, each with its reason: none is passed over in silence.
    pub(crate) broken: Vec<String>,
    /// A last line that is being written, or never was to its end.
    pub(crate) torn: Option<String>,
    /// Where the whole lines end, in bytes from the file's beginning.
    pub(crate) end: u64,
}

/// Returns where the file of a state folder is: `DIR.emergency` for `DIR`.
pub(crate) fn path(state: &Path) -> PathBuf {
    // A relative path such as `.` has a name only once it is whole.
    let whole = std::path::absolute(state).unwrap_or_else(|_| state.to_owned());
    let whole = whole.components().as_path().to_owned();
    let mut name = whole.file_name().map_or_else(|| OsString::from("plimsoll"), OsString::from);
    name.push(".emergency");
    whole.with_file_name(name)
}

/// Adds a line; it is on disk when this returns.
///
/// # Errors
/// What the disk says.
pub(crate) fn append(state: &Path, line: &Line) -> io::Result<PathBuf> {
    append_all(state, std::slice::from_ref(line), || true)?;
    Ok(path(state))
}

/// Adds lines if `may` says so under the file's lock; all of them are on disk when this returns. Returns where they stand, in bytes
/// from the file's beginning.
///
/// # Errors
/// What the disk says; an unknown number of them may be there then. `PermissionDenied` if they may not be added.
pub(crate) fn append_all(
    state: &Path,
    lines: &[Line],
    may: impl FnOnce() -> bool,
) -> io::Result<Range<u64>> {
    let path = path(state);
    let mut file = locked(&path)?;
    if !may() {
        let why = "the journal is another process's by now, or cannot be looked at";
        return Err(io::Error::new(ErrorKind::PermissionDenied, why));
    }
    let start = file.metadata()?.len();
    let mut bytes = Vec::new();
    if !ends_in_newline(&file)? {
        bytes.push(b'\n');
    }
    for line in lines {
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
    }
    file.write_all(&bytes)?;
    file.sync_all()?;
    files::sync_folder(&path)?;
    Ok(start..start + bytes.len() as u64)
}

/// Keeps room on the disk for lines to come, so that they fit when nothing else does. The file is made if there is none, and is not
/// longer for it.
///
/// # Errors
/// What the disk says: it has no such room, or its file system cannot keep any.
pub(crate) fn reserve(state: &Path) -> io::Result<()> {
    let path = path(state);
    let file = locked(&path)?;
    let len = file.metadata()?.len();
    fallocate(&file, FallocateFlags::KEEP_SIZE, 0, len + RESERVE_BYTES)?;
    files::sync_folder(&path)
}

/// Takes the file's lock, and makes the file if there is none: nobody adds to it while what is returned lives.
///
/// # Errors
/// What the disk says.
pub(crate) fn hold(state: &Path) -> io::Result<File> {
    locked(&path(state))
}

/// Opens the file under its lock, and makes it if there is none. Nobody puts it aside while the lock is held.
fn locked(path: &Path) -> io::Result<File> {
    loop {
        let file =
            OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
        file.lock()?;
        // Put aside between the two: what is written to it now nobody would read.
        match fs::metadata(path) {
            Ok(now) if now.ino() == file.metadata()?.ino() => return Ok(file),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
}

/// Reads the file; one that is not there holds nothing.
///
/// # Errors
/// What the disk says: the caller must not start as if nothing was there.
pub(crate) fn read(state: &Path) -> io::Result<Found> {
    read_from(state, 0)
}

/// Reads what stands behind a place, in bytes from the file's beginning.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_from(state: &Path, from: u64) -> io::Result<Found> {
    let mut file = match files::open(&path(state)) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::default()),
        Err(error) => return Err(error),
    };
    file.seek(SeekFrom::Start(from))?;
    let mut reader = BufReader::new(file);
    let mut found = Found { end: from, ..Found::default() };
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let read = reader.read_until(b'\n', &mut bytes)?;
        let whole = bytes.pop_if(|last| *last == b'\n').is_some();
        if read == 0 {
            return Ok(found);
        }
        match (serde_json::from_slice(&bytes), whole) {
            (Ok(line), true) => found.lines.push(line),
            (Err(_), true) if bytes.is_empty() => {}
            (Err(error), true) => found.broken.push(format!("at byte {}: {error}", found.end)),
            (_, false) => {
                found.torn = Some(format!("at byte {}: a line without its end", found.end));
                return Ok(found);
            }
        }
        found.end += read as u64;
    }
}

/// Puts the file aside if it ends where it was read to; returns its new name. `None`: somebody has added to it since.
///
/// # Errors
/// What the disk says.
pub(crate) fn put_aside(state: &Path, read_to: u64) -> io::Result<Option<PathBuf>> {
    let path = path(state);
    let file = locked(&path)?;
    let found = read_from(state, read_to)?;
    if !found.lines.is_empty() || !found.broken.is_empty() {
        return Ok(None);
    }
    let named = |n: u32| files::with(&path, &format!(".adopted-{n}"));
    let free = (1..=u32::MAX).map(named).find(|name| !name.exists());
    let free = free.ok_or_else(|| io::Error::other("too many adopted emergency files"))?;
    fs::rename(&path, &free)?;
    files::sync_folder(&path)?;
    // The room that was kept for more lines is given back, where the file system does so.
    let _ = file.metadata().and_then(|about| file.set_len(about.len()));
    drop(file);
    Ok(Some(free))
}

/// Returns whether a file is empty or its last line is whole.
fn ends_in_newline(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::FileExt as _;
    let len = file.metadata()?.len();
    let mut last = [b'\n'];
    if len > 0 {
        file.read_exact_at(&mut last, len - 1)?;
    }
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests;
