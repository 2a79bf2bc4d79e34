//! [`Decision`]: what an engine wants, for which symbol, and all of its reasons.

mod action;
mod reason;
mod refusal;
mod verdict;

pub use action::{Action, Protection, Protective};
pub use reason::{Odds, Reason, ReasonCode, ScoreReason};
pub use refusal::{Figure, Refusal, RefusalCode};
pub use verdict::{Check, Outcome, Rule, Unit, Verdict};

use serde::{Deserialize, Serialize};

use crate::ids::SymbolId;

/// What an engine decided about one symbol (or the account as a whole) at one entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The symbol; `None` for the account.
    pub symbol: Option<SymbolId>,
    /// What is to be done.
    pub action: Action,
    /// Why.
    pub reason: Reason,
}

impl Decision {
    /// Returns "no trade", with the word for why.
    #[inline]
    #[must_use]
    pub const fn nothing(symbol: SymbolId, code: ReasonCode) -> Self {
        Self { symbol: Some(symbol), action: Action::Nothing, reason: Reason::word(code) }
    }
}
