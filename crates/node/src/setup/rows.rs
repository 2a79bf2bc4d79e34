//! The store beside a journal: [`JournalFolder::follow`].

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use journal::Reader;
use store::{Applied, Store, StoreError};

use super::JournalFolder;
use crate::exit::{Failure, Kind as _};
use crate::progress::Progress;

/// Returns the name of a journal's store: the journal's with `.sqlite`, beside it.
pub(crate) fn store_beside(journal: &Path) -> PathBuf {
    let whole = journal.components().as_path();
    let mut name = whole.file_name().map_or_else(|| OsString::from("journal"), OsString::from);
    name.push(".sqlite");
    whole.with_file_name(name)
}

impl JournalFolder {
    /// Brings a store to the journal's last whole commit.
    pub(crate) fn follow(&self, store: &mut Store) -> Result<Applied, Failure> {
        let mut progress = Progress::new("reading the journal");
        let disk = self.disk();
        let followed = store.follow(
            |from| Reader::open(disk.clone(), from),
            |done, total| progress.set(done, total),
        );
        match followed {
            Err(StoreError::Read(error)) => Err(error).with_context(|| self.shown()).data(),
            other => Ok(other.with_context(|| store.path().display().to_string())?),
        }
    }

    /// Opens the store beside the journal, brought to its last whole commit.
    pub(crate) fn rows(&self) -> Result<Store, Failure> {
        // A folder without a journal leaves no store behind.
        drop(self.read(journal::Seq(1))?);
        let path = store_beside(&self.path);
        let mut store = Store::open(&path).with_context(|| path.display().to_string())?;
        self.follow(&mut store)?;
        Ok(store)
    }
}
