//! The emergency file: entries that a hub acted on while its journal was dead, lines of JSON beside the state folder.
//!
//! The one place outside of the journal where a command may stand (invariant 8): the next start makes them entries.

use std::fs;
use std::path::Path;

use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use serde::de::IgnoredAny;
use types::entry::Entry;

use crate::check::CheckError;

/// A line. Who wrote it and when is not judged.
#[derive(Debug, Deserialize)]
struct Line {
    what: What,
}

/// What it holds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Kill,
    Flatten,
    Entry {
        #[serde(rename = "seq")]
        _seq: IgnoredAny,
        /// As the journal would have them, in base64.
        bytes: String,
    },
}

/// Reads the entries of a file, in order.
pub(crate) fn read(path: &Path) -> Result<Vec<Entry>, CheckError> {
    let wrong = |seen: String| CheckError::Emergency { path: path.to_owned(), seen };
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let mut entries = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty()) {
        let at = |error: String| wrong(format!("line {number}: {error}"));
        let line: Line = serde_json::from_str(line).map_err(|error| at(error.to_string()))?;
        match line.what {
            // An order that waits for a hub to carry it out.
            What::Kill | What::Flatten => {}
            What::Entry { bytes, .. } => {
                let bytes = Base64::decode_vec(&bytes).map_err(|error| at(error.to_string()))?;
                entries.push(Entry::decode(&bytes).map_err(|error| at(error.to_string()))?);
            }
        }
    }
    Ok(entries)
}
