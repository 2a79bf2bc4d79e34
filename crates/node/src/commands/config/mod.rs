//! `config`: a configuration checked and explained.

mod check;
mod explain;
mod prices;
mod run_check;

use crate::cli::ConfigCommand;
use crate::exit::Outcome;
use crate::out::Out;

/// Checks or explains.
pub(crate) fn run(command: &ConfigCommand, out: Out) -> Outcome {
    match command {
        ConfigCommand::Check(args) => check::run(args, out),
        ConfigCommand::Explain(args) => explain::run(args, out),
    }
}
