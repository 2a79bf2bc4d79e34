//! Modes, stages, authority and what operators do, to bytes and back.

use super::codec::{CodecError, symbol_id, unknown};
use super::{Authority, Mode, ModeCause, Operator, OperatorAction, Scope, Stage, SystemMode, wire};
use crate::ids::{Epoch, SlotId};
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
        OperatorAction::Pause => 8,
        OperatorAction::Resume => 9,
        OperatorAction::WindDown => 10,
        OperatorAction::Stop => 11,
        OperatorAction::ReloadConfig => 12,
        OperatorAction::RotateKeys => 13,
    }
}

pub(super) fn operator_to_wire(operator: &Operator) -> wire::Operator {
    wire::Operator {
        name: operator.name.clone(),
        action: action_number(operator.action),
        by: operator.by.map(TsNanos::as_nanos),
    }
}

pub(super) fn operator_from_wire(wire: wire::Operator) -> Result<Operator, CodecError> {
    let action = OperatorAction::ALL
        .into_iter()
        .find(|action| action_number(*action) == wire.action)
        .ok_or_else(|| unknown("operator.action", wire.action))?;
    Ok(Operator { name: wire.name, action, by: wire.by.map(TsNanos::from_nanos) })
}

pub(super) fn authority_to_wire(authority: Authority) -> wire::Authority {
    let symbol = match authority.scope {
        Scope::Account => None,
        Scope::Symbol(symbol) => Some(symbol.0.into()),
    };
    wire::Authority { symbol, slot: authority.slot.0.into(), epoch: authority.epoch.0 }
}

pub(super) fn authority_from_wire(wire: &wire::Authority) -> Result<Authority, CodecError> {
    let scope = match wire.symbol {
        Some(symbol) => Scope::Symbol(symbol_id(symbol)?),
        None => Scope::Account,
    };
    let slot = u8::try_from(wire.slot).map_err(|_| unknown("authority.slot", wire.slot))?;
    Ok(Authority { scope, slot: SlotId(slot), epoch: Epoch(wire.epoch) })
}

pub(super) fn stage_to_wire(stage: &Stage) -> wire::Stage {
    let Stage { mode, rung, venue } = stage.clone();
    wire::Stage { mode, rung, venue }
}

pub(super) fn stage_from_wire(wire: wire::Stage) -> Stage {
    let wire::Stage { mode, rung, venue } = wire;
    Stage { mode, rung, venue }
}
