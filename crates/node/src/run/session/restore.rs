//! What a session has to know of its journal before a life begins.

use anyhow::Context as _;
use journal::{Item, KIND_OWN_MIN};
use types::entry::{Body, Entry};
use types::num::Money;

use crate::exit::{Failure, Kind as _};
use crate::run::state::StateDir;

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
