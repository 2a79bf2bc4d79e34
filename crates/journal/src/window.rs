//! A moving window over a segment's file, and the walk from record to record through it.

use std::io;

use crate::disk::DiskFile;
use crate::format::{BODY_BYTES_MAX, FRAME_BYTES, Parsed, Record, RecordError, parse_record};

/// Read at once: large enough that system calls do not count, small enough for a core's cache.
const CHUNK_BYTES: usize = 256 << 10;

/// Bytes of a file from some place on, read when they are asked for.
#[derive(Debug)]
pub(crate) struct Window {
    file: Box<dyn DiskFile>,
    buffer: Vec<u8>,
    /// Where the buffer begins in the file.
    base: u64,
    /// How much of the buffer was read.
    filled: usize,
}

impl Window {
    pub(crate) fn new(file: Box<dyn DiskFile>) -> Window {
        Window { file, buffer: Vec::new(), base: 0, filled: 0 }
    }

    pub(crate) fn file(&self) -> &dyn DiskFile {
        &*self.file
    }

    /// Returns what was read from `offset` on.
    pub(crate) fn bytes(&self, offset: u64) -> &[u8] {
        self.place(offset).and_then(|place| self.buffer.get(place..self.filled)).unwrap_or_default()
    }

    /// Reads until `wanted` bytes from `offset` on are there, or the file ends. Keeps what lies from `keep` on.
    pub(crate) fn fill(&mut self, keep: u64, offset: u64, wanted: usize) -> io::Result<()> {
        if self.bytes(offset).len() >= wanted {
            return Ok(());
        }
        self.forget_before(keep.min(offset));
        let place = self.place(offset).ok_or(io::ErrorKind::InvalidInput)?;
        let end = place.checked_add(wanted).ok_or(io::ErrorKind::FileTooLarge)?;
        if end > self.buffer.len() {
            self.buffer.resize(end.max(CHUNK_BYTES), 0);
        }
        // As much as there is room for: the next records are asked for soon.
        let from = self.base + as_u64(self.filled);
        self.filled +=
            read_least(&*self.file, from, &mut self.buffer[self.filled..], end - self.filled)?;
        Ok(())
    }

    /// Reads until the record at `offset` is whole, or the file ends.
    pub(crate) fn fill_record(&mut self, keep: u64, offset: u64) -> io::Result<()> {
        self.fill(keep, offset, FRAME_BYTES)?;
        let Some(len) = self.bytes(offset).first_chunk().map(|len| u32::from_le_bytes(*len)) else {
            return Ok(());
        };
        match usize::try_from(len) {
            Ok(len @ 1..=BODY_BYTES_MAX) => self.fill(keep, offset, FRAME_BYTES + len),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Forgets what was read from `offset` on: a writer may have changed it since.
    pub(crate) fn forget_from(&mut self, offset: u64) {
        let kept = self.place(offset).unwrap_or(0);
        self.filled = self.filled.min(kept);
        if self.filled == 0 {
            self.base = offset;
        }
    }

    fn forget_before(&mut self, offset: u64) {
        match self.place(offset) {
            Some(place) if place <= self.filled => {
                self.buffer.copy_within(place..self.filled, 0);
                self.filled -= place;
            }
            Some(_) | None => self.filled = 0,
        }
        self.base = offset;
    }

    fn place(&self, offset: u64) -> Option<usize> {
        usize::try_from(offset.checked_sub(self.base)?).ok()
    }
}

/// A length as an offset.
pub(crate) fn as_u64(len: usize) -> u64 {
    u64::try_from(len).expect("no machine has more than 64 bits")
}

/// What stands at a place.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// A record, with its frame.
    Record { offset: u64, record: Record<'a>, bytes: &'a [u8] },
    /// Zeros, or the end of the file.
    End { offset: u64 },
    /// Neither.
    Bad { offset: u64, error: RecordError },
}

/// Walks from record to record.
#[derive(Debug)]
pub(crate) struct Scan {
    window: Window,
    offset: u64,
}

impl Scan {
    pub(crate) fn new(file: Box<dyn DiskFile>, offset: u64) -> Scan {
        Scan { window: Window::new(file), offset }
    }

    pub(crate) fn window(&mut self) -> &mut Window {
        &mut self.window
    }

    /// Returns what stands at the present place, and goes behind it if it is a record.
    pub(crate) fn step(&mut self) -> io::Result<Step<'_>> {
        let offset = self.offset;
        self.window.fill_record(offset, offset)?;
        let bytes = self.window.bytes(offset);
        Ok(match at(bytes) {
            Ok(Parsed::Record(record, size)) => {
                self.offset += as_u64(size);
                Step::Record { offset, record, bytes: &bytes[..size] }
            }
            Ok(Parsed::End) => Step::End { offset },
            Err(error) => Step::Bad { offset, error },
        })
    }
}

/// Reads a record; a few zeros, or nothing, at the end of a file are its end.
pub(crate) fn at(bytes: &[u8]) -> Result<Parsed<'_>, RecordError> {
    if bytes.len() < FRAME_BYTES && bytes.iter().all(|byte| *byte == 0) {
        return Ok(Parsed::End);
    }
    parse_record(bytes)
}

/// Returns the place behind the last byte of the file that is not 0; `offset` itself if all from there on are.
pub(crate) fn end_of_bytes(file: &dyn DiskFile, offset: u64) -> io::Result<u64> {
    // All stretches first: reading would make the system fill reserved room with zeros to read ahead.
    let mut stretches = Vec::new();
    let mut from = offset;
    while let Some(stretch) = file.next_written(from)? {
        from = stretch.end;
        stretches.push(stretch);
    }
    let mut chunk = vec![0; CHUNK_BYTES];
    for stretch in stretches.into_iter().rev() {
        let mut end = stretch.end;
        while end > stretch.start {
            let start = end.saturating_sub(as_u64(CHUNK_BYTES)).max(stretch.start);
            let part = usize::try_from(end - start).map_err(io::Error::other)?;
            let count = read_there(file, start, &mut chunk[..part])?;
            if let Some(last) = last_of_bytes(&chunk[..count]) {
                return Ok(start + as_u64(last) + 1);
            }
            end = start;
        }
    }
    Ok(offset)
}

/// Reads what is there and returns how much: a writer may cut the file meanwhile.
pub(crate) fn read_there(file: &dyn DiskFile, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    read_least(file, offset, buffer, buffer.len())
}

/// Reads at least as much, if it is there, and returns how much.
fn read_least(
    file: &dyn DiskFile,
    offset: u64,
    buffer: &mut [u8],
    least: usize,
) -> io::Result<usize> {
    let mut filled = 0;
    while filled < least {
        match file.read_some_at(offset + as_u64(filled), &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Returns the place of the last byte that is not 0.
fn last_of_bytes(bytes: &[u8]) -> Option<usize> {
    // Reserved room is mostly zeros: look at them in words.
    let (words, rest) = bytes.as_chunks::<16>();
    let zeros =
        words.iter().all(|word| u128::from_le_bytes(*word) == 0) && rest.iter().all(|b| *b == 0);
    if zeros { None } else { bytes.iter().rposition(|byte| *byte != 0) }
}
