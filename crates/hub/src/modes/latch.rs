//! [`Latch`]: until when SAFE_MODE holds, whatever an operator says.

use serde::{Deserialize, Serialize};
use types::entry::ModeCause;
use types::market::TsNanos;

/// SAFE_MODE in force. It outlives a restart: only a release ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latch {
    /// Why, at first.
    pub cause: ModeCause,
    /// No release before this moment; `None` where no cause holds a latch.
    pub until: Option<TsNanos>,
}
