//! Replay equals run (invariant 7): what a journal holds is decided again, by this build.

use std::sync::Arc;

use journal::disk::Disk;
use journal::{Item, KIND_OWN_MIN, Reader, Seq};

use crate::backtest::{Replay, ReplayError};

/// Folds a journal and decides again at each of its entries; returns the first place where it parts from what is stored.
pub(super) fn parts(disk: Arc<dyn Disk>) -> Option<String> {
    replay(disk).err()
}

fn replay(disk: Arc<dyn Disk>) -> Result<(), String> {
    let mut reader = Reader::open(disk, Seq(1)).map_err(|error| error.to_string())?;
    let mut replay = Replay::default();
    while let Some(item) = reader.next().map_err(|error| error.to_string())? {
        match item {
            // The journal's own entries are not an engine's business.
            Item::Entry(entry) if entry.kind >= KIND_OWN_MIN => {}
            Item::Entry(entry) => replay.on_stored(entry.seq.0, entry.payload).map_err(told)?,
            Item::Dropped { first, .. } => return Err(format!("entry {first} was dropped")),
        }
    }
    replay.finish().map_err(told)
}

fn told(error: ReplayError) -> String {
    match error {
        ReplayError::Parted(parted) => format!(
            "at entry {}, about entry {}: stored {:?}, decided {:?}",
            parted.seq.0, parted.cause.0, parted.stored, parted.decided
        ),
        ReplayError::Entry { .. } | ReplayError::Place { .. } => error.to_string(),
    }
}
