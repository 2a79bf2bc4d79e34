//! The doors: two histories in, a report out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use journal::ReadError;
use journal::disk::Disk;
use types::entry::Entry;

use crate::case::Case;
use crate::clock::SECOND;
use crate::emergency;
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
    /// The emergency file: entries that a hub acted on while its journal was dead.
    pub emergency: Option<PathBuf>,
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
        Self {
            account: account.to_owned(),
            venue_key: None,
            emergency: None,
            tolerance: SECOND,
            slack: None,
        }
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
    /// The emergency file.
    #[error("{path}: {seen}: wanted lines of JSON as a hub without a journal writes them")]
    Emergency {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        seen: String,
    },
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
    let aside = options.emergency.as_deref().map(emergency::read).transpose()?;
    // The journal first: what it has heard of is in a ledger that is read later, even while both go on.
    let intents = Intents::read(journal, aside.unwrap_or_default()).map_err(CheckError::Journal)?;
    judge(intents, Ledger::read(ledger)?, options)
}

/// Judges a run whose ledger lies in memory: `rows` are the JSON of each row, in order, without the frame of a file.
/// `aside` are the entries that a hub acted on while its journal was dead; an emergency file of the options is not read.
///
/// # Errors
/// As [`check`]; of a row that is none the error says which, counted from 1, in place of a file's offset.
pub fn check_rows<'a>(
    journal: &Arc<dyn Disk>,
    rows: impl IntoIterator<Item = &'a [u8]>,
    aside: Vec<Entry>,
    options: &Options,
) -> Result<Report, CheckError> {
    let intents = Intents::read(journal, aside).map_err(CheckError::Journal)?;
    judge(intents, Ledger::of_rows(rows)?, options)
}

fn judge(intents: Intents, ledger: Ledger, options: &Options) -> Result<Report, CheckError> {
    let case = Case::new(intents, ledger, options)?;
    Ok(Report::new(case.intents.len(), case.ledger.rows, case.account, rules::judge(&case)))
}
