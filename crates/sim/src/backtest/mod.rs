//! [`run`]: a policy over recorded or generated bars, on the engine that also trades live.

mod batch;
mod config;
mod feeding;
mod gateway;
mod hold;
mod lookahead;
mod observer;
mod recorder;
mod result;
mod sequencer;
mod world;

pub use config::{BacktestConfig, BacktestSection, Release};
pub use feeding::{Inputs, Progress};
pub use lookahead::{Act, Difference, Fault, FaultKind, LookaheadReport, check_lookahead};
pub use observer::Observer;
pub use result::{
    CalibrationResult, DecisionRecord, Gate, RuleCount, RunResult, SafeModeRecord, SymbolResult,
};

mod run;

pub use run::{Options, Outcome, Run, run, run_observed};

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
    /// No bars.
    #[error("no bar lies within the period: check --from, --to and the files")]
    NoBars,
}
