//! [`Difference`]: one place at which two runs differ.

use serde::Serialize;
use types::market::TsNanos;

use super::cause::Cause;

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// What was decided, or why.
    Decision,
    /// What was ordered.
    Order,
    /// What became of an order.
    Fill,
}

/// One place at which two runs differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    /// The instant it belongs to: the last one closed before it.
    #[serde(serialize_with = "shown")]
    pub(crate) instant: TsNanos,
    /// Of what; `None` for the account.
    pub(crate) symbol: Option<String>,
    /// What kind of thing.
    pub(crate) what: What,
    /// Which side of it.
    pub(crate) aspect: &'static str,
    /// In the first run; `None` where it is not there.
    pub(crate) a: Option<String>,
    /// In the second run.
    pub(crate) b: Option<String>,
    /// Why.
    pub(crate) cause: Cause,
    /// Where the cause was seen, in words.
    pub(crate) because: Option<String>,
}

fn shown<S: serde::Serializer>(at: &TsNanos, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}
