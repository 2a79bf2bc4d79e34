//! Everything the program says: [`Out`]. Answers go to standard output, all else to standard error.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

use serde::Serialize;

/// The writer. With `--json` standard output holds one JSON document and nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    json: bool,
}

impl Out {
    /// Returns the writer.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Returns whether a machine reads the answer.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// Writes a line of the answer for people; with `--json` nothing.
    pub(crate) fn line(self, text: impl Display) -> io::Result<()> {
        if self.json { Ok(()) } else { Self::write(format_args!("{text}\n")) }
    }

    /// Writes text as it is, whoever reads: CSV and the like.
    pub(crate) fn raw(self, text: impl Display) -> io::Result<()> {
        Self::write(format_args!("{text}"))
    }

    /// Writes the answer for machines; without `--json` nothing.
    pub(crate) fn json(self, value: &impl Serialize) -> io::Result<()> {
        if self.json { Self::document(value) } else { Ok(()) }
    }

    /// Writes one JSON document, whoever reads.
    pub(crate) fn document(value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        Self::write(format_args!("{text}\n"))
    }

    /// Says something about the work itself.
    pub(crate) fn note(self, text: impl Display) {
        // Nobody may be listening; the answer does not depend on it.
        let _ = writeln!(io::stderr(), "{text}");
    }

    fn write(text: std::fmt::Arguments<'_>) -> io::Result<()> {
        match io::stdout().lock().write_fmt(text) {
            // The reader has seen enough (`| head`).
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}

/// Returns whether a person is watching what goes to standard error.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Lays out rows in columns; the first is aligned to the left, numbers to the right.
pub(crate) fn columns(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(head.get(column).map(|name| name.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let lay = |cells: Vec<&str>| {
        let mut line = String::new();
        for (n, (cell, width)) in cells.into_iter().zip(&widths).enumerate() {
            let cell = if n == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
            line.push_str(&cell);
        }
        line.trim_end().to_owned()
    };
    let mut lines = vec![lay(head.to_vec())];
    lines.extend(rows.iter().map(|row| lay(row.iter().map(String::as_str).collect())));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_line_up_at_the_right() {
        let rows =
            [vec!["a".to_owned(), "1".to_owned()], vec!["long".to_owned(), "1,000".to_owned()]];
        assert_eq!(columns(&["x", "n"], &rows), ["x         n", "a         1", "long  1,000"]);
    }
}
