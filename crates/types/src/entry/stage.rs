//! [`Stage`]: whose money moves, where, and on which rung of the ladder.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whose money moves from here on, where, and on which rung of the ladder. Written as a run's configuration names it; nothing that
/// decides reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// `simulated`, `paper`, `testnet` or `live`.
    pub mode: String,
    /// The rung, where the mode has one.
    pub rung: Option<String>,
    /// The venue's REST address; empty for a simulated one that the run starts itself.
    pub venue: String,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mode {}", self.mode)?;
        if let Some(rung) = &self.rung {
            write!(f, ", rung {rung}")?;
        }
        if !self.venue.is_empty() {
            write!(f, ", at {}", self.venue)?;
        }
        Ok(())
    }
}
