//! Little-endian numbers out of a slice, front to back.

/// What is left of the bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

/// The bytes ended early, or did not end where they should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WrongSize;

impl Bytes<'_> {
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], WrongSize> {
        let (head, tail) = self.0.split_first_chunk().ok_or(WrongSize)?;
        self.0 = tail;
        Ok(*head)
    }

    pub(super) fn u8(&mut self) -> Result<u8, WrongSize> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, WrongSize> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, WrongSize> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, WrongSize> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn end(self) -> Result<(), WrongSize> {
        if self.0.is_empty() { Ok(()) } else { Err(WrongSize) }
    }
}
