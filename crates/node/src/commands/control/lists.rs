//! `orders` and `positions`: what is open.

use super::told::told;
use crate::cli::control::ListArgs;
use crate::control::Command;
use crate::exit::{Exit, Outcome};
use crate::out::Out;

/// Lists open orders.
pub(crate) fn orders(args: &ListArgs, out: Out) -> Outcome {
    Out::document(&told(&args.hub, Command::Orders, out)?)?;
    Ok(Exit::Ok)
}

/// Lists positions with their stops.
pub(crate) fn positions(args: &ListArgs, out: Out) -> Outcome {
    Out::document(&told(&args.hub, Command::Positions, out)?)?;
    Ok(Exit::Ok)
}
