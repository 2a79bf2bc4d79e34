//! Folds what the journal has.

use anyhow::Context as _;
use engine::State as Engine;
use hub::system::Hub;
use journal::{Item, KIND_OWN_MIN};
use types::entry::{Body, Entry};
use types::num::Money;

use crate::exit::{Failure, Kind as _};
use crate::run::life::Paper;
use crate::run::phases::Phases;
use crate::run::screen::Screen;
use crate::run::state::StateDir;
use crate::setup::JournalFolder;

/// Folds all that is stored.
pub(super) fn restore(
    folder: &JournalFolder,
    hub: &mut Hub<Engine>,
    screen: &mut Screen,
    phases: &mut Phases,
    mut paper: Option<&mut Paper>,
) -> Result<(), Failure> {
    let mut reader = folder.read(journal::Seq(1))?;
    while let Some(item) = reader.next().with_context(|| folder.shown()).data()? {
        match item {
            Item::Entry(entry) if entry.kind >= KIND_OWN_MIN => hub.restore_own(),
            Item::Entry(stored) => {
                let entry = Entry::decode(stored.payload);
                let entry =
                    entry.with_context(|| format!("entry {} of {}", stored.seq.0, folder.shown()));
                let entry = entry.data()?;
                hub.restore(&entry);
                if let Some(paper) = &mut paper {
                    paper.on_entry(&entry).data()?;
                }
                phases.on_entry(entry.ts);
                if let Some(trade) = screen.restore(&entry) {
                    phases.on_trade(&trade);
                }
            }
            Item::Dropped { first, last } => {
                return Err(Failure::data(format_args!(
                    "entries {} to {} of {} were dropped by retention: a run needs all of them",
                    first.0,
                    last.0,
                    folder.shown()
                )));
            }
        }
    }
    Ok(())
}

/// Returns the money that a journal began with; `None` where there is no journal yet, or no money in it.
///
/// # Errors
/// If it cannot be read.
pub(super) fn first_flow(state: &StateDir) -> Result<Option<Money>, Failure> {
    let folder = state.journal();
    if !state.path().join("journal").is_dir() {
        return Ok(None);
    }
    let mut reader = folder.read(journal::Seq(1))?;
    while let Some(item) = reader.next().with_context(|| folder.shown()).data()? {
        let Item::Entry(stored) = item else { continue };
        if stored.kind < KIND_OWN_MIN
            && let Body::Flow { amount } = Entry::decode(stored.payload).data()?.body
        {
            return Ok(Some(amount));
        }
    }
    Ok(None)
}
