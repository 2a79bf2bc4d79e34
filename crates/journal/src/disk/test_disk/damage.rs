//! What writes that went wrong silently left on the disk, and how to put it right.

use std::io;

use super::content::to_offset;
use super::machine::Stored;

/// Bytes of a file that are not what was written there last.
#[derive(Clone, Debug)]
pub(super) struct Damage {
    number: u64,
    offset: u64,
    /// What is there.
    wrong: Vec<u8>,
    /// What belongs there; shorter where the file ended before.
    right: Vec<u8>,
    /// How long the file was, where it may be longer now.
    len: Option<u64>,
}

impl Damage {
    /// Returns the damage of a write that is about to put `wrong` into the place of what lies there.
    pub(super) fn over(stored: &Stored, place: (u64, u64), wrong: &[u8]) -> io::Result<Self> {
        let (number, offset) = place;
        let right = lies(stored, place, wrong.len())?;
        let len = stored.inodes.get(&number).map(|inode| inode.cached.len());
        Ok(Self { number, offset, wrong: wrong.to_vec(), right, len })
    }

    /// Returns the damage of a write of `right` that left what lies there.
    pub(super) fn without(stored: &Stored, place: (u64, u64), right: &[u8]) -> io::Result<Self> {
        let (number, offset) = place;
        let mut wrong = lies(stored, place, right.len())?;
        wrong.resize(right.len(), 0);
        Ok(Self { number, offset, wrong, right: right.to_vec(), len: None })
    }

    /// Returns the damage of a write of `right` that put `wrong` there.
    pub(super) fn instead(place: (u64, u64), wrong: &[u8], right: &[u8]) -> Self {
        let (number, offset) = place;
        Self { number, offset, wrong: wrong.to_vec(), right: right.to_vec(), len: None }
    }

    /// Puts it right, durably; what was written there since stays.
    pub(super) fn mend(&self, stored: &mut Stored) -> io::Result<()> {
        let Some(inode) = stored.inodes.get_mut(&self.number) else { return Ok(()) };
        let mut lies = vec![0; self.wrong.len()];
        let there = inode.cached.read(self.offset, &mut lies)?;
        if lies[..there] != self.wrong[..there] {
            return Ok(());
        }
        let grew = inode.cached.len() == self.offset + to_offset(self.wrong.len());
        inode.write(self.offset, &self.right)?;
        if let Some(len) = self.len.filter(|len| grew && *len < inode.cached.len()) {
            inode.set_len(len)?;
        }
        inode.sync()
    }
}

/// Returns what of so many bytes from a place on is there.
fn lies(stored: &Stored, (number, offset): (u64, u64), count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    let inode = stored.inodes.get(&number);
    let there = inode.map_or(Ok(0), |inode| inode.cached.read(offset, &mut bytes))?;
    bytes.truncate(there);
    Ok(bytes)
}
