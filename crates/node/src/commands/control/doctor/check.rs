//! [`Check`]: one thing that was looked at.

use serde::Serialize;

/// What a check came to; what was not looked at is never a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// As it should be.
    Fine,
    /// It could not be looked at.
    Unknown,
    /// It works, and should be changed.
    Warn,
    /// It does not work, or is not safe.
    Bad,
}

impl Verdict {
    /// Returns the word for people.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Unknown => "not known",
            Self::Warn => "WARN",
            Self::Bad => "BAD",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What.
    pub(super) name: &'static str,
    /// What it came to.
    pub(super) verdict: Verdict,
    /// What was seen.
    pub(super) seen: String,
    /// What to do.
    pub(super) remedy: Option<String>,
}

impl Check {
    /// It is as it should be.
    pub(super) fn fine(name: &'static str, seen: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Fine, seen: seen.into(), remedy: None }
    }

    /// It could not be looked at.
    pub(super) fn unknown(name: &'static str, seen: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Unknown, seen: seen.into(), remedy: None }
    }

    /// It works, and should be changed.
    pub(super) fn warn(
        name: &'static str,
        seen: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { name, verdict: Verdict::Warn, seen: seen.into(), remedy: Some(remedy.into()) }
    }

    /// It does not work, or is not safe.
    pub(super) fn bad(
        name: &'static str,
        seen: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { name, verdict: Verdict::Bad, seen: seen.into(), remedy: Some(remedy.into()) }
    }
}
