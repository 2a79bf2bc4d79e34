//! The bytes of one file, sparse and cheap to clone.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// What a disk writes whole or not at all.
pub(super) const SECTOR_BYTES: u64 = 512;
const PAGE_BYTES: u64 = 4096;
type Page = [u8; 4096];

/// Bytes of a file; a page that is absent holds zeros.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    len: u64,
    pages: BTreeMap<u64, Arc<Page>>,
}

impl Content {
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn to_vec(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; to_size(self.len)?];
        self.read(0, &mut bytes)?;
        Ok(bytes)
    }

    /// Fills as much of the buffer as the file has from `offset` on, and returns how much.
    pub(super) fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = to_size(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = left.min(buffer.len());
        for Piece { block, inside, part } in pieces(offset, count, PAGE_BYTES)? {
            match self.pages.get(&block) {
                Some(bytes) => buffer[part].copy_from_slice(&bytes[inside]),
                None => buffer[part].fill(0),
            }
        }
        Ok(count)
    }

    /// Writes the bytes, and extends the file where it ends before them.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        for Piece { block, inside, part } in pieces(offset, bytes.len(), PAGE_BYTES)? {
            let page = self.pages.entry(block).or_insert_with(|| Arc::new([0; 4096]));
            Arc::make_mut(page)[inside].copy_from_slice(&bytes[part]);
        }
        if !bytes.is_empty() {
            self.len = self.len.max(offset + to_offset(bytes.len()));
        }
        Ok(())
    }

    /// Cuts, or extends with zeros.
    pub(super) fn set_len(&mut self, len: u64) -> io::Result<()> {
        if len < self.len {
            self.pages.split_off(&len.div_ceil(PAGE_BYTES));
            if let Some(page) = self.pages.get_mut(&(len / PAGE_BYTES)) {
                Arc::make_mut(page)[to_size(len % PAGE_BYTES)?..].fill(0);
            }
        }
        self.len = len;
        Ok(())
    }
}

/// What of some bytes lies in one block.
pub(super) struct Piece {
    /// The block's number.
    pub(super) block: u64,
    /// Where in the block.
    pub(super) inside: Range<usize>,
    /// Which of the bytes.
    pub(super) part: Range<usize>,
}

/// Cuts `count` bytes from `offset` on at the borders of blocks of `size` bytes.
pub(super) fn pieces(offset: u64, count: usize, size: u64) -> io::Result<Vec<Piece>> {
    let end = offset.checked_add(to_offset(count)).ok_or(io::ErrorKind::FileTooLarge)?;
    let mut pieces = Vec::new();
    let mut at = offset;
    while at < end {
        let block = at / size;
        let stop = end.min((block + 1) * size);
        let inside = to_size(at % size)?..to_size(stop - block * size)?;
        pieces.push(Piece { block, inside, part: to_size(at - offset)?..to_size(stop - offset)? });
        at = stop;
    }
    Ok(pieces)
}

pub(super) fn to_size(bytes: u64) -> io::Result<usize> {
    Ok(usize::try_from(bytes).map_err(|_| io::ErrorKind::FileTooLarge)?)
}

pub(super) fn to_offset(bytes: usize) -> u64 {
    u64::try_from(bytes).expect("a machine's size has at most 64 bits")
}
