//! [`open`]: the journal of a start, with what a hub did while its journal was dead or its disk full.

use std::io;
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

impl Adopted {
    /// Takes the orders to stop that were left behind it since. Entries are a hub's, and none has run.
    ///
    /// # Errors
    /// If the record cannot be read.
    pub(crate) fn read_on(&mut self, state: &Path) -> io::Result<()> {
        let found = emergency::read_from(state, self.end)?;
        self.orders.extend(found.lines.into_iter().filter(|line| line.what.is_order()));
        self.broken.extend(found.broken);
        self.end = found.end;
        Ok(())
    }
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
    // Until the new term has begun: the hub before this one writes nothing to it meanwhile, and then sees that it may not.
    let held = emergency::hold(state).with_context(|| record.clone())?;
    let found = emergency::read(state).with_context(|| record.clone())?;
    let runs = runs(&found.lines).map_err(|why| refused(&record, &why))?;
    let kept = runs.last().map(Vec::as_slice).unwrap_or_default();
    let adopted = Adopted {
        entries: runs.iter().map(|run| run.len() as u64).sum(),
        orders: orders(&found.lines, runs.iter().flatten()),
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
    drop(held);
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
        "{record} holds entries that a hub acted on while its journal was dead or its disk full, and they cannot be taken in: {why}. Orders at the \
         venue may follow from them. Put the journal back that they belong to; or look at them (`plimsoll audit check JOURNAL \
         --ledger DIR --emergency {record}`), move the file away and start: the venue is asked then for what it has"
    ))
}

/// Returns the entries of a record: runs of them, each one behind the other.
///
/// A hub begins a run behind the journal's end, so an earlier one is in the journal wherever the last one follows it without a gap,
/// which is looked at when that is taken in.
///
/// # Errors
/// In words, if they are not in order.
fn runs(lines: &[Line]) -> Result<Vec<Vec<Kept>>, String> {
    let mut runs: Vec<Vec<Kept>> = Vec::new();
    for line in lines {
        let What::Entry { seq, bytes } = &line.what else { continue };
        let bytes = Base64::decode_vec(bytes).map_err(|error| format!("entry {seq}: {error}"))?;
        let last = runs.last().and_then(|run| run.last()).map_or(0, |last| last.seq);
        if *seq <= last {
            // Written again, where the first write said that it had failed.
            if at(&runs, *seq).is_some_and(|kept| kept.bytes == bytes) {
                continue;
            }
            return Err(format!("entry {seq} stands behind entry {last}"));
        }
        let entry = Entry::decode(&bytes).map_err(|error| format!("entry {seq}: {error}"))?;
        if entry.seq.0 != *seq {
            return Err(format!("the line of entry {seq} holds entry {}", entry.seq.0));
        }
        let kind = u16::try_from(entry.body.kind()).expect("kinds are small numbers");
        let kept = Kept { seq: *seq, kind, bytes };
        match runs.last_mut().filter(|_| *seq == last + 1) {
            Some(run) => run.push(kept),
            None => runs.push(vec![kept]),
        }
    }
    Ok(runs)
}

/// Returns the entry in a place.
fn at(runs: &[Vec<Kept>], seq: u64) -> Option<&Kept> {
    let run = runs.iter().rfind(|run| run[0].seq <= seq)?;
    run.get(usize::try_from(seq - run[0].seq).ok()?)
}

/// Returns the orders that no hub has carried out: those whose entry does not stand in the record.
fn orders<'a>(lines: &[Line], kept: impl Iterator<Item = &'a Kept>) -> Vec<Line> {
    let mut carried_out: Vec<(String, OperatorAction)> = kept
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
