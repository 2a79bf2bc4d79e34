//! [`Entry`]: one thing that happened, in its place in the journal.

mod adopted;
mod body;
mod codec;
mod decision_codec;
mod gateway_codec;
mod incident;
mod kinds;
mod mode_codec;
mod permit;
mod plain;
mod stage;
mod wire;

pub use adopted::Adopted;
pub use body::{
    Authority, Body, Command, CommandAction, Mode, ModeCause, Operator, OperatorAction, Refused,
    Report, ReportEvent, Scope, Source, SystemMode,
};
pub use codec::{CodecError, SCHEMA};
pub use incident::{Incident, IncidentClass, IncidentKind, IncidentOver, Keeper, Part, Severity};
pub use permit::{Permit, PermitKind, PermitStep};
pub use stage::Stage;

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
