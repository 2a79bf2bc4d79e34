//! `status`: how a running hub is.

use super::told::told;
use crate::cli::control::StatusArgs;
use crate::control::Command;
use crate::exit::{Exit, Outcome};
use crate::out::Out;

/// Asks and shows.
pub(crate) fn run(args: &StatusArgs, out: Out) -> Outcome {
    let told = told(&args.hub, Command::Status, out)?;
    Out::document(&told)?;
    Ok(Exit::Ok)
}
