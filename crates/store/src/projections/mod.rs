//! [`Projection`] and the list of them. A new one is a file, a line here, and its table in a migration.

mod baselines;
mod days;
mod decisions;
mod equity;
mod fills;
mod flows;
mod incidents;
mod limits;
mod modes;
mod oddities;
mod operators;
mod orders;
mod permits;
mod positions;
mod refusals;
mod trades;
mod words;

use rusqlite::Transaction;
use types::entry::Entry;
pub(crate) use words::word;

use crate::fold::{Change, Fold};
use crate::store::StoreError;

/// One kind of rows made from entries.
pub trait Projection: Sync {
    /// Writes what an entry adds. `fold` has folded it, and `change` is what that changed.
    ///
    /// # Errors
    /// What SQLite says.
    fn on_entry(
        &self,
        rows: &Transaction<'_>,
        entry: &Entry,
        change: &Change,
        fold: &Fold,
    ) -> Result<(), StoreError>;

    /// Writes the rows that stand for the present, before what was written is committed.
    ///
    /// # Errors
    /// What SQLite says.
    fn on_commit(&self, _rows: &Transaction<'_>, _fold: &Fold) -> Result<(), StoreError> {
        Ok(())
    }
}

/// All of them.
pub const PROJECTIONS: &[&dyn Projection] = &[
    &orders::Orders,
    &fills::Fills,
    &trades::Trades,
    &positions::Positions,
    &equity::Equity,
    &flows::Flows,
    &decisions::Decisions,
    &modes::Modes,
    &operators::Operators,
    &days::Days,
    &incidents::Incidents,
    &refusals::Refusals,
    &limits::Limits,
    &permits::Permits,
    &baselines::Baselines,
    &oddities::Oddities,
];
