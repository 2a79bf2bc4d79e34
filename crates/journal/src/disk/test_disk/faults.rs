//! What goes wrong, and when.

use std::io;

use super::rng::Rng;

/// What goes wrong with an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Any operation fails with `EIO`; what it did before, if anything, is unknown. A sync that fails so
    /// forgets what it did not write.
    InputOutput,
    /// What needs room fails with `ENOSPC`: create, write, allocate, rename, make a folder.
    NoSpace,
    /// A write writes some of its bytes only, and says so.
    ShortWrite,
    /// A write says that it went well, and went to another place of this or another file.
    Misdirected,
    /// A write says that it went well, and one bit of it is wrong.
    FlippedBit,
    /// A read gives fewer bytes than were asked for and are there, and says so; one at least.
    ShortRead,
    /// A read says that it went well, and one bit of what it gives is wrong. What lies on the disk is right.
    FlippedRead,
    /// A sync of a file or a folder fails with `EIO` and forgets what it did not write; all else goes well.
    SyncFails,
    /// The power goes in the middle of the operation: it and all that follow fail until
    /// [`TestDisk::crash`](super::TestDisk::crash).
    PowerCut,
}

/// How often a planned fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Once.
    Once,
    /// Each time from then on.
    Always,
}

/// How often faults strike by themselves, in operations out of a million that they can strike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// [`Fault::InputOutput`] on reads (open, list and read).
    pub read_errors: u32,
    /// [`Fault::InputOutput`] on what changes bytes or names.
    pub write_errors: u32,
    /// [`Fault::InputOutput`] on syncs of files and folders.
    pub sync_errors: u32,
    /// [`Fault::NoSpace`].
    pub no_space: u32,
    /// [`Fault::ShortWrite`].
    pub short_writes: u32,
    /// [`Fault::Misdirected`].
    pub misdirected: u32,
    /// [`Fault::FlippedBit`].
    pub flipped_bits: u32,
}

/// An operation that is counted and can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Open and list, with 0; a read, with the number of bytes that it would give.
    Read(usize),
    /// Create, allocate, rename, make a folder.
    Reserve,
    /// Truncate, remove.
    Release,
    /// A write, with its length.
    Write(usize),
    /// Of a file or a folder.
    Sync,
}

/// Faults by number and by rate.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    planned: Vec<Planned>,
    pub(super) rates: Rates,
    /// How often a fault struck.
    pub(super) struck: u64,
    /// The first operation that a fault struck.
    pub(super) first: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Planned {
    from: u64,
    fault: Fault,
    times: Times,
}

impl Plan {
    pub(super) fn add(&mut self, from: u64, fault: Fault, times: Times) {
        self.planned.push(Planned { from, fault, times });
    }

    pub(super) fn clear(&mut self) {
        self.planned.clear();
        self.rates = Rates::default();
    }

    /// Returns what strikes the operation of this number.
    pub(super) fn strike(
        &mut self,
        number: u64,
        operation: Operation,
        rng: &mut Rng,
    ) -> Option<Fault> {
        let due = |plan: &Planned| plan.from <= number && operation.suffers(plan.fault);
        let fault = match self.planned.iter().position(due) {
            Some(at) if self.planned[at].times == Times::Once => {
                Some(self.planned.remove(at).fault)
            }
            Some(at) => Some(self.planned[at].fault),
            None => self.rates.strike(operation, rng),
        };
        self.struck += u64::from(fault.is_some());
        self.first = self.first.or(fault.map(|_| number));
        fault
    }
}

impl Rates {
    fn strike(&self, operation: Operation, rng: &mut Rng) -> Option<Fault> {
        if *self == Rates::default() {
            return None;
        }
        let errors = match operation {
            Operation::Read(_) => self.read_errors,
            Operation::Reserve | Operation::Release | Operation::Write(_) => self.write_errors,
            Operation::Sync => self.sync_errors,
        };
        let faults = [
            (errors, Fault::InputOutput),
            (self.no_space, Fault::NoSpace),
            (self.short_writes, Fault::ShortWrite),
            (self.misdirected, Fault::Misdirected),
            (self.flipped_bits, Fault::FlippedBit),
        ];
        let mut struck = None;
        for (rate, fault) in faults {
            // Each throws in each operation, so that one rate's change moves no other fault.
            let hit = rng.below(1_000_000) < u64::from(rate);
            if hit && struck.is_none() && operation.suffers(fault) {
                struck = Some(fault);
            }
        }
        struck
    }
}

impl Operation {
    fn suffers(self, fault: Fault) -> bool {
        match (fault, self) {
            (Fault::InputOutput | Fault::PowerCut, _)
            | (Fault::SyncFails, Operation::Sync)
            | (Fault::NoSpace, Operation::Reserve | Operation::Write(_)) => true,
            (Fault::ShortWrite, Operation::Write(len))
            | (Fault::ShortRead, Operation::Read(len)) => len > 1,
            (Fault::Misdirected | Fault::FlippedBit, Operation::Write(len))
            | (Fault::FlippedRead, Operation::Read(len)) => len > 0,
            (
                Fault::NoSpace | Fault::ShortWrite | Fault::Misdirected | Fault::FlippedBit,
                Operation::Read(_) | Operation::Reserve | Operation::Release | Operation::Sync,
            )
            | (
                Fault::ShortRead | Fault::FlippedRead,
                Operation::Reserve | Operation::Release | Operation::Write(_) | Operation::Sync,
            )
            | (
                Fault::SyncFails,
                Operation::Read(_) | Operation::Reserve | Operation::Release | Operation::Write(_),
            ) => false,
        }
    }
}

/// `EIO` of Linux, macOS and the BSDs.
const EIO: i32 = 5;
/// `ENOSPC` of the same.
const ENOSPC: i32 = 28;

pub(super) fn input_output() -> io::Error {
    io::Error::from_raw_os_error(EIO)
}

pub(super) fn no_space() -> io::Error {
    io::Error::from_raw_os_error(ENOSPC)
}

pub(super) fn power_is_off() -> io::Error {
    io::Error::other("the power of the test disk is off")
}
