//! [`run`]: a policy over recorded or generated bars, on the engine that also trades live.

mod batch;
mod config;
mod days;
mod feeding;
mod fold;
mod hold;
mod keeper;
mod lookahead;
mod observer;
mod recorder;
mod replay;
mod result;
mod run;
mod scribe;
mod world;

pub use config::{BacktestConfig, BacktestSection, Release};
pub use feeding::{Inputs, Progress};
pub use fold::{Fold, FoldError};
pub use keeper::{Keep, KeepError, Kept};
pub use lookahead::{Act, Difference, Fault, FaultKind, LookaheadReport, check_lookahead};
pub use observer::Observer;
pub use replay::{Parted, Replay, ReplayError};
pub use result::{
    CalibrationResult, DecisionRecord, Gate, RuleCount, RunResult, SafeModeRecord, SymbolResult,
};
pub use run::{Options, Outcome, Run, run, run_kept, run_observed};

use engine::config::ConfigError;
use types::canon::CanonError;

use crate::data::DataError;
use crate::exchange::ExchangeError;

/// Why a backtest could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The instruments do not fit one account.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// A bug: a number of the state is not finite.
    #[error(transparent)]
    State(#[from] CanonError),
    /// A snapshot of the engine.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The entries could not be kept.
    #[error("the run's entries could not be kept: {0}")]
    Keep(#[source] KeepError),
    /// No bars.
    #[error("no bar lies within the period: check --from, --to and the files")]
    NoBars,
}
