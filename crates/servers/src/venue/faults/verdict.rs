//! What is asked of the faults, and what they say: [`Site`], [`RequestFault`], [`EventFault`], [`SocketFault`].

use std::time::Duration;

use serde::{Deserialize, Serialize};
use types::ids::Asset;

use super::decimal::Decimal;

/// By which way somebody talks to the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// A REST request.
    Rest,
    /// A request on the WebSocket API.
    WsApi,
    /// A message of a market stream.
    Stream,
    /// A message of a user data stream.
    UserStream,
}

impl Api {
    /// Returns the word used in plans and in the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::WsApi => "ws_api",
            Self::Stream => "stream",
            Self::UserStream => "user_stream",
        }
    }
}

/// A place where a fault can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site<'a> {
    /// By which way.
    pub api: Api,
    /// Method and path, WebSocket method, stream, or user event.
    pub endpoint: &'a str,
    /// The symbol it is about.
    pub symbol: Option<&'a str>,
    /// The API key of the account it is about.
    pub account: Option<&'a str>,
}

/// What a request meets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestFault {
    /// How much later the answer leaves, in market time.
    pub delay: Duration,
    /// What else.
    pub outcome: Outcome,
    /// Balances that the answer tells wrongly.
    pub balances: Vec<Shift>,
}

/// What becomes of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// What always does.
    #[default]
    Pass,
    /// It is answered with this error.
    Answer {
        /// HTTP status.
        status: u16,
        /// The documented code.
        code: i32,
        /// The documented message.
        msg: String,
        /// What `Retry-After` says, in seconds.
        retry_after: Option<u64>,
        /// It is carried out all the same.
        executed: bool,
    },
    /// It is carried out; its connection ends without an answer.
    LoseReply,
    /// It is not carried out; its connection ends without an answer.
    RejectAndLose,
}

/// A balance that is told wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Of which asset.
    pub asset: Asset,
    /// By how much, with its sign.
    pub by: Decimal,
}

/// What an event meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFault {
    /// How much later each copy leaves, in market time: none is a gap, two are a duplicate.
    pub deliver: Vec<Duration>,
    /// It leaves after the next one.
    pub hold: bool,
}

impl Default for EventFault {
    fn default() -> Self {
        Self { deliver: vec![Duration::ZERO], hold: false }
    }
}

/// What a socket is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SocketFault {
    /// Good.
    #[default]
    Open,
    /// Its streams say nothing, pings are answered.
    Silent,
    /// Nothing comes out of it.
    HalfOpen,
}
