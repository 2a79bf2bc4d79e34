//! Journals on this machine: [`JournalFolder`] to read one, [`Kept`] to write a run's.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use journal::disk::{Disk, RealDisk};
use journal::keys::KeyStore;
use journal::snapshot::Snapshot;
use journal::{
    Draft, FileJournal, Head, Item, Journal as _, JournalId, KIND_OWN_MIN, Options, Reader, Seq,
};
use sim::backtest::{Keep, KeepError};
use types::canon::Hash;
use types::entry::{Entry, SCHEMA};

use crate::exit::{Failure, Kind as _};
use crate::progress::Progress;

/// A journal's folder and the one of its keys.
#[derive(Clone, Debug)]
pub(crate) struct JournalFolder {
    pub(crate) path: PathBuf,
    pub(crate) keys: PathBuf,
}

impl JournalFolder {
    /// Keys lie in `keys`, or beside the journal: `DIR.keys` for `DIR`.
    pub(crate) fn new(path: &Path, keys: Option<&Path>) -> Self {
        let beside = || {
            // A path that ends in a slash, or is `.`, has its folder's own name.
            let whole = path.components().as_path();
            let mut name =
                whole.file_name().map_or_else(|| OsString::from("journal"), OsString::from);
            name.push(".keys");
            whole.with_file_name(name)
        };
        Self { path: path.to_owned(), keys: keys.map_or_else(beside, Path::to_owned) }
    }

    /// Returns the folder as a disk.
    pub(crate) fn disk(&self) -> Arc<dyn Disk> {
        Arc::new(RealDisk::new(&self.path))
    }

    /// Reads from an entry on.
    pub(crate) fn read(&self, from: Seq) -> Result<Reader, Failure> {
        Reader::open(self.disk(), from).with_context(|| self.shown()).data()
    }

    /// Opens the keys; makes the first one if there is none.
    pub(crate) fn open_keys(&self) -> Result<KeyStore, Failure> {
        Ok(KeyStore::open_folder(&self.keys)?)
    }

    /// Returns the journal of a folder: its own, or the one of a state folder.
    pub(crate) fn within(path: &Path) -> Self {
        let inner = path.join("journal");
        Self::new(if inner.is_dir() { &inner } else { path }, None)
    }

    /// Hands over every entry up to the last whole commit.
    ///
    /// # Errors
    /// If it cannot be read, or entries were dropped by retention.
    pub(crate) fn each_entry(&self, mut take: impl FnMut(&Entry)) -> Result<(), Failure> {
        let mut reader = self.read(Seq(1))?;
        let mut progress = Progress::new("reading the journal");
        while let Some(item) = reader.next().with_context(|| self.shown()).data()? {
            match item {
                Item::Entry(stored) if stored.kind >= KIND_OWN_MIN => {}
                Item::Entry(stored) => {
                    let seq = stored.seq.0;
                    let entry = Entry::decode(stored.payload);
                    take(&entry.with_context(|| format!("entry {seq}")).data()?);
                    if seq.is_multiple_of(4_096) {
                        progress.set(seq, reader.committed().0.max(seq));
                    }
                }
                Item::Dropped { first, last } => {
                    return Err(Failure::data(format_args!(
                        "{}: entries {first} to {last} were dropped by retention and cannot be looked at",
                        self.shown()
                    )));
                }
            }
        }
        Ok(())
    }

    /// Begins a journal.
    pub(crate) fn create(&self, options: Options) -> Result<Kept, Failure> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).context("drawing a name for the journal")?;
        let made = FileJournal::create(self.disk(), self.open_keys()?, JournalId(id), options);
        let journal = made.with_context(|| self.shown())?;
        Ok(Kept { folder: self.clone(), journal, snapshots: VecDeque::new() })
    }

    pub(crate) fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

/// Snapshots of a run that are written: the end, and one before it to fold from.
const SNAPSHOTS: usize = 2;

/// Keeps a run in a journal.
#[derive(Debug)]
pub(crate) struct Kept {
    folder: JournalFolder,
    journal: FileJournal,
    /// A snapshot stands for entries that are on disk: it waits for the close.
    snapshots: VecDeque<Snapshot>,
}

impl Kept {
    /// Ends the journal cleanly: all of it on disk, under a signed checkpoint.
    pub(crate) fn close(self) -> Result<Head, Failure> {
        let Self { folder, journal, snapshots } = self;
        let shown = || folder.shown();
        let head = journal.close().with_context(shown)?;
        let disk = folder.disk();
        for snapshot in &snapshots {
            journal::snapshot::write(&*disk, snapshot).with_context(shown)?;
        }
        Ok(head)
    }
}

impl Keep for Kept {
    fn keep(&mut self, after: u64, entries: &[sim::backtest::Kept<'_>]) -> Result<(), KeepError> {
        let schema = u16::try_from(SCHEMA)?;
        let mut drafts = Vec::with_capacity(entries.len());
        for entry in entries {
            let kind = u16::try_from(entry.kind)?;
            drafts.push(Draft { kind, schema, payload: entry.bytes });
        }
        self.journal.append(Seq(after), &drafts)?;
        Ok(())
    }

    fn snapshot(&mut self, after: u64, state: &[u8], hash: Hash) -> Result<(), KeepError> {
        let Head { id, term, seq, .. } = self.journal.head();
        if seq != Seq(after) {
            return Err(format!("a snapshot of {after} entries, but the journal has {seq}").into());
        }
        let range = self.journal.tree().clone();
        let hashes = vec![journal::tree::Hash(*hash.as_bytes())];
        self.snapshots.push_back(Snapshot { id, term, range, hashes, state: state.to_vec() });
        if self.snapshots.len() > SNAPSHOTS {
            self.snapshots.pop_front();
        }
        Ok(())
    }
}
