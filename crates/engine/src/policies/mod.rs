//! The rules that decide, one file each: [`Policies`].

mod confluence;
mod ema_cross;
mod entry;
mod exits;
mod null;
mod trend;

use serde::{Deserialize, Serialize};
use types::bar::Bar;
use types::decision::Decision;
use types::ids::{Seq, SymbolId};
use types::market::{Timeframe, TsNanos};

pub use confluence::{Confluence, ScanStats};
pub use ema_cross::EmaCross;
pub use null::Null;
pub use trend::Trend;

use crate::config::{EngineConfig, PolicyName};
use crate::state::Core;

/// A rule: folds what it needs to know, then decides once per symbol at each instant.
pub(crate) trait Policy {
    /// Folds a closed bar of a timeframe in use.
    fn on_bar(&mut self, core: &Core, symbol: SymbolId, timeframe: Timeframe, bar: &Bar);

    /// Folds the close of an instant: every bar that closed at it has been folded.
    fn on_instant(&mut self, core: &Core, at: TsNanos);

    /// Folds a decision, this engine's or that of the slot in authority.
    fn on_decision(&mut self, core: &Core, seq: Seq, decision: &Decision);

    /// Appends a decision for each symbol.
    fn decide(&self, core: &Core, seq: Seq, at: TsNanos, out: &mut Vec<Decision>);
}

/// The policy in force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Policies {
    /// The default.
    Confluence(Box<Confluence>),
    /// The reference rule.
    EmaCross(EmaCross),
    /// A yardstick.
    Trend(Trend),
    /// A yardstick.
    Null(Null),
}

impl Policies {
    pub(crate) fn new(config: &EngineConfig, symbols: usize) -> Self {
        match config.policy {
            PolicyName::Confluence => Self::Confluence(Box::new(Confluence::new(config, symbols))),
            PolicyName::EmaCross => Self::EmaCross(EmaCross::new(&config.ema_cross, symbols)),
            PolicyName::Trend => Self::Trend(Trend::new(&config.trend, symbols)),
            PolicyName::Null => Self::Null(Null::new(config, symbols)),
        }
    }

    pub(crate) fn as_mut(&mut self) -> &mut dyn Policy {
        match self {
            Self::Confluence(policy) => policy.as_mut(),
            Self::EmaCross(policy) => policy,
            Self::Trend(policy) => policy,
            Self::Null(policy) => policy,
        }
    }

    pub(crate) fn as_ref(&self) -> &dyn Policy {
        match self {
            Self::Confluence(policy) => policy.as_ref(),
            Self::EmaCross(policy) => policy,
            Self::Trend(policy) => policy,
            Self::Null(policy) => policy,
        }
    }
}

#[cfg(test)]
mod tests;
