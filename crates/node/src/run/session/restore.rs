//! Folds what the journal has.

use anyhow::Context as _;
use engine::State as Engine;
use hub::system::Hub;
use journal::{Item, KIND_OWN_MIN};
use types::entry::Entry;

use crate::exit::{Failure, Kind as _};
use crate::run::phases::Phases;
use crate::run::screen::Screen;
use crate::setup::JournalFolder;

/// Folds all that is stored.
pub(super) fn restore(
    folder: &JournalFolder,
    hub: &mut Hub<Engine>,
    screen: &mut Screen,
    phases: &mut Phases,
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
