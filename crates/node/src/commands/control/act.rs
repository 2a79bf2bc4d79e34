//! Actions: each says what the venue confirmed, and no more.

use types::entry::PermitKind;

use super::told::act;
use crate::cli::control::{
    ActArgs, MaintenanceArgs, PlainActArgs, ReleaseKillArgs, ReloadArgs, SafeModeArgs,
    SafeModeStep, Switch, WindDownArgs,
};
use crate::commands::keys::code;
use crate::control::{Brought, Command, Grant, GrantStep};
use crate::exit::Outcome;
use crate::out::Out;

/// `pause`.
pub(crate) fn pause(args: &PlainActArgs, out: Out) -> Outcome {
    act("pause", &args.act, Command::Pause, out)
}

/// `resume`.
pub(crate) fn resume(args: &PlainActArgs, out: Out) -> Outcome {
    act("resume", &args.act, Command::Resume, out)
}

/// `safe-mode`.
pub(crate) fn safe_mode(args: &SafeModeArgs, out: Out) -> Outcome {
    match args.step {
        SafeModeStep::On => act("safe-mode on", &args.act, Command::SafeModeOn, out),
        SafeModeStep::Release => act("safe-mode release", &args.act, Command::SafeModeRelease, out),
    }
}

/// `maintenance`.
pub(crate) fn maintenance(args: &MaintenanceArgs, out: Out) -> Outcome {
    match args.switch {
        Switch::On => act("maintenance on", &args.act, Command::MaintenanceOn, out),
        Switch::Off => act("maintenance off", &args.act, Command::MaintenanceOff, out),
    }
}

/// `flatten`.
pub(crate) fn flatten(args: &PlainActArgs, out: Out) -> Outcome {
    act("flatten", &args.act, Command::Flatten, out)
}

/// `wind-down`.
pub(crate) fn wind_down(args: &WindDownArgs, out: Out) -> Outcome {
    act(&format!("wind-down --by {}", args.by), &args.act, Command::WindDown { by: args.by }, out)
}

/// `stop`.
pub(crate) fn stop(args: &PlainActArgs, out: Out) -> Outcome {
    act("stop", &args.act, Command::Stop, out)
}

/// `config reload`.
pub(crate) fn reload(args: &ReloadArgs, out: Out) -> Outcome {
    let code = if args.raise { Some(code(out, "one-time code")?.to_string()) } else { None };
    let brought = Brought { code, typed: args.stake.clone() };
    act("config reload", &args.act, Command::ConfigReload(brought), out)
}

/// `incidents --close`.
pub(crate) fn close_incident(incident: u64, args: &ActArgs, out: Out) -> Outcome {
    act(&format!("incidents --close {incident}"), args, Command::CloseIncident { incident }, out)
}

/// `keys rotate-venue`.
pub(crate) fn rotate_venue_key(args: &PlainActArgs, out: Out) -> Outcome {
    act("keys rotate-venue", &args.act, Command::KeysRotate, out)
}

/// `release-kill`.
pub(crate) fn release_kill(args: &ReleaseKillArgs, out: Out) -> Outcome {
    let step = match (args.confirm, args.cancel) {
        (true, _) => GrantStep::Confirm,
        (false, true) => GrantStep::Cancel,
        (false, false) => GrantStep::Ask,
    };
    let code = match step {
        GrantStep::Ask | GrantStep::Confirm => Some(code(out, "one-time code")?.to_string()),
        GrantStep::Cancel => None,
    };
    let brought = Brought { code, typed: args.stake.clone() };
    let grant = Grant { kind: PermitKind::ReleaseKill, step, brought };
    act("release-kill", &args.act, Command::Permit(grant), out)
}
