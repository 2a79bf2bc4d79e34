//! [`Permit`]: a step towards something that only people may allow.

use serde::{Deserialize, Serialize};

use crate::hard_limits::HardLimits;

/// What is to be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermitKind {
    /// Hard limits above those in force.
    RaiseLimits,
    /// Trading with real money.
    GoLive,
    /// The kill switch off again.
    ReleaseKill,
}

/// How far it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermitStep {
    /// Somebody asked.
    Asked,
    /// A second person agreed.
    Confirmed,
    /// Somebody stopped it.
    Cancelled,
    /// It is allowed.
    Granted,
}

/// A step of a permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    /// What is to be allowed.
    pub kind: PermitKind,
    /// How far it got.
    pub step: PermitStep,
    /// Who did the step; for a grant, who had asked.
    pub name: String,
    /// The limits asked for.
    pub limits: Option<HardLimits>,
}
