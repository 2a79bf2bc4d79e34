//! `venue`: the simulated exchange as a process.

mod ledger;
mod serve;

use crate::cli::{VenueArgs, VenueCommand};
use crate::exit::Outcome;
use crate::out::Out;

/// Serves, or reads a ledger.
pub(crate) fn run(args: &VenueArgs, out: Out) -> Outcome {
    match &args.command {
        Some(VenueCommand::Ledger(args)) => ledger::run(args, out),
        None => serve::run(&args.serve, out),
    }
}
