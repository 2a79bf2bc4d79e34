//! `export`: rows of a journal for spreadsheets and programs.

use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;
use store::{Format, Store, StoreError};

use crate::cli::{ExportArgs, FormatName};
use crate::exit::{Exit, Outcome};
use crate::out::Out;
use crate::setup::{JournalFolder, store_beside};

/// Brings the store to the journal's end and writes the rows.
pub(crate) fn run(args: &ExportArgs, out: Out) -> Outcome {
    let folder = JournalFolder::new(&args.journal.journal, None);
    let path = args.store.clone().unwrap_or_else(|| store_beside(&folder.path));
    let shown = || path.display().to_string();
    // A folder without a journal leaves no store behind.
    drop(folder.read(journal::Seq(1))?);
    let mut store = Store::open(&path).with_context(shown)?;
    if args.rebuild {
        store.drop_rows().with_context(shown)?;
    }
    let applied = folder.follow(&mut store)?;
    if applied.rebuilt {
        out.note(format_args!(
            "{}: the rows were of another journal or another form, and were made again",
            shown()
        ));
    }
    let format = match (args.format, out.is_json()) {
        (FormatName::Csv, false) => Format::Csv,
        (FormatName::Json, _) | (FormatName::Csv, true) => Format::Json,
    };
    let mut writer = io::BufWriter::new(io::stdout().lock());
    let written = store.export(args.table, format, &mut writer);
    match written.and_then(|_| Ok(writer.flush()?)) {
        // The reader has seen enough (`| head`).
        Err(error) if is_closed_pipe(&error) => Ok(Exit::Ok),
        other => other.with_context(shown).map(|()| Exit::Ok).map_err(Into::into),
    }
}

fn is_closed_pipe(error: &StoreError) -> bool {
    matches!(error, StoreError::Write(error) if error.kind() == ErrorKind::BrokenPipe)
}
