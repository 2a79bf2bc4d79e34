//! [`Trace`]: one line an event, and the hash of all of them.

use std::fmt;

use sha2::{Digest, Sha256};
use types::market::TsNanos;

/// Who is told each line, if anybody is.
pub type Lines = Option<Box<dyn FnMut(&str)>>;

/// What happened, one line an event.
#[derive(Default)]
pub(super) struct Trace {
    hash: Sha256,
    lines: u64,
    line: String,
    /// Where the lines go, if anybody reads them.
    out: Lines,
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("lines", &self.lines).finish_non_exhaustive()
    }
}

impl Trace {
    pub(super) fn new(out: Lines) -> Self {
        Self { out, ..Self::default() }
    }

    /// Adds a line.
    pub(super) fn say(&mut self, at: TsNanos, what: fmt::Arguments<'_>) {
        use fmt::Write as _;
        self.line.clear();
        writeln!(self.line, "{} {what}", at.as_nanos()).expect("a text takes everything");
        self.hash.update(self.line.as_bytes());
        self.lines += 1;
        if let Some(out) = &mut self.out {
            out(self.line.trim_end());
        }
    }

    /// Adds bytes to the hash alone.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    /// Returns how many lines there are, and their hash as 64 hex digits.
    pub(super) fn end(&self) -> (u64, String) {
        let hash = self.hash.clone().finalize();
        (self.lines, hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}
