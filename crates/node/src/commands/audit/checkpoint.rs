//! `audit checkpoint`: the newest signed checkpoint, to be kept where the journal is not.

use std::io::ErrorKind;

use anyhow::Context as _;
use journal::Seq;
use journal::disk::Access;
use journal::note::SignedNote;
use serde_json::json;

use crate::cli::JournalArgs;
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::out::Out;
use crate::setup::JournalFolder;

/// The largest note that is read.
const NOTE_BYTES_MAX: u64 = 65_536;

/// Prints the note as it is: what is kept outside is what was signed.
pub(crate) fn run(args: &JournalArgs, out: Out) -> Outcome {
    let folder = JournalFolder::new(&args.journal, None);
    let text = newest(&folder)?;
    let note = SignedNote::parse(text.as_bytes()).context("the file checkpoint").data()?;
    let checkpoint = note.unverified();
    let mut reader = folder.read(Seq(checkpoint.size.0 + 1))?;
    while reader.next().with_context(|| folder.shown()).data()?.is_some() {}
    let end = reader.committed().max(checkpoint.size);
    if end > checkpoint.size {
        out.note(format_args!(
            "plimsoll: the newest checkpoint covers {} of {end} entries; the writer signs the next one",
            checkpoint.size
        ));
    }
    if out.is_json() {
        out.json(&json!({
            "id": checkpoint.id.to_string(),
            "size": checkpoint.size.0,
            "root": checkpoint.root.to_string(),
            "entries": end.0,
            "note": text,
        }))?;
    } else {
        out.raw(text)?;
    }
    Ok(Exit::Ok)
}

/// Reads the newest signed note of a journal.
pub(super) fn newest(folder: &JournalFolder) -> Result<String, Failure> {
    let read = || -> std::io::Result<Vec<u8>> {
        let file = folder.disk().open("checkpoint", Access::Read)?;
        let bytes = usize::try_from(file.len()?.min(NOTE_BYTES_MAX)).unwrap_or_default();
        let mut note = vec![0; bytes];
        file.read_at(0, &mut note)?;
        Ok(note)
    };
    let note = match read() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // Without a journal that is the reason; with one it was not closed yet.
            folder.read(Seq(1))?;
            return Err(Failure::data(format_args!(
                "{} has no checkpoint yet: its writer has not signed one",
                folder.shown()
            )));
        }
        read => read.with_context(|| folder.shown()).data()?,
    };
    String::from_utf8(note).with_context(|| folder.shown()).data()
}
