//! [`Entry`]: one thing that happened, in its place in the journal.

mod body;
mod codec;
mod decision_codec;
mod kinds;
mod plain;
mod wire;

pub use body::{
    Body, Command, CommandAction, Mode, ModeCause, Operator, OperatorAction, Report, ReportEvent,
    Source, SystemMode,
};
pub use codec::{CodecError, SCHEMA};

use serde::Serialize;

use crate::ids::Seq;
use crate::market::TsNanos;

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Its place.
    pub seq: Seq,
    /// When it happened, by the clock of its source.
    pub ts_event: TsNanos,
    /// When it was sequenced: never goes back, and is the only time an engine sees.
    pub ts: TsNanos,
    /// Who it came from.
    pub source: Source,
    /// What happened.
    pub body: Body,
}
