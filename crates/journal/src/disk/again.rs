//! Reading again: nothing is cut off, written or given up on the word of one read.
//!
//! What is read can be wrong where what lies on the disk is right: a cable, a controller, a bit of memory. Such a read says that it
//! went well. What holds by itself, by its checksum or its hash, is believed at once; what says that something is amiss is read again,
//! past the system's own copy where that can be dropped ([`DiskFile::forget`]).

use std::io;

use zeroize::Zeroizing;

use super::door::{Access, Disk, DiskFile};

/// So many looks are taken at most, until two in a row agree. One that was wrong by chance takes three.
pub const LOOKS_MAX: u32 = 4;

/// Looks until two looks in a row see the same, and returns that.
///
/// # Errors
/// What a look says; `InvalidData` if no two looks agree.
pub fn steady<T: PartialEq>(mut look: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut before = look()?;
    for _ in 1..LOOKS_MAX {
        let seen = look()?;
        if seen == before {
            return Ok(seen);
        }
        before = seen;
    }
    Err(unsteady())
}

/// The error of a place that reads differently each time.
#[must_use]
pub fn unsteady() -> io::Error {
    let message = "each read of one place gives other bytes, and nothing was written on the word of one: look at disk, cable and \
                   controller, then try again";
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Writes a new file of mode 0600 into the disk's own folder, and gives it its name once the disk is seen to hold it: a file of that
/// name is whole. Returns `false` if the disk holds something else than was written; there is no such name then, or the one before
/// stays.
///
/// # Errors
/// What the disk says; what was written may lie there under the name with `.new` behind it.
pub fn keep(disk: &dyn Disk, name: &str, bytes: &[u8]) -> io::Result<bool> {
    let new = format!("{name}.new");
    let file = disk.create(&new)?;
    file.write_at(0, bytes)?;
    file.sync()?;
    if !holds(disk, &new, bytes)? {
        // Whoever tries again begins anew.
        let _ = disk.remove(&new);
        return Ok(false);
    }
    disk.rename(&new, name)?;
    disk.sync_dir("")?;
    Ok(true)
}

/// Returns whether a file holds these bytes; one look that says so is enough.
///
/// # Errors
/// What the disk says.
pub fn holds(disk: &dyn Disk, name: &str, bytes: &[u8]) -> io::Result<bool> {
    let look = || -> io::Result<bool> {
        let file = disk.open(name, Access::Read)?;
        file.forget();
        let mut there = Zeroizing::new(vec![0; bytes.len()]);
        let whole = file.len()? == bytes.len() as u64;
        if whole {
            file.read_at(0, &mut there)?;
        }
        Ok(whole && there.as_slice() == bytes)
    };
    Ok(look()? || look()?)
}

/// Reads the first bytes of a file; again, past the system's own copy where that can be dropped, if they are not `sound`.
pub(crate) fn read_sound(
    file: &dyn DiskFile,
    len: usize,
    sound: impl Fn(&[u8]) -> bool,
) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    file.read_at(0, &mut bytes)?;
    if !sound(&bytes) {
        file.forget();
        file.read_at(0, &mut bytes)?;
    }
    Ok(bytes)
}
