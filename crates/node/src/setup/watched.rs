//! [`Watched`]: a disk that shows a person how much of it has been read.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use journal::disk::{Access, Disk, DiskFile, Found, Place};

use crate::progress::Progress;

/// A disk that shows how much of it has been read, of so many bytes.
#[derive(Debug)]
pub(crate) struct Watched {
    disk: Arc<dyn Disk>,
    read: Arc<Read>,
}

/// What has been read.
#[derive(Debug)]
struct Read {
    total: u64,
    so_far: Mutex<(u64, Progress)>,
}

impl Read {
    fn add(&self, bytes: usize) {
        // Who panicked while holding it is not our business: it is only shown.
        let mut held = self.so_far.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (so_far, progress) = &mut *held;
        *so_far += bytes as u64;
        progress.set((*so_far).min(self.total), self.total);
    }
}

impl Watched {
    /// Watches the reading of all segments of a journal.
    pub(crate) fn new(disk: Arc<dyn Disk>, what: &str) -> Self {
        let segments = disk.list("segments").unwrap_or_default();
        let size = |found: &Found| -> io::Result<u64> {
            disk.open(&format!("segments/{}", found.name), Access::Read)?.len()
        };
        let total = segments.iter().filter_map(|found| size(found).ok()).sum();
        let so_far = Mutex::new((0, Progress::new(what)));
        Self { disk, read: Arc::new(Read { total, so_far }) }
    }
}

#[derive(Debug)]
struct WatchedFile {
    file: Box<dyn DiskFile>,
    read: Arc<Read>,
}

impl Disk for Watched {
    fn create(&self, path: &str) -> io::Result<Box<dyn DiskFile>> {
        self.disk.create(path)
    }

    fn open(&self, path: &str, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let file = self.disk.open(path, access)?;
        Ok(Box::new(WatchedFile { file, read: Arc::clone(&self.read) }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Found>> {
        self.disk.list(folder)
    }

    fn make_dir(&self, folder: &str) -> io::Result<()> {
        self.disk.make_dir(folder)
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        self.disk.sync_dir(folder)
    }

    fn identity(&self) -> io::Result<Place> {
        self.disk.identity()
    }
}

impl DiskFile for WatchedFile {
    fn write_some_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_some_at(offset, bytes)
    }

    fn read_some_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_some_at(offset, buffer)?;
        self.read.add(read);
        Ok(read)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    fn forget(&self) {
        self.file.forget();
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.file.allocate(len)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.file.truncate(len)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn next_written(&self, offset: u64) -> io::Result<Option<Range<u64>>> {
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
