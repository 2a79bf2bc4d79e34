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
pub(crate) mod told;
mod words;

#[cfg(test)]
pub(crate) mod tests;

#[allow(unused_imports, reason = "the runtime employs it")]
pub(crate) use clerk::{Clerk, Files, Work};
pub(crate) use client::{AskError, ask};
#[allow(unused_imports, reason = "the runtime answers by these")]
pub(crate) use desk::{Answering, ControlRequest};
pub(crate) use peer::own_name;
#[allow(unused_imports, reason = "the runtime opens it")]
pub(crate) use server::{ControlError, Server};
#[allow(unused_imports, reason = "the runtime answers in these words")]
pub(crate) use words::{
    Answer, ClosedLine, Command, Confirmed, Grant, GrantStep, OrderLine, Request, Said,
    operator_name,
};

use std::path::{Path, PathBuf};

/// Returns where the socket of a state folder is.
pub(crate) fn socket(state: &Path) -> PathBuf {
    state.join("control.sock")
}
