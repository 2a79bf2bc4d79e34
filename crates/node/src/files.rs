//! Small files that matter: read without waiting for anybody, written whole and durably or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Flags for `OpenOptionsExt::custom_flags` under which nothing waits: a pipe in the place of a file has no other end.
pub(crate) fn without_waiting() -> i32 {
    i32::try_from(OFlags::NONBLOCK.bits()).expect("a flag of the system fits its own type")
}

/// Opens a file to read it. What is none, such as a folder or a pipe, is an error and not a wait.
///
/// # Errors
/// What the system says; `InvalidInput` if it is no file.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(without_waiting()).open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "it is no file, wanted one"))
}

/// Reads a file of at most so many bytes; `None` if it is longer.
///
/// # Errors
/// As [`open`].
pub(crate) fn read(path: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= bytes_max).then_some(bytes))
}

/// Writes a file: it is on disk, whole, when this returns, or as it was before.
///
/// # Errors
/// What the disk says.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_as(path, bytes, 0o666)
}

/// Writes a file that nobody but its owner may read.
///
/// # Errors
/// What the disk says.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_as(path, bytes, 0o600)
}

fn write_as(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let new = with(path, ".new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .custom_flags(without_waiting())
        .open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)
}

/// Removes a file; returns whether there was one. It is gone for good when this returns.
///
/// # Errors
/// What the disk says.
pub(crate) fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        other => other.and_then(|()| sync_folder(path)).map(|()| true),
    }
}

/// Returns SHA-256 in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the path of a file beside another, under its name and more.
pub(crate) fn with(path: &Path, more: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(more);
    PathBuf::from(name)
}

/// Has the folder of a file on disk as it is now: what was made, renamed or removed there.
///
/// # Errors
/// What the disk says.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_an_error_and_no_wait() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
        for path in [pipe.as_path(), dir.path()] {
            assert!(read(path, 10).is_err(), "{}", path.display());
        }
        assert_eq!(read(&dir.path().join("none"), 10).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_file_is_written_whole_and_read_up_to_its_bound() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        write(&path, b"twelve").unwrap();
        write(&path, b"ten").unwrap();
        assert_eq!(read(&path, 3).unwrap().as_deref(), Some(&b"ten"[..]));
        assert_eq!(read(&path, 2).unwrap(), None);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        assert_eq!((remove(&path).unwrap(), remove(&path).unwrap()), (true, false));
    }
}
