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
        while self.filled < end {
            let from = self.base + as_u64(self.filled);
            match self.file.read_some_at(from, &mut self.buffer[self.filled..]) {
                Ok(0) => break,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
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

/// Reads on from `offset` to the end of the file and returns the place behind the last byte that is not 0;
/// `offset` itself if all are.
pub(crate) fn end_of_bytes(file: &dyn DiskFile, mut offset: u64) -> io::Result<u64> {
    let mut end = offset;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = match file.read_some_at(offset, &mut chunk) {
            Ok(0) => return Ok(end),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let read = &chunk[..count];
        // Reserved room is mostly zeros: look at them in words.
        let (words, rest) = read.as_chunks::<16>();
        if words.iter().any(|word| *word != [0; 16]) || rest.iter().any(|byte| *byte != 0) {
            let last = read.iter().rposition(|byte| *byte != 0).unwrap_or(0);
            end = offset + as_u64(last) + 1;
        }
        offset += as_u64(count);
    }
}
