//! [`check`]: judges the invariants from two independent histories. Knows their formats and nothing else.
//!
//! One history is the hub's journal: what was intended, commanded and heard. The other is the venue's own ledger: what it
//! accepted and did. This room shares no code with those who wrote them: it reads the ledger by `docs/venue-ledger.md`,
//! keeps its own books, and names what does not fit with entry and row. `docs/checker.md` says what each rule judges.

mod case;
mod check;
mod clock;
mod emergency;
mod intents;
mod ledger;
mod purse;
mod report;
mod rules;
mod starts;

pub use check::{CheckError, Options, check, check_rows};
pub use ledger::LedgerError;
pub use report::{Finding, Report, RuleReport, Verdict};
