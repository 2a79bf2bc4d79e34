//! The door: two histories in, a report out.

use std::path::Path;
use std::sync::Arc;

use journal::ReadError;
use journal::disk::Disk;

use crate::case::Case;
use crate::clock::SECOND;
use crate::intents::Intents;
use crate::ledger::{Ledger, LedgerError};
use crate::report::Report;
use crate::rules;

/// How two histories are held against each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The account's name in client order ids.
    pub account: String,
    /// The key of our account at the venue; `None`: the one that holds orders of ours, or the only one.
    pub venue_key: Option<String>,
    /// How far the hub's clock and the venue's may differ, nanoseconds of market time.
    pub tolerance: i64,
    /// How long before the journal's end the venue's word may still be on its way, nanoseconds of market time;
    /// `None`: five seconds at the venue's speed.
    pub slack: Option<i64>,
}

impl Options {
    /// Returns the options for an account: clocks that agree to a second.
    #[must_use]
    pub fn new(account: &str) -> Self {
        Self { account: account.to_owned(), venue_key: None, tolerance: SECOND, slack: None }
    }
}

/// Histories that cannot be judged at all.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The journal.
    #[error("the journal")]
    Journal(#[source] ReadError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// No account of the ledger has that key.
    #[error("no account of the ledger has the key `{wanted}`, there are: {known}")]
    Account {
        /// Which was asked for.
        wanted: String,
        /// Those that are there.
        known: String,
    },
}

/// Reads both histories and judges every rule. Nothing in either folder is changed.
///
/// # Errors
/// `CheckError` if one of them is not there, or the ledger is damaged. A damaged journal is a finding.
pub fn check(
    journal: &Arc<dyn Disk>,
    ledger: &Path,
    options: &Options,
) -> Result<Report, CheckError> {
    let ledger = Ledger::read(ledger)?;
    let intents = Intents::read(journal).map_err(CheckError::Journal)?;
    let case = Case::new(intents, ledger, options)?;
    Ok(Report::new(case.intents.len(), case.ledger.rows, case.account, rules::judge(&case)))
}
