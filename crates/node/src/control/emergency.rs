//! The emergency file: orders to stop that wait for a hub, or that a hub carried out while its journal was dead.
//!
//! It lies beside the state folder and not in it: a disk that cannot take the journal cannot take this either. Lines of JSON, each
//! on disk before anything is said about it. A start turns its orders into entries of the journal and puts the file aside.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files;

/// Most bytes that are read of it.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

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
    /// An entry that a hub without a journal acted on.
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
    let path = path(state);
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(files::without_waiting())
        .open(&path)?;
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    if !ends_in_newline(&file)? {
        bytes.insert(0, b'\n');
    }
    // One write: two clients at a time do not mix their lines.
    file.write_all(&bytes)?;
    file.sync_all()?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(path)
}

/// Reads the file; one that is not there holds nothing.
///
/// # Errors
/// What the disk says: the caller must not start as if nothing was there.
pub(crate) fn read(state: &Path) -> io::Result<Found> {
    let file = match files::open(&path(state)) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::default()),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(BYTES_MAX).read_to_end(&mut bytes)?;
    let mut found = Found::default();
    for (n, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        match serde_json::from_slice(line) {
            Ok(line) => found.lines.push(line),
            Err(_) if line.is_empty() => {}
            Err(error) => found.broken.push(format!("line {}: {error}", n + 1)),
        }
    }
    Ok(found)
}

/// Puts the file aside once its orders are in the journal; returns its new name.
///
/// # Errors
/// What the disk says.
pub(crate) fn adopt(state: &Path) -> io::Result<PathBuf> {
    let path = path(state);
    let named = |n: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".adopted-{n}"));
        PathBuf::from(name)
    };
    let free = (1..=u32::MAX).map(named).find(|name| !name.exists());
    let free = free.ok_or_else(|| io::Error::other("too many adopted emergency files"))?;
    fs::rename(&path, &free)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(free)
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
mod tests {
    use super::*;

    fn line(what: What) -> Line {
        Line { at: 7, name: "ada".to_owned(), what }
    }

    #[test]
    fn a_hubs_own_entries_are_no_orders() {
        assert!(What::Kill.is_order() && What::Flatten.is_order());
        assert!(!What::Entry { seq: 1, bytes: String::new() }.is_order());
    }

    #[test]
    fn orders_wait_in_their_order_until_they_are_adopted() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        assert_eq!(read(&state).unwrap(), Found::default());
        for what in [What::Kill, What::Flatten] {
            append(&state, &line(what)).unwrap();
        }
        let lines = vec![line(What::Kill), line(What::Flatten)];
        assert_eq!(read(&state).unwrap(), Found { lines, broken: Vec::new() });
        let first = adopt(&state).unwrap();
        assert_eq!(read(&state).unwrap(), Found::default());
        append(&state, &line(What::Kill)).unwrap();
        let second = adopt(&state).unwrap();
        assert!(first.exists() && second.exists() && first != second);
    }

    #[test]
    fn a_torn_or_foreign_line_is_named_and_hides_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        fs::write(path(&state), b"{\"at\":1,\"na").unwrap();
        append(&state, &line(What::Kill)).unwrap();
        fs::write(path(&state), [&fs::read(path(&state)).unwrap()[..], b"\xff\xfe\n"].concat())
            .unwrap();
        let found = read(&state).unwrap();
        assert_eq!(found.lines, vec![line(What::Kill)]);
        assert_eq!(found.broken.len(), 2, "{found:?}");
        assert!(found.broken[0].starts_with("line 1: "), "{found:?}");
    }

    #[test]
    fn the_file_lies_beside_the_folder_and_is_its_owners() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state/");
        let path = append(&state, &line(What::Kill)).unwrap();
        assert_eq!(path, folder.path().join("state.emergency"));
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
