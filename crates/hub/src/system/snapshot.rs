//! Snapshots: what the journal said, so that a start folds its tail alone.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use types::ids::Seq;
use types::slot::Engine;

use super::config::{HubConfig, HubConfigError};
use super::hub::Hub;
use super::ledger::Ledger;
use crate::gateway::State;
use crate::lockstep::{Lockstep, Stored};

/// The form of a snapshot; another one is folded anew from the journal.
const FORM: u32 = 6;

/// A snapshot that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Not the form this build gives its state.
    #[error("the snapshot is not of this build's form ({0}): fold the journal from its start")]
    Form(#[from] postcard::Error),
    /// A form of another build.
    #[error(
        "the snapshot has form {seen}, this build writes {FORM}: fold the journal from its start"
    )]
    Version {
        /// What was seen.
        seen: u32,
    },
    /// It was taken between an entry and what follows from it.
    #[error("the hub is in the middle of something: poll it until it says nothing")]
    Busy,
    /// A configuration that the hub cannot begin with.
    #[error(transparent)]
    Config(#[from] HubConfigError),
}

#[derive(Serialize, Deserialize)]
struct Snapshot<L, G> {
    form: u32,
    lockstep: L,
    ledger: G,
}

impl<E: Engine + Serialize> Hub<E> {
    /// Returns everything the hub knows from the journal up to its newest entry. It may be used once that entry is on
    /// disk, and only with a journal that holds it.
    ///
    /// # Errors
    /// `SnapshotError` if it is asked for between two polls that belong together.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        if !self.record.outputs.is_empty() {
            return Err(SnapshotError::Busy);
        }
        let lockstep = self.lockstep.stored();
        let ledger = &self.record.ledger;
        Ok(postcard::to_stdvec(&Snapshot { form: FORM, lockstep, ledger })?)
    }
}

/// Returns the engine of a snapshot, and the place that it had come to.
///
/// # Errors
/// `SnapshotError` if the bytes are of another build.
pub fn engine_of_snapshot<E: DeserializeOwned>(bytes: &[u8]) -> Result<(Seq, E), SnapshotError> {
    let snapshot: Snapshot<Stored<E, State>, Ledger> = read(bytes)?;
    Ok(snapshot.lockstep.into_engine())
}

fn read<L: DeserializeOwned, G: DeserializeOwned>(
    bytes: &[u8],
) -> Result<Snapshot<L, G>, SnapshotError> {
    let (form, _) = postcard::take_from_bytes::<u32>(bytes)?;
    if form != FORM {
        return Err(SnapshotError::Version { seen: form });
    }
    Ok(postcard::from_bytes(bytes)?)
}

impl<E: Engine + DeserializeOwned> Hub<E> {
    /// Returns a hub as a snapshot knows it, before [`Hub::begin`]: the entries behind [`Hub::last`] are to be restored.
    ///
    /// # Errors
    /// `SnapshotError` if the bytes are of another build, or the configuration cannot be followed.
    pub fn of_snapshot(config: HubConfig, bytes: &[u8]) -> Result<Self, SnapshotError> {
        let snapshot: Snapshot<Stored<E, State>, Ledger> = read(bytes)?;
        let settings = config.gateway.at_pace(config.speed.factor());
        let lockstep = Lockstep::of_stored(snapshot.lockstep, settings);
        let profile = config.profile;
        let mut hub = Self::with(config, lockstep)?;
        hub.record.ledger = snapshot.ledger;
        // Who watches whom is the configuration's, as every other rule.
        hub.record.ledger.permits.set_profile(profile);
        Ok(hub)
    }
}
