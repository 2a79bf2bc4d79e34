//! Bytes into the venue's own structures, field by field as its documentation names them.
//!
//! Unknown fields are ignored; a field that is wanted and absent, or of another form, is an error.
//! Words of closed lists stay text here: `map` knows which there are.

mod kline;
mod number;
mod rest;
mod stream;
mod user;

use serde::Deserialize;

use crate::error::DecodeError;

pub(super) use kline::KlineAnswer;
pub(super) use number::{Amount, E8, Volume};
pub(super) use rest::{
    AccountAnswer, ApiRestrictions, CancelReplaceAnswer, DepthAnswer, ErrorAnswer, ExchangeInfo,
    FilterAnswer, ListAnswer, MyTrade, OrderAnswer, OrderCount, PublicTradeAnswer, ServerTime,
    SymbolAnswer,
};
pub(super) use stream::{
    AggTradeMessage, BookTickerMessage, DepthDiffMessage, DepthTopMessage, KlineMessage,
    StreamFrame, TradeMessage,
};
pub(super) use user::{
    AccountPositionMessage, BalanceMessage, EventTag, ExecutionMessage, ListStatusMessage,
    TimedMessage, UserFrame,
};

/// How much of an unreadable message is shown.
const SAMPLE_CHARS: usize = 200;

/// Reads a structure from bytes.
pub(super) fn read<'a, T: Deserialize<'a>>(
    what: &'static str,
    bytes: &'a [u8],
) -> Result<T, DecodeError> {
    serde_json::from_slice(bytes).map_err(|error| DecodeError::Form {
        what,
        why: error.to_string(),
        sample: sample(bytes),
    })
}

/// Returns the beginning of a message in one printable line.
pub(super) fn sample(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .take(SAMPLE_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
