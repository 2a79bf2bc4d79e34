//! `config`: a configuration checked, explained, signed and let loose.

mod check;
mod evidence;
mod explain;
mod permit;
mod prices;
mod run_check;
mod sign;

pub(super) use prices::assumed_price;

use crate::cli::ConfigCommand;
use crate::exit::Outcome;
use crate::out::Out;

/// Checks, explains, signs or permits.
pub(crate) fn run(command: &ConfigCommand, out: Out) -> Outcome {
    match command {
        ConfigCommand::Check(args) => check::run(args, out),
        ConfigCommand::Explain(args) => explain::run(args, out),
        ConfigCommand::Reload(args) => super::control::act::reload(args, out),
        ConfigCommand::Sign(args) => sign::run(args, out),
        ConfigCommand::PermitLive(args) => permit::run(args, out),
    }
}
