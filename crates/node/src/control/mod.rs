//! The local control socket: [`Server`] hands what operators ask for to the runtime, [`ask`] asks.
//!
//! A Unix domain socket in the state folder, never a network address: who may open it is a matter of files and users. One
//! line of JSON asks; one or more lines answer, the last of them with what came of it.

pub(crate) mod answers;
mod clerk;
mod client;
mod desk;
pub(crate) mod emergency;
mod lines;
mod peer;
mod server;
mod stays;
pub(crate) mod told;
mod words;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use clerk::{Clerk, Files, Work};
pub(crate) use client::{AskError, ask};
pub(crate) use desk::ControlRequest;
#[cfg(test)]
pub(crate) use desk::answering;
pub(crate) use peer::own_name;
pub(crate) use server::{Desks, Server};
pub(crate) use words::{
    Adopt, AdoptionLine, Agreed, Answer, Brought, ClosedLine, Command, Confirmed, Grant, GrantStep,
    OrderLine, Request, operator_name,
};

use std::path::{Path, PathBuf};

/// Returns where the socket of a state folder is.
pub(crate) fn socket(state: &Path) -> PathBuf {
    state.join("control.sock")
}
