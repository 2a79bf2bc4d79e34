//! Modes and what operators do, to bytes and back.

use super::codec::{CodecError, unknown};
use super::{Mode, ModeCause, Operator, OperatorAction, SystemMode, wire};
use crate::market::TsNanos;

const fn mode_number(mode: SystemMode) -> u32 {
    match mode {
        SystemMode::Initializing => 1,
        SystemMode::Running => 2,
        SystemMode::SafeMode => 3,
        SystemMode::Maintenance => 4,
        SystemMode::Shutdown => 5,
    }
}

pub(super) const fn cause_number(cause: ModeCause) -> u32 {
    match cause {
        ModeCause::Started => 1,
        ModeCause::DailyDrawdown => 2,
        ModeCause::MonthlyDrawdown => 3,
        ModeCause::PeakDrawdown => 4,
        ModeCause::Operator => 5,
        ModeCause::ReconciliationDrift => 6,
        ModeCause::CriticalIncident => 7,
        ModeCause::DataLost => 8,
        ModeCause::Overloaded => 9,
        ModeCause::EmergencyRollback => 10,
        ModeCause::Maintenance => 11,
    }
}

pub(super) fn cause_of(number: u32) -> Result<ModeCause, CodecError> {
    ModeCause::ALL
        .into_iter()
        .find(|cause| cause_number(*cause) == number)
        .ok_or_else(|| unknown("cause", number))
}

pub(super) fn mode_to_wire(mode: Mode) -> wire::Mode {
    wire::Mode {
        mode: mode_number(mode.mode),
        cause: cause_number(mode.cause),
        latched_until: mode.latched_until.map(TsNanos::as_nanos),
    }
}

pub(super) fn mode_from_wire(wire: &wire::Mode) -> Result<Mode, CodecError> {
    let mode = [
        SystemMode::Initializing,
        SystemMode::Running,
        SystemMode::SafeMode,
        SystemMode::Maintenance,
        SystemMode::Shutdown,
    ]
    .into_iter()
    .find(|mode| mode_number(*mode) == wire.mode)
    .ok_or_else(|| unknown("mode", wire.mode))?;
    let latched_until = wire.latched_until.map(TsNanos::from_nanos);
    Ok(Mode { mode, cause: cause_of(wire.cause)?, latched_until })
}

const fn action_number(action: OperatorAction) -> u32 {
    match action {
        OperatorAction::SafeMode => 1,
        OperatorAction::Release => 2,
        OperatorAction::Flatten => 3,
        OperatorAction::Kill => 4,
        OperatorAction::ReleaseKill => 5,
        OperatorAction::MaintenanceOn => 6,
        OperatorAction::MaintenanceOff => 7,
    }
}

pub(super) fn operator_to_wire(operator: &Operator) -> wire::Operator {
    wire::Operator { name: operator.name.clone(), action: action_number(operator.action) }
}

pub(super) fn operator_from_wire(wire: wire::Operator) -> Result<Operator, CodecError> {
    let action = OperatorAction::ALL
        .into_iter()
        .find(|action| action_number(*action) == wire.action)
        .ok_or_else(|| unknown("operator.action", wire.action))?;
    Ok(Operator { name: wire.name, action })
}
