//! The commands, one file each.

mod backtest;
mod bench;
mod calibration;
mod config;
mod convert;
mod data;
mod decision;
mod demo;
mod explain;
mod generate;
mod indicators;
mod instruments;

use crate::cli::{Command, ConfigCommand, DataCommand};
use crate::exit::Outcome;
use crate::out::Out;

/// Runs a command to its exit code.
pub(crate) fn run(command: Command, out: Out) -> Outcome {
    match command {
        Command::Backtest(args) => backtest::run(&args, out),
        Command::Bench(args) => bench::run(&args, out),
        Command::Demo(args) => demo::run(&args, out),
        Command::Calibration(args) => calibration::run(&args, out),
        Command::Config(ConfigCommand::Check(args)) => config::check(&args, out),
        Command::Config(ConfigCommand::Explain(args)) => config::explain(&args, out),
        Command::Data(DataCommand::Check(args)) => data::check(&args, out),
        Command::Data(DataCommand::Convert(args)) => convert::run(&args, out),
        Command::Data(DataCommand::Generate(args)) => generate::run(&args, out),
        Command::Explain(args) => explain::run(&args, out),
        Command::Indicators(args) => indicators::run(&args, out),
        Command::Instruments(args) => instruments::run(&args, out),
    }
}
