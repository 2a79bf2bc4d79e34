//! [`Papers`]: what the gate looks at that lies in files.

use super::{PermissionError, SignedPermission};
use crate::limits::{LimitsError, SignedLimits};
use crate::run_config::RunConfig;

/// Signed limits and signed permission, or why they are not there.
#[derive(Debug)]
pub(crate) struct Papers {
    /// The hard limits.
    pub(crate) limits: Result<SignedLimits, LimitsError>,
    /// The permission.
    pub(crate) permission: Result<SignedPermission, PermissionError>,
}

impl Papers {
    /// Reads them. `floor` is the version of the last limits in the journal, 0 if it holds none.
    pub(crate) fn open(config: &RunConfig, floor: u64) -> Self {
        let trusted = &config.run.trusted_keys;
        let limits = match &config.run.limits {
            None => Err(LimitsError::NoFile),
            Some(path) => SignedLimits::open(path, trusted, floor),
        };
        Self { limits, permission: SignedPermission::open(&config.live.permission, trusted) }
    }
}
