//! A folder of the machine.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
use rustix::fs::{Advice, fadvise};
use rustix::fs::{FallocateFlags, SeekFrom, fallocate, seek};
use rustix::io::Errno;

use super::door::{Access, Disk, DiskFile, Found, Kind, Place, check_path};

/// Only the owner reads and writes what the journal holds.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// Zeros are written in pieces of this size where the file system cannot reserve room.
const ZEROS_BYTES: usize = 1 << 20;

/// A folder of the machine and all below it.
#[derive(Clone, Debug)]
pub struct RealDisk {
    root: PathBuf,
}

impl RealDisk {
    /// Names the folder; it is neither made nor looked at. [`Disk::make_dir`] of the empty path makes it.
    pub fn new(root: impl Into<PathBuf>) -> RealDisk {
        RealDisk { root: root.into() }
    }

    /// Returns the folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn at(&self, path: &str) -> io::Result<PathBuf> {
        check_path(path)?;
        // Joining nothing would end the path with a slash.
        Ok(if path.is_empty() { self.root.clone() } else { self.root.join(path) })
    }
}

impl Disk for RealDisk {
    fn create(&self, path: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(FILE_MODE);
        Ok(Box::new(RealFile(options.open(self.at(path)?)?)))
    }

    fn open(&self, path: &str, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(access == Access::Write);
        let file = options.open(self.at(path)?)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(Box::new(RealFile(file)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.at(from)?, self.at(to)?)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        fs::remove_file(self.at(path)?)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Found>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.at(folder)?)? {
            let entry = entry?;
            let kind = match entry.file_type()? {
                kind if kind.is_file() => Kind::File,
                kind if kind.is_dir() => Kind::Folder,
                _ => Kind::Other,
            };
            found.push(Found { name: entry.file_name().to_string_lossy().into_owned(), kind });
        }
        found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// Syncs the folder that holds the journal's own, where it makes that: no path leads there.
    fn make_dir(&self, folder: &str) -> io::Result<()> {
        let made = !self.root.exists();
        fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(self.at(folder)?)?;
        match self.root.parent() {
            Some(parent) if made && parent.as_os_str().is_empty() => sync_folder(Path::new(".")),
            Some(parent) if made => sync_folder(parent),
            Some(_) | None => Ok(()),
        }
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        sync_folder(&self.at(folder)?)
    }

    fn identity(&self) -> io::Result<Place> {
        let about = fs::metadata(&self.root)?;
        Ok(Place { device: about.dev(), inode: about.ino() })
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[derive(Debug)]
struct RealFile(File);

impl DiskFile for RealFile {
    fn write_some_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        FileExt::write_at(&self.0, bytes, offset)
    }

    fn read_some_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(&self.0, buffer, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    #[cfg(target_os = "linux")]
    fn forget(&self) {
        // Advice: a system that does not follow it reads from memory, as without.
        let _ = fadvise(&self.0, 0, None, Advice::DontNeed);
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        if len == 0 {
            return Ok(());
        }
        match fallocate(&self.0, FallocateFlags::empty(), 0, len) {
            // Not every file system can.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.extend_with_zeros(len),
            done => Ok(done?),
        }
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn next_written(&self, offset: u64) -> io::Result<Option<Range<u64>>> {
        // The file's own position, which this moves, is used by nothing else.
        match seek(&self.0, SeekFrom::Data(offset)) {
            Err(Errno::NXIO) => Ok(None),
            // Not every file system can.
            Err(Errno::INVAL | Errno::OPNOTSUPP) => {
                let end = self.len()?;
                Ok((offset < end).then_some(offset..end))
            }
            found => {
                let start = found?;
                Ok(Some(start..seek(&self.0, SeekFrom::Hole(start))?))
            }
        }
    }

    fn mode(&self) -> io::Result<u32> {
        Ok(self.0.metadata()?.permissions().mode() & 0o7777)
    }

    fn lock(&self) -> io::Result<()> {
        self.0.lock()
    }

    fn try_lock(&self) -> io::Result<bool> {
        match self.0.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn unlock(&self) -> io::Result<()> {
        self.0.unlock()
    }
}

impl RealFile {
    fn extend_with_zeros(&self, len: u64) -> io::Result<()> {
        let zeros = vec![0; ZEROS_BYTES];
        let mut end = self.len()?;
        while end < len {
            let left = usize::try_from(len - end).unwrap_or(ZEROS_BYTES).min(ZEROS_BYTES);
            let count = self.write_some_at(end, &zeros[..left])?;
            end += u64::try_from(count).map_err(|_| io::ErrorKind::FileTooLarge)?;
        }
        Ok(())
    }
}
