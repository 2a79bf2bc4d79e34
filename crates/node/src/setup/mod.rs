//! From arguments to what a run needs: configuration, instruments, bars.

use std::fs;
use std::path::Path;

use anyhow::Context;
use sim::instruments::Catalogue;

use crate::exit::{Failure, Kind};

/// Returns the embedded instruments and those of a file.
pub(crate) fn catalogue(file: Option<&Path>) -> Result<Catalogue, Failure> {
    let embedded = Catalogue::embedded();
    let Some(file) = file else { return Ok(embedded) };
    let text = fs::read_to_string(file).with_context(|| file.display().to_string()).data()?;
    embedded.with(&text, &file.display().to_string()).data()
}
