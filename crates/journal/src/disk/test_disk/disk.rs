//! The test disk's handles.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use super::super::door::{Access, Disk, DiskFile, Found, Place, check_path};
use super::content::to_size;
use super::damage::Damage;
use super::faults::{Fault, Rates, Times};
use super::machine::{Machine, Stored};

/// A disk in memory that behaves as its seed says: the same calls meet the same faults.
///
/// It has a page cache. What was not synced is lost at [`TestDisk::crash`], or kept, in part, torn at the
/// borders of sectors of 512 bytes, or without what was written before it; names that were made,
/// replaced or removed without [`Disk::sync_dir`] likewise. Faults strike by number of the operation
/// ([`TestDisk::fail_at`]), by rate ([`TestDisk::set_rates`]) and when the disk is full
/// ([`TestDisk::set_capacity`]).
///
/// Clones are the same disk. It has a folder, the empty path, from the start.
#[derive(Clone, Debug)]
pub struct TestDisk {
    shared: Arc<Shared>,
}

/// All that lies on a test disk at one moment.
#[derive(Clone, Debug)]
pub struct Image(Stored, Vec<Damage>);

#[derive(Debug)]
struct Shared {
    machine: Mutex<Machine>,
    /// Somebody may have released a lock.
    released: Condvar,
    /// How many wait for that. It rises while the machine is held, so whoever has held it since sees it.
    waiting: AtomicUsize,
}

impl Shared {
    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().expect("nothing panics while it holds the machine")
    }

    /// Wakes whoever waits for a lock: nobody in a seeded world, where each call of the operating system would show.
    fn tell_released(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.released.notify_all();
        }
    }
}

impl TestDisk {
    /// Makes an empty disk. The seed is also the number of its folder ([`Disk::identity`]).
    #[must_use]
    pub fn new(seed: u64) -> TestDisk {
        TestDisk::with(seed, Stored::default())
    }

    /// Makes another disk that holds what the image holds.
    #[must_use]
    pub fn from_image(seed: u64, image: &Image) -> TestDisk {
        let disk = TestDisk::with(seed, image.0.clone());
        disk.shared.machine().damage.clone_from(&image.1);
        disk
    }

    fn with(seed: u64, stored: Stored) -> TestDisk {
        let machine = Mutex::new(Machine::new(seed, stored));
        TestDisk {
            shared: Arc::new(Shared {
                machine,
                released: Condvar::new(),
                waiting: AtomicUsize::new(0),
            }),
        }
    }

    /// Returns what the disk holds now, all of it as if synced.
    ///
    /// # Panics
    /// Not unless memory ends.
    #[must_use]
    pub fn image(&self) -> Image {
        let machine = self.shared.machine();
        let (mut stored, damage) = (machine.stored.clone(), machine.damage.clone());
        drop(machine);
        stored.settle();
        Image(stored, damage)
    }

    /// Puts an image back in this very place: an older folder restored.
    ///
    /// Openings end as in a crash.
    pub fn restore(&self, image: &Image) {
        let mut machine = self.shared.machine();
        machine.stored = image.0.clone();
        machine.damage.clone_from(&image.1);
        machine.reboot();
        drop(machine);
        self.shared.tell_released();
    }

    /// Cuts the power, if it is on, and turns it on again. What was not synced is lost, kept, torn or
    /// reordered as the seed says; openings and locks end, planned faults stay.
    ///
    /// # Panics
    /// Not unless memory ends.
    pub fn crash(&self, seed: u64) {
        let crashed = self.shared.machine().crash(seed);
        crashed.expect("what fits into memory has offsets that fit");
        self.shared.tell_released();
    }

    /// Returns how many operations there were: each call but those about length, mode, lock and place.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.shared.machine().operations
    }

    /// Plans a fault: it strikes the first operation of this number or above that it can strike, or each.
    ///
    /// The disk's first operation has the number 1.
    pub fn fail_at(&self, operation: u64, fault: Fault, times: Times) {
        self.shared.machine().plan.add(operation, fault, times);
    }

    /// Sets how often faults strike by themselves.
    pub fn set_rates(&self, rates: Rates) {
        self.shared.machine().plan.rates = rates;
    }

    /// Takes back all planned faults and rates.
    pub fn heal(&self) {
        self.shared.machine().plan.clear();
    }

    /// Returns how often a fault struck.
    #[must_use]
    pub fn struck(&self) -> u64 {
        self.shared.machine().plan.struck
    }

    /// Returns the number of the first operation that a fault struck.
    #[must_use]
    pub fn first_struck(&self) -> Option<u64> {
        self.shared.machine().plan.first
    }

    /// Returns whether a fault cut the power, and it was not turned on again.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.shared.machine().power_off
    }

    /// Returns whether writes that were struck silently ([`Fault::Misdirected`], [`Fault::FlippedBit`]) left something that was not
    /// put right ([`TestDisk::mend`]).
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        !self.shared.machine().damage.is_empty()
    }

    /// Puts what belongs there into the place of what such writes left, durably: a copy from elsewhere.
    ///
    /// # Panics
    /// Not unless memory ends.
    pub fn mend(&self) {
        self.shared.machine().mend().expect("what fits into memory has offsets that fit");
    }

    /// Limits the bytes that all files may have together; `None` takes the limit back.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.shared.machine().capacity = bytes;
    }

    /// Returns the bytes that all files have together.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.shared.machine().stored.used()
    }

    /// Returns the paths of all files, ordered. Neither counted nor struck by faults, as are the
    /// other calls about whole files.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let machine = self.shared.machine();
        let mut files: Vec<String> =
            machine.stored.names.files().map(|(path, _)| path.to_owned()).collect();
        files.sort_unstable();
        files
    }

    /// Returns the bytes of a file.
    ///
    /// # Errors
    /// `NotFound` if there is none.
    pub fn read_file(&self, path: &str) -> io::Result<Vec<u8>> {
        let mut machine = self.shared.machine();
        let number = machine.stored.names.file(path)?;
        machine.inode(number)?.cached.to_vec()
    }

    /// Replaces the bytes of a file, durably and past every fault: an edit by somebody else.
    ///
    /// # Errors
    /// `NotFound` if there is none.
    pub fn write_file(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut machine = self.shared.machine();
        let number = machine.stored.names.file(path)?;
        let inode = machine.inode(number)?;
        inode.set_len(0)?;
        inode.write(0, bytes)?;
        inode.sync()
    }

    /// Flips one bit of a file, durably; bit 0 is the lowest of the first byte.
    ///
    /// # Errors
    /// `NotFound` if there is no such file, `UnexpectedEof` if it has no such bit.
    pub fn flip_bit(&self, path: &str, bit: u64) -> io::Result<()> {
        let mut bytes = self.read_file(path)?;
        let byte = bytes.get_mut(to_size(bit / 8)?).ok_or(io::ErrorKind::UnexpectedEof)?;
        *byte ^= 1 << (bit % 8);
        self.write_file(path, &bytes)
    }

    fn file(&self, machine: &Machine, numbers: (u64, u64), access: Access) -> Box<dyn DiskFile> {
        Box::new(TestFile {
            shared: Arc::clone(&self.shared),
            number: numbers.0,
            opening: numbers.1,
            boot: machine.boot,
            access,
        })
    }
}

