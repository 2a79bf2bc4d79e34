//! The local control socket: [`Server`] hands what operators ask for to the runtime, [`ask`] asks.
//!
//! A Unix domain socket in the state folder, never a network address: who may open it is a matter of files and users. One
//! line of JSON asks; one or more lines answer, the last of them with what came of it.

mod client;
mod desk;
pub(crate) mod emergency;
mod lines;
mod peer;
mod server;
mod words;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use client::{AskError, ask};
#[allow(unused_imports, reason = "the runtime answers by these")]
pub(crate) use desk::{Answering, ControlRequest};
pub(crate) use peer::own_name;
#[allow(unused_imports, reason = "the runtime opens it")]
pub(crate) use server::{ControlError, Server};
#[allow(unused_imports, reason = "the runtime answers in these words")]
pub(crate) use words::{
    Answer, ClosedLine, Command, Confirmed, Grant, GrantStep, OrderLine, Request, operator_name,
};

use std::path::{Path, PathBuf};

/// Returns where the socket of a state folder is.
pub(crate) fn socket(state: &Path) -> PathBuf {
    state.join("control.sock")
}
