//! The commands, one file each.

mod audit;
mod backtest;
mod backup;
mod bench;
mod calibration;
mod config;
mod control;
mod convert;
mod data;
pub(crate) mod decision;
mod demo;
mod entry;
mod explain;
mod export;
mod generate;
mod incidents;
mod indicators;
mod init;
mod instruments;
mod keys;
mod parity;
mod replay;
mod sim;
mod study;
mod venue;

use crate::cli::{AuditCommand, Command, DataCommand};
use crate::exit::{Failure, Outcome};
use crate::out::Out;

/// Runs a command to its exit code.
pub(crate) fn run(command: Command, out: Out) -> Outcome {
    if cfg!(feature = "mutants") && !matches!(command, Command::Sim(_)) {
        return Err(Failure::usage(
            "saw a build in which defects can be planted, wanted one without the feature `mutants`: \
             this one plays seeded worlds and nothing else",
        ));
    }
    match command {
        Command::Audit(AuditCommand::Check(args)) => audit::check::run(&args, out),
        Command::Audit(AuditCommand::Show(args)) => audit::show::run(&args, out),
        Command::Audit(AuditCommand::Export(args)) => audit::show::export(&args, out),
        Command::Parity(args) => parity::run(&args, out),
        Command::Replay(args) => replay::run(&args, out),
        Command::Audit(AuditCommand::Checkpoint(args)) => audit::checkpoint::run(&args, out),
        Command::Audit(AuditCommand::Verify(args)) => audit::verify::run(&args, out),
        Command::Audit(AuditCommand::Prove(args)) => audit::prove::run(&args, out),
        Command::Audit(AuditCommand::VerifyProof(args)) => audit::prove::verify(&args, out),
        Command::Backup(args) => backup::backup(&args, out),
        Command::Restore(args) => backup::restore(&args, out),
        Command::Incidents(args) => incidents::run(&args, out),
        Command::Backtest(args) => backtest::run(&args, out),
        Command::Bench(args) => bench::run(&args, out),
        Command::Demo(args) => demo::run(&args, out),
        Command::Sim(command) => sim::run(&command, out),
        Command::Study(args) => study::run(&args, out),
        Command::Calibration(args) => calibration::run(&args, out),
        Command::Config(command) => config::run(&command, out),
        Command::Data(DataCommand::Check(args)) => data::check(&args, out),
        Command::Data(DataCommand::Convert(args)) => convert::run(&args, out),
        Command::Data(DataCommand::Fetch(args)) => data::fetch::run(&args, out),
        Command::Data(DataCommand::Generate(args)) => generate::run(&args, out),
        Command::Explain(args) => explain::run(&args, out),
        Command::Export(args) => export::run(&args, out),
        Command::Indicators(args) => indicators::run(&args, out),
        Command::Instruments(args) => instruments::run(&args, out),
        Command::Status(args) => control::status::run(&args, out),
        Command::Doctor(args) => control::doctor::run(&args, out),
        Command::Orders(args) => control::lists::orders(&args, out),
        Command::Positions(args) => control::lists::positions(&args, out),
        Command::Pause(args) => control::act::pause(&args, out),
        Command::Resume(args) => control::act::resume(&args, out),
        Command::SafeMode(args) => control::act::safe_mode(&args, out),
        Command::Maintenance(args) => control::act::maintenance(&args, out),
        Command::Adopt(args) => control::adopt::run(&args, out),
        Command::Flatten(args) => control::act::flatten(&args, out),
        Command::WindDown(args) => control::act::wind_down(&args, out),
        Command::Kill(args) => control::kill::run(&args, out),
        Command::Stop(args) => control::act::stop(&args, out),
        Command::ReleaseKill(args) => control::act::release_kill(&args, out),
        Command::Permits(args) => control::permits::run(&args, out),
        Command::Init(args) => init::run(&args, out),
        Command::Keys(command) => keys::run(&command, out),
        Command::Run(args) => crate::run::run(&args, out),
        Command::Venue(args) => venue::run(&args, out),
    }
}
