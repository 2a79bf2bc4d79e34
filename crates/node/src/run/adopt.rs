//! [`open`]: the journal of a start, with what a hub did while its journal was dead.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use base64ct::{Base64, Encoding as _};
use journal::disk::Disk;
use journal::{Adopt, Draft, FileJournal, JournalId, OpenError, Options, Seq};
use types::entry::{Body, Entry, OperatorAction, SCHEMA};

use crate::control::emergency::{self, Line, What};
use crate::exit::{Failure, Kind as _};
use crate::setup::JournalFolder;

/// A journal that was opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) journal: FileJournal,
    pub(crate) adopted: Adopted,
}

/// What was found in the emergency record and is to be carried out, told and put aside.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Adopted {
    /// Entries of it that are in the journal now, on disk.
    pub(crate) entries: u64,
    /// Orders to stop that no hub has carried out, oldest first.
    pub(crate) orders: Vec<Line>,
    /// Lines that could not be read.
    pub(crate) broken: Vec<String>,
    /// How far the file was read.
    pub(crate) end: u64,
}

/// An entry of the record.
#[derive(Debug)]
struct Kept {
    seq: u64,
    kind: u16,
    bytes: Vec<u8>,
}

/// Opens the journal of a folder, or begins one, and takes the emergency record of `state` in. `disk`: where the journal's bytes
/// go.
///
/// # Errors
/// If the journal is damaged, the disk fails, or the record does not belong to it: nothing was written then.
pub(crate) fn open(
    folder: &JournalFolder,
    disk: &Arc<dyn Disk>,
    state: &Path,
) -> Result<Opened, Failure> {
    let record = emergency::path(state).display().to_string();
    let found = emergency::read(state).with_context(|| record.clone())?;
    let kept = kept(&found.lines).map_err(|why| refused(&record, &why))?;
    let adopted = Adopted {
        entries: u64::try_from(kept.len()).unwrap_or(u64::MAX),
        orders: orders(&found.lines, &kept),
        broken: found.broken.into_iter().chain(found.torn).collect(),
        end: found.end,
    };
    let schema = u16::try_from(SCHEMA).expect("versions are small numbers");
    let drafts: Vec<Draft<'_>> = kept
        .iter()
        .map(|entry| Draft { kind: entry.kind, schema, payload: &entry.bytes })
        .collect();
    let first = Seq(kept.first().map_or(1, |first| first.seq));
    let adopt = Adopt { first, entries: &drafts };
    let keys = folder.open_keys()?;
    let opened = FileJournal::open_adopting(Arc::clone(disk), keys, Options::default(), &adopt);
    match opened {
        Ok(journal) => Ok(Opened { journal, adopted }),
        Err(OpenError::NoJournal) if kept.is_empty() => {
            let journal = create(folder, disk)?;
            Ok(Opened { journal, adopted })
        }
        Err(OpenError::NoJournal) => {
            Err(refused(&record, &format!("{} holds no journal", folder.shown())))
        }
        Err(OpenError::Adopt(error)) => Err(refused(&record, &error.to_string())),
        Err(error) => Err(error).with_context(|| folder.shown()).data(),
    }
}

fn create(folder: &JournalFolder, disk: &Arc<dyn Disk>) -> Result<FileJournal, Failure> {
    std::fs::create_dir_all(&folder.path).with_context(|| folder.shown())?;
    let mut id = [0; 16];
    getrandom::fill(&mut id).context("drawing a name for the journal")?;
    let keys = folder.open_keys()?;
    let made = FileJournal::create(Arc::clone(disk), keys, JournalId(id), Options::default());
    Ok(made.with_context(|| folder.shown())?)
}

/// Says why the start is refused, and what to do.
fn refused(record: &str, why: &str) -> Failure {
    Failure::data(format_args!(
        "{record} holds entries that a hub acted on while its journal was dead, and they cannot be taken in: {why}. Orders at the \
         venue may follow from them. Put the journal back that they belong to; or look at them (`plimsoll audit check JOURNAL \
         --ledger DIR --emergency {record}`), move the file away and start: the venue is asked then for what it has"
    ))
}

/// Returns the entries of a record, one behind the other.
///
/// # Errors
/// In words, if they are not.
fn kept(lines: &[Line]) -> Result<Vec<Kept>, String> {
    let mut kept: Vec<Kept> = Vec::new();
    for line in lines {
        let What::Entry { seq, bytes } = &line.what else { continue };
        let bytes = Base64::decode_vec(bytes).map_err(|error| format!("entry {seq}: {error}"))?;
        // Written twice, where the first write said that it had failed.
        if kept.last().is_some_and(|last| last.seq == *seq && last.bytes == bytes) {
            continue;
        }
        if let Some(last) = kept.last()
            && *seq != last.seq + 1
        {
            return Err(format!("entry {seq} stands behind entry {}", last.seq));
        }
        let entry = Entry::decode(&bytes).map_err(|error| format!("entry {seq}: {error}"))?;
        if entry.seq.0 != *seq {
            return Err(format!("the line of entry {seq} holds entry {}", entry.seq.0));
        }
        let kind = u16::try_from(entry.body.kind()).expect("kinds are small numbers");
        kept.push(Kept { seq: *seq, kind, bytes });
    }
    Ok(kept)
}

/// Returns the orders that no hub has carried out: those whose entry does not stand in the record.
fn orders(lines: &[Line], kept: &[Kept]) -> Vec<Line> {
    let mut carried_out: Vec<(String, OperatorAction)> = kept
        .iter()
        .filter_map(|kept| {
            let Body::Operator(operator) = Entry::decode(&kept.bytes).ok()?.body else {
                return None;
            };
            Some((operator.name, operator.action))
        })
        .collect();
    let mut left = Vec::new();
    for line in lines {
        let action = match line.what {
            What::Kill => OperatorAction::Kill,
            What::Flatten => OperatorAction::Flatten,
            What::Entry { .. } => continue,
        };
        let done =
            carried_out.iter().position(|(name, done)| *name == line.name && *done == action);
        match done {
            Some(place) => drop(carried_out.remove(place)),
            None => left.push(line.clone()),
        }
    }
    left
}

#[cfg(test)]
mod tests;
