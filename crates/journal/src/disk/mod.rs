//! `Disk`: all file access of the journal, behind one trait.
//!
//! `RealDisk` is a folder of the machine; `TestDisk` is a disk in memory that loses, tears,
//! misdirects and fails on demand. Neither reads a clock.

mod again;
mod door;
mod real;
mod test_disk;

pub(crate) use again::read_sound;
pub use again::{LOOKS_MAX, holds, keep, steady, unsteady};
pub use door::{Access, Disk, DiskFile, Found, Kind, Place};
pub use real::RealDisk;
pub use test_disk::{Fault, Image, Rates, TestDisk, Times};

#[cfg(test)]
mod tests;
