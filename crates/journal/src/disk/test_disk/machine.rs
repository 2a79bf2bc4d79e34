//! The machine below the test disk: files, names, power and plans of faults.

use std::collections::BTreeMap;
use std::io;

use super::super::door::{Found, Place};
use super::content::{SECTOR_BYTES, to_offset, to_size};
use super::damage::Damage;
use super::faults::{Fault, Operation, Plan, input_output, no_space, power_is_off};
use super::inode::Inode;
use super::names::Names;
use super::rng::Rng;

/// Number of the device that test disks lie on.
const DEVICE: u64 = 0x7E57;

/// What would be found on the disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Stored {
    pub(super) names: Names,
    pub(super) inodes: BTreeMap<u64, Inode>,
}

impl Stored {
    /// Returns the bytes of all files together.
    pub(super) fn used(&self) -> u64 {
        self.inodes.values().map(|inode| inode.cached.len()).sum()
    }

    /// Makes all that is seen durable, and ends all openings.
    pub(super) fn settle(&mut self) {
        self.names.settle();
        for inode in self.inodes.values_mut() {
            inode.settle();
        }
        let named: Vec<u64> = self.names.files().map(|(_, number)| number).collect();
        self.inodes.retain(|number, _| named.contains(number));
    }
}

#[derive(Debug)]
pub(super) struct Machine {
    seed: u64,
    pub(super) stored: Stored,
    /// Number of the newest file or opening.
    newest: u64,
    pub(super) operations: u64,
    pub(super) plan: Plan,
    /// What silent faults left, oldest first.
    pub(super) damage: Vec<Damage>,
    /// Bytes that all files may have together.
    pub(super) capacity: Option<u64>,
    pub(super) power_off: bool,
    /// Rises with each crash: files opened before are gone.
    pub(super) boot: u64,
}

/// One operation on its way.
struct Turn {
    rng: Rng,
    fault: Option<Fault>,
}

impl Turn {
    /// Returns whether the operation has its effect.
    fn happens(&mut self) -> bool {
        match self.fault {
            Some(Fault::InputOutput | Fault::SyncFails | Fault::PowerCut) => self.rng.coin(),
            Some(Fault::NoSpace) => false,
            None
            | Some(
                Fault::ShortWrite
                | Fault::Misdirected
                | Fault::FlippedBit
                | Fault::ShortRead
                | Fault::FlippedRead,
            ) => true,
        }
    }

    /// What the caller is told.
    fn told<T>(&self, answer: T) -> io::Result<T> {
        match self.fault {
            Some(Fault::InputOutput | Fault::SyncFails) => Err(input_output()),
            Some(Fault::PowerCut) => Err(power_is_off()),
            Some(Fault::NoSpace) => Err(no_space()),
            None
            | Some(
                Fault::ShortWrite
                | Fault::Misdirected
                | Fault::FlippedBit
                | Fault::ShortRead
                | Fault::FlippedRead,
            ) => Ok(answer),
        }
    }

    /// Flips a bit of what is read: anywhere, or where something stands, for room that is reserved is mostly zeros.
    fn flip(&mut self, read: &mut [u8]) -> io::Result<()> {
        let end = read.iter().rposition(|byte| *byte != 0).filter(|_| self.rng.coin());
        let end = end.map_or(read.len(), |last| last + 1);
        flip(&mut self.rng, &mut read[..end])
    }
}

fn flip(rng: &mut Rng, bytes: &mut [u8]) -> io::Result<()> {
    let bit = to_size(rng.below(to_offset(bytes.len()) * 8))?;
    bytes[bit / 8] ^= 1 << (bit % 8);
    Ok(())
}

impl Machine {
    pub(super) fn new(seed: u64, stored: Stored) -> Machine {
        let newest = stored.inodes.keys().next_back().copied().unwrap_or(0);
        Machine {
            seed,
            stored,
            newest,
            operations: 0,
            plan: Plan::default(),
            damage: Vec::new(),
            capacity: None,
            power_off: false,
            boot: 0,
        }
    }

    pub(super) fn place(&self) -> Place {
        Place { device: DEVICE, inode: self.seed }
    }

    /// Counts an operation and throws its fault.
    fn turn(&mut self, operation: Operation) -> io::Result<Turn> {
        if self.power_off {
            return Err(power_is_off());
        }
        self.operations += 1;
        let mut rng = Rng::new(self.seed, self.operations);
        let fault = self.plan.strike(self.operations, operation, &mut rng);
        self.power_off = fault == Some(Fault::PowerCut);
        Ok(Turn { rng, fault })
    }

    fn number(&mut self) -> u64 {
        self.newest += 1;
        self.newest
    }

