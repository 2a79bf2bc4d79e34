//! [`FullWhile`]: a disk without room, or one that fails, as long as a file exists. Tests of such disks need neither root nor a
//! small disk; release builds have no such flag.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use journal::disk::{Access, Disk, DiskFile, Found, Place};

/// A disk that has no room while a file exists; where that says `fails`, nothing can be written at all.
#[derive(Debug)]
pub(crate) struct FullWhile {
    pub(crate) disk: Arc<dyn Disk>,
    /// The file, anywhere.
    pub(crate) flag: PathBuf,
}

#[derive(Debug)]
struct FullFile {
    file: Box<dyn DiskFile>,
    flag: PathBuf,
}

fn room(flag: &Path) -> io::Result<()> {
    match std::fs::read_to_string(flag) {
        Ok(text) if text.contains("fails") => Err(io::Error::other("the test's disk fails")),
        Ok(_) => Err(io::ErrorKind::StorageFull.into()),
        Err(_) => Ok(()),
    }
}

impl FullWhile {
    fn file(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(FullFile { file, flag: self.flag.clone() })
    }
}

impl Disk for FullWhile {
    fn create(&self, path: &str) -> io::Result<Box<dyn DiskFile>> {
        room(&self.flag)?;
        Ok(self.file(self.disk.create(path)?))
    }

    fn open(&self, path: &str, access: Access) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.file(self.disk.open(path, access)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        room(&self.flag)?;
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Found>> {
        self.disk.list(folder)
    }

    fn make_dir(&self, folder: &str) -> io::Result<()> {
        room(&self.flag)?;
        self.disk.make_dir(folder)
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        self.disk.sync_dir(folder)
    }

    fn identity(&self) -> io::Result<Place> {
        self.disk.identity()
    }
}

impl DiskFile for FullFile {
    fn write_some_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        room(&self.flag)?;
        self.file.write_some_at(offset, bytes)
    }

    fn read_some_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_some_at(offset, buffer)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        room(&self.flag)?;
        self.file.allocate(len)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.file.truncate(len)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn next_written(&self, offset: u64) -> io::Result<Option<std::ops::Range<u64>>> {
        self.file.next_written(offset)
    }

    fn mode(&self) -> io::Result<u32> {
        self.file.mode()
    }

    fn lock(&self) -> io::Result<()> {
        self.file.lock()
    }

    fn try_lock(&self) -> io::Result<bool> {
        self.file.try_lock()
    }

    fn unlock(&self) -> io::Result<()> {
        self.file.unlock()
    }
}
