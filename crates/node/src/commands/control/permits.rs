//! `permits`: what only people may allow: shown, confirmed by a second person, cancelled by anyone.

use std::path::Path;

use anyhow::Context as _;
use serde_json::json;
use types::entry::PermitKind;

use super::told::{act, failed, told_unless_none};
use crate::cli::control::{PermitStepArgs, PermitWord, PermitsArgs, PermitsStep};
use crate::commands::keys::code;
use crate::control::told::{LineTold, PermitTold};
use crate::control::{AskError, Brought, Command, Grant, GrantStep};
use crate::exit::{Exit, Failure, Kind as _, Outcome};
use crate::files;
use crate::live::{Permission, PermissionError, SignedPermission, floor, raise_floor};
use crate::operator_keys::signature_path;
use crate::out::Out;
use crate::run_config::{ProfileName, RunConfig};

/// Shows, confirms or cancels.
pub(crate) fn run(args: &PermitsArgs, out: Out) -> Outcome {
    match &args.step {
        None => show(args, out),
        Some(PermitsStep::Confirm(step)) => confirm(step, out),
        Some(PermitsStep::Cancel(step)) => cancel(step, out),
    }
}

fn show(args: &PermitsArgs, out: Out) -> Outcome {
    let permission = args.config.as_deref().map(permission).transpose()?.flatten();
    // A live run is permitted before it has begun: then no hub is no mistake.
    let asked: Vec<PermitTold> = match told_unless_none(&args.hub, Command::Permits, out)? {
        Some(asked) => serde_json::from_value(asked)?,
        None if args.config.is_some() => Vec::new(),
        None => return Err(failed(AskError::NoHub { state: args.hub.state.clone() }, out)?),
    };
    let asked: Vec<PermitTold> = asked.into_iter().chain(permission).collect();
    out.json(&asked)?;
    if asked.is_empty() {
        out.line("nothing is asked for")?;
    }
    for line in lines(&asked) {
        out.line(line)?;
    }
    Ok(Exit::Ok)
}

/// Lays out what is asked for.
pub(super) fn lines(asked: &[PermitTold]) -> Vec<String> {
    let mut lines = Vec::new();
    for permit in asked {
        let until = match &permit.granted_at {
            Some(at) => format!("granted at {at} unless somebody cancels it"),
            None => "a second person has to confirm it (plimsoll permits confirm)".to_owned(),
        };
        let PermitTold { kind, by, since, .. } = permit;
        lines.push(format!("ASKED FOR: {kind} by {by} at {since}; {until}"));
        let change = |line: &LineTold| format!("  {}: {} -> {}", line.key, line.now, line.asked);
        lines.extend(permit.lines.iter().map(change));
    }
    lines
}

fn confirm(args: &PermitStepArgs, out: Out) -> Outcome {
    let Some(kind) = kind(args.kind) else {
        return Err(Failure::usage(
            "the second person runs `plimsoll config permit-live FILE --key NAME --stake AMOUNT`, as the first did",
        ));
    };
    let brought = Brought { code: Some(code(out, "one-time code")?.to_string()), typed: None };
    let grant = Grant { kind, step: GrantStep::Confirm, brought };
    act(&format!("permits confirm {}", word(args.kind)), &args.act, Command::Permit(grant), out)
}

fn cancel(args: &PermitStepArgs, out: Out) -> Outcome {
    let Some(kind) = kind(args.kind) else { return take_back(args, out) };
    let grant = Grant { kind, step: GrantStep::Cancel, brought: Brought::default() };
    act(&format!("permits cancel {}", word(args.kind)), &args.act, Command::Permit(grant), out)
}

/// Takes the permission to trade with real money back: its file goes, and with it what the next start needs.
fn take_back(args: &PermitStepArgs, out: Out) -> Outcome {
    let Some(config) = &args.config else {
        return Err(Failure::usage(
            "the permission to trade with real money is a file: say with --config FILE of which configuration",
        ));
    };
    let path = RunConfig::open(config).config()?.live.permission;
    let shown = path.display();
    // A copy of it does not come back: the floor is there before the file goes. That it cannot be raised keeps no permission.
    let next = Permission::unsigned(&path).map_or(1, |old| old.version.saturating_add(1));
    let raised = floor(&path).config().and_then(|floor| {
        raise_floor(&path, floor.max(next)).with_context(|| {
            format!("{shown} is removed, and a copy of it could come back: its floor is not raised")
        })?;
        Ok(())
    });
    if !files::remove(&path).with_context(|| shown.to_string())? {
        let message = format!("{shown} is not there: nothing is permitted or asked for");
        out.json(&json!({ "outcome": "refused", "code": "PERMIT", "message": message }))?;
        out.line(format_args!("permits cancel go-live: refused, PERMIT: {message}"))?;
        return Ok(Exit::Refused);
    }
    // Without its file the signature is worth nothing.
    let _ = files::remove(&signature_path(&path));
    raised?;
    out.json(&json!({ "outcome": "done", "removed": path }))?;
    out.line(format_args!(
        "permits cancel go-live: done, {shown} is removed; a run that trades already goes on until it stops (plimsoll stop)"
    ))?;
    Ok(Exit::Ok)
}

/// Returns what a configuration's permission file asks for.
fn permission(config: &Path) -> Result<Option<PermitTold>, Failure> {
    let config = RunConfig::open(config).config()?;
    let signed = match SignedPermission::open(&config.live.permission, &config.run.trusted_keys) {
        Err(PermissionError::Absent(_)) => return Ok(None),
        other => other.config()?,
    };
    let permission = &signed.permission;
    let names: Vec<&str> = signed.by.iter().map(|by| by.name.as_str()).collect();
    let granted_at = match permission.profile {
        ProfileName::Solo => Some(permission.alone_from().to_string()),
        ProfileName::Team => None,
    };
    let rows = [
        ("venue", permission.venue.clone()),
        ("capital", permission.capital.to_string()),
        ("rung", permission.rung.to_string()),
        ("until", permission.expires.to_string()),
    ];
    let line =
        |(key, asked): (&str, String)| LineTold { key: key.to_owned(), now: "-".to_owned(), asked };
    Ok(Some(PermitTold {
        kind: "go_live".to_owned(),
        by: names.join(", "),
        since: permission.asked.to_string(),
        granted_at,
        lines: rows.into_iter().map(line).collect(),
    }))
}

/// Returns what a hub is asked about; `None` for what a file permits.
const fn kind(word: PermitWord) -> Option<PermitKind> {
    match word {
        PermitWord::RaiseLimits => Some(PermitKind::RaiseLimits),
        PermitWord::ReleaseKill => Some(PermitKind::ReleaseKill),
        PermitWord::GoLive => None,
    }
}

const fn word(word: PermitWord) -> &'static str {
    match word {
        PermitWord::RaiseLimits => "raise-limits",
        PermitWord::ReleaseKill => "release-kill",
        PermitWord::GoLive => "go-live",
    }
}
