//! [`Shown`]: what a step saw, claim by claim, with lines of both records.

use std::fmt::Display;

use serde::Serialize;
use serde_json::{Map, Value};

/// One sentence that is true or not.
#[derive(Debug, Serialize)]
pub(super) struct Claim {
    /// What is claimed.
    pub(super) what: &'static str,
    /// What was seen.
    pub(super) seen: String,
    /// Whether that is what was wanted.
    pub(super) holds: bool,
}

/// What a step saw.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Lines of the venue's ledger and of the journal, as they stand there.
    pub(super) evidence: Vec<String>,
    /// What is claimed of them.
    pub(super) claims: Vec<Claim>,
    /// Numbers for machines.
    pub(super) figures: Map<String, Value>,
}

impl Shown {
    /// Returns whether all of it holds. What claims nothing shows nothing.
    pub(super) fn holds(&self) -> bool {
        !self.claims.is_empty() && self.claims.iter().all(|claim| claim.holds)
    }

    /// Claims something.
    pub(super) fn claim(&mut self, what: &'static str, seen: impl Display, holds: bool) {
        self.claims.push(Claim { what, seen: seen.to_string(), holds });
    }

    /// Adds a line of a record.
    pub(super) fn line(&mut self, from: &str, line: impl Display) {
        self.evidence.push(format!("{from:<8} {line}"));
    }

    /// Adds a number.
    pub(super) fn figure(&mut self, name: &str, value: impl Into<Value>) {
        self.figures.insert(name.to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_claims_nothing_does_not_hold() {
        let mut shown = Shown::default();
        assert!(!shown.holds());
        shown.claim("two is two", 2, true);
        assert!(shown.holds());
        shown.claim("two is three", 2, false);
        assert!(!shown.holds());
    }
}
