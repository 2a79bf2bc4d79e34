//! The journal, read once from end to end: checksums, sequence, whole commits. Hashes are `audit verify`'s.

use std::path::Path;

use journal::{Item, ReadError, Reader, Seq};

use super::check::Check;
use crate::setup::JournalFolder;
use crate::show;

/// Looks whether the journal can be read.
pub(super) fn readable(state: &Path) -> Check {
    let name = "journal";
    let folder = JournalFolder::new(&state.join("journal"), None);
    if !folder.path.is_dir() {
        return Check::unknown(name, format!("{} is not there", folder.shown()));
    }
    let remedy = format!("stop, keep a copy, and run `plimsoll audit verify '{}'`", folder.shown());
    match read(&folder) {
        Ok((last, dropped)) => {
            let dropped = match dropped {
                0 => String::new(),
                n => format!(", {} of them dropped by retention", show::count(n)),
            };
            Check::fine(
                name,
                format!(
                    "{} entries read{dropped}; hashes are for `audit verify`",
                    show::count(last.0)
                ),
            )
        }
        Err(ReadError::NoJournal) => Check::unknown(name, "there is no journal in the folder"),
        Err(error) => Check::bad(name, error.to_string(), remedy),
    }
}

/// Reads all there is; returns the last entry, and how many retention dropped.
fn read(folder: &JournalFolder) -> Result<(Seq, u64), ReadError> {
    let mut reader = Reader::open(folder.disk(), Seq(1))?;
    let mut dropped = 0;
    while let Some(item) = reader.next()? {
        match item {
            Item::Entry(_) => {}
            Item::Dropped { first, last } => dropped += last.0 - first.0 + 1,
        }
    }
    Ok((reader.committed(), dropped))
}