impl Disk for TestDisk {
    fn create(&self, path: &str) -> io::Result<Box<dyn DiskFile>> {
        check_path(path)?;
        let mut machine = self.shared.machine();
        let numbers = machine.create(path)?;
        Ok(self.file(&machine, numbers, Access::Write))
    }

    fn open(&self, path: &str, access: Access) -> io::Result<Box<dyn DiskFile>> {
        check_path(path)?;
        let mut machine = self.shared.machine();
        let numbers = machine.open(path)?;
        Ok(self.file(&machine, numbers, access))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        check_path(from).and_then(|()| check_path(to))?;
        self.shared.machine().rename(from, to)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        check_path(path)?;
        self.shared.machine().remove(path)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Found>> {
        check_path(folder)?;
        self.shared.machine().list(folder)
    }

    fn make_dir(&self, folder: &str) -> io::Result<()> {
        check_path(folder)?;
        self.shared.machine().make_dir(folder)
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        check_path(folder)?;
        self.shared.machine().sync_dir(folder)
    }

    fn identity(&self) -> io::Result<Place> {
        Ok(self.shared.machine().place())
    }
}

/// One opening of a file.
#[derive(Debug)]
struct TestFile {
    shared: Arc<Shared>,
    number: u64,
    opening: u64,
    boot: u64,
    access: Access,
}

impl TestFile {
    /// Returns the machine, unless it was started anew since the file was opened.
    fn machine(&self) -> io::Result<MutexGuard<'_, Machine>> {
        let machine = self.shared.machine();
        if machine.boot == self.boot {
            return Ok(machine);
        }
        Err(io::Error::other("the file was open before the crash of the test disk"))
    }

    fn writable(&self) -> io::Result<MutexGuard<'_, Machine>> {
        match self.access {
            Access::Write => self.machine(),
            Access::Read => Err(io::ErrorKind::PermissionDenied.into()),
        }
    }
}

impl DiskFile for TestFile {
    fn write_some_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.writable()?.write(self.number, offset, bytes)
    }

    fn read_some_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.machine()?.read(self.number, offset, buffer)
    }

    fn sync(&self) -> io::Result<()> {
        self.machine()?.sync(self.number)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        self.writable()?.allocate(self.number, len)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.writable()?.truncate(self.number, len)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.machine()?.inode(self.number)?.cached.len())
    }

    fn mode(&self) -> io::Result<u32> {
        self.machine().map(|_| 0o600)
    }

    fn lock(&self) -> io::Result<()> {
        while !self.try_lock()? {
            let machine = self.machine()?;
            self.shared.waiting.fetch_add(1, Ordering::SeqCst);
            let waited = self.shared.released.wait_while(machine, |machine| {
                machine.boot == self.boot
                    && machine.inode(self.number).is_ok_and(|inode| inode.holder.is_some())
            });
            drop(waited.expect("nothing panics while it holds the machine"));
            self.shared.waiting.fetch_sub(1, Ordering::SeqCst);
        }
        Ok(())
    }

    fn try_lock(&self) -> io::Result<bool> {
        let mut machine = self.machine()?;
        let inode = machine.inode(self.number)?;
        let free = inode.holder.is_none_or(|holder| holder == self.opening);
        if free {
            inode.holder = Some(self.opening);
        }
        Ok(free)
    }

    fn unlock(&self) -> io::Result<()> {
        let mut machine = self.machine()?;
        let inode = machine.inode(self.number)?;
        if inode.holder == Some(self.opening) {
            inode.holder = None;
        }
        drop(machine);
        self.shared.tell_released();
        Ok(())
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        if let Ok(mut machine) = self.machine() {
            machine.close(self.number, self.opening);
        }
        self.shared.tell_released();
    }
}