    pub(super) fn inode(&mut self, number: u64) -> io::Result<&mut Inode> {
        self.stored.inodes.get_mut(&number).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Makes a file; returns its number and that of the opening.
    pub(super) fn create(&mut self, path: &str) -> io::Result<(u64, u64)> {
        let mut turn = self.turn(Operation::Reserve)?;
        let number = self.number();
        if turn.happens() {
            self.stored.names.make(path, number)?;
            self.stored.inodes.insert(number, Inode::default());
        }
        turn.told(())?;
        self.opening(number)
    }

    /// Opens a file; returns its number and that of the opening.
    pub(super) fn open(&mut self, path: &str) -> io::Result<(u64, u64)> {
        let turn = self.turn(Operation::Read(0))?;
        turn.told(())?;
        let number = self.stored.names.file(path)?;
        self.opening(number)
    }

    fn opening(&mut self, number: u64) -> io::Result<(u64, u64)> {
        self.inode(number)?.openings += 1;
        Ok((number, self.number()))
    }

    /// Closes an opening, which releases its lock.
    pub(super) fn close(&mut self, number: u64, opening: u64) {
        if let Some(inode) = self.stored.inodes.get_mut(&number) {
            inode.openings = inode.openings.saturating_sub(1);
            if inode.holder == Some(opening) {
                inode.holder = None;
            }
            if inode.openings == 0 && !self.stored.names.may_hold(number) {
                self.stored.inodes.remove(&number);
            }
        }
    }

    /// Drops files that no name and no opening leads to any more.
    fn forget_unnamed(&mut self) {
        let Stored { names, inodes } = &mut self.stored;
        inodes.retain(|number, inode| inode.openings > 0 || names.may_hold(*number));
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut turn = self.turn(Operation::Reserve)?;
        if turn.happens() {
            self.stored.names.rename(from, to)?;
        }
        turn.told(())
    }

    pub(super) fn remove(&mut self, path: &str) -> io::Result<()> {
        let mut turn = self.turn(Operation::Release)?;
        if turn.happens() {
            self.stored.names.remove(path)?;
        }
        turn.told(())
    }

    pub(super) fn list(&mut self, folder: &str) -> io::Result<Vec<Found>> {
        let turn = self.turn(Operation::Read(0))?;
        turn.told(())?;
        self.stored.names.list(folder)
    }

    pub(super) fn make_dir(&mut self, folder: &str) -> io::Result<()> {
        let mut turn = self.turn(Operation::Reserve)?;
        if turn.happens() {
            self.stored.names.make_dir(folder)?;
        }
        turn.told(())
    }

    pub(super) fn sync_dir(&mut self, folder: &str) -> io::Result<()> {
        let mut turn = self.turn(Operation::Sync)?;
        match turn.fault {
            None => self.stored.names.sync(folder)?,
            Some(_) => self.stored.names.fail_sync(folder, &mut turn.rng),
        }
        self.forget_unnamed();
        turn.told(())
    }

    pub(super) fn read(
        &mut self,
        number: u64,
        offset: u64,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        let len = self.stored.inodes.get(&number).map_or(0, |inode| inode.cached.len());
        let there = to_size(len.saturating_sub(offset)).unwrap_or(usize::MAX).min(buffer.len());
        let mut turn = self.turn(Operation::Read(there))?;
        turn.told(())?;
        let given = if turn.fault == Some(Fault::ShortRead) {
            1 + to_size(turn.rng.below(to_offset(there) - 1))?
        } else {
            there
        };
        let count = self.inode(number)?.cached.read(offset, &mut buffer[..given])?;
        if turn.fault == Some(Fault::FlippedRead) {
            turn.flip(&mut buffer[..count])?;
        }
        Ok(count)
    }

    pub(super) fn sync(&mut self, number: u64) -> io::Result<()> {
        let mut turn = self.turn(Operation::Sync)?;
        let inode = self.inode(number)?;
        match turn.fault {
            None => inode.sync()?,
            Some(_) => inode.fail_sync(&mut turn.rng)?,
        }
        turn.told(())
    }

    pub(super) fn truncate(&mut self, number: u64, len: u64) -> io::Result<()> {
        let mut turn = self.turn(Operation::Release)?;
        let inode = self.inode(number)?;
        if turn.happens() {
            inode.set_len(len)?;
        }
        turn.told(())
    }

    pub(super) fn allocate(&mut self, number: u64, len: u64) -> io::Result<()> {
        let mut turn = self.turn(Operation::Reserve)?;
        let room = self.room();
        let inode = self.inode(number)?;
        let missing = len.saturating_sub(inode.cached.len());
        if missing == 0 {
            return turn.told(());
        }
        let grown = match turn.fault {
            None
            | Some(
                Fault::ShortWrite
                | Fault::Misdirected
                | Fault::FlippedBit
                | Fault::ShortRead
                | Fault::FlippedRead,
            ) => missing,
            Some(Fault::NoSpace | Fault::InputOutput | Fault::SyncFails | Fault::PowerCut) => {
                turn.rng.below(missing + 1)
            }
        };
        let grown = grown.min(room);
        if grown > 0 {
            inode.set_len(inode.cached.len() + grown)?;
        }
        turn.told(())?;
        if grown < missing { Err(no_space()) } else { Ok(()) }
    }

    pub(super) fn write(&mut self, number: u64, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut turn = self.turn(Operation::Write(bytes.len()))?;
        let count = to_offset(bytes.len());
        let count = match turn.fault {
            None
            | Some(
                Fault::Misdirected | Fault::FlippedBit | Fault::ShortRead | Fault::FlippedRead,
            ) => count,
            Some(Fault::ShortWrite) => 1 + turn.rng.below(count - 1),
            Some(Fault::InputOutput | Fault::SyncFails | Fault::PowerCut) => {
                turn.rng.below(count + 1)
            }
            Some(Fault::NoSpace) => 0,
        };
        let room = self.room().saturating_add(self.inode(number)?.cached.len());
        let fits = count.min(room.saturating_sub(offset));
        if fits == 0 && count > 0 && turn.fault.is_none() {
            return Err(no_space());
        }
        self.put(&mut turn, number, offset, &bytes[..to_size(fits)?])?;
        turn.told(to_size(fits)?)
    }

    /// Writes to the cache, at the place and in the form that the fault leaves.
    fn put(&mut self, turn: &mut Turn, number: u64, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        match turn.fault {
            Some(Fault::Misdirected) => {
                let (meant, place) =
                    ((number, offset), self.elsewhere(&mut turn.rng, number, offset)?);
                self.damage.push(Damage::without(&self.stored, meant, bytes)?);
                self.damage.push(Damage::over(&self.stored, place, bytes)?);
                self.inode(place.0)?.write(place.1, bytes)
            }
            Some(Fault::FlippedBit) => {
                let mut wrong = bytes.to_vec();
                flip(&mut turn.rng, &mut wrong)?;
                self.damage.push(Damage::instead((number, offset), &wrong, bytes));
                self.inode(number)?.write(offset, &wrong)
            }
            None
            | Some(
                Fault::InputOutput
                | Fault::NoSpace
                | Fault::ShortWrite
                | Fault::ShortRead
                | Fault::FlippedRead
                | Fault::SyncFails
                | Fault::PowerCut,
            ) => self.inode(number)?.write(offset, bytes),
        }
    }

    /// Throws another place for a write: the same place of a sector, in any named file.
    fn elsewhere(&self, rng: &mut Rng, number: u64, offset: u64) -> io::Result<(u64, u64)> {
        let files: Vec<u64> = self.stored.names.files().map(|(_, file)| file).collect();
        let other = files.get(to_size(rng.below(to_offset(files.len())))?).copied();
        let other = other.unwrap_or(number);
        let len = self.stored.inodes.get(&other).map_or(0, |inode| inode.cached.len());
        let sectors = len.div_ceil(SECTOR_BYTES).max(1);
        let sector = rng.below(sectors);
        let same = other == number && sector == offset / SECTOR_BYTES;
        let sector = if same { sector + 1 } else { sector };
        Ok((other, sector * SECTOR_BYTES + offset % SECTOR_BYTES))
    }

    /// Puts right what silent faults left, newest first.
    pub(super) fn mend(&mut self) -> io::Result<()> {
        for damage in std::mem::take(&mut self.damage).iter().rev() {
            damage.mend(&mut self.stored)?;
        }
        Ok(())
    }

    /// Bytes that the files may still grow by.
    fn room(&self) -> u64 {
        let Some(capacity) = self.capacity else { return u64::MAX };
        capacity.saturating_sub(self.stored.used())
    }

    /// The power goes and comes back.
    pub(super) fn crash(&mut self, seed: u64) -> io::Result<()> {
        let mut rng = Rng::new(seed, self.seed);
        for inode in self.stored.inodes.values_mut() {
            inode.crash(&mut rng)?;
        }
        self.stored.names.crash(&mut rng);
        self.forget_unnamed();
        self.reboot();
        Ok(())
    }

    /// Ends all openings and turns the power on.
    pub(super) fn reboot(&mut self) {
        self.power_off = false;
        self.boot += 1;
    }
}
