//! What the journal asks of a disk.

use std::fmt::Debug;
use std::io;
use std::ops::Range;

/// One folder and all below it, as the journal sees it.
///
/// Paths are relative to that folder, in UTF-8, with `/` between names; the empty path is the
/// folder itself. A path that is absolute, or has an empty name, `.` or `..` in it, is
/// `InvalidInput`.
///
/// # Durability
/// Bytes are durable once [`DiskFile::sync`] has returned; a name made, replaced or removed is
/// durable once [`Disk::sync_dir`] of its folder has. Before that a power cut may keep or lose each.
pub trait Disk: Debug + Send + Sync {
    /// Makes a new, empty file of mode 0600 and opens it for reading and writing.
    ///
    /// # Errors
    /// `AlreadyExists` if the name is taken, `NotFound` if the folder is absent; what the system says.
    fn create(&self, path: &str) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file that exists.
    ///
    /// # Errors
    /// `NotFound` if there is none; what the system says.
    fn open(&self, path: &str, access: Access) -> io::Result<Box<dyn DiskFile>>;

    /// Renames a file; a file of the new name is replaced in one step.
    ///
    /// # Errors
    /// `NotFound` if there is none of the old name; what the system says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// `NotFound` if there is none; what the system says.
    fn remove(&self, path: &str) -> io::Result<()>;

    /// Returns what a folder holds, ordered by name.
    ///
    /// # Errors
    /// `NotFound` if there is no such folder; what the system says.
    fn list(&self, folder: &str) -> io::Result<Vec<Found>>;

    /// Makes a folder, and those above it that are absent; one that exists is left as it is.
    ///
    /// # Errors
    /// What the system says.
    fn make_dir(&self, folder: &str) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// `NotFound` if there is no such folder; what the system says.
    fn sync_dir(&self, folder: &str) -> io::Result<()>;

    /// Returns where the disk's own folder lies.
    ///
    /// # Errors
    /// `NotFound` if the folder is absent; what the system says.
    fn identity(&self) -> io::Result<Place>;
}

/// An open file. Several may be open on one name; dropping one closes it.
pub trait DiskFile: Debug + Send + Sync {
    /// Writes some of the bytes, from the first on, and returns how many: at least one, if any were given.
    ///
    /// # Errors
    /// What the system says; nothing is known of what was written then.
    fn write_some_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize>;

    /// Reads at most as many bytes as the buffer holds and returns how many; 0 at the end of the file.
    ///
    /// # Errors
    /// What the system says.
    fn read_some_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Makes all that was written to this file, and its length, durable (`fdatasync`).
    ///
    /// # Errors
    /// What the system says. Nothing is known of what was written since the last sync then, and a
    /// second sync that succeeds does not mean that it is durable.
    fn sync(&self) -> io::Result<()>;

    /// Asks the system to drop what it keeps in memory of the file, so that the next read asks the device: as far as that is
    /// possible, and of what was synced. A disk that keeps everything in memory has nothing to drop.
    fn forget(&self) {}

    /// Reserves room for the first `len` bytes; the file is extended with zeros to `len` if it is shorter.
    ///
    /// # Errors
    /// `StorageFull` if there is no room; the file may have grown by a part then.
    fn allocate(&self, len: u64) -> io::Result<()>;

    /// Cuts the file to `len` bytes, or extends it with zeros, without reserving room for them.
    ///
    /// # Errors
    /// What the system says.
    fn truncate(&self, len: u64) -> io::Result<()>;

    /// Returns the file's length in bytes.
    ///
    /// # Errors
    /// What the system says.
    fn len(&self) -> io::Result<u64>;

    /// Returns whether the file has no bytes.
    ///
    /// # Errors
    /// As [`DiskFile::len`].
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Returns the next stretch at or behind `offset` that may hold bytes other than zeros; `None` if all that follows is
    /// zeros. Room that is only reserved need not be read then.
    ///
    /// # Errors
    /// What the system says.
    fn next_written(&self, offset: u64) -> io::Result<Option<Range<u64>>> {
        let end = self.len()?;
        Ok((offset < end).then_some(offset..end))
    }

    /// Returns the permission bits of the file, such as `0o600`.
    ///
    /// # Errors
    /// What the system says.
    fn mode(&self) -> io::Result<u32>;

    /// Takes the file's exclusive lock, waiting for whoever holds it. The lock is advisory and
    /// belongs to this opening of the file; dropping that, or the end of the process, releases it.
    ///
    /// # Errors
    /// What the system says.
    fn lock(&self) -> io::Result<()>;

    /// Takes the file's exclusive lock if nobody holds it, and returns whether it was taken.
    ///
    /// # Errors
    /// What the system says.
    fn try_lock(&self) -> io::Result<bool>;

    /// Releases the lock.
    ///
    /// # Errors
    /// What the system says.
    fn unlock(&self) -> io::Result<()>;

    /// Writes all the bytes.
    ///
    /// # Errors
    /// As [`DiskFile::write_some_at`]; any part of the bytes may have been written.
    fn write_at(&self, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write_some_at(offset, bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    bytes = bytes.get(count..).ok_or(io::ErrorKind::InvalidData)?;
                    offset = past(offset, count)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Fills the buffer.
    ///
    /// # Errors
    /// `UnexpectedEof` if the file ends before; as [`DiskFile::read_some_at`].
    fn read_at(&self, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.read_some_at(offset, buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    buffer = buffer.get_mut(count..).ok_or(io::ErrorKind::InvalidData)?;
                    offset = past(offset, count)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading alone.
    Read,
    /// Reading and writing.
    Write,
}

/// A name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The name, without its folder. What is not UTF-8 in it is replaced, so such a name cannot be opened.
    pub name: String,
    /// What stands behind the name.
    pub kind: Kind,
}

/// What stands behind a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Anything else: a link, a socket, a device. The journal makes none.
    Other,
}

/// Where a folder lies. A copy, or a folder restored from one, lies elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The device's number.
    pub device: u64,
    /// The folder's number on that device.
    pub inode: u64,
}

/// Checks the form of a path.
pub(super) fn check_path(path: &str) -> io::Result<()> {
    let sound = |name: &str| !matches!(name, "" | "." | "..") && !name.contains('\0');
    if path.is_empty() || path.split('/').all(sound) {
        return Ok(());
    }
    let message = format!("saw the path {path:?}, wanted names below the folder");
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

/// Returns the place `count` bytes behind `offset`.
fn past(offset: u64, count: usize) -> io::Result<u64> {
    let count = u64::try_from(count).map_err(|_| io::ErrorKind::FileTooLarge)?;
    Ok(offset.checked_add(count).ok_or(io::ErrorKind::FileTooLarge)?)
}
