//! From arguments to what a run needs: configuration, instruments, bars.

mod bars;
mod config;
mod docs;
mod journal;
mod made;
mod rows;
mod tap;
mod watched;

use std::fs;
use std::path::Path;

use anyhow::Context;
use sim::instruments::Catalogue;

pub(crate) use bars::{Bars, Pass};
pub(crate) use config::{LoadedConfig, load, load_for};
pub(crate) use docs::{doc_of, keys_of_runs};
pub(crate) use journal::{JournalFolder, Kept};
pub(crate) use made::Made;
pub(crate) use rows::store_beside;
pub(crate) use tap::Days;
pub(crate) use watched::Watched;

use crate::exit::{Failure, Kind};

/// Returns the embedded instruments and those of a file.
pub(crate) fn catalogue(file: Option<&Path>) -> Result<Catalogue, Failure> {
    let embedded = Catalogue::embedded();
    let Some(file) = file else { return Ok(embedded) };
    let text = fs::read_to_string(file).with_context(|| file.display().to_string()).data()?;
    embedded.with(&text, &file.display().to_string()).data()
}
