//! Disks around disks: a folder of one, and one that tells what it is about to do.

use std::fmt;
use std::io;
use std::sync::Arc;

use journal::disk::{Access, Disk, DiskFile, Found, Place};

/// A folder of another disk as a disk of its own, so that one count of operations covers several.
#[derive(Clone, Debug)]
pub(crate) struct Below {
    disk: Arc<dyn Disk>,
    folder: &'static str,
}

impl Below {
    pub(crate) fn new(disk: Arc<dyn Disk>, folder: &'static str) -> Below {
        Below { disk, folder }
    }

    fn at(&self, path: &str) -> String {
        if path.is_empty() { self.folder.to_owned() } else { format!("{}/{path}", self.folder) }
    }
}

impl Disk for Below {
    fn create(&self, path: &str) -> io::Result<Box<dyn DiskFile>> {
        self.disk.create(&self.at(path))
    }

    fn open(&self, path: &str, access: Access) -> io::Result<Box<dyn DiskFile>> {
        self.disk.open(&self.at(path), access)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(&self.at(from), &self.at(to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.disk.remove(&self.at(path))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Found>> {
        self.disk.list(&self.at(folder))
    }

    /// Makes the folder's own name durable too, as a real disk does.
    fn make_dir(&self, folder: &str) -> io::Result<()> {
        self.disk.make_dir(&self.at(folder))?;
        self.disk.sync_dir("")
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        self.disk.sync_dir(&self.at(folder))
    }

    fn identity(&self) -> io::Result<Place> {
        self.disk.identity()
    }
}

/// What a disk does, in one letter for a line of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Create,
    Write,
    Sync,
    Allocate,
    Truncate,
    Rename,
    Remove,
    SyncDir,
}

/// Whether an act is about to be done or was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

/// Is told each act on each path.
pub(crate) type Watcher = Arc<dyn Fn(Moment, Act, &str) + Send + Sync>;

/// A disk that tells a watcher what it is about to change, and what it has changed.
#[derive(Clone)]
pub(crate) struct Watched<D> {
    disk: D,
    watcher: Watcher,
}

impl<D: Disk> Watched<D> {
    pub(crate) fn new(disk: D, watcher: Watcher) -> Watched<D> {
        Watched { disk, watcher }
    }

    fn file(&self, path: &str, inner: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(WatchedFile { inner, path: path.to_owned(), watcher: Arc::clone(&self.watcher) })
    }
}

/// Does something between telling of it twice.
fn told<T>(
    watcher: &Watcher,
    act: Act,
    path: &str,
    work: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    watcher(Moment::Before, act, path);
    let done = work()?;
    watcher(Moment::After, act, path);
    Ok(done)
}

impl<D: Disk> Disk for Watched<D> {
    fn create(&self, path: &str) -> io::Result<Box<dyn DiskFile>> {
        let made = told(&self.watcher, Act::Create, path, || self.disk.create(path))?;
        Ok(self.file(path, made))
    }

    fn open(&self, path: &str, access: Access) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.file(path, self.disk.open(path, access)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        told(&self.watcher, Act::Rename, to, || self.disk.rename(from, to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        told(&self.watcher, Act::Remove, path, || self.disk.remove(path))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Found>> {
        self.disk.list(folder)
    }

    fn make_dir(&self, folder: &str) -> io::Result<()> {
        self.disk.make_dir(folder)
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        told(&self.watcher, Act::SyncDir, folder, || self.disk.sync_dir(folder))
    }

    fn identity(&self) -> io::Result<Place> {
        self.disk.identity()
    }
}

impl<D: fmt::Debug> fmt::Debug for Watched<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("disk", &self.disk).finish_non_exhaustive()
    }
}

struct WatchedFile {
    inner: Box<dyn DiskFile>,
    path: String,
    watcher: Watcher,
}

impl WatchedFile {
    fn told<T>(&self, act: Act, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        told(&self.watcher, act, &self.path, work)
    }
}

impl DiskFile for WatchedFile {
    fn write_some_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.told(Act::Write, || self.inner.write_some_at(offset, bytes))
    }

    fn read_some_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read_some_at(offset, buffer)
    }

    fn sync(&self) -> io::Result<()> {
        self.told(Act::Sync, || self.inner.sync())
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.told(Act::Allocate, || self.inner.allocate(len))
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.told(Act::Truncate, || self.inner.truncate(len))
    }

    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn mode(&self) -> io::Result<u32> {
        self.inner.mode()
    }

    fn lock(&self) -> io::Result<()> {
        self.inner.lock()
    }

    fn try_lock(&self) -> io::Result<bool> {
        self.inner.try_lock()
    }

    fn unlock(&self) -> io::Result<()> {
        self.inner.unlock()
    }
}

impl fmt::Debug for WatchedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedFile").field("path", &self.path).finish_non_exhaustive()
    }
}
