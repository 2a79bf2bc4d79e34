//! The binary `plimsoll`: command line, configuration, reports.

mod cli;
mod commands;

mod control;
mod exit;
mod files;
mod gate;
mod ladder;
mod limits;
mod live;
mod machine;
mod moment;
mod operator_keys;
mod out;
mod parity;
mod progress;
mod report;
mod run;
mod run_config;
mod setup;
mod show;
mod stretch;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use cli::Cli;
use exit::Exit;
use out::Out;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let out = Out::new(cli.json);
    let exit = match commands::run(cli.command, out) {
        Ok(exit) => exit,
        Err(failure) => {
            out.note(format_args!("plimsoll: {}", exit::told(&failure.error)));
            failure.exit
        }
    };
    ExitCode::from(exit.code())
}

/// Help and version are answers; everything else is a command line that cannot be understood.
fn refuse(error: &clap::Error) -> ExitCode {
    // Where even this cannot be written, the exit code still tells.
    let _ = error.print();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return ExitCode::from(Exit::Ok.code());
    }
    ExitCode::from(Exit::Usage.code())
}
