//! [`Ledger`]: the venue's own record of what it accepted, in a format of its own: `docs/venue-ledger.md`.
//!
//! It knows nothing of the journal of `plimsoll`: it is the second history, kept by the other side.

mod error;
mod kept;
mod line;
mod read;
mod recorder;
mod restore;
mod segment;
#[cfg(test)]
mod tests;
mod writer;

pub use error::LedgerError;
pub use kept::{Kept, KeptAccount, KeptSymbol};
pub use line::{Chain, Line};
pub use read::{Cut, Reader, Summary, verify};
pub use recorder::{LedgerRecorder, fault_row};
pub use restore::restore;
pub use sim::exchange::ledger::{MARK_EVERY, Row, Start};
pub use writer::{Ledger, Options};

use sim::exchange::book::AccountId;

use super::keys::Rights;

/// Returns the row of what a key may do.
#[must_use]
pub const fn rights_row(account: AccountId, rights: Rights) -> Row {
    let Rights { read, trade, withdraw, transfer, ip_restricted } = rights;
    Row::Rights { account, read, trade, withdraw, transfer, ip_restricted }
}
