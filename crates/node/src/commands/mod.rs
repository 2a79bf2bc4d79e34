//! The commands, one file each.

mod convert;
mod data;
mod indicators;
mod instruments;

use crate::cli::{Command, DataCommand};
use crate::exit::Outcome;
use crate::out::Out;

/// Runs a command to its exit code.
pub(crate) fn run(command: Command, out: Out) -> Outcome {
    match command {
        Command::Data(DataCommand::Check(args)) => data::check(&args, out),
        Command::Data(DataCommand::Convert(args)) => convert::run(&args, out),
        Command::Indicators(args) => indicators::run(&args, out),
        Command::Instruments(args) => instruments::run(&args, out),
    }
}
