//! [`Lines`]: the lines of a stream as slices of one reused buffer.
//!
//! Why not the `csv` crate: it copies all twelve fields of a row into its own buffer, though six are
//! looked at. `benches/data.rs` reads the same rows both ways. On a shared machine at best: 202 ns a
//! row of the archive against 284, 170 against 189 where the last five columns are empty, with the
//! checks of order, grid and gaps on our side only; 1,700 against 3,500 instructions.

use std::io::{self, Read};

use memchr::memchr;

/// The longest line that can be a row; a bar of twelve full numbers needs fewer than 400 bytes.
pub(super) const LINE_MAX: usize = 4096;
/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// Why there is no next line.
#[derive(Debug)]
pub(super) enum LineError {
    /// The stream failed.
    Read(io::Error),
    /// The line is longer than [`LINE_MAX`].
    TooLong,
}

/// The lines of a stream, without their ends (`\n` or `\r\n`).
pub(super) struct Lines {
    stream: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Where the last line handed out lies.
    last: (usize, usize),
    at_end: bool,
    number: u64,
}

impl Lines {
    pub(super) fn new(stream: Box<dyn Read + Send>) -> Self {
        let buffer = vec![0; CHUNK + LINE_MAX];
        Self { stream, buffer, start: 0, end: 0, last: (0, 0), at_end: false, number: 0 }
    }

    /// Returns the number of the last line handed out, counted from 1.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Returns the next line, `None` at the end.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, LineError> {
        let length = loop {
            let waiting = &self.buffer[self.start..self.end];
            match memchr(b'\n', waiting) {
                Some(length) => break length,
                None if self.at_end && waiting.is_empty() => return Ok(None),
                None if self.at_end => break waiting.len(),
                None => self.refill()?,
            }
        };
        self.number += 1;
        if length > LINE_MAX {
            return Err(LineError::TooLong);
        }
        self.last = (self.start, self.start + length);
        self.start = (self.start + length + 1).min(self.end);
        Ok(Some(self.last()))
    }

    /// Returns the line handed out last.
    pub(super) fn last(&self) -> &[u8] {
        let line = &self.buffer[self.last.0..self.last.1];
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// Hands the last line out once more, without its first `skip` bytes.
    pub(super) fn again(&mut self, skip: usize) {
        self.start = (self.last.0 + skip).min(self.last.1);
        self.number -= 1;
    }

    /// Moves the begun line to the front and reads on.
    fn refill(&mut self) -> Result<(), LineError> {
        if self.end - self.start > LINE_MAX {
            self.number += 1;
            return Err(LineError::TooLong);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        loop {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.at_end = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.number += 1;
                    return Err(LineError::Read(error));
                }
            }
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, the hardest way to read.
    struct Drip(Vec<u8>, usize);

    impl Read for Drip {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(byte) = self.0.get(self.1) else { return Ok(0) };
            self.1 += 1;
            buffer[0] = *byte;
            Ok(1)
        }
    }

    fn lines(text: &[u8]) -> Vec<String> {
        let mut lines = Lines::new(Box::new(Drip(text.to_vec(), 0)));
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push(String::from_utf8(line.to_vec()).unwrap());
        }
        all
    }

    #[test]
    fn line_ends_of_every_kind() {
        assert_eq!(lines(b"a\nb\r\n\nc"), ["a", "b", "", "c"]);
        assert_eq!(lines(b"a\n"), ["a"]);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn a_line_over_the_bound_is_refused_and_one_at_it_is_not() {
        let line = vec![b'x'; LINE_MAX];
        assert_eq!(lines(&line).len(), 1);
        for end in [&b""[..], b"\n", b"xxxx"] {
            let text = [&line[..], b"x", end].concat();
            let mut lines = Lines::new(Box::new(io::Cursor::new(text)));
            assert!(matches!(lines.next(), Err(LineError::TooLong)));
        }
    }
}
